"""Figures of a comparison, computed from what it counted.

Definitions are those of the field's papers; where these differ, the docstrings say which one is
meant. A test holds the figures together with an independent scoring tool's.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

import numpy as np

from .scores import IOU_THRESHOLDS, Agreement, spearman

SIZE_CLASS_EDGES_PX = (8, 16, 32, 64, 128)
_LIMITS_OF_AGREEMENT = 1.96  # standard deviations: 95 % of normal differences
_FEWEST_FOR_SPREAD = 2
_PERCENTS = (10, 50, 90)


def figures(agreement: Agreement) -> dict[str, float]:
    """Compute all figures; NaN where one is not defined.

    Returns
    -------
    dict
        pixel_precision, pixel_recall, pixel_accuracy, iou, dice: foreground against background.
        auc: area under the receiver operating characteristic of the pixels' probability.
        rand_error: 1 - Rand index of all pairs of pixels, background being one label.
        adapted_rand_error: the same for particles only, 1 - F-score of pairs on true foreground.
        precision_50, recall_50, f1_50, f1_75: instances matched one to one at that IoU.
        ap: mean over IoU 0.50 .. 0.95 of TP / (TP + FP + FN) (StarDist's and Cellpose's
        "average precision", not the area under a curve). pq: panoptic quality.
        count_rel_error, d10_rel_error, d50_rel_error, d90_rel_error: number of particles and
        number-weighted percentiles of their diameters, of all counted particles.
        Sizes of matched particles: see `_size_figures`. recall_ecd_*: recall at IoU 0.5 by the
        true diameter, see `SIZE_CLASSES`; `SIZE_ERRORS` likewise.

    Notes
    -----
    The area under the curve is that of the rank statistic (Mann-Whitney), ties counting one
    half, after the probability was put into 1024 equal bins.

    Bals and Epple give a "Rand error" of whole pictures and of particles only; their formulas
    could not be read. Taken are Rand's index for the former and, for the latter, the
    foreground-restricted F-score of the ISBI challenge: pairs of pixels that are particle in the
    truth, predicted background there being one label.

    References
    ----------
    W. M. Rand, J. Am. Stat. Assoc. 1971, 66, 846. I. Arganda-Carreras et al., Front. Neuroanat.
    2015, 9, 142, https://doi.org/10.3389/fnana.2015.00142. A. Kirillov et al., CVPR 2019, 9404
    (panoptic quality). J. Bals, M. Epple, RSC Adv. 2023, 13, 2795,
    https://doi.org/10.1039/D2RA07812K
    """
    n_truth, n_predicted = len(agreement.truth_ecd_px), len(agreement.predicted_ecd_px)
    result = {"n_truth": float(n_truth), "n_predicted": float(n_predicted)}
    result |= _pixel_figures(agreement)
    for percent in (50, 75):
        tp, fp, fn = agreement.matches[IOU_THRESHOLDS.index(percent / 100)]
        result[f"precision_{percent}"] = _ratio(tp, tp + fp)
        result[f"recall_{percent}"] = _ratio(tp, tp + fn)
        result[f"f1_{percent}"] = _ratio(2 * tp, 2 * tp + fp + fn)
    result["ap"] = float(np.mean([_ratio(row[0], row.sum()) for row in agreement.matches]))
    tp, fp, fn, iou_sum = agreement.quality
    result["pq"] = _ratio(iou_sum, tp + (fp + fn) / 2)
    result["count_rel_error"] = _ratio(n_predicted - n_truth, n_truth)
    result |= _percentile_figures(agreement) | _size_figures(agreement)
    return result | _recalls(agreement) | _size_errors(agreement)


def mean_figures(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Average each figure over the pictures for which it is defined: a picture weighs as one."""
    means = {}
    for name in rows[0]:
        values = np.array([row[name] for row in rows])
        defined = values[~np.isnan(values)]
        means[name] = float(defined.mean()) if len(defined) else math.nan
    return means


def size_class_counts(agreement: Agreement) -> dict[str, int]:
    """Count the true particles of each of `SIZE_CLASSES`."""
    counts = np.bincount(_size_class(agreement.truth_ecd_px), minlength=len(SIZE_CLASSES))
    return dict(zip(SIZE_CLASSES, counts.tolist(), strict=True))


def _names_of_classes() -> tuple[str, ...]:
    inner = itertools.pairwise(SIZE_CLASS_EDGES_PX)
    return (
        f"recall_ecd_below_{SIZE_CLASS_EDGES_PX[0]}",
        *(f"recall_ecd_{low}_{high}" for low, high in inner),
        f"recall_ecd_from_{SIZE_CLASS_EDGES_PX[-1]}",
    )


SIZE_CLASSES = _names_of_classes()
"""Figures of recall by size: the true area-equivalent diameter in px; a lower edge belongs in."""
SIZE_ERRORS = tuple(name.replace("recall", "size_mare") for name in SIZE_CLASSES)
"""Figures of the size error of these classes."""


def _pixel_figures(agreement: Agreement) -> dict[str, float]:
    both, only_p, only_t, neither = (int(v) for v in agreement.pixels)
    parted, pairs, joined_by_both, joined = agreement.pixel_pairs
    return {
        "pixel_precision": _ratio(both, both + only_p),
        "pixel_recall": _ratio(both, both + only_t),
        "pixel_accuracy": _ratio(both + neither, both + only_p + only_t + neither),
        "iou": _ratio(both, both + only_p + only_t),
        "dice": _ratio(2 * both, 2 * both + only_p + only_t),
        "auc": _area_under_curve(agreement.probability),
        "rand_error": _ratio(parted, pairs),
        "adapted_rand_error": 1 - _ratio(joined_by_both, joined),
    }


def _area_under_curve(counts: np.ndarray) -> float:
    """Return the share of (foreground, background) pairs of pixels that stand in right order."""
    background, foreground = counts.astype(np.float64)
    below = np.cumsum(background) - background
    pairs = background.sum() * foreground.sum()
    return _ratio(float((foreground * (below + background / 2)).sum()), pairs)


def _percentile_figures(agreement: Agreement) -> dict[str, float]:
    truth, predicted = agreement.truth_ecd_px, agreement.predicted_ecd_px
    names = [f"d{percent}_rel_error" for percent in _PERCENTS]
    if not len(truth) or not len(predicted):
        return dict.fromkeys(names, math.nan)
    error = np.percentile(predicted, _PERCENTS) / np.percentile(truth, _PERCENTS) - 1
    return dict(zip(names, error.tolist(), strict=True))


def _size_figures(agreement: Agreement) -> dict[str, float]:
    """Compare the diameters of matched particles.

    Returns
    -------
    dict
        size_spearman: rank correlation. size_spearman_within: its mean over pictures, each
        weighing by its pairs (sizes that differ between pictures cannot feign agreement).
        size_mre, size_mare: mean relative error and mean absolute relative error.
        size_bias_px, size_low_px, size_high_px: mean difference from the truth and the limits
        between which 95 % of normal differences lie; size_bias, size_low, size_high: the same
        of ratios, less 1, from the logarithms, as the spread grows with the size.

    References
    ----------
    J. M. Bland, D. G. Altman, Stat. Methods Med. Res. 1999, 8, 135.
    """
    truth, predicted = agreement.ecd_px
    error = (predicted - truth) / truth
    weighted, pairs = agreement.ranks
    result = {
        "n_matched": float(len(truth)),
        "size_spearman": spearman(truth, predicted),
        "size_spearman_within": _ratio(weighted, pairs),
        "size_mre": float(error.mean()) if len(error) else math.nan,
        "size_mare": float(np.abs(error).mean()) if len(error) else math.nan,
    }
    names = ("bias", "low", "high")
    in_px = _bland_altman(predicted - truth)
    ratios = np.expm1(_bland_altman(np.log(predicted / truth))).tolist()
    result |= {f"size_{name}_px": v for name, v in zip(names, in_px, strict=True)}
    return result | {f"size_{name}": v for name, v in zip(names, ratios, strict=True)}


def _bland_altman(differences: np.ndarray) -> tuple[float, float, float]:
    """Return the bias and the lower and upper limit of agreement."""
    if not len(differences):
        return math.nan, math.nan, math.nan
    bias = float(differences.mean())
    if len(differences) < _FEWEST_FOR_SPREAD:
        return bias, math.nan, math.nan
    half = _LIMITS_OF_AGREEMENT * float(differences.std(ddof=1))
    return bias, bias - half, bias + half


def _recalls(agreement: Agreement) -> dict[str, float]:
    place = _size_class(agreement.truth_ecd_px)
    found = np.bincount(place, weights=agreement.truth_found, minlength=len(SIZE_CLASSES))
    present = np.bincount(place, minlength=len(SIZE_CLASSES))
    return {name: _ratio(*pair) for name, *pair in zip(SIZE_CLASSES, found, present, strict=True)}


def _size_errors(agreement: Agreement) -> dict[str, float]:
    """Return the mean absolute relative error of matched particles' diameters by true diameter."""
    truth, predicted = agreement.ecd_px
    place = _size_class(truth)
    total = np.bincount(place, np.abs(predicted - truth) / truth, minlength=len(SIZE_CLASSES))
    matched = np.bincount(place, minlength=len(SIZE_CLASSES))
    return {name: _ratio(*pair) for name, *pair in zip(SIZE_ERRORS, total, matched, strict=True)}


def _size_class(ecd_px: np.ndarray) -> np.ndarray:
    return np.searchsorted(SIZE_CLASS_EDGES_PX, ecd_px, side="right")


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else math.nan
