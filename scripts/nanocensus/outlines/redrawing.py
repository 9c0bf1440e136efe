"""Drawing labels and soft map anew around outlines that were moved."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from nanocensus.segmentation.strips import strips

from .contours import Contours

FloatArray = NDArray[np.float64]

_NEIGHBOURS = 6
"""Vertices among which a pixel's own particle is looked for: a border's are those of two or three
particles."""
_REACH_PX = 2
"""Around a moved vertex: half a pixel of soft edge, and normals that part at corners."""
_LITTLE_PX = 0.05
"""Vertices on a border that move in by less keep it as it was drawn."""


def redraw(
    labels: NDArray[np.integer],
    probability: NDArray[np.floating],
    contours: Contours,
    shift_px: FloatArray,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Write labels and soft map anew around outlines whose vertices move along their normals.

    Parameters
    ----------
    labels : (H, W) int
    probability : (H, W) float
        The soft map that the outlines come from.
    contours : Contours
        The outlines' vertices.
    shift_px : (n,) float64
        Way of each vertex, outwards positive, px; 0 leaves what is there.

    Returns
    -------
    labels : (H, W) int32
    probability : (H, W) float32
        0.5 on the outline, rising by 1 per px inwards.
    """
    near = _around(contours.rings.points, np.abs(shift_px) + _REACH_PX, labels.shape)
    tree = cKDTree(contours.rings.points, balanced_tree=False, compact_nodes=False)
    new_labels = labels.astype(np.int32)
    new_probability = (labels > 0).astype(np.float32)
    for rows in strips(labels.shape):
        yx = np.argwhere(near[rows]) + np.array([rows.start, 0])
        at = tuple(yx.T)
        soft, owner, fixed = _moved(tree, contours, yx, labels[at], shift_px)
        new_labels[at] = np.where(fixed, labels[at], owner)
        new_probability[at] = np.where(fixed, probability[at], soft)
    return new_labels, new_probability


def _moved(
    tree: cKDTree,
    contours: Contours,
    yx: NDArray[np.int64],
    own: NDArray[np.integer],
    shift_px: FloatArray,
) -> tuple[FloatArray, NDArray[np.int64], NDArray[np.bool_]]:
    """Return soft map and label of pixels by the nearest vertex, and whether that stays: (n,)."""
    nearest = _nearest_vertices(tree, contours.owner, yx, own)
    outside_px = ((yx - contours.rings.points[nearest]) * contours.normals[nearest]).sum(axis=1)
    way_px = shift_px[nearest]
    soft = np.clip(0.5 - outside_px + way_px, 0, 1)
    fixed = contours.on_frame[nearest] | (way_px == 0)
    fixed |= (contours.gap_px[nearest] <= 0) & (way_px > -_LITTLE_PX)
    return soft, np.where(soft >= 0.5, contours.owner[nearest], 0), fixed


def _nearest_vertices(
    tree: cKDTree, owner: NDArray[np.int64], yx: NDArray[np.int64], own: NDArray[np.integer]
) -> NDArray[np.int64]:
    """Return the nearest vertex of each pixel: of its own particle, of any for the background.

    Own ones are looked for among the nearest few; where none is, it is the nearest again.
    """
    nearest = np.asarray(tree.query(yx)[1])
    others = np.flatnonzero((own != 0) & (owner[nearest] != own))
    if len(others):
        _, near = tree.query(yx[others], k=min(_NEIGHBOURS, tree.n))
        own_first = (owner[near] == own[others][:, None]).argmax(axis=1)
        nearest[others] = near[np.arange(len(others)), own_first]
    return nearest


def _around(points: FloatArray, reach_px: FloatArray, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Mark pixels within a reach of points that each have their own, at least."""
    # marked are city blocks: a way along the diagonal takes the square root of 2 more steps
    reach = np.ceil(np.sqrt(2) * reach_px).astype(np.int64)
    at = np.clip(np.rint(points), 0, np.array(shape) - 1).astype(np.int64)
    near = np.zeros(shape, dtype=bool)
    for steps in np.unique(reach):
        centres = at[reach == steps]
        for dy in range(-steps, steps + 1):
            width = steps - abs(dy)
            y = np.clip(centres[:, 0] + dy, 0, shape[0] - 1)
            for dx in range(-width, width + 1):
                near[y, np.clip(centres[:, 1] + dx, 0, shape[1] - 1)] = True
    return near
