"""Bars of which little more than the caps is drawn: |- 200 nm -|, with the label in between."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nanocensus.calibration.scale_bar.bars import Bar
from nanocensus.calibration.scale_bar.label_search import Label
from nanocensus.calibration.scale_bar.text import Box

_OUTWARDS, _INWARDS = 1.6, 0.6  # heights of the text's box beyond its ends, and within
_LEAST_HEIGHT = 0.55  # of the text's box
_WIDEST_CAP_PX = 4
_LEAST_STUB_PX = 3
_THICKEST_STUB = 0.25  # of the upright's height
_OFF_CENTRE = 0.35  # of the text's box
_LEAST_CONTRAST = 40.0  # grey levels of 255
_INK, _NO_INK = 0.5, 0.35


@dataclass(frozen=True)
class _Upright:
    """A cap with a stub towards the label; rows and columns of whole pixels, ends excluded."""

    top: int
    bottom: int
    stub: int
    left: int
    right: int


def find_stubbed_bar(grey: NDArray[np.float32], label: Label) -> Bar | None:
    """Return the bar whose two caps flank a label with stubs towards it, if that is how it stands.

    Parameters
    ----------
    grey : (H, W) float32, 0 to 255
    label : Label
    """
    if abs(label.ink - label.paper) < _LEAST_CONTRAST:
        return None
    ink = (grey - label.paper) / (label.ink - label.paper)
    lefts = _uprights(ink, label.box)
    # The right side is the left one of the mirrored picture.
    columns = grey.shape[1]
    text = label.box
    mirrored = Box(text.top, text.bottom, columns - text.right, columns - text.left)
    rights = _uprights(ink[:, ::-1], mirrored)
    for left in lefts:
        for right in rights:
            if (
                abs(left.stub - right.stub) <= 1
                and abs(left.top - right.top) <= 2
                and abs(left.bottom - right.bottom) <= 2
            ):
                box = Box(left.stub, left.stub + 1, left.left, columns - right.left)
                return Bar(box, label.ink, label.paper, 1.0, 1.0, 1.0, 0.0, 0.0, split=True)
    return None


def _uprights(ink: NDArray[np.float32], text: Box) -> list[_Upright]:
    """Return the uprights near the left end of a text, the outermost first."""
    height, width = ink.shape
    first = max(1, round(text.left - _OUTWARDS * text.height))
    last = min(width - 2, round(text.left + _INWARDS * text.height))
    middle = round(text.centre_y)
    reach = round(_OFF_CENTRE * text.height)
    found = []
    column = first
    while column < last:
        cap = _upright(ink, column, range(max(0, middle - reach), min(height, middle + reach)))
        if cap is not None and cap.bottom - cap.top >= _LEAST_HEIGHT * text.height:
            found.append(cap)
            column = cap.right
        else:
            column += 1
    return found


def _upright(ink: NDArray[np.float32], column: int, rows: range) -> _Upright | None:
    """Return the upright that begins in a column and has its stub in one of the rows."""
    if not rows:
        return None
    middle = rows[len(rows) // 2]
    if ink[middle, column] < _INK:
        return None
    dark = ink[:, column] < _INK
    above, below = np.flatnonzero(dark[:middle]), np.flatnonzero(dark[middle:])
    top = int(above[-1]) + 1 if above.size else 0
    bottom = middle + int(below[0]) if below.size else ink.shape[0]
    if bottom - top < 3 or ink[top:bottom, column - 1].max() > _INK:
        return None
    right = column
    while right < ink.shape[1] and ink[top:bottom, right].min() >= _NO_INK:
        right += 1
    if not 1 <= right - column <= _WIDEST_CAP_PX or right + _LEAST_STUB_PX >= ink.shape[1]:
        return None
    beside = ink[top:bottom, right : right + _LEAST_STUB_PX]
    stub = np.flatnonzero(beside.min(axis=1) >= _INK)
    blank = (beside.max(axis=1) < _INK).sum()
    thick = max(1.0, _THICKEST_STUB * (bottom - top))
    if not 1 <= stub.size <= thick or blank < (bottom - top) - stub.size - 2:
        return None
    row = top + int(stub[stub.size // 2])
    return _Upright(top, bottom, row, column, right) if row in rows else None
