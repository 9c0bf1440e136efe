"""Drawn rectangles: scale bars, ruled lines, label boxes and borders, whatever their grey value.

Notes
-----
A drawn rectangle is flat along each row, and its rows begin and end in the same columns. No
particle does both: noise and texture break the flat runs, and the ends of a particle's rows follow
its outline. So runs of nearly equal pixels are found in every row and stacked where both ends
agree; neither the grey value nor the contrast needs a limit of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Greys = NDArray[np.float32]
Box = tuple[slice, slice]

_FLAT_STEP = 0.02  # of the grey range between neighbours: JPEG leaves drawn areas that flat
_FLAT_RANGE = 0.1  # within one row of a rectangle
_SHORTEST_RUN = 0.025  # of the width: the shortest bars are 17 px of 1024 (Zeiss)
_RAGGED_PX = 2  # how far the ends of a rectangle's rows may differ from row to row
_RINGING_ROWS = 3  # that JPEG spoils within a bar, at each of its edges
_RINGING_SHARE = 0.02  # of the width, the same at its ends
_BESIDE_PX = 4  # where the ground begins beyond a smoothed edge
_ON_ONE_SIDE = 0.75  # of the pixels beside a bar; it may lie across a particle of its own grey
_PROBES = 9
_CLEARLY_OTHER = 0.05  # of the grey range, of ground against drawn value
_THICKEST = 2  # times as long as high at least
_TALLEST_BAR = 0.06  # of the height
_LARGEST_BOX = 0.15  # of the picture
_INSET_GAP = 0.08  # of the height, between flat parts of one inset
_THICKEST_LINE = 0.008  # of the height
_SHORTEST_LINE = 0.15  # of the width
_LINE_CONTRAST = 0.12  # of the grey range
_NARROWEST_INSET = 0.15  # of the width
_BROADEST_BORDER = 0.01  # of the height or width
_BORDER_EDGE_PX = 3


@dataclass
class _Stack:
    """Flat runs of one grey value on consecutive rows, with common ends (ends excluded)."""

    top: int
    bottom: int
    left: int
    right: int
    tone: float


@dataclass(frozen=True)
class Rectangle:
    """A drawn rectangle: rows, columns (ends excluded) and grey value, 0 to 1."""

    top: int
    bottom: int
    left: int
    right: int
    tone: float

    @property
    def height(self) -> int:
        """Rows."""
        return self.bottom - self.top

    @property
    def breadth(self) -> int:
        """Columns."""
        return self.right - self.left

    @property
    def place(self) -> Box:
        """The rectangle, to index pixels with."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def grown(self, by_px: int) -> Box:
        """Return the rectangle with a margin, cut at the picture's upper and left edge."""
        return (
            slice(max(0, self.top - by_px), self.bottom + by_px),
            slice(max(0, self.left - by_px), self.right + by_px),
        )


def find_rectangles(grey: Greys) -> tuple[list[Rectangle], list[Rectangle]]:
    """Find bars and label boxes.

    Parameters
    ----------
    grey : (H, W) float32, 0 to 1

    Returns
    -------
    bars, boxes : lists of Rectangle
        Horizontal bars or lines, and rectangles with type on them.
    """
    bars: list[Rectangle] = []
    boxes: list[Rectangle] = []
    stacks = _stacks(grey)
    ends_above, ends_below = _ends(grey, stacks)
    for stack, above, below in zip(stacks, ends_above, ends_below, strict=True):
        if not (above or below) or any(_lies_in(stack, box) for box in boxes):
            continue
        box = _box_of(grey, stack)
        if box is not None:
            boxes.append(box)
            continue
        if not (above and below):
            continue
        bar = _with_uneven_edges(grey, stack)
        if _is_bar(grey, bar):
            bars.append(bar)
    return bars, [_with_parts(box, stacks, grey.shape) for box in boxes]


def find_lines(grey: Greys) -> list[Rectangle]:
    """Find thin lying lines that are drawn across a good part of the picture, or all of it.

    Crosshairs, measuring lines and frames are made of them; for standing ones the caller
    turns the picture.

    Parameters
    ----------
    grey : (H, W) float32, 0 to 1
    """
    height = grey.shape[0]
    thickest = max(2, round(_THICKEST_LINE * height))
    lines = []
    for stack in _stacks(grey, _SHORTEST_LINE):
        if stack.bottom - stack.top > thickest or stack.top < _BESIDE_PX:
            continue
        line = Rectangle(stack.top, stack.bottom, stack.left, stack.right, stack.tone)
        sides = _sides(grey, line)[:2]
        brighter = min(float(np.mean(side > line.tone + _LINE_CONTRAST)) for side in sides)
        darker = min(float(np.mean(side < line.tone - _LINE_CONTRAST)) for side in sides)
        if line.bottom + _BESIDE_PX <= height and max(brighter, darker) >= _ON_ONE_SIDE:
            lines.append(line)
    return lines


def find_borders(grey: Greys) -> NDArray[np.bool_]:
    """Find lines of one grey value along the picture's edges (frames, remains of neighbours).

    Parameters
    ----------
    grey : (H, W) float32, 0 to 1

    Returns
    -------
    (H, W) bool
    """
    border = np.zeros(grey.shape, dtype=np.bool_)
    for turns in range(4):
        turned, hidden = np.rot90(grey, turns), np.rot90(border, turns)  # views, not copies
        most = max(2, round(_BROADEST_BORDER * turned.shape[0]))
        tone = float(np.median(turned[0]))
        even = (np.abs(turned[: most + 1] - tone) <= _FLAT_RANGE).mean(axis=1) >= 0.98
        rows = int(np.argmin(even))  # 0 as well where all are even: then it is a background
        beyond = turned[rows + _BORDER_EDGE_PX]
        if rows and float(np.mean(np.abs(beyond - tone) > 2 * _FLAT_RANGE)) >= 0.9:
            hidden[: rows + 1] = True
    return border


def _with_parts(box: Rectangle, stacks: list[_Stack], shape: tuple[int, ...]) -> Rectangle:
    """Return the box with all that ends in the same columns above and below it.

    So an inset is found as a whole of which one part is a caption.
    """
    height, width = shape
    top, bottom = box.top, box.bottom
    if box.breadth < _NARROWEST_INSET * width:
        return box
    gap = round(_INSET_GAP * height)
    parts = [
        s
        for s in stacks
        if abs(s.left - box.left) <= _RAGGED_PX + 1 and abs(s.right - box.right) <= _RAGGED_PX + 1
    ]
    for part in sorted(parts, key=lambda s: s.top):
        if bottom < part.bottom and part.top <= bottom + gap:
            bottom = part.bottom
    for part in sorted(parts, key=lambda s: -s.bottom):
        if part.top < top and part.bottom >= top - gap:
            top = part.top
    return replace(box, top=top, bottom=bottom)


def _ends(grey: Greys, stacks: list[_Stack]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell for each stack whether another grey begins above it and below it, in most columns.

    This sorts out the many flat runs of a smooth background before they are looked at one by one.
    """
    if not stacks:
        return np.zeros(0, dtype=np.bool_), np.zeros(0, dtype=np.bool_)
    top, bottom, left, right = (
        np.array([getattr(stack, name) for stack in stacks])
        for name in ("top", "bottom", "left", "right")
    )
    tone = np.array([stack.tone for stack in stacks])[:, None]
    columns = left[:, None] + (right - left)[:, None] * np.arange(1, _PROBES + 1) // (_PROBES + 1)
    beyond = _RINGING_ROWS + _BESIDE_PX
    ends = []
    for row in (top - beyond, bottom - 1 + beyond):
        inside = (row >= 0) & (row < grey.shape[0])
        probes = grey[np.clip(row, 0, grey.shape[0] - 1)[:, None], columns]
        other = (np.abs(probes - tone) > _CLEARLY_OTHER).mean(axis=1) >= 0.4
        ends.append(other | ~inside)
    return ends[0], ends[1]


def _lies_in(stack: _Stack, box: Rectangle) -> bool:
    """Tell whether a stack is part of a label box, its bar or a margin."""
    return (
        box.top - 2 <= stack.top
        and stack.bottom <= box.bottom + 2
        and box.left - 2 <= stack.left
        and stack.right <= box.right + 2
    )


def _stacks(grey: Greys, shortest: float = _SHORTEST_RUN) -> list[_Stack]:
    """Return runs of nearly equal pixels, stacked over the rows that share their ends.

    `shortest` is a share of the width.
    """
    width = grey.shape[1]
    flat = np.zeros((grey.shape[0], width + 1), dtype=np.bool_)
    flat[:, 1:-1] = np.abs(np.diff(grey, axis=1)) <= _FLAT_STEP
    rows, columns = np.nonzero(flat[:, 1:] != flat[:, :-1])
    rows, lefts, rights = rows[::2], columns[::2], columns[1::2] + 1
    long = rights - lefts >= max(12, round(shortest * width))
    rows, lefts, rights = rows[long], lefts[long], rights[long]
    tones = grey[rows, (lefts + rights) // 2]
    even = _ranges(grey, rows, lefts, rights) <= _FLAT_RANGE
    runs = zip(*(a[even].tolist() for a in (rows, lefts, rights, tones)), strict=True)
    finished: list[_Stack] = []
    open_stacks: list[_Stack] = []
    at_row = -1
    for row, left, right, tone in runs:
        if row != at_row:
            finished += [s for s in open_stacks if s.bottom < row]
            open_stacks = [s for s in open_stacks if s.bottom == row]
            at_row = row
        for stack in open_stacks:
            if (
                abs(stack.left - left) <= _RAGGED_PX
                and abs(stack.right - right) <= _RAGGED_PX
                and abs(stack.tone - tone) <= 2 * _FLAT_STEP
                and stack.bottom == row
            ):
                stack.bottom = row + 1
                stack.left, stack.right = max(stack.left, left), min(stack.right, right)
                break
        else:
            open_stacks.append(_Stack(row, row + 1, left, right, tone))
    return finished + open_stacks


def _ranges(
    grey: Greys, rows: NDArray[np.intp], lefts: NDArray[np.intp], rights: NDArray[np.intp]
) -> Greys:
    """Return the difference of the largest and the smallest grey value of each run."""
    if not rows.size:
        return np.zeros(0, dtype=np.float32)
    # Pairs of begin and end: every second part is a run (the picture's last pixel ends none).
    ends = np.stack([rows * grey.shape[1] + lefts, rows * grey.shape[1] + rights - 1], axis=1)
    flat = grey.ravel()
    highest = np.maximum.reduceat(flat, ends.ravel())[::2]
    return np.asarray(highest - np.minimum.reduceat(flat, ends.ravel())[::2])


def _with_uneven_edges(grey: Greys, stack: _Stack) -> Rectangle:
    """Return the stack with the rows and ends that ringing of JPEG has made uneven."""
    left, right = stack.left, stack.right
    most = round(_RINGING_SHARE * grey.shape[1])
    # JPEG rings along the bar too: its ends may be less flat than its middle.
    middle = np.abs(grey[(stack.top + stack.bottom) // 2] - stack.tone) <= _FLAT_RANGE
    while left > max(0, stack.left - most) and middle[left - 1]:
        left -= 1
    while right < min(grey.shape[1], stack.right + most) and middle[right]:
        right += 1
    columns = slice(stack.left, stack.right)
    top, bottom = stack.top, stack.bottom
    for _ in range(_RINGING_ROWS):
        if top > 0 and _differs(grey[top - 1, columns], stack.tone) < 0.2:
            top -= 1
        if bottom < grey.shape[0] and _differs(grey[bottom, columns], stack.tone) < 0.2:
            bottom += 1
    return Rectangle(top, bottom, left, right, stack.tone)


def _is_bar(grey: Greys, stack: Rectangle) -> bool:
    """Tell whether the stack is a bar: long, low, and the ground all around lies on one side.

    The rows at the top of a round particle are flat and end together too, but they lie between
    the particle's grey and the ground's.
    """
    height, breadth = stack.height, stack.breadth
    if breadth < _THICKEST * height or height > _TALLEST_BAR * grey.shape[0]:
        return False
    sides = _sides(grey, stack)
    # Bars are put at the foot; what touches the head is a particle that the frame cuts.
    if len(sides) < 3 or stack.top < _BESIDE_PX or breadth > 0.98 * grey.shape[1]:
        return False
    brighter = [float(np.mean(side > stack.tone + _CLEARLY_OTHER)) for side in sides]
    darker = [float(np.mean(side < stack.tone - _CLEARLY_OTHER)) for side in sides]
    return min(brighter) >= _ON_ONE_SIDE or min(darker) >= _ON_ONE_SIDE


def _sides(grey: Greys, stack: Rectangle) -> list[Greys]:
    """Return the lines of pixels beside the four sides, those within the picture."""
    rows, columns = slice(stack.top, stack.bottom), slice(stack.left, stack.right)
    sides = []
    if stack.top >= _BESIDE_PX:
        sides.append(grey[stack.top - _BESIDE_PX, columns])
    if stack.bottom + _BESIDE_PX <= grey.shape[0]:
        sides.append(grey[stack.bottom + _BESIDE_PX - 1, columns])
    if stack.left >= _BESIDE_PX:
        sides.append(grey[rows, stack.left - _BESIDE_PX])
    if stack.right + _BESIDE_PX <= grey.shape[1]:
        sides.append(grey[rows, stack.right + _BESIDE_PX - 1])
    return sides


def _differs(values: Greys, tone: float) -> float:
    """Return the share of pixels that are clearly of another grey."""
    return float(np.mean(np.abs(values - tone) > _CLEARLY_OTHER))


def _box_of(grey: Greys, stack: _Stack) -> Rectangle | None:
    """Return the label box of which the stack is the upper or lower margin, or None."""
    height, width = grey.shape
    breadth = stack.right - stack.left
    if breadth < 0.03 * width or breadth > 0.9 * width:
        return None
    margins = []
    if stack.left >= _BESIDE_PX:
        margins.append(grey[:, stack.left : stack.left + 2])
    if stack.right <= width - _BESIDE_PX:
        margins.append(grey[:, stack.right - 2 : stack.right])
    near = np.abs(np.concatenate(margins, axis=1) - stack.tone).max(axis=1) <= _FLAT_RANGE / 2
    top, bottom = stack.top, stack.bottom
    while top > 0 and near[top - 1]:
        top -= 1
    while bottom < height and near[bottom]:
        bottom += 1
    box = Rectangle(top, bottom, stack.left, stack.right, stack.tone)
    if box.height < 0.02 * height or box.height > 0.3 * height:
        return None
    if box.height * box.breadth > _LARGEST_BOX * grey.size:
        return None
    inside = np.abs(grey[box.place] - box.tone)
    near_rows = (inside <= _FLAT_RANGE).mean(axis=1)
    type_share = float((inside > 0.25).mean())
    ground_share = float((inside <= _FLAT_RANGE / 2).mean())
    if not 0.01 < type_share < 0.6 or ground_share < 0.4:
        return None
    first, last = near_rows[0], near_rows[-1]
    if (first < 0.9 and box.top > 1) or (last < 0.9 and box.bottom < height - 1):
        return None
    sides = _sides(grey, box)
    around = np.concatenate(sides) if sides else np.zeros(0, dtype=np.float32)
    if len(sides) < 2 or min(_differs(side, box.tone) for side in sides) < 0.3:
        return None
    return box if _differs(around, box.tone) >= 0.5 else None
