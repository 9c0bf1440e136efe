"""Whether particles are brighter or darker than what surrounds them, by measurement."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy import ndimage

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
    seen = ~overlay
    inside, area = _means(values, np.where(seen, labels, 0), count)
    near = ndimage.grey_dilation(labels, size=2 * _GAP_PX + 1) > 0
    ring = ndimage.grey_dilation(labels, size=2 * (_GAP_PX + _RING_PX) + 1)
    outside, n_ring = _means(values, np.where(seen & ~near, ring, 0), count)
    background = (labels == 0) & seen
    if not background.any():
        return _polarity_of_packed(values, labels)
    outside = np.where(n_ring > 0, outside, values[background].mean())
    votes = np.where(area > 0, (inside - outside) * np.sqrt(area), 0)
    return "bright" if votes.sum() >= 0 else "dark"


def _polarity_of_packed(values: np.ndarray, labels: np.ndarray) -> Polarity:
    """Compare the particles' middles with their edges."""
    edges = ndimage.grey_dilation(labels, size=3) != ndimage.grey_erosion(labels, size=3)
    if not edges.any() or edges.all():
        return "bright"
    return "bright" if values[~edges].mean() >= values[edges].mean() else "dark"


def _means(values: np.ndarray, labels: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return mean (0 where there is no pixel) and number of pixels for labels 1..count."""
    pixels = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    sums = np.bincount(labels.ravel(), values.ravel(), minlength=count + 1)[1:]
    return np.divide(sums, pixels, out=np.zeros(count), where=pixels > 0), pixels
