"""Marks of a letter's size: stroke width, edge and grey value, and the lines they stand in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .rectangles import Greys, Rectangle

_HOLE_SHARE = 0.6  # six of nine pixels and more; the inner corner of an L has five
_SMALLEST_AREA_PX = 8
MOST_MARKS = 500  # more marks of a letter's size than this are noise or texture
_SMALLEST_GLYPH = 0.01  # of the height
_TALLEST_GLYPH = 0.19
_THINNEST_PEN = 0.05  # of a glyph's height; rims of particles are thinner
_BROADEST_PEN = 0.42
_HOLLOW = 0.15  # least extent of a glyph; outlines of particles fill less of their box
_FILLED = 0.85  # largest extent; a heavy small "a" has 0.82
SAME_INK = 0.15  # of the grey range: small type is lighter than its bar, its strokes being mixed
_DEPTH_PX = 4  # width of the surroundings that are looked at


@dataclass(frozen=True)
class Mark(Rectangle):
    """One connected mark: its bounding box, its grey value and its kind of form.

    `width_px` is the thickest stroke, `extent` the share of the bounding box less half a pixel
    of ragged edge all around, `sharpness` the share of pixels 3 to 4 px outside that are clearly
    of another grey, `spread` how much its grey value varies within.
    """

    label: int
    area_px: int
    width_px: float
    extent: float
    sharpness: float
    spread: float


Line = list[Mark]


def find_marks(
    grey: Greys, labels: NDArray[np.int32], count: int, below: float, rows: int
) -> list[Mark]:
    """Describe each mark that has the size of a letter in a picture of so many rows."""
    if count == 0:
        return []
    areas = np.bincount(labels.ravel())
    smallest, tallest = max(6, _SMALLEST_GLYPH * rows), _TALLEST_GLYPH * rows
    places = ndimage.find_objects(labels)
    sized = [
        (index, place)
        for index, place in enumerate(places, start=1)
        if areas[index] >= _SMALLEST_AREA_PX
        and smallest <= place[0].stop - place[0].start <= tallest
        and place[1].stop - place[1].start <= 5 * tallest
    ]
    if len(sized) > MOST_MARKS:
        return []
    return [_mark(grey, labels, index, place, int(areas[index]), below) for index, place in sized]


def _mark(
    grey: Greys,
    labels: NDArray[np.int32],
    index: int,
    place: tuple[slice, slice],
    area_px: int,
    below: float,
) -> Mark:
    """Measure one mark: stroke width, extent, grey value, and how sharply it ends."""
    rows, columns = place
    around = (
        slice(max(0, rows.start - _DEPTH_PX), rows.stop + _DEPTH_PX),
        slice(max(0, columns.start - _DEPTH_PX), columns.stop + _DEPTH_PX),
    )
    own = labels[around] == index
    # Noise leaves single holes in what is saturated; they would make a pen of a particle.
    own |= ndimage.uniform_filter(own.astype(np.float32), 3, mode="constant") > _HOLE_SHARE
    depth = ndimage.distance_transform_cdt(np.pad(own, 1), metric="chessboard")[1:-1, 1:-1]
    distance = ndimage.distance_transform_cdt(~own, metric="chessboard")
    others = ndimage.binary_dilation((labels[around] > 0) & ~own, iterations=2)
    rim = (distance >= 3) & (distance <= 4) & ~others
    window = grey[around]
    # Along the middle of the stroke, where smoothing has mixed in the least of the ground.
    core = window[own & (depth >= 0.7 * depth.max())]
    low, tone, high = np.percentile(core, [10, 50, 90])
    height, breadth = rows.stop - rows.start, columns.stop - columns.start
    return Mark(
        top=rows.start,
        bottom=rows.stop,
        left=columns.start,
        right=columns.stop,
        tone=float(tone),
        label=index,
        area_px=area_px,
        width_px=float(2 * depth.max() - 1),
        extent=min(1.0, area_px / (max(1, height - 1) * max(1, breadth - 1))),
        sharpness=float((window[rim] < below).mean()) if rim.any() else 0.0,
        spread=float(high - low),
    )


def is_glyph(mark: Mark) -> bool:
    """Tell whether the mark could be a letter, or some letters that touch."""
    if mark.breadth > 5 * mark.height or mark.sharpness < 0.75:
        return False
    if not _THINNEST_PEN * mark.height <= mark.width_px <= _BROADEST_PEN * mark.height:
        return False
    return _HOLLOW <= mark.extent <= _FILLED or mark.breadth <= 0.4 * mark.height


def lines_of(glyphs: list[Mark]) -> list[Line]:
    """Group marks that stand beside each other at one height."""
    lines: list[Line] = []
    for glyph in sorted(glyphs, key=lambda s: (s.left, s.top)):
        for line in lines:
            if _continues(line[-1], glyph):
                line.append(glyph)
                break
        else:
            lines.append([glyph])
    return lines


def _continues(last: Mark, glyph: Mark) -> bool:
    """Tell whether two marks are neighbours in one word or line."""
    tall, small = max(last.height, glyph.height), min(last.height, glyph.height)
    shared = min(last.bottom, glyph.bottom) - max(last.top, glyph.top)
    gap = glyph.left - last.right
    return tall <= 2.4 * small and shared >= 0.7 * small and -0.3 * tall <= gap <= 1.1 * tall


def on_base_line(line: Line) -> bool:
    """Tell whether most marks begin or end in the same row."""
    tall = max(mark.height for mark in line)
    return _agree([m.bottom for m in line], tall) or _agree([m.top for m in line], tall)


def _agree(values: list[int], tall: int) -> bool:
    """Tell whether most values lie within a seventh of the text's height of their median."""
    distance = np.abs(np.asarray(values) - np.median(values))
    return float(np.mean(distance <= max(1.0, tall / 7))) >= 0.6


def same_pen(line: Line) -> bool:
    """Tell whether the marks were drawn with one stroke width and one ink."""
    widths = np.array([mark.width_px for mark in line])
    tones = np.array([mark.tone for mark in line])
    alike = bool(widths.max() <= 2.2 * widths.min() + 2)
    return alike and float(np.ptp(tones)) <= SAME_INK
