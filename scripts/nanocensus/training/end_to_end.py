"""Fitting the decoding to whole segmentations, as users get them."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nanocensus.segmentation import DecodingParameters, Segmenter, drop_improbable

from .evaluation import PictureScore, Scoring, evaluate, read_scored
from .formulas import figures, mean_figures
from .scores import Agreement, add, compare
from .sheet import LabelledPicture

_LOG = logging.getLogger(__name__)

END_TO_END_GRID: dict[str, tuple[Any, ...]] = {
    "min_rise": (0.05, 0.1, 0.15, 0.2, 0.25, 0.3),
    "smoothing_px": (0.7, 1.0, 1.5, 2.0),
    "foreground_threshold": (0.4, 0.45, 0.5, 0.55, 0.6),
    "seed_levels": (
        (0.35, 0.5, 0.65, 0.8),
        (0.2, 0.35, 0.5, 0.65, 0.8),
        (0.3, 0.4, 0.5, 0.6, 0.7, 0.8),
        (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8),
    ),
    "min_seed_area_px": (4, 16, 32),
    "min_area_px": (20, 40, 60),
}
"""Values that `fit_end_to_end` tries for each parameter."""

PLACE_OUTLINES = frozenset({"foreground_threshold"})
"""Parameters that only drawn pictures decide, where there are any: they move all outlines, labels
are drawn generously and rendered truth is exact, so that a mean over both would fit the mixture."""

_ROUNDS = 2
_SWEEPS = 2


@dataclass(frozen=True)
class _Seen:
    """A labelled picture and what the network says of it at its working scale.

    Attributes
    ----------
    truth : (H, W) int32
    prediction : (3, h, w) float16
        Half precision, as all validation pictures are kept at a time.
    """

    truth: np.ndarray
    prediction: np.ndarray


def fit_end_to_end(
    segmenter: Segmenter,
    drawn: Sequence[LabelledPicture],
    rendered: Sequence[LabelledPicture] = (),
    grid: Mapping[str, Sequence[Any]] | None = None,
) -> tuple[DecodingParameters, dict[str, float]]:
    """Fit the decoding with the resolution found automatically and the outlines at full size.

    Parameters
    ----------
    segmenter : Segmenter
        Its decoding is where the search begins.
    drawn, rendered : sequences of LabelledPicture
        Validation pictures with labels by people and with exact ones. Each kind weighs the same,
        since the drawn ones are few and the rendered ones are not real.
    grid : Mapping, optional
        `END_TO_END_GRID` unless given.

    Returns
    -------
    parameters : DecodingParameters
        Those of `segmenter` unless others score higher by more than the standard error of the gain
        over specimens (`gain_and_error`): few can be fitted by chance, a single one of a kind
        always.
    scores : dict
        Of whole segmentations: f1_50, f1_75 (means over pictures), f1_50_pooled, f1_75_pooled
        (over particles), each a mean over the kinds, and their mean as score.

    Notes
    -----
    One parameter after the other, on predictions that are made once a round: the resolution of a
    picture depends on the decoding too, but less than the particles do. The distance of a network
    with the foreground alone (`complete`) stays that of the round's threshold, too.
    """
    kinds = [rows for rows in (drawn, rendered) if rows]
    best = segmenter.decoding
    for _ in range(_ROUNDS):
        seen = [_see(segmenter.with_decoding(best), rows) for rows in kinds]
        fitter = segmenter.with_decoding(best)
        found = _fit(fitter, seen, grid or END_TO_END_GRID, first_is_drawn=bool(drawn))
        if found == best:
            break
        best = found
    before = _scored(segmenter, kinds)
    # outlines that drawn pictures want may cost rendered ones more than all else brings
    placed = {name: getattr(segmenter.decoding, name) for name in PLACE_OUTLINES}
    for fitted in dict.fromkeys((best, replace(best, **placed))):
        after = _scored(segmenter.with_decoding(fitted), kinds)
        gain, error = gain_and_error(before, after)
        _LOG.info("end to end: gain %.4f, standard error %.4f", gain, error)
        if gain > error:
            return fitted, _scores(after)
    return segmenter.decoding, _scores(before)


def gain_and_error(
    before: Sequence[Sequence[PictureScore]], after: Sequence[Sequence[PictureScore]]
) -> tuple[float, float]:
    """Return how much the score of whole segmentations rises, and the rise's standard error.

    Parameters
    ----------
    before, after : sequences of sequences of PictureScore
        Of the same pictures in the same order, each kind of pictures by itself.

    Returns
    -------
    gain : float
        Of the score of `fit_end_to_end`.
    error : float
        By the jackknife over specimens, within kinds. Infinite where a kind has only one.

    References
    ----------
    B. Efron, C. Stein, The jackknife estimate of variance, Ann. Statist. 9 (1981) 586-596.
    """
    variance = 0.0
    for one, other in zip(before, after, strict=True):
        specimens = sorted({picture.specimen for picture in one})
        if len(specimens) < 2:
            return _gain(before, after), math.inf
        without = [
            [[picture for picture in kind if picture.specimen != name] for kind in (one, other)]
            for name in specimens
        ]
        gains = np.array([_gain([first], [second]) for first, second in without])
        count = len(specimens)
        variance += (count - 1) / count * float(((gains - gains.mean()) ** 2).sum())
    return _gain(before, after), math.sqrt(variance) / len(before)


def _gain(
    before: Sequence[Sequence[PictureScore]], after: Sequence[Sequence[PictureScore]]
) -> float:
    return _scores(after)["score"] - _scores(before)["score"]


def _see(segmenter: Segmenter, rows: Iterable[LabelledPicture]) -> list[_Seen]:
    """Predict pictures at the scales that the segmenter chooses for them."""
    seen = []
    for row in rows:
        pixels, truth = read_scored(row, Scoring())
        prediction = segmenter.see(pixels, np.zeros(pixels.shape, bool))
        seen.append(_Seen(truth, prediction.astype(np.float16)))
    return seen


def _fit(
    segmenter: Segmenter,
    kinds: Sequence[Sequence[_Seen]],
    grid: Mapping[str, Sequence[Any]],
    *,
    first_is_drawn: bool,
) -> DecodingParameters:
    """Climb along one parameter after the other."""
    scored: dict[DecodingParameters, list[dict[str, float]]] = {}

    def score(decoding: DecodingParameters, name: str) -> float:
        if decoding not in scored:
            parted = segmenter.with_decoding(decoding)
            scored[decoding] = [_f1([_compared(parted, one) for one in kind]) for kind in kinds]
        used = scored[decoding]
        if name in PLACE_OUTLINES and first_is_drawn:
            used = used[:1]
        return sum(_mean(f1) for f1 in used) / len(used)

    best = segmenter.decoding
    for _ in range(_SWEEPS):
        start = best
        for name, values in grid.items():
            for value in values:
                tried = replace(best, **{name: value})
                if tried != best and score(tried, name) > score(best, name):
                    best = tried
                    _LOG.info("end to end: %s = %s, %.4f", name, value, score(best, name))
        if best == start:
            break
    return best


def _compared(segmenter: Segmenter, seen: _Seen) -> Agreement:
    hidden = np.zeros(seen.truth.shape, bool)
    labels, probability = segmenter.part(seen.prediction.astype(np.float32), hidden)
    return compare(seen.truth, drop_improbable(labels, probability, Scoring().min_probability))


def _scored(
    segmenter: Segmenter, kinds: Sequence[Sequence[LabelledPicture]]
) -> list[Sequence[PictureScore]]:
    """Score whole segmentations, each kind of pictures by itself."""
    return [evaluate(segmenter, rows).pictures for rows in kinds]


def _scores(scored: Sequence[Sequence[PictureScore]]) -> dict[str, float]:
    kinds = [_f1([picture.agreement for picture in pictures]) for pictures in scored]
    means = {name: sum(kind[name] for kind in kinds) / len(kinds) for name in kinds[0]}
    return {"score": _mean(means), **means}


def _f1(agreements: Sequence[Agreement]) -> dict[str, float]:
    """Return the four F1 values; 0 where one is not defined."""
    mean, pooled = mean_figures([figures(a) for a in agreements]), figures(add(agreements))
    f1 = {
        "f1_50": mean["f1_50"],
        "f1_75": mean["f1_75"],
        "f1_50_pooled": pooled["f1_50"],
        "f1_75_pooled": pooled["f1_75"],
    }
    return {name: 0.0 if math.isnan(value) else value for name, value in f1.items()}


def _mean(values: Mapping[str, float]) -> float:
    return sum(values.values()) / len(values)
