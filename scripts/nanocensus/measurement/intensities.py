"""Grey values of particles and their contrast against what surrounds them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from nanocensus.quality import noise_sd

# The ring around a particle: beyond the blurred edge, within the local background.
_RING_INNER_PX = 2.0
_RING_OUTER_PX = 8.0
# Fewer pixels give no usable median: the particle lies among others.
_SMALLEST_RING = 12


def mean_intensities(
    labels: NDArray[np.integer],
    pixels: NDArray[np.generic],
    overlay: NDArray[np.bool_],
    values: NDArray[np.integer],
) -> NDArray[np.float64]:
    """Return each particle's mean grey value, overlay left out.

    Parameters
    ----------
    labels : (H, W) int
    pixels : (H, W) uint8, uint16 or float32
    overlay : (H, W) bool
    values : (n,) int
        The labels asked for.

    Returns
    -------
    (n,) float64, grey values
        NaN for a particle that lies wholly under the overlay.
    """
    seen = (labels > 0) & ~overlay
    owners = np.searchsorted(values, labels[seen])
    counts = np.bincount(owners, minlength=values.size).astype(np.float64)
    sums = np.bincount(owners, pixels[seen].astype(np.float64), minlength=values.size)
    return np.divide(sums, counts, out=np.full(values.size, np.nan), where=counts > 0)


def contrasts_snr(
    labels: NDArray[np.integer],
    pixels: NDArray[np.generic],
    overlay: NDArray[np.bool_],
    values: NDArray[np.integer],
) -> NDArray[np.float64]:
    """Return each particle's contrast against the background around it, in noise widths.

    Parameters
    ----------
    labels : (H, W) int
    pixels : (H, W) uint8, uint16 or float32
    overlay : (H, W) bool
    values : (n,) int
        The labels asked for.

    Returns
    -------
    (n,) float64
        (median of the particle - median of its ring) / noise of the background; positive
        for particles brighter than their surroundings. NaN where fewer than 12 pixels of
        background lie in the ring (a particle among others) or the noise is zero.

    Notes
    -----
    A particle's ring are the background pixels 2 to 8 px from it that are nearer to it than
    to any other particle. The noise is one figure for the picture, from a Laplacian of the
    background (`nanocensus.quality.noise_sd`), so texture and shading do not enter it.
    """
    distance, nearest = ndimage.distance_transform_edt(labels == 0, return_indices=True)
    owner = labels[nearest[0], nearest[1]]
    ring = (distance > _RING_INNER_PX) & (distance <= _RING_OUTER_PX) & ~overlay
    background = (distance > _RING_INNER_PX) & ~overlay
    particle = (labels > 0) & ~overlay
    inside, _ = _medians(labels[particle], pixels[particle], values)
    around, counts = _medians(owner[ring], pixels[ring], values)
    noise = noise_sd(pixels, background)
    contrast = inside - around
    contrast[counts < _SMALLEST_RING] = np.nan
    return contrast / noise if noise > 0 else np.full(values.size, np.nan)


def _medians(
    owners: NDArray[np.integer], grey: NDArray[np.generic], values: NDArray[np.integer]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the median grey value and the number of pixels of each label, NaN without pixels."""
    order = np.lexsort((grey, owners))
    owners, ordered = owners[order], grey[order].astype(np.float64)
    starts = np.searchsorted(owners, values, side="left")
    counts = np.searchsorted(owners, values, side="right") - starts
    medians = np.full(values.size, np.nan)
    some = counts > 0
    low = starts[some] + (counts[some] - 1) // 2
    high = starts[some] + counts[some] // 2
    medians[some] = (ordered[low] + ordered[high]) / 2
    return medians, counts
