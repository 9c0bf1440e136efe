"""Between the prepared picture's pixels and the working pixels that the network sees.

Both grids cover the same field: pixel centres at integers, the frame half a pixel outside them.
"""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy import ndimage

from .strips import strips

_SURE = 1e-3
_CHUNK = 1 << 16
_CROSS = ndimage.generate_binary_structure(2, 1)


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


def mean_at_first(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Average predictions (C, h, w) and (C, h2, w2) of one field: (C, h, w) float32."""
    mean = np.empty_like(one)
    for channel, (first, second) in enumerate(zip(one, other, strict=True)):
        np.add(first, resample(second, first.shape), out=mean[channel])
        mean[channel] *= np.float32(0.5)
    return mean


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
    zero = _log_odds(np.full((1, 1), threshold, dtype=np.float32))
    result = np.empty(shape, dtype=np.float32)
    for rows in strips(shape):
        result[rows] = 1 / (1 + np.exp(zero - odds[rows]))
    return result


def labels_at(labels: np.ndarray, foreground: np.ndarray) -> tuple[np.ndarray, int]:
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
    labels : (H, W) int32
        Each foreground pixel has that one of its four nearest working pixels' labels that
        weighs most around it (cubic B-spline), so contacts run smoothly; 0 where none of the
        four is labelled.
        Of a label that falls apart only the largest 4-connected part stays. Labels may vanish.
    n_parts : int
        Smaller parts that were taken away.
    """
    if labels.shape == foreground.shape:
        return np.where(foreground, labels, 0), 0
    near_y, near_x = (
        np.minimum(((np.arange(fine) + 0.5) * coarse / fine).astype(np.int64), coarse - 1)
        for fine, coarse in zip(foreground.shape, labels.shape, strict=True)
    )
    several = ndimage.maximum_filter(labels, 5) != ndimage.minimum_filter(labels, 5)
    result = np.zeros(foreground.shape, dtype=labels.dtype)
    for rows in strips(foreground.shape):
        nearest = labels[near_y[rows, None], near_x]
        result[rows] = np.where(foreground[rows], nearest, 0)
        y, x = np.nonzero(several[near_y[rows, None], near_x] & foreground[rows])
        y += rows.start
        for first in range(0, len(y), _CHUNK):
            few = slice(first, first + _CHUNK)
            result[y[few], x[few]] = _vote(labels, foreground.shape, y[few], x[few])
    return result, _keep_largest_parts(result)


def _vote(labels: np.ndarray, shape: tuple[int, int], y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Decide about some pixels of `labels_at`: (n,) int32."""
    index_y, weight_y = _spline(y, shape[0], labels.shape[0])
    index_x, weight_x = _spline(x, shape[1], labels.shape[1])
    around = labels[index_y[:, None], index_x[None, :]].reshape(16, len(y))
    weights = (weight_y[:, None] * weight_x[None, :]).reshape(16, len(y))
    near = around[[5, 6, 9, 10]]
    votes = np.stack([(weights * (around == candidate)).sum(axis=0) for candidate in near])
    votes[near == 0] = -1  # what is background the probability has said already
    return np.take_along_axis(near, votes.argmax(axis=0)[None], axis=0)[0]


def _spline(positions: np.ndarray, fine: int, coarse: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the four nearest coarse pixels of fine ones on one axis, and their weights.

    The weights of the cubic B-spline, which smooths: (4, n) indices and (4, n) float32.
    """
    at = (positions + 0.5) * (coarse / fine) - 0.5
    lower = np.floor(at).astype(np.int64)
    t = (at - lower).astype(np.float32)
    weights = np.stack(
        [(1 - t) ** 3, 4 - 6 * t**2 + 3 * t**3, 1 + 3 * t + 3 * t**2 - 3 * t**3, t**3]
    )
    index = np.clip(lower + np.arange(-1, 3)[:, None], 0, coarse - 1)
    return index, weights / np.float32(6)


def _keep_largest_parts(labels: np.ndarray) -> int:
    """Leave each label its largest 4-connected part, of equal ones the first, in place.

    Returns
    -------
    int
        Parts that were taken away.
    """
    taken = 0
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        if box is None:
            continue
        within = labels[box]
        parts, count = ndimage.label(within == number, structure=_CROSS)
        if count > 1:
            largest = 1 + np.bincount(parts.ravel())[1:].argmax()
            within[(parts > 0) & (parts != largest)] = 0
            taken += count - 1
    return taken


def _log_odds(probability: np.ndarray) -> np.ndarray:
    """Return log(p / (1 - p)) of (H, W) float32 probabilities."""
    odds = np.empty(probability.shape, dtype=np.float32)
    for rows in strips(odds.shape):
        sure = np.clip(probability[rows], _SURE, 1 - _SURE)
        odds[rows] = np.log(sure / (1 - sure))
    return odds


def _resize(values: np.ndarray, shape: tuple[int, int], method: Image.Resampling) -> np.ndarray:
    rows, columns = shape
    picture = Image.fromarray(np.ascontiguousarray(values, dtype=np.float32))
    return np.asarray(picture.resize((columns, rows), method), dtype=np.float32)
