"""The strokes of text that OCR has read: less evidence is needed where it says there is type.

Notes
-----
OCR gives loose boxes with the text in them. In each box the level of grey is looked for, light or
dark, at which a row of marks spans the box as the text does; particles beside the letters do not
stand in their row, or go on beyond the box. Where letters cannot be told from what is behind
them, and the text was read beyond doubt, the box itself hides the picture.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .marks import Line, Mark, find_marks, lines_of, same_pen
from .rectangles import Greys, Rectangle
from .scale_bar.text import TextLine

_LETTERS = re.compile(r"[0-9A-Za-zµμÅ]")
_PANEL_LETTER = re.compile(r"[(\[]?([A-Za-z]|[ivxIVX]{1,4})[)\].]|[A-HJ-NP-Za-kmnp-z]")
_LEAST_SCORE = 0.6  # of text that shows strokes
_SURE = 0.8  # of a panel letter, and of text that hides the picture though no strokes show
_CORNER = 0.3  # of height and width, from the nearest corner to a panel letter's middle
_TALLEST = 0.25  # of the picture's height
_GROUND_AND_INK = (40, 99)  # percentiles in the middle of a box: heavy type fills half of it
_FEWEST_PX = 20
_LEVELS = (0.8, 0.65, 0.5, 0.4, 0.3)  # of the contrast in the box
_DROP = 0.15  # of that contrast: how far the ground of a letter falls below
_LEAST_CONTRAST = 0.04  # of the grey range
_MARGIN = 0.25  # of the box's height: particles are known by reaching further
_BROADEST_PEN = 0.45  # of a glyph's height
_LEAST_SHARPNESS = 0.6
_LEAST_SPAN = 0.35  # of the box's width; boxes are loose
_LEAST_HEIGHT = 0.3  # of the box's height
_LETTER_ASPECT = 0.65  # breadth of a letter by its height: how many there are in marks that touch
_LEAST_COUNT = 0.5  # of the letters read
_NEARLY_BEST = 0.75
_OTHER_PENS = 0.7  # what a row is worth of which the strokes differ in width
_SHRUNK = 0.12  # of the box's height: how loose a box is all around, at least


@dataclass(frozen=True)
class ReadText:
    """Text as it was found in the picture.

    Attributes
    ----------
    place : (slice, slice)
        Rows and columns of the picture that it was looked for in.
    strokes : (h, w) bool
        Of that place, without rims: masks of a whole large picture for each line are too many.
    around : Rectangle
        Around the strokes, px of the picture.
    """

    place: tuple[slice, slice]
    strokes: NDArray[np.bool_]
    around: Rectangle


def find_read_text(
    grey: Greys, elsewhere: NDArray[np.bool_], lines: Sequence[TextLine], *, top: int = 0
) -> list[ReadText]:
    """Find the pixels of text that was read.

    Parameters
    ----------
    grey : (H, W) float32, 0 to 1
    elsewhere : (H, W) bool, False on bars and boxes: letters that touch them are own marks.
    lines : sequence of TextLine
        In pixels of a picture of which `grey` is the rows from `top`; others are left out.
    top : int, px

    Returns
    -------
    list of ReadText
        Of the lines that are text beyond doubt.
    """
    found = []
    for line in dict.fromkeys(_moved_up(line, top) for line in lines):
        if _is_trusted(line, grey.shape):
            text = _strokes(grey, elsewhere, line) or _whole_box(grey, line)
            if text is not None:
                found.append(text)
    return found


def _moved_up(line: TextLine, rows: int) -> TextLine:
    box = line.box
    return replace(line, box=replace(box, top=box.top - rows, bottom=box.bottom - rows))


def _is_trusted(line: TextLine, shape: tuple[int, ...]) -> bool:
    """Tell whether a line is text: two characters at least, or a panel letter in a corner."""
    rows, columns = shape
    box = line.box
    inside = 0 <= box.centre_y < rows and 0 <= box.centre_x < columns
    if not inside or box.height > _TALLEST * rows or line.score < _LEAST_SCORE:
        return False
    if _count(line.text) >= 2:
        return True
    away = min(box.centre_y, rows - box.centre_y) / rows
    aside = min(box.centre_x, columns - box.centre_x) / columns
    panel = _PANEL_LETTER.fullmatch(line.text.strip()) is not None
    return panel and line.score >= _SURE and max(away, aside) <= _CORNER


def _count(text: str) -> int:
    """Return how many Latin letters and digits stand in a text; texture is read as others."""
    return len(_LETTERS.findall(text))


def _strokes(grey: Greys, elsewhere: NDArray[np.bool_], line: TextLine) -> ReadText | None:
    """Return the row of marks that spans a box best, or None."""
    shape = (grey.shape[0], grey.shape[1])
    margin = _MARGIN * line.box.height
    place = line.box.grown(margin, margin).cut(shape)
    middle = line.box.grown(-_MARGIN * line.box.height, 0).cut(shape)
    values = grey[middle][elsewhere[middle]]
    if values.size < _FEWEST_PX:
        return None
    rows: list[tuple[float, NDArray[np.bool_], Line]] = []
    spans = [np.percentile(side, _GROUND_AND_INK) for side in (values, 1 - values)]
    highest = max(ink - ground for ground, ink in spans)
    for light, (ground, ink) in zip((grey[place], 1 - grey[place]), spans, strict=True):
        if ink - ground < _LEAST_CONTRAST:
            continue
        contrast = float(np.sqrt((ink - ground) / highest))
        local = ((light - np.float32(ground)) / np.float32(ink - ground)).astype(np.float32)
        for level in _LEVELS:
            above = (local >= level) & elsewhere[place]
            labels, count = ndimage.label(above, structure=np.ones((3, 3)))
            marks = find_marks(local, labels, count, level - _DROP, grey.shape[0])
            row, worth = _best_row(marks, line, labels.shape)
            if row:
                chosen = np.isin(labels, [mark.label for mark in row])
                rows.append((contrast * worth, chosen, row))
    if not rows:
        return None
    # At another level, strokes are whole that were broken at the best, or are mixed with others.
    best = max(rows, key=lambda row: row[0])
    near = [
        (chosen, row)
        for worth, chosen, row in rows
        if worth >= _NEARLY_BEST * best[0] and _keeps_to(row, best[2])
    ]
    strokes = np.any([chosen for chosen, _ in near], axis=0)
    return ReadText(place, strokes, _around([mark for _, row in near for mark in row], place))


def _best_row(marks: list[Mark], line: TextLine, shape: tuple[int, ...]) -> tuple[Line, float]:
    """Return the row of marks most like a line of text, and how much it is like one."""
    box = line.box
    inside = [
        mark
        for mark in marks
        if mark.top > 0 and mark.left > 0 and mark.bottom < shape[0] and mark.right < shape[1]
    ]
    glyphs = [
        mark
        for mark in inside
        if mark.height >= _LEAST_HEIGHT * box.height
        and mark.width_px <= _BROADEST_PEN * mark.height + 1
        and mark.sharpness >= _LEAST_SHARPNESS
    ]
    letters = len(re.sub(r"\s", "", line.text))
    best: Line = []
    most = 0.0
    for row in lines_of(glyphs):
        span = min(1.0, (row[-1].right - row[0].left) / box.width)
        seen = sum(max(1, round(m.breadth / m.height / _LETTER_ASPECT)) for m in row)
        alike = min(seen, letters) / max(seen, letters)
        if span < _LEAST_SPAN or alike < _LEAST_COUNT:
            continue
        sharp = float(np.mean([mark.sharpness for mark in row]))
        whole = _with_small_marks(row, inside)
        alone = sum(mark.area_px for mark in whole) / sum(mark.area_px for mark in marks)
        worth = span * alike * sharp * (1.0 if same_pen(row) else _OTHER_PENS) * (1 + alone)
        if worth > most:
            best, most = whole, worth
    return best, most


def _with_small_marks(row: Line, marks: list[Mark]) -> Line:
    """Return a row with what stands in it besides: points, strokes cut off, heavy letters."""
    top, bottom = min(m.top for m in row), max(m.bottom for m in row)
    left, right = min(m.left for m in row), max(m.right for m in row)
    slack = max(1, (bottom - top) // 8)
    return [
        mark
        for mark in marks
        if mark in row
        or (
            top - slack <= mark.top
            and mark.bottom <= bottom + slack
            and left - slack <= mark.left
            and mark.right <= right + slack
        )
    ]


def _keeps_to(row: Line, best: Line) -> bool:
    """Tell whether a row is no higher than another, but for its rims."""
    slack = max(2, (max(m.bottom for m in best) - min(m.top for m in best)) // 6)
    higher = min(m.top for m in row) < min(m.top for m in best) - slack
    return not higher and max(m.bottom for m in row) <= max(m.bottom for m in best) + slack


def _around(row: Line, place: tuple[slice, slice]) -> Rectangle:
    """Return the rectangle around marks of a part of the picture."""
    top, left = place[0].start, place[1].start
    return Rectangle(
        top + min(m.top for m in row),
        top + max(m.bottom for m in row),
        left + min(m.left for m in row),
        left + max(m.right for m in row),
        float(np.median([m.tone for m in row])),
    )


def _whole_box(grey: Greys, line: TextLine) -> ReadText | None:
    """Return the box of text that was read beyond doubt, though its strokes do not show."""
    if line.score < _SURE or _count(line.text) < 2:
        return None
    less = -_SHRUNK * line.box.height
    rows, columns = line.box.grown(less, less).cut((grey.shape[0], grey.shape[1]))
    strokes = np.ones(grey[rows, columns].shape, dtype=np.bool_)
    around = Rectangle(rows.start, rows.stop, columns.start, columns.stop, float("nan"))
    return ReadText((rows, columns), strokes, around)
