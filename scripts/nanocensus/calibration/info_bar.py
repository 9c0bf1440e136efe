"""The strip that the microscope writes at the foot (or head) of a picture: where the picture ends.

Notes
-----
A strip is a block of rows with one flat ground (black, white or any grey) and glyphs on it.
Seen from the picture, the share of ground-coloured pixels in a row jumps at the strip's edge over
nearly the whole width, which particles and their background do not do. Strips may be inset:
Zeiss leaves a few rows of the picture visible below, some scanners a margin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_FLAT_TOLERANCE = 0.025  # of the grey range; JPEG ringing around glyphs stays within it
_LOOSE_TOLERANCE = 0.08  # the same in figures that were scaled and compressed
_GLYPH_CONTRAST = 0.25  # least difference of a glyph from its ground
_LARGEST_SHARE = 0.28  # of the height; TESCAN's three-line strips are the tallest known
_SMALLEST_ROWS = 8
_SMALLEST_SHARE = 0.012  # of the height; Hitachi TEM writes 12 rows under 516
_LARGEST_INSET = 0.04  # of the height; rows of the picture seen again beyond the strip
_LEAST_JUMP = 0.35  # of the row's pixels
_GROUND_BINS = 64
_COLUMN_BLOCKS = 16
_EDGE_ROWS = 4


@dataclass(frozen=True)
class InfoBar:
    """Which rows of a recorded file are the micrograph.

    Attributes
    ----------
    first_row, last_row : first and last row of the picture itself, both included.
    rows_raw : rows of the file.
    evidence : where this comes from, in words.
    """

    first_row: int
    last_row: int
    rows_raw: int
    evidence: str

    @property
    def rows_cut_top(self) -> int:
        """Rows above the picture."""
        return self.first_row

    @property
    def rows_cut_bottom(self) -> int:
        """Rows below the picture."""
        return self.rows_raw - 1 - self.last_row

    @property
    def rows(self) -> slice:
        """The picture's rows, to index the file's pixels with."""
        return slice(self.first_row, self.last_row + 1)


def find_info_bar(pixels: NDArray[np.generic], *, declared_rows: int | None) -> InfoBar:
    """Find the rows of the picture without its info bar.

    Parameters
    ----------
    pixels : (H, W), any real dtype: the file as it was read.
    declared_rows : rows of the picture proper by the instrument's own metadata, or None. Used
        where it is smaller than H; where it equals H the bar may still lie inside (Hitachi, Zeiss).

    Returns
    -------
    InfoBar
    """
    height = pixels.shape[0]
    if declared_rows is not None and 0 < declared_rows < height:
        return InfoBar(
            0,
            declared_rows - 1,
            height,
            f"metadata: picture of {declared_rows} rows, file of {height}",
        )
    grey = _normalised(pixels)
    if grey is None:
        return InfoBar(0, height - 1, height, "none: the picture has one grey value only")
    foot = _strip_at_foot(grey)
    head = _strip_at_foot(grey[::-1])
    last_row = height - 1 if foot is None else foot[0] - 1
    first_row = 0 if head is None else height - head[0]
    found = [
        f"{_tone(strip[1])} strip of {height - strip[0]} rows at the {place}"
        for strip, place in ((head, "head"), (foot, "foot"))
        if strip is not None
    ]
    evidence = "pixels: " + ", ".join(found) if found else "none: no strip in the pixels"
    return InfoBar(first_row, last_row, height, evidence)


def _normalised(pixels: NDArray[np.generic]) -> NDArray[np.float32] | None:
    """Return grey values from 0 to 1, or None where all are equal or not finite."""
    low, high = float(pixels.min()), float(pixels.max())
    if not np.isfinite(high - low) or high <= low:
        return None
    return ((pixels.astype(np.float32) - low) / (high - low)).astype(np.float32)


def _tone(ground: float) -> str:
    """Name the ground of a strip."""
    return "black" if ground < 0.15 else "white" if ground > 0.85 else "grey"


def _strip_at_foot(grey: NDArray[np.float32]) -> tuple[int, float] | None:
    """Return the strip's first row and its ground, or None."""
    height = grey.shape[0]
    window = grey[-max(2 * _SMALLEST_ROWS, int(_LARGEST_SHARE * height)) :]
    best: tuple[float, int, float] | None = None
    for ground in _grounds(window):
        for tolerance in (_FLAT_TOLERANCE, _LOOSE_TOLERANCE):
            found = _edge_of_strip(np.abs(grey - ground), tolerance)
            if found is not None and (best is None or found[0] > best[0]):
                best = (found[0], found[1], ground)
    if best is None:
        return None
    _, row, ground = best
    return _with_frame_line(grey, row, ground), ground


def _grounds(window: NDArray[np.float32]) -> list[float]:
    """Return the most frequent grey values of the lowest rows: the grounds worth trying."""
    height = window.shape[0]
    grounds: list[float] = []
    for share in (0.1, 0.25, 0.5):
        rows = window[-max(_SMALLEST_ROWS, int(share * height)) :]
        counts, edges = np.histogram(rows, bins=_GROUND_BINS, range=(0.0, 1.0))
        peak = int(counts.argmax())
        inside = rows[(rows >= edges[peak]) & (rows <= edges[peak + 1])]
        value = float(np.median(inside))
        if all(abs(value - known) > _FLAT_TOLERANCE for known in grounds):
            grounds.append(value)
    return grounds


def _edge_of_strip(distance: NDArray[np.float32], tolerance: float) -> tuple[float, int] | None:
    """Return (jump of the ground's share, first row) of the best strip with this ground.

    `distance` is (H, W), each pixel's difference from the ground.
    """
    height = distance.shape[0]
    flat = (distance <= tolerance).mean(axis=1)
    smallest = max(_SMALLEST_ROWS, round(_SMALLEST_SHARE * height))
    best: tuple[float, int] | None = None
    for row in range(max(_EDGE_ROWS, int((1 - _LARGEST_SHARE) * height)), height - smallest + 1):
        jump = float(flat[row : row + _EDGE_ROWS].mean() - flat[row - _EDGE_ROWS : row].mean())
        if jump < _LEAST_JUMP or (best is not None and jump <= best[0]):
            continue
        if _spans_the_width(distance, row, tolerance) and _is_strip(distance, flat, row):
            best = (jump, row)
    return best


def _spans_the_width(distance: NDArray[np.float32], row: int, tolerance: float) -> bool:
    """Tell whether the jump is seen in most blocks of columns (at a scale bar it is in a few)."""
    flat = distance <= tolerance
    below = np.array_split(flat[row : row + _EDGE_ROWS].mean(axis=0), _COLUMN_BLOCKS)
    above = np.array_split(
        flat[max(0, row - 2 * _EDGE_ROWS) : max(1, row - 2)].mean(axis=0), _COLUMN_BLOCKS
    )
    jumps = [b.mean() - a.mean() > 0.2 for b, a in zip(below, above, strict=True)]
    return float(np.mean(jumps)) >= 0.65


def _is_strip(distance: NDArray[np.float32], flat: NDArray[np.float64], row: int) -> bool:
    """Tell whether the rows from `row` to (nearly) the foot are ground with glyphs on it."""
    height = distance.shape[0]
    end = height
    while end > max(row + _SMALLEST_ROWS, height - round(_LARGEST_INSET * height)) and (
        flat[end - 1] < 0.4
    ):
        end -= 1
    near = distance[row:end] <= _LOOSE_TOLERANCE
    share = near.mean(axis=1)
    if np.median(share) < 0.55:
        return False
    two_toned = (near | (distance[row:end] > _GLYPH_CONTRAST)).mean(axis=1)
    if np.mean((share >= 0.4) | (two_toned > 0.85)) < 0.95:
        return False
    columns = np.array_split(near, _COLUMN_BLOCKS, axis=1)
    return float(np.mean([part.mean() > 0.25 for part in columns])) >= 0.85


def _with_frame_line(grey: NDArray[np.float32], row: int, ground: float) -> int:
    """Move the edge up over a drawn line and over rows that resampling has mixed with the strip."""
    for _ in range(_EDGE_ROWS):
        above = grey[row - 1]
        beyond = grey[max(0, row - 8) : max(1, row - 3)]
        line = np.mean(np.abs(above - np.median(above)) <= _FLAT_TOLERANCE) > 0.85
        line = line and abs(float(np.median(above)) - float(np.median(beyond))) > _GLYPH_CONTRAST
        distance = float(np.abs(above - ground).mean())
        mixed = distance < 0.6 * float(np.abs(beyond - ground).mean())
        if row <= 1 or not (line or mixed):
            break
        row -= 1
    return row
