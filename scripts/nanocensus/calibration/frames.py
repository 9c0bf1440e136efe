"""Whether a picture still has the size that its metadata were written for."""

from __future__ import annotations

from enum import Enum

_HIGHEST_BAR_SHARE = 0.25
"""Appended info bars are up to 9 % of the picture's rows in known files; more is a collage."""
_SAME_ASPECT_ROWS = 1.0
_SAME_ASPECT_REL = 0.005


class Frame(Enum):
    """What happened to a picture since its metadata were written."""

    SAME = "unchanged"
    BAR_APPENDED = "an info bar was appended"
    CROPPED = "cropped"
    RESIZED = "resized"
    EDITED = "edited"


def compare_frames(declared: tuple[int, int], actual: tuple[int, int]) -> Frame:
    """Tell what turned a picture of the declared size into one of the actual size.

    Parameters
    ----------
    declared, actual : (int, int)
        Rows and columns.

    Notes
    -----
    A crop can have any size, so what could be a resized copy, with or without an
    appended bar, is taken for one: its old pixel size would be wrong.

    Examples
    --------
    >>> compare_frames((1024, 1536), (1094, 1536)).value
    'an info bar was appended'
    >>> compare_frames((768, 1024), (384, 512)).value
    'resized'
    >>> compare_frames((768, 1024), (700, 500)).value
    'cropped'
    """
    declared_rows, declared_columns = declared
    rows, columns = actual
    if columns == declared_columns:
        if rows == declared_rows:
            return Frame.SAME
        if rows < declared_rows:
            return Frame.CROPPED
        return Frame.BAR_APPENDED if _fits_bar(rows, declared_rows) else Frame.EDITED
    expected_rows = declared_rows * columns / declared_columns
    tolerance = max(_SAME_ASPECT_ROWS, _SAME_ASPECT_REL * rows)
    if abs(rows - expected_rows) <= tolerance or _fits_bar(rows, expected_rows):
        return Frame.RESIZED
    if columns < declared_columns and (rows <= declared_rows or _fits_bar(rows, declared_rows)):
        return Frame.CROPPED
    return Frame.EDITED


def _fits_bar(rows: int, picture_rows: float) -> bool:
    return picture_rows < rows <= (1 + _HIGHEST_BAR_SHARE) * picture_rows
