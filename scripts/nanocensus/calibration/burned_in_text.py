"""Burned-in type: words, numbers, panel letters and rulers of dots, light or dark, of any grey.

Notes
-----
The picture is cut at some grey levels, from above and from below. Type has one stroke width, a
sharp edge all around, one grey value, and stands in lines on a common base line; the dots of a
ruler are alike and equally spaced. Particles share single ones of these properties only. Where
in doubt a mark is left, because a particle that is masked is lost while a letter that is left is
one false particle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .rectangles import Greys, Rectangle

# Levels and how far the surroundings fall below them. White ink first with little, then with more
# tolerance (particles that touch it may be nearly as bright), then grey inks.
_LEVELS = ((0.98, 0.2), (0.94, 0.22), (0.8, 0.16), (0.66, 0.12), (0.52, 0.12), (0.4, 0.12))
_LABEL_LEVELS = ((0.85, 0.2), (0.7, 0.2), (0.55, 0.2))  # of the contrast close to a bar
_LABEL_SPREAD = 0.15  # of that contrast: ink is flat
_LABEL_REACH = 0.15  # of the height and width: how far from its bar a label may stand
_CLEARLY_OTHER = 0.05  # of the grey range: least contrast of a label
_HOLE_SHARE = 0.6  # six of nine pixels and more; the inner corner of an L has five
_ABOVE_LEVEL = 0.04
_SMALLEST_AREA_PX = 8
_MOST_MARKS = 500  # more marks of a letter's size than this are noise or texture
_SMALLEST_GLYPH = 0.01  # of the height
_TALLEST_GLYPH = 0.19
_TALLEST_LABEL = 0.12  # the same beside a scale bar
_LABEL_GAP = 0.8  # of the text's height, between it and its bar
_TALLEST_WORDS = 0.1  # the same anywhere: rows of gaps between particles are taller
_SMALLEST_LETTER = 0.035  # the same of a panel letter
_THINNEST_PEN = 0.05  # of a glyph's height; rims of particles are thinner
_BROADEST_PEN = 0.42
_HOLLOW = 0.15  # least extent of a glyph; outlines of particles fill less of their box
_FILLED = 0.85  # largest extent; a heavy small "a" has 0.82
_INK_SPREAD = 0.05  # of the grey range: ink is flat
_LETTER_SPREAD = 0.03  # the same of a panel letter, for which nothing else speaks
_SAME_INK = 0.15  # of the grey range: small type is lighter than its bar, its strokes being mixed
_CORNER = 0.24  # of the picture's height and width: panel letters stand there
_MOST_RIVALS = 12  # marks as large as a line's letters that may stand elsewhere (other labels)
_TWIN, _MOST_TWINS = 0.25, 8  # alike to that share in height and breadth; so many may be
_DEPTH_PX = 4  # width of the surroundings that are looked at


@dataclass(frozen=True)
class Mark:
    """One connected mark: its place in pixels (end excluded) and its kind of form.

    `width_px` is the thickest stroke, `extent` the share of the bounding box less half a pixel
    of ragged edge all around, `sharpness` the share of pixels 3 to 4 px outside that are clearly
    of another grey, `tone` its grey value and `spread` how much that varies within.
    """

    label: int
    top: int
    bottom: int
    left: int
    right: int
    area_px: int
    width_px: float
    extent: float
    sharpness: float
    tone: float
    spread: float

    @property
    def height(self) -> int:
        """Rows."""
        return self.bottom - self.top

    @property
    def breadth(self) -> int:
        """Columns."""
        return self.right - self.left


Line = list[Mark]


def find_lettering(
    grey: Greys, elsewhere: NDArray[np.bool_], bars: Sequence[Rectangle]
) -> NDArray[np.bool_]:
    """Find light type in a picture (for dark type the caller inverts it).

    Parameters
    ----------
    grey : (H, W) float32, 0 to 1
    elsewhere : (H, W) bool, False on bars and boxes: letters that touch them are own marks.
    bars : what may be scale bars: marks beside one of them need less evidence.

    Returns
    -------
    (H, W) bool, the strokes themselves without their rims.
    """
    drawn = np.zeros(grey.shape, dtype=np.bool_)
    for level, drop in _LEVELS:
        drawn |= _type_above(grey, level, drop, elsewhere, bars)
    return drawn


def find_label(grey: Greys, elsewhere: NDArray[np.bool_], bar: Rectangle) -> NDArray[np.bool_]:
    """Find the label of a scale bar: a word of any contrast, light or dark, close to it.

    Parameters
    ----------
    grey, elsewhere : as for `find_lettering`
    bar : what may be a scale bar, of any grey value.

    Returns
    -------
    (H, W) bool, the strokes themselves without their rims.
    """
    drawn = np.zeros(grey.shape, dtype=np.bool_)
    reach_rows, reach_columns = (round(_LABEL_REACH * size) for size in grey.shape)
    top, left = max(0, bar.top - reach_rows), max(0, bar.left - reach_columns)
    place = slice(top, bar.bottom + reach_rows), slice(left, bar.right + reach_columns)
    window = grey[place]
    if not elsewhere[place].any():
        return drawn
    low, high = np.percentile(window[elsewhere[place]], [1, 99])
    contrast = np.float32(max(high - low, _CLEARLY_OTHER))
    local = np.clip((window - np.float32(low)) / contrast, 0, 1).astype(np.float32)
    here = Rectangle(bar.top - top, bar.bottom - top, bar.left - left, bar.right - left, bar.tone)
    for light in (local, 1 - local):
        for level, drop in _LABEL_LEVELS:
            labels, count = ndimage.label(
                (light >= level) & elsewhere[place], structure=np.ones((3, 3))
            )
            marks = _marks(light, labels, count, level - drop, grey.shape[0])
            chosen = [
                mark.label for line in _words(marks, level + _ABOVE_LEVEL, here) for mark in line
            ]
            if chosen:
                drawn[place] |= np.isin(labels, chosen)
    return drawn


def _words(marks: list[Mark], least_tone: float, bar: Rectangle) -> list[Line]:
    """Return the words beside a bar."""
    glyphs = [mark for mark in marks if mark.tone >= least_tone and _is_glyph(mark)]
    return [
        line
        for line in _lines(glyphs)
        if len(line) >= 3
        and min(mark.sharpness for mark in line) >= 0.85
        and float(np.median([mark.spread for mark in line])) <= _LABEL_SPREAD
        and _on_base_line(line)
        and _same_pen(line)
        and _is_beside(bar, line)
        and not _is_one_of_many(line, marks)
    ]


def _type_above(
    grey: Greys,
    level: float,
    drop: float,
    elsewhere: NDArray[np.bool_],
    bars: Sequence[Rectangle],
) -> NDArray[np.bool_]:
    """Return the type of which each stroke is brighter than a level."""
    drawn = np.zeros(grey.shape, dtype=np.bool_)
    labels, count = ndimage.label((grey >= level) & elsewhere, structure=np.ones((3, 3)))
    marks = _marks(grey, labels, count, level - drop, grey.shape[0])
    if len(marks) > _MOST_MARKS:
        return drawn
    # Noise that just reaches the level makes marks whose grey is the level's; ink lies above.
    least_tone = min(level + _ABOVE_LEVEL, _LEVELS[1][0])
    glyphs = [m for m in marks if m.tone >= least_tone and _is_glyph(m)]
    lines = [line for line in _lines(glyphs) if _is_text(line, bars, marks, grey.shape)]
    chosen = [mark.label for line in lines for mark in _with_inner_marks(line, marks)]
    return np.isin(labels, chosen) if chosen else drawn


def _marks(
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
    if len(sized) > _MOST_MARKS:
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
        index,
        rows.start,
        rows.stop,
        columns.start,
        columns.stop,
        area_px,
        float(2 * depth.max() - 1),
        min(1.0, area_px / (max(1, height - 1) * max(1, breadth - 1))),
        float((window[rim] < below).mean()) if rim.any() else 0.0,
        float(tone),
        float(high - low),
    )


def _is_glyph(mark: Mark) -> bool:
    """Tell whether the mark could be a letter, or some letters that touch."""
    if mark.breadth > 5 * mark.height or mark.sharpness < 0.75:
        return False
    if not _THINNEST_PEN * mark.height <= mark.width_px <= _BROADEST_PEN * mark.height:
        return False
    return _HOLLOW <= mark.extent <= _FILLED or mark.breadth <= 0.4 * mark.height


def _lines(glyphs: list[Mark]) -> list[Line]:
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


def _with_inner_marks(line: Line, marks: list[Mark]) -> list[Mark]:
    """Return a line with what stands between its letters: heavy small ones look like blots."""
    top, bottom = min(m.top for m in line), max(m.bottom for m in line)
    left, right = min(m.left for m in line), max(m.right for m in line)
    return [
        mark
        for mark in marks
        if mark in line
        or (top <= mark.top and mark.bottom <= bottom and left <= mark.left and mark.right <= right)
    ]


def _continues(last: Mark, glyph: Mark) -> bool:
    """Tell whether two marks are neighbours in one word or line."""
    tall, small = max(last.height, glyph.height), min(last.height, glyph.height)
    shared = min(last.bottom, glyph.bottom) - max(last.top, glyph.top)
    gap = glyph.left - last.right
    return tall <= 2.4 * small and shared >= 0.7 * small and -0.3 * tall <= gap <= 1.1 * tall


def _is_text(
    line: Line, bars: Sequence[Rectangle], marks: list[Mark], shape: tuple[int, ...]
) -> bool:
    """Tell whether marks in a row are type: beside a bar, in a corner, or on a base line."""
    tall = max(mark.height for mark in line)
    sharp = min(mark.sharpness for mark in line)
    if tall <= _TALLEST_LABEL * shape[0] and any(
        _is_beside(bar, line) and _of_one_ink(bar, line) for bar in bars
    ):
        return True
    if float(np.median([mark.spread for mark in line])) > _INK_SPREAD:
        return False
    small = tall <= _TALLEST_WORDS * shape[0]
    if len(line) >= 3 and small and _on_base_line(line) and sharp >= 0.85 and _same_pen(line):
        return not _is_one_of_many(line, marks)
    top, bottom = min(m.top for m in line), max(m.bottom for m in line)
    left, right = min(m.left for m in line), max(m.right for m in line)
    in_corner = bottom <= _CORNER * shape[0] and (
        right <= _CORNER * shape[1] or left >= (1 - _CORNER) * shape[1]
    )
    clear = sharp >= 0.95 and min(top, left, shape[1] - right) > 0
    if not (in_corner and clear and tall >= _SMALLEST_LETTER * shape[0]):
        return False
    if float(np.median([mark.spread for mark in line])) > _LETTER_SPREAD:
        return False
    if _has_twins(max(line, key=lambda mark: mark.height), marks):
        return False
    return not _is_one_of_many(line, [mark for mark in marks if _is_glyph(mark)])


def _is_one_of_many(line: Line, marks: list[Mark]) -> bool:
    """Tell whether the picture is full of marks like these: then they are particles."""
    smallest = 0.5 * float(np.median([mark.area_px for mark in line]))
    largest = 20 * smallest
    bottom, top = max(m.bottom for m in line), min(m.top for m in line)
    elsewhere = [
        mark
        for mark in marks
        if smallest <= mark.area_px <= largest and (mark.top > bottom or mark.bottom < top)
    ]
    return len(elsewhere) > _MOST_RIVALS + len(line)


def _has_twins(letter: Mark, marks: list[Mark]) -> bool:
    """Tell whether many marks have the size of a letter: then it is a particle of a lattice."""
    twins = [
        mark
        for mark in marks
        if abs(mark.height - letter.height) <= _TWIN * letter.height
        and abs(mark.breadth - letter.breadth) <= _TWIN * letter.breadth
    ]
    return len(twins) > _MOST_TWINS


def _on_base_line(line: Line) -> bool:
    """Tell whether most marks begin or end in the same row."""
    tall = max(mark.height for mark in line)
    return _agree([m.bottom for m in line], tall) or _agree([m.top for m in line], tall)


def _agree(values: list[int], tall: int) -> bool:
    """Tell whether most values lie within a seventh of the text's height of their median."""
    distance = np.abs(np.asarray(values) - np.median(values))
    return float(np.mean(distance <= max(1.0, tall / 7))) >= 0.6


def _same_pen(line: Line) -> bool:
    """Tell whether the marks were drawn with one stroke width and one ink."""
    widths = np.array([mark.width_px for mark in line])
    tones = np.array([mark.tone for mark in line])
    alike = bool(widths.max() <= 2.2 * widths.min() + 2)
    return alike and float(np.ptp(tones)) <= _SAME_INK


def _of_one_ink(bar: Rectangle, line: Line) -> bool:
    """Tell whether a row of marks has the grey of a bar."""
    return abs(float(np.median([mark.tone for mark in line])) - bar.tone) <= _SAME_INK


def _is_beside(bar: Rectangle, line: Line) -> bool:
    """Tell whether a row of marks belongs to a bar: above, below or beside it."""
    tall = max(mark.height for mark in line)
    top, bottom = min(m.top for m in line), max(m.bottom for m in line)
    left, right = min(m.left for m in line), max(m.right for m in line)
    rows_apart = max(bar.top - bottom, top - bar.bottom)
    columns_apart = max(bar.left - right, left - bar.right)
    return rows_apart <= _LABEL_GAP * tall and columns_apart <= 1.5 * tall
