"""Fitting a bundle's estimate of its own F1 to validation pictures, and judging estimates."""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize

from nanocensus.segmentation import (
    SIGNS,
    EstimateParameters,
    Segmenter,
    drop_improbable,
    predict_f1,
)

from .formulas import figures
from .labels import read_grey, read_instances
from .scores import compare, spearman
from .sheet import LabelledPicture
from .splits import deal_folds
from .spoiling import spoil

_LOG = logging.getLogger(__name__)
BAD, GOOD = 0.5, 0.8
"""F1 at IoU 0.5 below which a picture should be reviewed, and from which it should not."""

_SPOILED = 2  # spoiled copies of each picture
_FOLDS = 10
_FEWEST_SPECIMENS = 5
_MOST_GOOD_SENT = 0.05
_LEAST_BAD_SENT = 0.9
_RIDGE = 1e-2
_LIMITS = tuple(round(0.3 + 0.01 * step, 2) for step in range(51))


@dataclass(frozen=True)
class Observation:
    """A segmentation: the signs (2,) float64 of its quality and its true F1 at IoU 0.5."""

    specimen: str
    spoiled: bool
    signs: np.ndarray
    f1_50: float


def fit_estimate(
    segmenter: Segmenter, pictures: Sequence[LabelledPicture], *, seed: int
) -> tuple[EstimateParameters, dict[str, Any]] | None:
    """Fit how signs become an estimate of F1, and the limit of review.

    Parameters
    ----------
    segmenter : Segmenter
        With the decoding that it will ship with.
    pictures : sequence of LabelledPicture
        Validation pictures. Each is shown as it is and spoiled twice.
    seed : int
        Of the spoiling and the folds.

    Returns
    -------
    parameters : EstimateParameters
        The limit is the lowest that sends 90 % of the bad segmentations (F1 below 0.5) to review,
        or a lower one so that at most 5 % of the good pictures (0.8 or more, as they are) go
        there; by estimates of fits that did not know the specimen.
    scores : dict
        For `as_they_are` and `spoiled`, `judge` of these estimates.
    None
        With fewer than 5 specimens nothing can be fitted that would hold for others.
    """
    seen = observe(segmenter, pictures, seed=seed)
    if len({one.specimen for one in seen}) < _FEWEST_SPECIMENS:
        _LOG.info("estimate: too few specimens among the validation pictures, none is fitted")
        return None
    signs = np.array([one.signs for one in seen])
    f1 = np.array([one.f1_50 for one in seen])
    unseen = _cross_validated(seen, signs, f1, seed)
    spoiled = np.array([one.spoiled for one in seen])
    limit = _limit(unseen, f1, spoiled)
    parameters = EstimateParameters(_fit(signs, f1), limit)
    scores = {
        name: judge(unseen[which], f1[which], unseen[which] < limit)
        for name, which in (("as_they_are", ~spoiled), ("spoiled", spoiled))
    }
    return parameters, scores


def observe(
    segmenter: Segmenter, pictures: Sequence[LabelledPicture], *, seed: int
) -> list[Observation]:
    """Segment pictures and spoiled copies of them; those without any particle found are left out.

    Picture k's copies are a function of the seed and k.
    """
    watching = segmenter.with_estimate(EstimateParameters())
    seen = []
    for number, row in enumerate(pictures):
        pixels, truth = read_grey(row.picture), read_instances(row.labels, row.kind)
        rng = np.random.default_rng([seed, number])
        shown = [(pixels, truth), *(spoil(pixels, truth, rng) for _ in range(_SPOILED))]
        for copy, (values, labels) in enumerate(shown):
            found = watching.segment(values, np.zeros(values.shape, bool))
            if found.signs is None:
                continue
            counted = drop_improbable(found.labels, found.particle_probability, 0.5)
            f1_50 = figures(compare(labels, counted))["f1_50"]
            if not math.isnan(f1_50):
                seen.append(Observation(row.specimen, copy > 0, found.signs, f1_50))
                _LOG.info("%s, copy %d: F1@0.5 %.3f, %s", row.name, copy, f1_50, found.signs)
    return seen


def judge(predicted: np.ndarray, f1_50: np.ndarray, sent: np.ndarray) -> dict[str, Any]:
    """Hold estimates against the truth.

    Parameters
    ----------
    predicted, f1_50 : (n,) float64
        Estimated and true F1 at IoU 0.5 of pictures.
    sent : (n,) bool
        Whether they went to review.

    Returns
    -------
    dict
        n_pictures; n_bad and n_good: those with F1 below 0.5, and of 0.8 or more; spearman;
        mean_abs_error; auc: probability that a bad picture has the lower estimate of a bad one
        and another one; bad_sent, good_sent: share of the bad and of the good ones sent to
        review. None where a figure is not defined.
    """
    bad, good = f1_50 < BAD, f1_50 >= GOOD
    lower = predicted[bad, None] < predicted[~bad]
    equal = predicted[bad, None] == predicted[~bad]
    values = {
        "spearman": spearman(predicted, f1_50),
        "mean_abs_error": _mean(np.abs(predicted - f1_50)),
        "auc": _mean(lower + equal / 2),
        "bad_sent": _mean(sent[bad]),
        "good_sent": _mean(sent[good]),
    }
    counts = {"n_pictures": len(f1_50), "n_bad": int(bad.sum()), "n_good": int(good.sum())}
    return counts | {k: None if math.isnan(v) else round(v, 4) for k, v in values.items()}


def _cross_validated(
    seen: Sequence[Observation], signs: np.ndarray, f1: np.ndarray, seed: int
) -> np.ndarray:
    """Estimate each segmentation by a fit that knows nothing of its specimen: (n,) float64."""
    fold_of = deal_folds(Counter(one.specimen for one in seen), seed=seed, folds=_FOLDS)
    fold = np.array([fold_of[one.specimen] for one in seen])
    unseen = np.empty(len(seen))
    for number in np.unique(fold):
        out = fold == number
        unseen[out] = predict_f1(signs[out], EstimateParameters(_fit(signs[~out], f1[~out])))
    return unseen


def _fit(signs: np.ndarray, f1: np.ndarray) -> tuple[float, float, float]:
    """Fit intercept and slopes by penalised maximum likelihood; no slope is negative."""
    middle, spread = signs.mean(axis=0), signs.std(axis=0) + 1e-9
    design = np.column_stack([np.ones(len(signs)), (signs - middle) / spread])

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        z = design @ weights
        value = (np.logaddexp(0, z) - f1 * z).mean() + _RIDGE * (weights[1:] ** 2).sum()
        gradient = design.T @ (1 / (1 + np.exp(-z)) - f1) / len(f1)
        gradient[1:] += 2 * _RIDGE * weights[1:]
        return value, gradient

    bounds = [(None, None)] + [(0, None)] * len(SIGNS)
    fitted = optimize.minimize(
        loss,
        np.zeros(len(bounds)),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"ftol": 1e-15, "gtol": 1e-9},  # slopes of equal worth are told apart
    )
    slopes = np.round(fitted.x[1:] / spread, 4)
    intercept = round(float(fitted.x[0] - slopes @ middle), 4)
    conviction, certainty = slopes.tolist()
    return intercept, conviction, certainty


def _limit(predicted: np.ndarray, f1: np.ndarray, spoiled: np.ndarray) -> float:
    """Return the lowest limit that sends enough bad segmentations to review.

    Or the highest that sends few enough good pictures, if that one is lower. Good spoiled ones do
    not count: a picture that was spoiled may be looked at.
    """
    bad, good = predicted[f1 < BAD], predicted[(f1 >= GOOD) & ~spoiled]
    few = [limit for limit in _LIMITS if not _mean(good < limit) > _MOST_GOOD_SENT]
    enough = [limit for limit in few if _mean(bad < limit) >= _LEAST_BAD_SENT]
    return min(enough, default=max(few, default=_LIMITS[0]))


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if values.size else math.nan
