"""Arrows and measured lengths that were drawn at any angle.

Notes
-----
What is drawn has one flat ink and sharp edges all along, and its shaft is straight and of one
width. So are rods and wires in part; a rod is thicker, or not as flat, or one of many.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .rectangles import Greys

_LEVELS = (0.97, 0.85)  # of the grey range, from above and from below
_SHORTEST = 0.05  # of the longer side
_THICKEST = 0.012  # of the longer side: a shaft
_LARGEST_HEAD = 8.0  # times the shaft's width
_SLENDER = 25.0  # times as long as wide: a line without a head
_HEAD_PART = 0.35  # of the length, from the end
_SPREAD = 0.02  # of the grey range, along the middle
_CLEAR, _SHARP = 0.2, 0.95  # of the grey range beside it; share of the pixels there
_RIM_PX = 3
_BEND_PX = 1.0
_MOST = 6  # in one picture
_MOST_MARKS = 3000


def find_arrows(grey: Greys) -> NDArray[np.bool_]:
    """Find slender straight marks of one ink, with an arrow's head or without.

    Parameters
    ----------
    grey : (H, W) float32, 0 to 1

    Returns
    -------
    (H, W) bool, without the rims.
    """
    mask = np.zeros(grey.shape, dtype=np.bool_)
    for light in (grey, 1 - grey):
        for level in _LEVELS:
            found = _arrows_above(light, level)
            if len(found) <= _MOST:
                for place, own in found:
                    mask[place] |= own
    return mask


def _arrows_above(grey: Greys, level: float) -> list[tuple[tuple[slice, slice], NDArray[np.bool_]]]:
    """Return the marks brighter than a level that may be arrows: their place and pixels."""
    labels, count = ndimage.label(grey >= level, structure=np.ones((3, 3)))
    if not 0 < count <= _MOST_MARKS:
        return []
    longest = max(grey.shape)
    areas = np.bincount(labels.ravel())
    found = []
    for label, place in enumerate(ndimage.find_objects(labels), start=1):
        length = float(np.hypot(*(part.stop - part.start for part in place)))
        if length < _SHORTEST * longest or areas[label] > 2 * _THICKEST * longest * length:
            continue
        around = (
            slice(max(0, place[0].start - _RIM_PX - 1), place[0].stop + _RIM_PX + 1),
            slice(max(0, place[1].start - _RIM_PX - 1), place[1].stop + _RIM_PX + 1),
        )
        own = labels[around] == label
        if _is_straight(own, _THICKEST * longest) and _is_ink(grey[around], own, level):
            found.append((around, own))
    return found


def _is_straight(own: NDArray[np.bool_], thickest: float) -> bool:
    """Tell whether a mark has a straight shaft of one width, and a head or great length."""
    points = np.argwhere(own).astype(np.float64)
    centred = points - points.mean(axis=0)
    axis = np.linalg.svd(centred.T @ centred)[0][:, 0]
    along = np.rint(centred @ axis).astype(np.int64)
    along -= along.min()
    across = centred @ np.array([-axis[1], axis[0]])
    counts = np.bincount(along)
    if counts.size < 12 or (counts == 0).any():
        return False
    middle = np.bincount(along, across) / counts
    part = max(2, round(_HEAD_PART * counts.size))
    shaft = slice(part, counts.size - part)
    width = float(np.median(counts[shaft]))
    widths = ndimage.uniform_filter1d(counts.astype(np.float64), 3)
    bend = np.abs(middle[shaft] - np.median(middle[shaft])).max()
    if width > thickest or np.ptp(widths[shaft]) > max(2.0, 0.5 * width) or bend > _BEND_PX:
        return False
    ends = widths[:part].max(), widths[-part:].max()
    if max(ends) > max(_LARGEST_HEAD * width, 6.0):
        return False
    headed = max(ends) >= 2 * width + 1 and min(widths[0], widths[-1]) <= 1.5 * width + 1
    return bool(headed or (counts.size >= _SLENDER * width and max(ends) <= 1.5 * width + 1))


def _is_ink(grey: Greys, own: NDArray[np.bool_], level: float) -> bool:
    """Tell whether a mark is flat along its middle and its ground clearly darker all around."""
    distance = ndimage.distance_transform_cdt(~own, metric="chessboard")
    rim = distance == _RIM_PX
    depth = ndimage.distance_transform_cdt(own, metric="chessboard")
    core = grey[own & (depth >= max(1, depth.max() // 2))]
    low, high = np.percentile(core, [10, 90])
    return bool(high - low <= _SPREAD and np.mean(grey[rim] < level - _CLEAR) >= _SHARP)
