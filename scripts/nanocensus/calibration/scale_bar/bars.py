"""Where a scale bar may be: straight horizontal marks with square ends, of any grey.

Notes
-----
A bar is one grey, its ground another, and its ends stand above each other in every row. So a
region is cut at many grey levels, from both sides, and rows of equal runs are gathered into
rectangles. The level at which a bar comes out best needs not be known, nor its colour.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nanocensus.calibration.scale_bar.text import Box

_LEVELS = np.arange(20, 250, 20)
_BANDS = np.arange(48, 230, 20)
_BAND_HALF = 13
_SHORTEST_SHARE = 0.018  # of the width; 14 px of 587 is the shortest known
_SHORTEST_PX = 12
_THICKEST_SHARE = 0.1  # of the height
_LEAST_ASPECT = 1.9
_MOST_MARKS = 800  # of one region
_MOST_RUNS = 3000  # at one level; more are texture
_LEAST_CONTRAST = 12.0  # grey levels of 255
_CLEAR = 0.4  # of the contrast: a pixel that far from the bar's grey is ground
_SAME_IOU = 0.5
_SAME_ROWS = 0.5  # of the thinner mark
_SAME_COLUMNS = 0.7  # of both together
_TOUCHING_PX = 3.0
_LEAST_JOINTS = 3
_LEAST_STEP = 9.0  # grey levels of 255 between the means inside and outside

_Place = tuple[int, int, int, int]  # top, bottom, left, right
_Group = list[tuple[int, int, int]]  # row, start, end
_Means = NDArray[np.float64]


@dataclass(frozen=True)
class Bar:
    """One mark that could be a scale bar, in whole pixels of the picture.

    Attributes
    ----------
    box : Box
        px.
    level, ground : float
        Grey of the bar and of what is around it, 0 to 255.
    cover_above, cover_below, cover_ends : float
        Share of the pixels just outside that are clearly of another grey, 0 to 1; for the ends
        the lower of both.
    ragged_px : float
        Spread of the ends over the rows, px.
    roughness : float
        Spread of the grey inside over the contrast.
    split : bool
        Whether two marks with the label between them make the bar.
    """

    box: Box
    level: float
    ground: float
    cover_above: float
    cover_below: float
    cover_ends: float
    ragged_px: float
    roughness: float
    split: bool = False

    @property
    def contrast(self) -> float:
        """Grey levels between bar and ground, of 255."""
        return abs(self.level - self.ground)

    @property
    def merit(self) -> float:
        """How much of a bar it is by itself; orders those of one place."""
        cover = self.cover_above + self.cover_below + 2 * self.cover_ends
        return cover - 0.5 * min(2.0, self.ragged_px) - min(1.0, self.roughness)


def find_bars(grey: NDArray[np.float32], region: tuple[slice, slice]) -> list[Bar]:
    """Return the marks in a region that could be bars, best first.

    Parameters
    ----------
    grey : (H, W) float32, 0 to 255
    region : slices
        Rows and columns to look in.
    """
    part = grey[region]
    if min(part.shape) < 3:
        return []
    shortest = max(_SHORTEST_PX, round(_SHORTEST_SHARE * grey.shape[1]))
    thickest = max(6, round(_THICKEST_SHARE * grey.shape[0]))
    places: dict[_Place, float] = {}
    for mask in _masks(part):
        for place, ragged_px in _rectangles(mask, shortest, thickest):
            places[place] = min(ragged_px, places.get(place, ragged_px))
    top, left = region[0].start, region[1].start
    bars = [
        _judged(grey, Box(t + top, b + top, s + left, e + left), places[t, b, s, e])
        for t, b, s, e in _standing_out(part, sorted(places))
    ]
    return _distinct([bar for bar in bars if bar is not None])


def _standing_out(part: NDArray[np.float32], places: list[_Place]) -> list[_Place]:
    """Drop the rectangles whose mean grey goes on beyond one of their sides; most do."""
    if not places:
        return []
    height, width = part.shape
    sums = np.zeros((height, width + 1))
    np.cumsum(part, axis=1, out=sums[:, 1:])
    top, bottom, left, right = np.array(places).T
    middle = (top + bottom) // 2

    def mean(rows: NDArray[np.intp], first: NDArray[np.intp], end: NDArray[np.intp]) -> _Means:
        first, end = np.clip(first, 0, width), np.clip(end, 0, width)
        outside = (rows < 0) | (rows >= height) | (end <= first)
        rows = np.clip(rows, 0, height - 1)
        means = (sums[rows, end] - sums[rows, first]) / np.maximum(1, end - first)
        return np.where(outside, np.nan, means)

    inside = mean(middle, left, right)
    keep = np.ones(len(places), dtype=np.bool_)
    for beyond in (
        mean(top - 2, left, right),
        mean(bottom + 1, left, right),
        mean(middle, left - 4, left - 1),
        mean(middle, right + 1, right + 4),
    ):
        keep &= np.isnan(beyond) | (np.abs(beyond - inside) > _LEAST_STEP)
    return [place for place, kept in zip(places, keep.tolist(), strict=True) if kept]


def _masks(part: NDArray[np.float32]) -> list[NDArray[np.bool_]]:
    low, high = float(part.min()), float(part.max())
    cuts = [level for level in _LEVELS if low < level <= high]
    masks = [part >= level for level in cuts] + [part < level for level in cuts]
    bands = [level for level in _BANDS if low < level < high]
    return masks + [np.abs(part - level) <= _BAND_HALF for level in bands]


def _rectangles(
    mask: NDArray[np.bool_], shortest: int, thickest: int
) -> list[tuple[_Place, float]]:
    """Gather equal runs of rows into rectangles, each with the spread of its ends, px."""
    rows, starts, ends = _runs(mask, shortest)
    if rows.size == 0 or rows.size > _MOST_RUNS:
        return []
    found: list[_Group] = []
    open_groups: list[_Group] = []
    last_row = -1
    for row, start, end in zip(rows.tolist(), starts.tolist(), ends.tolist(), strict=True):
        if row != last_row:
            found += [group for group in open_groups if group[-1][0] < row - 1]
            open_groups = [group for group in open_groups if group[-1][0] >= row - 1]
            last_row = row
        reach = 1.5 + 0.015 * (end - start)
        for group in open_groups:
            above, above_start, above_end = group[-1]
            if (
                above == row - 1
                and abs(start - above_start) <= reach
                and abs(end - above_end) <= reach
            ):
                group.append((row, start, end))
                break
        else:
            open_groups.append([(row, start, end)])
    return [
        outline
        for group in (*found, *open_groups)
        if len(group) <= thickest and (outline := _outline(group)) is not None
    ]


def _runs(
    mask: NDArray[np.bool_], shortest: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Return row, start and end (excluded) of every run of True that is long enough."""
    padded = np.zeros((mask.shape[0], mask.shape[1] + 2), dtype=np.int8)
    padded[:, 1:-1] = mask
    steps = np.diff(padded, axis=1)
    rows, starts = np.nonzero(steps == 1)
    _, ends = np.nonzero(steps == -1)
    long = ends - starts >= shortest
    return rows[long], starts[long], ends[long]


def _outline(group: _Group) -> tuple[_Place, float] | None:
    count = len(group)
    starts = sorted(start for _, start, _ in group)
    ends = sorted(end for *_, end in group)
    left, right = starts[count // 2], ends[count // 2]
    if right - left < _LEAST_ASPECT * count:
        return None
    spread = sum(abs(v - left) for v in starts) + sum(abs(v - right) for v in ends)
    return (group[0][0], group[-1][0] + 1, left, right), spread / count


def _judged(grey: NDArray[np.float32], box: Box, ragged_px: float) -> Bar | None:
    """Measure how a rectangle stands out from what is around it."""
    top, bottom, left, right = (int(v) for v in (box.top, box.bottom, box.left, box.right))
    core_top, core_bottom = (top + 1, bottom - 1) if bottom - top >= 4 else (top, bottom)
    core = grey[core_top:core_bottom, left + 1 : right - 1]
    if bottom - top == 2:
        # Of a thin line that two rows share, the clearer one counts.
        means = core.mean(axis=1)
        beyond = grey[max(0, top - 3) : top, left:right]
        reference = float(np.median(beyond)) if beyond.size else 0.0
        core = core[[int(np.argmax(np.abs(means - reference)))]]
    level = float(np.median(core))
    above = grey[max(0, top - 3) : max(0, top - 1), left:right]
    below = grey[bottom + 1 : bottom + 3, left:right]
    before = grey[top:bottom, max(0, left - 4) : max(0, left - 1)]
    behind = grey[top:bottom, right + 1 : right + 4]
    sides = [part.ravel() for part in (above, below, before, behind) if part.size]
    if not sides:
        return None
    ground = float(np.median(np.concatenate(sides)))
    contrast = abs(level - ground)
    if contrast < _LEAST_CONTRAST:
        return None

    def cover(part: NDArray[np.float32], axis: int) -> float:
        # Beyond the picture's edge nothing is known: half.
        if not part.size:
            return 0.5
        return float((np.abs(part - level) > _CLEAR * contrast).any(axis=axis).mean())

    ends = min(cover(before, 1), cover(behind, 1))
    roughness = float(np.median(np.abs(core - level))) / contrast
    return Bar(box, level, ground, cover(above, 0), cover(below, 0), ends, ragged_px, roughness)


def _distinct(bars: list[Bar]) -> list[Bar]:
    """Keep the best of bars that lie in the same place, and no more of noise than is cheap."""
    clear = [
        bar
        for bar in bars
        if bar.cover_ends >= 0.5 and max(bar.cover_above, bar.cover_below) >= 0.6
    ]
    if len(clear) > _MOST_MARKS:
        clear.sort(key=lambda bar: (-bar.merit - min(1.0, bar.contrast / 128), bar.box.top))
        del clear[_MOST_MARKS:]
    kept: list[Bar] = []
    boxes = np.zeros((len(clear), 4))
    for bar in sorted(clear, key=lambda bar: (-bar.merit, bar.box.top, bar.box.left)):
        if not (_overlaps(bar.box, boxes[: len(kept)]) >= _SAME_IOU).any():
            boxes[len(kept)] = bar.box.top, bar.box.bottom, bar.box.left, bar.box.right
            kept.append(bar)
    return kept


def _overlaps(one: Box, others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the shared area of a box and each of others over the area of both together.

    Parameters
    ----------
    one : Box
    others : (n, 4) float64
        Top, bottom, left and right, px.
    """
    top, bottom, left, right = others.T
    rows = np.minimum(one.bottom, bottom) - np.maximum(one.top, top)
    columns = np.minimum(one.right, right) - np.maximum(one.left, left)
    shared = np.maximum(0.0, rows) * np.maximum(0.0, columns)
    areas = (bottom - top) * (right - left)
    return np.asarray(shared / (one.height * one.width + areas - shared), dtype=np.float64)


def same_place(one: Box, other: Box) -> bool:
    """Tell whether two marks are one, seen at two grey levels: a row or a few columns differ."""
    rows = min(one.bottom, other.bottom) - max(one.top, other.top)
    columns = min(one.right, other.right) - max(one.left, other.left)
    apart = max(one.right, other.right) - min(one.left, other.left)
    return rows > _SAME_ROWS * min(one.height, other.height) and columns > _SAME_COLUMNS * apart


def without_checkers(bars: list[Bar]) -> list[Bar]:
    """Drop marks that a block of the other tone continues: the parts of a bar of blocks."""
    rights = np.array([bar.box.right for bar in bars])
    lefts = np.array([bar.box.left for bar in bars])
    touching = np.argwhere(np.abs(rights[:, None] - lefts[None, :]) <= _TOUCHING_PX)
    joints = [
        (one, other)
        for one, other in ((bars[first], bars[second]) for first, second in touching.tolist())
        if abs(one.box.top - other.box.top) <= 2
        and abs(one.box.bottom - other.box.bottom) <= 2
        and abs(one.level - other.level) > 0.5 * max(one.contrast, other.contrast)
        and 0.5 <= one.box.width / other.box.width <= 2
    ]
    # A bar in a box of its own touches ground on both sides; more joints make a row of blocks.
    parts = {
        id(bar)
        for joint in joints
        if len(_columns_of(joints, joint[0].box.top)) >= _LEAST_JOINTS
        for bar in joint
    }
    return [bar for bar in bars if id(bar) not in parts]


def _columns_of(joints: list[tuple[Bar, Bar]], top: float) -> list[float]:
    """Return the distinct columns at which marks of one line touch, px."""
    columns: list[float] = []
    for one, _ in joints:
        apart = all(abs(one.box.right - known) > 2 * _TOUCHING_PX for known in columns)
        if abs(one.box.top - top) <= 2 and apart:
            columns.append(one.box.right)
    return columns


def joined_around(bars: list[Bar], label: Box) -> list[Bar]:
    """Return the bars with those joined that make one line with the label in its gap.

    The halves of such a line are no bars of their own.
    """
    made = []
    halves: set[int] = set()
    level_with = [
        bar for bar in bars if not bar.split and label.top <= bar.box.centre_y <= label.bottom
    ]
    before = [bar for bar in level_with if -label.width < label.left - bar.box.right < label.height]
    behind = [bar for bar in level_with if -label.width < bar.box.left - label.right < label.height]
    for one in before:
        for other in behind:
            if not _flank(one, other, label):
                continue
            box = Box(
                min(one.box.top, other.box.top),
                max(one.box.bottom, other.box.bottom),
                one.box.left,
                other.box.right,
            )
            halves |= {id(one), id(other)}
            made.append(
                replace(
                    one,
                    box=box,
                    cover_above=min(one.cover_above, other.cover_above),
                    cover_below=min(one.cover_below, other.cover_below),
                    cover_ends=min(one.cover_ends, other.cover_ends),
                    ragged_px=max(one.ragged_px, other.ragged_px),
                    roughness=max(one.roughness, other.roughness),
                    split=True,
                )
            )
    return [bar for bar in bars if id(bar) not in halves] + made


def _flank(one: Bar, other: Bar, label: Box) -> bool:
    """Tell whether two marks lie left and right of a label and continue each other."""
    alike = (
        abs(one.box.centre_y - other.box.centre_y) <= 2
        and abs(one.box.height - other.box.height) <= 2
        and abs(one.level - other.level) <= 0.4 * max(one.contrast, other.contrast)
    )
    beside = one.box.right <= label.centre_x <= other.box.left
    shares = 0.75 <= one.box.width / max(1.0, other.box.width) <= 1.35
    return alike and beside and shares
