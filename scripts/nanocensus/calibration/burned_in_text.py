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

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .marks import (
    MOST_MARKS,
    SAME_INK,
    Line,
    Mark,
    find_marks,
    is_glyph,
    lines_of,
    on_base_line,
    same_pen,
)
from .rectangles import Greys, Rectangle

# Levels and how far the surroundings fall below them. White ink first with little, then with more
# tolerance (particles that touch it may be nearly as bright), then grey inks.
_LEVELS = ((0.98, 0.2), (0.94, 0.22), (0.8, 0.16), (0.66, 0.12), (0.52, 0.12), (0.4, 0.12))
_LABEL_LEVELS = ((0.85, 0.2), (0.7, 0.2), (0.55, 0.2))  # of the contrast close to a bar
_LABEL_SPREAD = 0.15  # of that contrast: ink is flat
_LABEL_REACH = 0.15  # of the height and width: how far from its bar a label may stand
_CLEARLY_OTHER = 0.05  # of the grey range: least contrast of a label
_ABOVE_LEVEL = 0.04
_TALLEST_LABEL = 0.12  # the same beside a scale bar
_LABEL_GAP = 0.8  # of the text's height, between it and its bar
_TALLEST_WORDS = 0.1  # the same anywhere: rows of gaps between particles are taller
_SMALLEST_LETTER = 0.035  # the same of a panel letter
_INK_SPREAD = 0.05  # of the grey range: ink is flat
_LETTER_SPREAD = 0.03  # the same of a panel letter, for which nothing else speaks
_CORNER = 0.24  # of the picture's height and width: panel letters stand there
_LARGER_CORNER = 0.3  # the same of a letter beyond doubt that has its own ink
_THIN, _OPEN = 0.3, 0.65  # pen by height, and extent, of a letter beyond doubt
_SAME_TONE = 0.02  # of the grey range
_OWN_INK, _INK_OF_PARTICLES = 0.02, 0.05  # of the picture: pixels elsewhere of a letter's grey
_MOST_RIVALS = 12  # marks as large as a line's letters that may stand elsewhere (other labels)
_TWIN, _MOST_TWINS = 0.25, 8  # alike to that share in height and breadth; so many may be


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
            marks = find_marks(light, labels, count, level - drop, grey.shape[0])
            chosen = [
                mark.label for line in _words(marks, level + _ABOVE_LEVEL, here) for mark in line
            ]
            if chosen:
                drawn[place] |= np.isin(labels, chosen)
    return drawn


def _words(marks: list[Mark], least_tone: float, bar: Rectangle) -> list[Line]:
    """Return the words beside a bar."""
    glyphs = [mark for mark in marks if mark.tone >= least_tone and is_glyph(mark)]
    return [
        line
        for line in lines_of(glyphs)
        if len(line) >= 3
        and min(mark.sharpness for mark in line) >= 0.85
        and float(np.median([mark.spread for mark in line])) <= _LABEL_SPREAD
        and on_base_line(line)
        and same_pen(line)
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
    marks = find_marks(grey, labels, count, level - drop, grey.shape[0])
    if len(marks) > MOST_MARKS:
        return drawn
    # Noise that just reaches the level makes marks whose grey is the level's; ink lies above.
    least_tone = min(level + _ABOVE_LEVEL, _LEVELS[1][0])
    glyphs = [m for m in marks if m.tone >= least_tone and is_glyph(m)]
    free = np.where(elsewhere, grey, np.float32(np.nan))
    lines = [line for line in lines_of(glyphs) if _is_text(line, bars, marks, free)]
    chosen = [mark.label for line in lines for mark in _with_inner_marks(line, marks)]
    return np.isin(labels, chosen) if chosen else drawn


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


def _is_text(line: Line, bars: Sequence[Rectangle], marks: list[Mark], grey: Greys) -> bool:
    """Tell whether marks in a row are type: beside a bar, in a corner, or on a base line.

    `grey` is NaN on bars and boxes, which are of the type's ink or of its ground's.
    """
    tall = max(mark.height for mark in line)
    sharp = min(mark.sharpness for mark in line)
    spread = float(np.median([mark.spread for mark in line]))
    glyphs = [mark for mark in marks if is_glyph(mark)]
    is_word = len(line) >= 3 and on_base_line(line) and sharp >= 0.85 and same_pen(line)
    if (
        tall <= _TALLEST_LABEL * grey.shape[0]
        and any(_is_beside(bar, line) and _of_one_ink(bar, line) for bar in bars)
        and (is_word or (spread <= _LABEL_SPREAD and not _is_one_of_many(line, glyphs)))
    ):
        return True
    if spread > _INK_SPREAD:
        return False
    if is_word and tall <= _TALLEST_WORDS * grey.shape[0]:
        return not _is_one_of_many(line, marks)
    return spread <= _LETTER_SPREAD and sharp >= 0.95 and _is_panel_letter(line, marks, grey)


def _is_panel_letter(line: Line, marks: list[Mark], grey: Greys) -> bool:
    """Tell whether sharp flat marks are the letter of a panel: in a corner, with its own ink."""
    rows, columns = grey.shape
    top, bottom = min(m.top for m in line), max(m.bottom for m in line)
    left, right = min(m.left for m in line), max(m.right for m in line)
    ink = np.abs(grey - np.float32(np.median([mark.tone for mark in line]))) <= _SAME_TONE
    ink[top:bottom, left:right] = False
    elsewhere = float(ink.mean())
    thin = all(m.width_px <= _THIN * m.height and m.extent <= _OPEN for m in line)
    own = thin and elsewhere <= _OWN_INK
    corner = _LARGER_CORNER if own else _CORNER
    if bottom > corner * rows or (right > corner * columns and left < (1 - corner) * columns):
        return False
    cut = min(top, left, columns - right) == 0
    if (len(line) == 1 and elsewhere > _INK_OF_PARTICLES) or (cut and not (own and len(line) >= 2)):
        return False
    if max(mark.height for mark in line) < _SMALLEST_LETTER * rows:
        return False
    if _has_twins(max(line, key=lambda mark: mark.height), marks):
        return False
    return not _is_one_of_many(line, [mark for mark in marks if is_glyph(mark)])


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


def _of_one_ink(bar: Rectangle, line: Line) -> bool:
    """Tell whether a row of marks has the grey of a bar."""
    return abs(float(np.median([mark.tone for mark in line])) - bar.tone) <= SAME_INK


def _is_beside(bar: Rectangle, line: Line) -> bool:
    """Tell whether a row of marks belongs to a bar: above, below or beside it."""
    tall = max(mark.height for mark in line)
    top, bottom = min(m.top for m in line), max(m.bottom for m in line)
    left, right = min(m.left for m in line), max(m.right for m in line)
    rows_apart = max(bar.top - bottom, top - bar.bottom)
    columns_apart = max(bar.left - right, left - bar.right)
    return rows_apart <= _LABEL_GAP * tall and columns_apart <= 1.5 * tall
