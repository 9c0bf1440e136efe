"""Agreement of predicted particles with labelled ones: pixels, instances, sizes.

Definitions are those of the field's papers; where these differ, the docstrings say which one is
meant. A test holds the figures together with an independent scoring tool's.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse, stats

IOU_THRESHOLDS = tuple(k / 100 for k in range(50, 100, 5))
_ROUNDING = 1e-9  # 11/20 has to reach 0.55


@dataclass(frozen=True)
class Agreement:
    """Sums that all figures are made of; those of several pictures add up.

    Attributes
    ----------
    pixels : (3,) int64
        Foreground pixels in both, in the prediction only, in the truth only.
    matches : (10, 3) int64
        Per threshold of `IOU_THRESHOLDS`: true positives, false positives, false negatives.
    quality : (4,) float64
        As `matches`, for IoU > 0.5, then the sum of the matches' IoU.
    ecd_px : (2, n) float64
        Area-equivalent diameters of the pairs matched at 0.5: truth, prediction.
    all_ecd_px : tuple of float64 arrays
        Area-equivalent diameters of all counted particles: truth, prediction.
    """

    pixels: np.ndarray
    matches: np.ndarray
    quality: np.ndarray
    ecd_px: np.ndarray
    all_ecd_px: tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class _Pairs:
    """One-to-one pairs with IoU of 0.5 or more, best first; indices are label - 1."""

    truth: np.ndarray
    predicted: np.ndarray
    iou: np.ndarray


def compare(truth: np.ndarray, predicted: np.ndarray, *, min_area_px: int = 0) -> Agreement:
    """Compare two label pictures.

    Parameters
    ----------
    truth, predicted : (H, W) int
        Instances 1..n, 0 is background.
    min_area_px : int
        Smaller particles are ignored, not turned into background: a true one is never missed,
        and a predicted one that matches it, or lies on such ones by more than half, is not
        wrong; a predicted one is never wrong, but still right if it matches a counted one.

    Returns
    -------
    Agreement
    """
    if truth.shape != predicted.shape:
        raise ValueError(f"truth has {truth.shape} pixels, the prediction {predicted.shape}")
    shared = _contingency(truth, predicted)
    areas_t = np.asarray(shared.sum(axis=1)).ravel()
    areas_p = np.asarray(shared.sum(axis=0)).ravel()
    only_p, only_t = areas_t[0] - shared[0, 0], areas_p[0] - shared[0, 0]
    pixels = np.array([truth.size - shared[0, 0] - only_p - only_t, only_p, only_t], np.int64)
    areas_t, areas_p = areas_t[1:], areas_p[1:]
    overlap = shared[1:, 1:].tocoo()
    smallest = max(1, min_area_px)  # a number that no pixel has is no particle
    small_t, small_p = areas_t < smallest, areas_p < smallest
    on_small = np.bincount(
        overlap.col, weights=overlap.data * small_t[overlap.row], minlength=len(areas_p)
    )
    excused = small_p | (2 * on_small > areas_p)
    pairs = _best_pairs(overlap, areas_t, areas_p)
    enough = [pairs.iou >= threshold - _ROUNDING for threshold in IOU_THRESHOLDS]
    above_half = pairs.iou > 0.5 + _ROUNDING
    iou_sum = pairs.iou[above_half & ~small_t[pairs.truth]].sum()
    right = ~small_t[pairs.truth]
    counted_p = ~excused
    counted_p[pairs.predicted] = right
    ecd_t, ecd_p = (2 * np.sqrt(areas / math.pi) for areas in (areas_t, areas_p))
    return Agreement(
        pixels=pixels,
        matches=np.array([_count(pairs, use, small_t, excused) for use in enough]),
        quality=np.array([*_count(pairs, above_half, small_t, excused), iou_sum]),
        ecd_px=np.stack([ecd_t[pairs.truth[right]], ecd_p[pairs.predicted[right]]]),
        all_ecd_px=(ecd_t[~small_t], ecd_p[counted_p]),
    )


def add(agreements: Iterable[Agreement]) -> Agreement:
    """Pool pictures: add their sums, so that a picture weighs by what it holds."""
    parts = list(agreements)
    return Agreement(
        pixels=np.sum([a.pixels for a in parts], axis=0),
        matches=np.sum([a.matches for a in parts], axis=0),
        quality=np.sum([a.quality for a in parts], axis=0),
        ecd_px=np.concatenate([a.ecd_px for a in parts], axis=1),
        all_ecd_px=(
            np.concatenate([a.all_ecd_px[0] for a in parts]),
            np.concatenate([a.all_ecd_px[1] for a in parts]),
        ),
    )


def figures(agreement: Agreement) -> dict[str, float]:
    """Compute all figures; NaN where one is not defined.

    Returns
    -------
    dict
        pixel_precision, pixel_recall, iou, dice: foreground against background.
        precision_50, recall_50, f1_50, f1_75: instances matched one to one at that IoU.
        ap: mean over IoU 0.50 .. 0.95 of TP / (TP + FP + FN) (StarDist's and Cellpose's
        "average precision", not the area under a curve). pq: panoptic quality.
        size_spearman, size_mre, size_mare: rank correlation, mean relative error and mean
        absolute relative error of the diameters of matched particles.
        d10_rel_error, d50_rel_error, d90_rel_error: of all counted particles.
    """
    both, only_p, only_t = (int(v) for v in agreement.pixels)
    result = {
        "n_truth": float(len(agreement.all_ecd_px[0])),
        "n_predicted": float(len(agreement.all_ecd_px[1])),
        "pixel_precision": _ratio(both, both + only_p),
        "pixel_recall": _ratio(both, both + only_t),
        "iou": _ratio(both, both + only_p + only_t),
        "dice": _ratio(2 * both, 2 * both + only_p + only_t),
    }
    for percent in (50, 75):
        tp, fp, fn = agreement.matches[IOU_THRESHOLDS.index(percent / 100)]
        result[f"precision_{percent}"] = _ratio(tp, tp + fp)
        result[f"recall_{percent}"] = _ratio(tp, tp + fn)
        result[f"f1_{percent}"] = _ratio(2 * tp, 2 * tp + fp + fn)
    result["ap"] = float(np.mean([_ratio(row[0], row.sum()) for row in agreement.matches]))
    tp, fp, fn, iou_sum = agreement.quality
    result["pq"] = _ratio(iou_sum, tp + (fp + fn) / 2)
    return result | _size_figures(agreement)


def mean_figures(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Average each figure over the pictures for which it is defined: a picture weighs as one."""
    means = {}
    for name in rows[0]:
        values = np.array([row[name] for row in rows])
        defined = values[~np.isnan(values)]
        means[name] = float(defined.mean()) if len(defined) else math.nan
    return means


def _contingency(truth: np.ndarray, predicted: np.ndarray) -> sparse.csr_array:
    """Count the pixels of each pair of labels, (n truth + 1, n predicted + 1)."""
    shape = (int(truth.max(initial=0)) + 1, int(predicted.max(initial=0)) + 1)
    ones = np.ones(truth.size, np.int64)
    return sparse.coo_array((ones, (truth.ravel(), predicted.ravel())), shape=shape).tocsr()


def _best_pairs(overlap: sparse.coo_array, areas_t: np.ndarray, areas_p: np.ndarray) -> _Pairs:
    """Match greedily from the best IoU down; only exact halves can compete at all."""
    row, col = overlap.row, overlap.col
    iou = overlap.data / (areas_t[row] + areas_p[col] - overlap.data)
    candidates = np.flatnonzero(iou >= IOU_THRESHOLDS[0] - _ROUNDING)
    candidates = candidates[np.argsort(-iou[candidates], kind="stable")]
    taken_t, taken_p = set[int](), set[int]()
    kept = []
    for k in candidates:
        if row[k] not in taken_t and col[k] not in taken_p:
            taken_t.add(row[k])
            taken_p.add(col[k])
            kept.append(k)
    chosen = np.array(kept, dtype=np.intp)
    return _Pairs(row[chosen], col[chosen], iou[chosen])


def _count(
    pairs: _Pairs, use: np.ndarray, small_t: np.ndarray, excused: np.ndarray
) -> tuple[int, int, int]:
    """Return true positives, false positives, false negatives of the pairs in use."""
    not_wrong = excused.copy()
    not_wrong[pairs.predicted[use]] = True
    tp = int((~small_t[pairs.truth[use]]).sum())
    return tp, int((~not_wrong).sum()), int((~small_t).sum()) - tp


def _size_figures(agreement: Agreement) -> dict[str, float]:
    truth, predicted = agreement.ecd_px
    varies = len(truth) > 2 and np.ptp(truth) > 0 and np.ptp(predicted) > 0
    error = (predicted - truth) / truth
    result = {
        "n_matched": float(len(truth)),
        "size_spearman": float(stats.spearmanr(truth, predicted)[0]) if varies else math.nan,
        "size_mre": float(error.mean()) if len(error) else math.nan,
        "size_mare": float(np.abs(error).mean()) if len(error) else math.nan,
    }
    all_t, all_p = agreement.all_ecd_px
    for percent in (10, 50, 90):
        known = len(all_t) > 0 and len(all_p) > 0
        result[f"d{percent}_rel_error"] = (
            float(np.percentile(all_p, percent) / np.percentile(all_t, percent) - 1)
            if known
            else math.nan
        )
    return result


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else math.nan
