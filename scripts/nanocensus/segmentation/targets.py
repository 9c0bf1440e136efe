"""What the network sees and what it has to say: one definition for training and inference."""

from __future__ import annotations

import cv2
import numpy as np
from scipy import ndimage
from skimage.measure import label

from .strips import strips

CLIP = 2.0
"""Normalised grey values end here: twice the range between the two percentiles' marks."""

_LOW_PERCENT = 0.1
_HIGH_PERCENT = 99.9
_MAX_SAMPLES = 1 << 20
_CONTACT_REACH_PX = 2
_CONTACT_WEIGHT = 4.0


def normalise(pixels: np.ndarray, overlay: np.ndarray | None) -> np.ndarray:
    """Bring a picture's contrast to the range that the network was trained on.

    Parameters
    ----------
    pixels : (H, W) uint8, uint16 or float32
        Grey values at the resolution that the network is to see.
    overlay : (H, W) bool or None
        True where burned-in drawing hides the picture. These pixels do not count for the
        contrast and are filled smoothly from their surroundings, so that they carry no shape.

    Returns
    -------
    (H, W) float32
        The 0.1 and 99.9 percentiles come to -1 and +1, all values are clipped to +-2; a constant
        picture is 0 everywhere.
    """
    values = np.ascontiguousarray(pixels, dtype=np.float32)
    hidden = overlay if overlay is not None and overlay.any() else None
    visible = values.ravel() if hidden is None else values[~hidden]
    if visible.size == 0:
        return np.zeros_like(values)
    # A regular draw keeps the percentiles of a huge picture cheap and the same every time.
    step = -(-visible.size // _MAX_SAMPLES)
    low, high = np.percentile(visible[::step], [_LOW_PERCENT, _HIGH_PERCENT])
    if high <= low:  # sparse as can be, or constant: all that differs from the median is signal
        low, high = float(visible.min()), float(visible.max())
    if high <= low:
        return np.zeros_like(values)
    del visible
    scaled = values - np.float32((low + high) / 2)
    scaled *= np.float32(2 / (high - low))
    np.clip(scaled, -CLIP, CLIP, out=scaled)
    return scaled if hidden is None else fill_smoothly(scaled, hidden)


def fill_smoothly(values: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """Replace hidden pixels by a smooth continuation of the visible ones.

    Averages of the visible pixels over blocks of 2, 4, 8 ... px are taken until every block has
    one, then each level's gaps are filled from the next coarser one (pull-push; Gortler et al.
    1996, The Lumigraph).

    Parameters
    ----------
    values : (H, W) float32
    hidden : (H, W) bool
        Not True everywhere.
    """
    weight = (~hidden).astype(np.float32)
    return np.where(hidden, _pull_push(values * weight, weight), values)


def targets_from_labels(labels: np.ndarray) -> np.ndarray:
    """Compute what the network has to answer for a labelled picture.

    Parameters
    ----------
    labels : (H, W) int
        0 is background, every other value one particle. Parts of a particle that do not touch
        (4-connected) are treated one by one.

    Returns
    -------
    (3, H, W) float32, 0..1
        foreground: 1 on particles. boundary: 1 on pixels of particles that have a 4-neighbour of
        another value, so that a contact of two particles is 2 px wide. distance: 0 outside, in a
        particle the distance of the pixel's centre to the particle's edge divided by the largest
        one in the particle, so that its middle is 1 whatever its size.
        The picture's frame is not an edge: a particle goes on beyond it.
    """
    foreground = labels != 0
    boundary = _inner_boundary(labels) & foreground
    targets = np.zeros((3, *labels.shape), dtype=np.float32)
    targets[0] = foreground
    targets[1] = boundary
    if not foreground.any():
        return targets
    where = np.flatnonzero(foreground)
    part = _parts(labels).ravel()[where]
    distance = _distance_to_edge(foreground, boundary).ravel()[where]
    largest = np.zeros(part.max() + 1, dtype=np.float32)
    np.maximum.at(largest, part, distance)
    targets[2].reshape(-1)[where] = distance / largest[part]
    return targets


def loss_weights(labels: np.ndarray) -> np.ndarray:
    """Compute the weight of each pixel in a loss: pixels between close particles count more.

    Parameters
    ----------
    labels : (H, W) int

    Returns
    -------
    (H, W) float32
        5 where two different particles lie within 2 px (in each axis), 1 elsewhere: pixels that
        decide whether particles are parted are few.
    """
    side = 2 * _CONTACT_REACH_PX + 1
    highest = ndimage.maximum_filter(labels, side, mode="nearest")
    without_background = np.where(labels == 0, np.iinfo(labels.dtype).max, labels)
    lowest = ndimage.minimum_filter(without_background, side, mode="nearest")
    contact = (highest != 0) & (lowest < highest)
    return np.float32(1) + np.float32(_CONTACT_WEIGHT) * contact


def _inner_boundary(labels: np.ndarray) -> np.ndarray:
    """Mark pixels with a 4-neighbour of another value."""
    differs = np.zeros(labels.shape, dtype=bool)
    rows = labels[1:] != labels[:-1]
    columns = labels[:, 1:] != labels[:, :-1]
    differs[1:] |= rows
    differs[:-1] |= rows
    differs[:, 1:] |= columns
    differs[:, :-1] |= columns
    return differs


def _parts(labels: np.ndarray) -> np.ndarray:
    """Number the 4-connected parts of equal non-zero value: (H, W) int32, 0 background."""
    return label(labels, background=0, connectivity=1).astype(np.int32)


def _distance_to_edge(foreground: np.ndarray, boundary: np.ndarray) -> np.ndarray:
    """Distance in px from each particle pixel's centre to its particle's edge, 0 outside.

    The way to another particle's boundary crosses the own one, so one transform serves all; the
    edge runs half a pixel outside the boundary pixels' centres. OpenCV's transform is exact to
    float32 and takes a fifth of SciPy's time.
    """
    if not boundary.any():  # one particle fills the picture: no edge to be seen
        return foreground.astype(np.float32)
    away = np.logical_not(boundary).astype(np.uint8)
    distance = cv2.distanceTransform(away, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.where(foreground, distance + np.float32(0.5), np.float32(0))


def _pull_push(weighted: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return a picture without gaps from the sums and weights of the visible pixels."""
    if weight.all():
        return weighted / weight
    rows, columns = weight.shape
    padding = ((0, rows % 2), (0, columns % 2))
    shape = ((rows + 1) // 2, 2, (columns + 1) // 2, 2)
    coarse_sum = np.pad(weighted, padding).reshape(shape).sum(axis=(1, 3))
    coarse_weight = np.pad(weight, padding).reshape(shape).sum(axis=(1, 3))
    coarse = _pull_push(coarse_sum, coarse_weight)
    finer = _twice_as_fine(coarse, rows, columns)
    return np.where(weight > 0, weighted / np.maximum(weight, np.float32(1e-6)), finer)


def _twice_as_fine(coarse: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Interpolate linearly from blocks of 2x2 px to their pixels."""
    column = np.arange(columns, dtype=np.float32) / 2 - 0.25
    finer = np.empty((rows, columns), dtype=np.float32)
    for some in strips(finer.shape):
        row = np.arange(some.start, some.stop, dtype=np.float32) / 2 - 0.25
        grid = np.meshgrid(row, column, indexing="ij")
        finer[some] = ndimage.map_coordinates(coarse, grid, order=1, mode="nearest")
    return finer
