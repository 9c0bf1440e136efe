"""Rulers of separate dots or ticks, as Hitachi draws them: eleven of them span the label."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .rectangles import Greys, Rectangle

_LEVELS = (0.9, 0.7, 0.5, 0.38)  # of the grey range, from above and from below
_DOTS_OF_A_RULER = 11
_FEWEST_DOTS = 8  # some may be hidden by a particle or cut off
_LARGEST_DOT = 0.025  # of the height
_SMALLEST_DOT_PX = 2
_MOST_RIVALS = 120  # marks of about a dot's height in the picture; more are particles
_MOST_DOTS = 3000  # more specks than this are noise
_RAGGED_PX = 1.5  # rounding of places to whole pixels, twice


def find_rulers(grey: Greys) -> list[Rectangle]:
    """Find a row of eight to eleven equal, equally spaced marks.

    Parameters
    ----------
    grey : (H, W) float32, 0 to 1

    Returns
    -------
    list of Rectangle
        From the first to the last dot each; a lattice of particles has more than one such row
        and is none.
    """
    rulers: list[Rectangle] = []
    for light in (grey, 1 - grey):
        for level in _LEVELS:
            found = _rows_of_dots(light, level)
            if len(found) == 1:
                rulers += found
    return rulers


def _rows_of_dots(grey: Greys, level: float) -> list[Rectangle]:
    """Return the equally spaced rows of marks that are brighter than a level."""
    labels, count = ndimage.label(grey >= level, structure=np.ones((3, 3)))
    if count < _FEWEST_DOTS:
        return []
    largest = max(6, round(_LARGEST_DOT * grey.shape[0]))
    boxes = np.array(
        [(r.start, r.stop, c.start, c.stop) for r, c in ndimage.find_objects(labels)],
        dtype=np.intp,
    )
    sizes = np.stack([boxes[:, 1] - boxes[:, 0], boxes[:, 3] - boxes[:, 2]])
    dots = boxes[((sizes >= _SMALLEST_DOT_PX) & (sizes <= largest)).all(axis=0)]
    if len(dots) > _MOST_DOTS:
        return []
    rows: list[Rectangle] = []
    middle = (dots[:, 0] + dots[:, 1]) // 2
    for row in np.flatnonzero(np.bincount(middle, minlength=1) >= _FEWEST_DOTS // 2):
        on_row = dots[np.abs(middle - row) <= 1]
        ruler = _equally_spaced(on_row[np.argsort(on_row[:, 2])], level)
        if ruler is None or any(abs(ruler.top - known.top) <= 2 for known in rows):
            continue
        ratio = (dots[:, 1] - dots[:, 0]) / ruler.height
        if np.count_nonzero((ratio > 0.5) & (ratio < 2)) <= _MOST_RIVALS:
            rows.append(ruler)
    return rows


def _equally_spaced(dots: NDArray[np.intp], level: float) -> Rectangle | None:
    """Return the longest part of a row of marks in which sizes and gaps are equal, or None."""
    centre = (dots[:, 2] + dots[:, 3]) / 2
    breadth = dots[:, 3] - dots[:, 2]
    first = 0
    for last in range(1, len(dots) + 1):
        part = slice(first, last)
        gaps = np.diff(centre[part])
        alike = gaps.size == 0 or (
            np.ptp(gaps) <= 2 * _RAGGED_PX
            and np.ptp(breadth[part]) <= 2
            and gaps.min() >= 3 * breadth[part].max()
        )
        if alike and last < len(dots):
            continue
        chosen = dots[first : last if alike else last - 1]
        if _FEWEST_DOTS <= len(chosen) <= _DOTS_OF_A_RULER:
            return Rectangle(
                int(chosen[:, 0].min()),
                int(chosen[:, 1].max()),
                int(chosen[0, 2]),
                int(chosen[-1, 3]),
                level,
            )
        first = last - 1
    return None
