"""Rulers of eleven ticks or dots (Hitachi): ten equal intervals that make the printed length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nanocensus.calibration.scale_bar.text import Box

_INTERVALS = 10
_FEWEST_SEEN = 9
_WIDEST_TICK_SHARE = 0.016  # of the picture's width
_SMALLEST_PITCH_PX = 3.0
_EVEN_REL = 0.2
_CUTS = (0.35, 0.55, 0.75)
"""Where to cut between the label's ground and its ink; small ticks do not reach the full ink."""
_MOST_MARKS = 80
_LEAST_CONTRAST = 12.0  # grey levels of 255


@dataclass(frozen=True)
class Ruler:
    """A row of ticks.

    Attributes
    ----------
    box : Box
        Around the ticks, px.
    left, right : float, px
        Middle of the first and the last tick (column i covers i to i + 1).
    seen : int
        Ticks found of eleven.
    unevenness : float
        Spread of the ticks about even spacing over the pitch.
    level, ground : float
        Grey of the ticks and between them, 0 to 255.
    """

    box: Box
    left: float
    right: float
    seen: int
    unevenness: float
    level: float
    ground: float


def find_rulers(
    grey: NDArray[np.float32], region: tuple[slice, slice], *, ink: float, paper: float
) -> list[Ruler]:
    """Return rows of eleven evenly spaced marks in a region, the most even first.

    Parameters
    ----------
    grey : (H, W) float32, 0 to 255
    region : slices
    ink, paper : float
        Grey of the label's type, which such ticks share, and of its ground.
    """
    part = grey[region]
    widest = max(4, round(_WIDEST_TICK_SHARE * grey.shape[1]))
    found: list[Ruler] = []
    for share in _CUTS:
        limit = paper + share * (ink - paper)
        mask = part >= limit if ink > paper else part < limit
        # A tick is at least two rows high; single pixels of noise are not.
        mask = mask[:-1] & mask[1:]
        begins = np.diff(mask.astype(np.int8), axis=1) == 1
        for row in np.flatnonzero(begins.sum(axis=1) >= _FEWEST_SEEN - 1).tolist():
            ruler = _ruler_in_row(part, mask, row, widest)
            if ruler is not None:
                found.append(ruler)
    found.sort(key=lambda ruler: (-ruler.seen, ruler.unevenness, ruler.box.top, ruler.left))
    kept: list[Ruler] = []
    for ruler in found:
        if all(
            abs(ruler.left - other.left) > 3 or abs(ruler.right - other.right) > 3 for other in kept
        ):
            kept.append(ruler)
    top, left = region[0].start, region[1].start
    return [_moved(_refined(part, ruler), top, left) for ruler in kept[:4]]


def _moved(ruler: Ruler, top: int, left: int) -> Ruler:
    box = ruler.box
    return Ruler(
        Box(box.top + top, box.bottom + top, box.left + left, box.right + left),
        ruler.left + left,
        ruler.right + left,
        ruler.seen,
        ruler.unevenness,
        ruler.level,
        ruler.ground,
    )


def _ruler_in_row(
    part: NDArray[np.float32], mask: NDArray[np.bool_], row: int, widest: int
) -> Ruler | None:
    """Return the longest chain of evenly spaced short runs in one row."""
    steps = np.diff(np.concatenate(([0], mask[row].astype(np.int8), [0])))
    starts, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    short = ends - starts <= widest
    if not _FEWEST_SEEN <= short.sum() <= _MOST_MARKS:
        return None
    starts, ends = starts[short], ends[short]
    centres = (starts + ends) / 2
    gaps = np.diff(centres)
    for first in range(0, centres.size - _FEWEST_SEEN + 1):
        near = sorted(gaps[first : first + 5].tolist())
        pitch = near[len(near) // 2]
        if pitch < _SMALLEST_PITCH_PX or not 0.4 * pitch < gaps[first] < 2.3 * pitch:
            continue
        if near[1] < 0.7 * pitch or pitch < 1.6 * (ends[first] - starts[first]):
            continue
        chain = _chain(centres, first, pitch)
        if len(chain) < _FEWEST_SEEN:
            continue
        ruler = _ruler_of(part, row, (starts[chain], ends[chain]), pitch)
        if ruler is not None:
            return ruler
    return None


def _ruler_of(
    part: NDArray[np.float32],
    row: int,
    runs: tuple[NDArray[np.intp], NDArray[np.intp]],
    pitch: float,
) -> Ruler | None:
    """Return the ruler that a chain of runs (starts, ends) makes, if it has ten intervals."""
    starts, ends = runs
    places = (starts + ends) / 2
    pitch = (places[-1] - places[0]) / round((places[-1] - places[0]) / pitch)
    steps_seen = np.rint((places - places[0]) / pitch)
    if steps_seen[-1] != _INTERVALS:
        return None
    misfit = places - places[0] - steps_seen * pitch
    on = part[row, np.rint(places - 0.5).astype(int)]
    between = part[row, np.rint(places[:-1] + pitch / 2 - 0.5).astype(int)]
    if abs(float(np.median(on) - np.median(between))) < _LEAST_CONTRAST:
        return None
    return Ruler(
        Box(row, row + 1, float(starts[0]), float(ends[-1])),
        float(places[0]),
        float(places[-1]),
        len(places),
        float(np.std(misfit)) / pitch,
        float(np.median(on)),
        float(np.median(between)),
    )


def _chain(centres: NDArray[np.float64], first: int, pitch: float) -> list[int]:
    """Follow evenly spaced marks from one on; one in three steps may be missing."""
    chain = [first]
    expected_pitch = pitch
    missed = 0
    while True:
        target = centres[chain[-1]] + expected_pitch * (1 + missed)
        nearest = int(np.argmin(np.abs(centres - target)))
        if nearest > chain[-1] and abs(centres[nearest] - target) <= max(
            1.2, _EVEN_REL * expected_pitch
        ):
            chain.append(nearest)
            missed = 0
            steps = round((centres[nearest] - centres[first]) / expected_pitch)
            expected_pitch = (centres[nearest] - centres[first]) / steps
        else:
            missed += 1
            if missed > 1 or target > centres[-1]:
                return chain


def _refined(part: NDArray[np.float32], ruler: Ruler) -> Ruler:
    """Measure the first and the last tick by their centre of grey over the rows they share."""
    row = int(ruler.box.top)
    contrast = ruler.level - ruler.ground
    pitch = (ruler.right - ruler.left) / _INTERVALS

    def centre(place: float) -> float:
        low, high = max(0, int(place - 0.45 * pitch)), int(np.ceil(place + 0.45 * pitch))
        rows = part[max(0, row - 1) : row + 2, low:high]
        weight = np.clip((rows.mean(axis=0) - ruler.ground) / contrast, 0, 1)
        weight[weight < 0.25] = 0
        columns = np.arange(low, low + weight.size) + 0.5
        return float((weight * columns).sum() / weight.sum()) if weight.sum() > 0 else place

    left, right = centre(ruler.left), centre(ruler.right)
    reach = 2
    top, bottom = row, row + 1
    columns = slice(max(0, int(ruler.left) - reach), int(ruler.left) + reach + 1)
    while top > 0 and np.abs(part[top - 1, columns] - ruler.level).min() < 0.5 * abs(contrast):
        top -= 1
        if row - top > 30:
            break
    while bottom < part.shape[0] and (
        np.abs(part[bottom, columns] - ruler.level).min() < 0.5 * abs(contrast)
    ):
        bottom += 1
        if bottom - row > 30:
            break
    box = Box(top, bottom, ruler.box.left, ruler.box.right)
    return Ruler(box, left, right, ruler.seen, ruler.unevenness, ruler.level, ruler.ground)
