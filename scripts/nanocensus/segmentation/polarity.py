"""Whether particles are brighter or darker than what surrounds them, by measurement."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy import ndimage

from .strips import strips_with_rim

Polarity = Literal["bright", "dark"]

_GAP_PX = 1
_RING_PX = 4


def measure_polarity(
    values: np.ndarray, labels: np.ndarray, overlay: np.ndarray
) -> Polarity | None:
    """Compare particles with the ring of background around them.

    Parameters
    ----------
    values : (H, W) float32
        Grey values, brighter is larger.
    labels : (H, W) int32
    overlay : (H, W) bool
        Burned-in drawing, which says nothing.

    Returns
    -------
    "bright", "dark" or None
        None without particles. Each particle votes with the difference of its mean from that of
        the background 2 to 5 px outside it, times the root of its area; a particle without
        background around votes with the picture's background, and where there is none at all the
        particles' edges decide: they are darker than the inside of bright particles.
    """
    count = int(labels.max(initial=0))
    if count == 0:
        return None
    inside, around = np.zeros((2, count + 1)), np.zeros((2, count + 1))  # sums and pixels
    background, n_background = 0.0, 0
    near_px, far_px = 2 * _GAP_PX + 1, 2 * (_GAP_PX + _RING_PX) + 1
    for rows, wider, inner in strips_with_rim(labels.shape, _GAP_PX + _RING_PX):
        seen = ~overlay[rows]
        _add_up(inside, values[rows], np.where(seen, labels[rows], 0))
        near = ndimage.grey_dilation(labels[wider], size=near_px)[inner] > 0
        ring = ndimage.grey_dilation(labels[wider], size=far_px)[inner]
        _add_up(around, values[rows], np.where(seen & ~near, ring, 0))
        beside = (labels[rows] == 0) & seen
        background += float(values[rows][beside].sum(dtype=np.float64))
        n_background += int(beside.sum())
    if n_background == 0:
        return _polarity_of_packed(values, labels)
    mean = np.divide(inside[0], inside[1], out=np.zeros(count + 1), where=inside[1] > 0)
    outside = np.full(count + 1, background / n_background)
    np.divide(around[0], around[1], out=outside, where=around[1] > 0)
    votes = np.where(inside[1] > 0, (mean - outside) * np.sqrt(inside[1]), 0)[1:]
    return "bright" if votes.sum() >= 0 else "dark"


def _polarity_of_packed(values: np.ndarray, labels: np.ndarray) -> Polarity:
    """Compare the particles' middles with their edges."""
    sums, pixels = np.zeros(2), np.zeros(2)
    for rows, wider, inner in strips_with_rim(labels.shape, 1):
        near = labels[wider]
        edges = ndimage.grey_dilation(near, size=3) != ndimage.grey_erosion(near, size=3)
        edges = edges[inner].ravel()
        sums += np.bincount(edges, values[rows].ravel(), minlength=2)
        pixels += np.bincount(edges, minlength=2)
    if not pixels.all():
        return "bright"
    middles, edge = sums / pixels
    return "bright" if middles >= edge else "dark"


def _add_up(sums_and_pixels: np.ndarray, values: np.ndarray, labels: np.ndarray) -> None:
    """Add the values, and the number of pixels, of each label."""
    count = sums_and_pixels.shape[1]
    sums_and_pixels[0] += np.bincount(labels.ravel(), values.ravel(), minlength=count)
    sums_and_pixels[1] += np.bincount(labels.ravel(), minlength=count)
