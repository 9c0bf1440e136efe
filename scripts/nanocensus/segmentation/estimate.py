"""How good a segmentation probably is, estimated from the picture alone, without labels."""

from __future__ import annotations

import math

import numpy as np

from .settings import EstimateParameters
from .strips import strips
from .views import Answers, consistency

SIGNS = ("consistency", "agreement", "certainty")
"""What `measure_signs` gives; the larger each one is, the better the segmentation probably is."""

_WINDOW_PX = 512
"""Side of the part of the picture that is looked at once more, working px: bounds the time."""
_UNCERTAIN = (0.2, 0.8)
_SMALLEST_SHARE = 0.01
"""Added to the share of uncertain pixels, whose logarithm counts: below it no share says more."""


def measure_signs(segmenter: Answers, values: np.ndarray, prediction: np.ndarray) -> np.ndarray:
    """Measure what tells a good segmentation from a bad one.

    Parameters
    ----------
    segmenter : Answers
    values : (h, w) float32
        Normalised grey values at the working scale.
    prediction : (3, h, w) float32, 0..1
        What was predicted of them.

    Returns
    -------
    (3,) float64
        In the order of `SIGNS`, of the window that holds most foreground: mean over the particles
        of how well the predicted distance fits the decoded shape (0..1, see `consistency`);
        panoptic quality (0..1) of the particles against those found in the mirrored picture;
        minus the logarithm of the share of uncertain pixels (foreground probability of 0.2 to
        0.8), relative to the foreground. Only particles of probability 0.5 and more take part,
        because others do not count.
    """
    window = _window(prediction[0])
    seen = prediction[:, *window]
    mirrored = segmenter.predict(np.ascontiguousarray(values[window][:, ::-1]))[:, :, ::-1]
    first, again = segmenter.decode(seen), segmenter.decode(np.ascontiguousarray(mirrored))
    probable = first.particle_probability >= 0.5
    consistent = consistency(seen, first.labels)[probable]
    uncertain = int(((seen[0] > _UNCERTAIN[0]) & (seen[0] < _UNCERTAIN[1])).sum())
    share = uncertain / max(1, int((seen[0] >= 0.5).sum()))
    agreement = panoptic_quality(
        drop_improbable(first.labels, first.particle_probability, 0.5),
        drop_improbable(again.labels, again.particle_probability, 0.5),
    )
    certainty = -math.log(_SMALLEST_SHARE + share)
    return np.array([consistent.mean() if consistent.size else 0.0, agreement, certainty])


def predict_f1(signs: np.ndarray, parameters: EstimateParameters) -> np.ndarray:
    """Estimate F1 at IoU 0.5 from signs: (..., 3) float64 -> (...) float64, 0..1."""
    intercept, *slopes = parameters.weights
    return 1 / (1 + np.exp(-(intercept + signs @ np.array(slopes))))


def drop_improbable(labels: np.ndarray, probability: np.ndarray, least: float) -> np.ndarray:
    """Return labels (H, W) int32 without the less probable instances, numbered 1..n anew."""
    kept = np.concatenate([[False], probability >= least])
    return (np.cumsum(kept) * kept).astype(np.int32)[labels]


def panoptic_quality(first: np.ndarray, second: np.ndarray) -> float:
    """Compare two label pictures (H, W) int32: 1 where all instances are the same, 0..1.

    Sum of the IoU of instances that share more than half of their union, over the mean number of
    instances; 0 where neither has any.
    """
    areas = [np.bincount(labels.ravel()) for labels in (first, second)]
    both = (first > 0) & (second > 0)
    pair = first[both].astype(np.int64) * len(areas[1]) + second[both]
    pairs, shared = np.unique(pair, return_counts=True)
    one, other = np.divmod(pairs, len(areas[1]))
    iou = shared / (areas[0][one] + areas[1][other] - shared)
    number = (len(areas[0]) + len(areas[1])) / 2 - 1
    return float(iou[iou > 0.5].sum() / number) if number else 0.0


def _window(foreground: np.ndarray) -> tuple[slice, slice]:
    """Return the window of a coarse grid that holds most foreground, of equal ones the first."""
    half = _WINDOW_PX // 2
    columns = np.arange(0, foreground.shape[1], half)
    blocks = np.zeros((math.ceil(foreground.shape[0] / half), len(columns)), dtype=np.int64)
    for rows in strips(foreground.shape):
        counts = np.add.reduceat(foreground[rows] >= 0.5, columns, axis=1, dtype=np.int64)
        np.add.at(blocks, np.arange(rows.start, rows.stop) // half, counts)
    padded = np.pad(blocks, ((0, 1), (0, 1)))
    windows = padded[:-1, :-1] + padded[1:, :-1] + padded[:-1, 1:] + padded[1:, 1:]
    best = np.unravel_index(windows.argmax(), windows.shape)
    starts = [
        max(0, min(int(place) * half, side - _WINDOW_PX))
        for place, side in zip(best, foreground.shape, strict=True)
    ]
    return slice(starts[0], starts[0] + _WINDOW_PX), slice(starts[1], starts[1] + _WINDOW_PX)
