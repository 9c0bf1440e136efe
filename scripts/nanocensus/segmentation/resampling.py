"""Between the prepared picture's pixels and the working pixels that the network sees.

Both grids cover the same field: pixel centres at integers, the frame half a pixel outside them.
"""

from __future__ import annotations

import numpy as np
from PIL import Image
from skimage.measure import label as label_parts

_SURE = 1e-3
_STRIP_PX = 1 << 22


def working_shape(shape: tuple[int, int], scale: float) -> tuple[int, int]:
    """Return rows and columns at a working scale (working px per px), at least 1 each."""
    rows, columns = shape
    return max(1, round(rows * scale)), max(1, round(columns * scale))


def resample(values: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Resample (H, W) float32 to another shape: averages where it shrinks, linear where it grows.

    The Hamming-windowed average is sharper than a triangle and free of a box's aliasing.
    """
    if values.shape == shape:
        return values
    shrinks = shape[0] < values.shape[0] or shape[1] < values.shape[1]
    method = Image.Resampling.HAMMING if shrinks else Image.Resampling.BILINEAR
    return _resize(values, shape, method)


def resample_overlay(overlay: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Resample (H, W) bool: True where any hidden pixel lends to the new one."""
    if overlay.shape == shape or not overlay.any():
        return overlay if overlay.shape == shape else np.zeros(shape, dtype=bool)
    return _resize(overlay.astype(np.float32), shape, Image.Resampling.BILINEAR) > 0


def probability_at(probability: np.ndarray, shape: tuple[int, int], threshold: float) -> np.ndarray:
    """Bring the foreground probability to the picture's pixels, its threshold to 0.5.

    Parameters
    ----------
    probability : (h, w) float32, 0..1
        At working pixels.
    shape : (int, int)
        The picture's.
    threshold : float
        Probability at which a particle ends.

    Returns
    -------
    (H, W) float32, 0..1
        The outline is where it crosses 0.5.

    Notes
    -----
    Growing, log-odds are interpolated (bicubic): they change about linearly across an edge, where
    the probability itself jumps and would lose the place between two pixels. Shrinking, the
    probability is averaged: a pixel's value is the share of it that the particle covers.
    """
    if shape[0] < probability.shape[0] or shape[1] < probability.shape[1]:
        odds = _log_odds(resample(probability, shape))
    else:
        odds = _log_odds(probability)
        if odds.shape != shape:
            odds = _resize(odds, shape, Image.Resampling.BICUBIC)
    return 1 / (1 + np.exp(_log_odds(np.float32(threshold)) - odds))


def labels_at(labels: np.ndarray, foreground: np.ndarray) -> np.ndarray:
    """Bring labels to the picture's pixels.

    Parameters
    ----------
    labels : (h, w) int32
        At working pixels.
    foreground : (H, W) bool
        Where the picture's pixels belong to some particle: outlines come from here, the labels
        only say to which.

    Returns
    -------
    (H, W) int32
        Each foreground pixel has the label that weighs most among its four nearest working
        pixels (bilinear weights), so contacts run smoothly; 0 where none of them is labelled.
        Of a label that falls apart only the largest 4-connected part stays. Labels may vanish.
    """
    if labels.shape == foreground.shape:
        return np.where(foreground, labels, 0)
    result = np.zeros(foreground.shape, dtype=np.int32)
    rows = max(1, _STRIP_PX // foreground.shape[1])
    for first in range(0, foreground.shape[0], rows):
        strip = slice(first, min(first + rows, foreground.shape[0]))
        result[strip] = _vote(labels, foreground, strip)
    return _largest_parts(result)


def _vote(labels: np.ndarray, foreground: np.ndarray, strip: slice) -> np.ndarray:
    """Decide a strip of rows of `labels_at`."""
    y, x = np.nonzero(foreground[strip])
    lower_y, upper_y, weight_y = _neighbours(y + strip.start, foreground.shape[0], labels.shape[0])
    lower_x, upper_x, weight_x = _neighbours(x, foreground.shape[1], labels.shape[1])
    corners = np.stack([labels[r, c] for r in (lower_y, upper_y) for c in (lower_x, upper_x)])
    chosen = corners[0].copy()
    unsure = np.flatnonzero((corners != chosen).any(axis=0))
    few = corners[:, unsure]
    wy, wx = weight_y[unsure], weight_x[unsure]
    weights = np.stack([(1 - wy) * (1 - wx), (1 - wy) * wx, wy * (1 - wx), wy * wx])
    votes = np.stack([(weights * (few == corner)).sum(axis=0) for corner in few])
    votes[few == 0] = -1  # what is background the probability has said already
    chosen[unsure] = np.take_along_axis(few, votes.argmax(axis=0)[None], axis=0)[0]
    result = np.zeros((strip.stop - strip.start, foreground.shape[1]), dtype=np.int32)
    result[y, x] = chosen
    return result


def _neighbours(
    positions: np.ndarray, fine: int, coarse: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the two nearest coarse pixels of fine ones on one axis and the second's weight."""
    at = (positions + 0.5) * (coarse / fine) - 0.5
    lower = np.floor(at)
    weight = (at - lower).astype(np.float32)
    lower = lower.astype(np.int64)
    return np.clip(lower, 0, coarse - 1), np.clip(lower + 1, 0, coarse - 1), weight


def _largest_parts(labels: np.ndarray) -> np.ndarray:
    """Keep of each label its largest 4-connected part; of equal ones the first."""
    parts = label_parts(labels, background=0, connectivity=1)
    where = np.flatnonzero(parts)
    n_parts = int(parts.max(initial=0))
    areas = np.bincount(parts.ravel()[where], minlength=n_parts + 1)
    owner = np.zeros(n_parts + 1, dtype=np.int64)
    owner[parts.ravel()[where]] = labels.ravel()[where]
    if n_parts == np.count_nonzero(np.bincount(owner[1:])):
        return labels
    best = np.zeros(int(labels.max()) + 1, dtype=np.int64)
    order = np.lexsort((-np.arange(1, n_parts + 1), areas[1:])) + 1
    best[owner[order]] = order  # the last one stays: the largest
    keep = np.zeros(n_parts + 1, dtype=bool)
    keep[best] = True
    keep[0] = False
    return np.where(keep[parts], labels, 0)


def _log_odds(probability: np.ndarray) -> np.ndarray:
    sure = np.clip(probability, _SURE, 1 - _SURE)
    return np.log(sure / (1 - sure)).astype(np.float32)


def _resize(values: np.ndarray, shape: tuple[int, int], method: Image.Resampling) -> np.ndarray:
    rows, columns = shape
    picture = Image.fromarray(np.ascontiguousarray(values, dtype=np.float32))
    return np.asarray(picture.resize((columns, rows), method), dtype=np.float32)
