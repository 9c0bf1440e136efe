"""Burned-in text: lines as an OCR engine gives them, and the engine itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Box:
    """A rectangle of the picture, px; ends are excluded, as in a slice.

    Attributes
    ----------
    top, bottom, left, right : float, px
        Edges of pixels: column i covers left = i to right = i + 1.
    """

    top: float
    bottom: float
    left: float
    right: float

    @property
    def height(self) -> float:
        """Rows, px."""
        return self.bottom - self.top

    @property
    def width(self) -> float:
        """Columns, px."""
        return self.right - self.left

    @property
    def centre_x(self) -> float:
        """Middle column, px."""
        return (self.left + self.right) / 2

    @property
    def centre_y(self) -> float:
        """Middle row, px."""
        return (self.top + self.bottom) / 2

    def grown(self, rows: float, columns: float | tuple[float, float]) -> Box:
        """Return the box with more rows above and below and more columns left and right."""
        left, right = columns if isinstance(columns, tuple) else (columns, columns)
        return Box(self.top - rows, self.bottom + rows, self.left - left, self.right + right)

    def cut(self, shape: tuple[int, int]) -> tuple[slice, slice]:
        """Return the rows and columns of the box inside a picture of that shape."""
        height, width = shape
        return (
            slice(max(0, round(self.top)), max(0, min(height, round(self.bottom)))),
            slice(max(0, round(self.left)), max(0, min(width, round(self.right)))),
        )


@dataclass(frozen=True)
class TextLine:
    """One line of text as read.

    Attributes
    ----------
    text : str
    score : float
        The engine's own, 0 to 1.
    box : Box
        Around the line, px.
    """

    text: str
    score: float
    box: Box


class TextReader(Protocol):
    """What the scale-bar reader needs of an OCR engine."""

    def read(self, grey: NDArray[np.uint8]) -> list[TextLine]:
        """Find and read every line of a picture or of a part of one, (H, W) uint8."""
        ...

    def recognise(self, crops: Sequence[NDArray[np.uint8]]) -> list[tuple[str, float]]:
        """Read crops, each (h, w) uint8 with one line of text: text and score."""
        ...
