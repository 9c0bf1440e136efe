"""Fitting the decoding to whole segmentations, as users get them."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from nanocensus.segmentation import DecodingParameters, Segmenter

from .evaluation import evaluate
from .sheet import LabelledPicture

_LOG = logging.getLogger(__name__)

END_TO_END_GRID: dict[str, tuple[Any, ...]] = {"min_rise": (0.1, 0.15, 0.2)}
"""Values that `fit_end_to_end` tries; the other parameters do not depend on the resolution."""


def fit_end_to_end(
    segmenter: Segmenter,
    parts: Sequence[Sequence[LabelledPicture]],
    grid: Mapping[str, Sequence[Any]] | None = None,
) -> tuple[DecodingParameters, dict[str, float]]:
    """Fit the decoding with the resolution found automatically and the outlines at full size.

    Parameters
    ----------
    segmenter : Segmenter
        Its decoding is where the search begins.
    parts : sequence of sequences of LabelledPicture
        Validation pictures by kind (drawn, rendered); each kind weighs the same, since the drawn
        ones are few and the rendered ones are not real.
    grid : Mapping, optional
        `END_TO_END_GRID` unless given.

    Returns
    -------
    parameters : DecodingParameters
    scores : dict
        See `_score`.
    """
    used = [part for part in parts if part]
    best = segmenter.decoding
    scores = _score(segmenter, used)
    for name, values in (grid or END_TO_END_GRID).items():
        for value in values:
            tried = replace(best, **{name: value})
            if tried == best:
                continue
            found = _score(segmenter.with_decoding(tried), used)
            _LOG.info("end to end: %s = %s, score %.4f", name, value, found["score"])
            if found["score"] > scores["score"]:
                best, scores = tried, found
    return best, scores


def _score(segmenter: Segmenter, parts: Sequence[Sequence[LabelledPicture]]) -> dict[str, float]:
    """Return the mean over parts of four F1 values (mean and pooled, at IoU 0.5 and 0.75)."""
    rows = []
    for part in parts:
        evaluation = evaluate(segmenter, part)
        mean, pooled = evaluation.mean(), evaluation.pooled()
        rows.append(
            {
                "f1_50": mean["f1_50"],
                "f1_75": mean["f1_75"],
                "f1_50_pooled": pooled["f1_50"],
                "f1_75_pooled": pooled["f1_75"],
            }
        )
        rows[-1] = {name: 0.0 if math.isnan(v) else v for name, v in rows[-1].items()}
    means = {name: sum(row[name] for row in rows) / len(rows) for name in rows[0]}
    return {"score": sum(means.values()) / len(means), **means}
