"""Agreement of predicted particles with labelled ones: what one comparison counts.

The figures made of these counts stand in `formulas`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np
from scipy import sparse, stats

IOU_THRESHOLDS = tuple(k / 100 for k in range(50, 100, 5))
PROBABILITY_BINS = 1024
_ROUNDING = 1e-9  # 11/20 has to reach 0.55
_FEWEST_RANKED = 3  # two points always correlate


@dataclass(frozen=True)
class Agreement:
    """Sums that all figures are made of; those of several pictures add up.

    Attributes
    ----------
    pixels : (4,) int64
        Foreground pixels in both, in the prediction only, in the truth only, in neither.
    pixel_pairs : (4,) float64
        Ordered pairs of pixels of one picture, a label being a group and background one more:
        pairs that one side joins and the other parts; all pairs; then of true foreground, twice
        the pairs joined by both sides; those joined by the truth plus those by the prediction.
    probability : (2, PROBABILITY_BINS) int64
        Pixels of true background and of true foreground by predicted probability, in equal bins
        from 0 to 1; all 0 where no probability was given.
    matches : (10, 3) int64
        Per threshold of `IOU_THRESHOLDS`: true positives, false positives, false negatives.
    quality : (4,) float64
        As `matches`, for IoU > 0.5, then the sum of the matches' IoU.
    ecd_px : (2, n) float64
        Area-equivalent diameters of the pairs matched at 0.5: truth, prediction.
    truth_ecd_px, predicted_ecd_px : (n,) float64
        Area-equivalent diameters of all counted particles.
    truth_found : (n,) bool
        Whether the particle of `truth_ecd_px` is matched at 0.5.
    ranks : (2,) float64
        Sum over pictures of Spearman's coefficient of `ecd_px` times the number of pairs, and
        these pairs; pictures in which it is not defined count for none.
    """

    pixels: np.ndarray
    pixel_pairs: np.ndarray
    probability: np.ndarray
    matches: np.ndarray
    quality: np.ndarray
    ecd_px: np.ndarray
    truth_ecd_px: np.ndarray
    predicted_ecd_px: np.ndarray
    truth_found: np.ndarray
    ranks: np.ndarray


_LISTS = ("ecd_px", "truth_ecd_px", "predicted_ecd_px", "truth_found")


@dataclass(frozen=True)
class _Pairs:
    """One-to-one pairs with IoU of 0.5 or more, best first; indices are label - 1."""

    truth: np.ndarray
    predicted: np.ndarray
    iou: np.ndarray


def compare(
    truth: np.ndarray,
    predicted: np.ndarray,
    *,
    min_area_px: int = 0,
    probability: np.ndarray | None = None,
) -> Agreement:
    """Compare two label pictures.

    Parameters
    ----------
    truth, predicted : (H, W) int
        Instances 1..n, 0 is background.
    min_area_px : int
        Smaller particles are ignored, not turned into background: a true one is never missed,
        and a predicted one that matches it, or lies on such ones by more than half, is not
        wrong; a predicted one is never wrong, but still right if it matches a counted one.
    probability : (H, W) float, optional
        Predicted probability of each pixel to lie on a particle, 0..1.

    Returns
    -------
    Agreement
    """
    if truth.shape != predicted.shape:
        raise ValueError(f"truth has {truth.shape} pixels, the prediction {predicted.shape}")
    shared = _contingency(truth, predicted)
    areas_t, areas_p = _areas(shared)
    overlap = shared[1:, 1:].tocoo()
    smallest = max(1, min_area_px)  # a number that no pixel has is no particle
    small_t, small_p = areas_t < smallest, areas_p < smallest
    on_small = np.bincount(
        overlap.col, weights=overlap.data * small_t[overlap.row], minlength=len(areas_p)
    )
    excused = small_p | (2 * on_small > areas_p)
    pairs = _best_pairs(overlap, areas_t, areas_p)
    enough = [pairs.iou >= threshold - _ROUNDING for threshold in IOU_THRESHOLDS]
    right = ~small_t[pairs.truth]
    counted_p = ~excused
    counted_p[pairs.predicted] = right
    found_t = np.zeros(len(areas_t), bool)
    found_t[pairs.truth] = True
    ecd_t, ecd_p = (2 * np.sqrt(areas / math.pi) for areas in (areas_t, areas_p))
    ecd_px = np.stack([ecd_t[pairs.truth[right]], ecd_p[pairs.predicted[right]]])
    return Agreement(
        pixels=_pixels(shared),
        pixel_pairs=_pixel_pairs(shared),
        probability=_by_probability(truth, probability),
        matches=np.array([_count(pairs, use, small_t, excused) for use in enough]),
        quality=_quality(pairs, small_t, excused),
        ecd_px=ecd_px,
        truth_ecd_px=ecd_t[~small_t],
        predicted_ecd_px=ecd_p[counted_p],
        truth_found=found_t[~small_t],
        ranks=_ranks(ecd_px),
    )


def add(agreements: Iterable[Agreement]) -> Agreement:
    """Pool pictures: add their sums, so that a picture weighs by what it holds."""
    parts = list(agreements)
    pooled = {}
    for name in (field.name for field in fields(Agreement)):
        values = [getattr(part, name) for part in parts]
        pooled[name] = np.concatenate(values, axis=-1) if name in _LISTS else np.sum(values, axis=0)
    return Agreement(**pooled)


def spearman(first: np.ndarray, second: np.ndarray) -> float:
    """Return the rank correlation of two (n,) arrays; NaN below 3 pairs or if one is flat."""
    if len(first) < _FEWEST_RANKED or np.ptp(first) == 0 or np.ptp(second) == 0:
        return math.nan
    ranks = stats.rankdata(np.stack([first, second]), axis=1)
    return float(np.corrcoef(ranks)[0, 1])


def _contingency(truth: np.ndarray, predicted: np.ndarray) -> sparse.csr_array:
    """Count the pixels of each pair of labels, (n truth + 1, n predicted + 1)."""
    shape = (int(truth.max(initial=0)) + 1, int(predicted.max(initial=0)) + 1)
    ones = np.ones(truth.size, np.int64)
    return sparse.coo_array((ones, (truth.ravel(), predicted.ravel())), shape=shape).tocsr()


def _areas(shared: sparse.csr_array) -> tuple[np.ndarray, np.ndarray]:
    """Return the pixels of each true and each predicted instance; index is label - 1."""
    return (
        np.asarray(shared.sum(axis=1)).ravel()[1:],
        np.asarray(shared.sum(axis=0)).ravel()[1:],
    )


def _pixels(shared: sparse.csr_array) -> np.ndarray:
    areas_t, areas_p = _areas(shared)
    both = int(shared[1:, 1:].sum())
    return np.array([both, areas_p.sum() - both, areas_t.sum() - both, shared[0, 0]], np.int64)


def _pixel_pairs(shared: sparse.csr_array) -> np.ndarray:
    """Count pairs of pixels as `Agreement` says; a pixel makes no pair with itself."""
    total = float(shared.sum())
    foreground = shared[1:]
    n_foreground = float(foreground.sum())
    joined_t, joined_p = _squares(shared.sum(axis=1)), _squares(shared.sum(axis=0))
    inside_t, inside_p = _squares(foreground.sum(axis=1)), _squares(foreground.sum(axis=0))
    return np.array(
        [
            joined_t + joined_p - 2 * _squares(shared.data),
            total * (total - 1),
            2 * (_squares(foreground.data) - n_foreground),
            inside_t + inside_p - 2 * n_foreground,
        ]
    )


def _squares(counts: np.ndarray) -> float:
    return float(np.square(np.asarray(counts, np.float64)).sum())


def _by_probability(truth: np.ndarray, probability: np.ndarray | None) -> np.ndarray:
    if probability is None:
        return np.zeros((2, PROBABILITY_BINS), np.int64)
    bins = np.clip(probability * PROBABILITY_BINS, 0, PROBABILITY_BINS - 1).astype(np.int64)
    place = bins + PROBABILITY_BINS * (truth > 0)
    counts = np.bincount(place.ravel(), minlength=2 * PROBABILITY_BINS)
    return counts.reshape(2, PROBABILITY_BINS)


def _quality(pairs: _Pairs, small_t: np.ndarray, excused: np.ndarray) -> np.ndarray:
    above_half = pairs.iou > 0.5 + _ROUNDING
    iou_sum = pairs.iou[above_half & ~small_t[pairs.truth]].sum()
    return np.array([*_count(pairs, above_half, small_t, excused), iou_sum])


def _ranks(ecd_px: np.ndarray) -> np.ndarray:
    correlation, pairs = spearman(*ecd_px), ecd_px.shape[1]
    return np.zeros(2) if math.isnan(correlation) else np.array([correlation * pairs, pairs])


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
