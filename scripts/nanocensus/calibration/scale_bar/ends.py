"""The length of a bar to a fraction of a pixel, by the convention of its style.

Notes
-----
An end is where the mean profile along the bar crosses half height between bar and ground. Plain and
boxed bars count from outer edge to outer edge; with end caps from the middle of one cap to
the middle of the other, because instruments draw the caps at the ends of the length, but to
the outer edges of caps so thick that only a program draws them inside the length (TVIPS EM-MENU);
with an outline of the other tone, the mean of fill and outline, because which of them is meant
is not known. The half difference of the conventions goes into the uncertainty.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nanocensus.calibration.scale_bar.bars import Bar
from nanocensus.calibration.scale_bar.caps import Cap, find_caps

Style = Literal["plain", "caps", "outlined", "ticks", "split"]

END_U_PX = 0.41
"""Standard uncertainty of a length from two ends, each known to half a pixel (sqrt(2/12))."""
_REACH_PX = 12
_RING_RETURN = 0.4  # an outline differs that much from what lies beyond it
_WIDEST_RING_PX = 9
_THICK_CAP_PX = 4.5


@dataclass(frozen=True)
class Ends:
    """Where a bar begins and ends, columns in px (column i covers i to i + 1).

    Attributes
    ----------
    left, right : float, px
        The ends by the convention of the style.
    style : str
    u_px : float, px
        Standard uncertainty of the length, the choice of the convention included.
    capped : bool
        Whether both ends have caps.
    """

    left: float
    right: float
    style: Style
    u_px: float
    capped: bool = False

    @property
    def length_px(self) -> float:
        """Length that the label stands for, px."""
        return self.right - self.left


def measure_ends(grey: NDArray[np.float32], bar: Bar) -> Ends:
    """Measure a bar's ends at native resolution.

    Parameters
    ----------
    grey : (H, W) float32, 0 to 255
    bar : Bar

    Returns
    -------
    Ends
    """
    caps = find_caps(grey, bar)
    rows = _core_rows(grey, bar)
    left = _edge(grey, bar, rows, leftwards=True)
    right = _edge(grey, bar, rows, leftwards=False)
    if caps is not None:
        return _between_caps(caps, bar)
    ring_left = _ring(grey, bar, rows, left, leftwards=True)
    ring_right = _ring(grey, bar, rows, right, leftwards=False)
    if ring_left and ring_right and _ringed_above_and_below(grey, bar):
        doubt_px = (ring_left + ring_right) / 2 / math.sqrt(3)
        return Ends(
            left - ring_left / 2,
            right + ring_right / 2,
            "outlined",
            math.hypot(END_U_PX, doubt_px),
        )
    return Ends(left, right, "split" if bar.split else "plain", END_U_PX)


def _between_caps(caps: tuple[Cap, Cap], bar: Bar) -> Ends:
    """Return the ends of a bar with caps; the half difference of both conventions is doubt."""
    left, right = caps
    middle_px, outer_px = right.middle - left.middle, right.outer - left.outer
    doubt_px = max(0.0, outer_px - middle_px - 3.0) / 2 / math.sqrt(3)
    u_px = math.hypot(END_U_PX, doubt_px)
    if bar.split:
        return Ends(left.middle, right.middle, "split", u_px, capped=True)
    if min(left.width, right.width) >= _THICK_CAP_PX and bar.box.height <= left.width + 1:
        return Ends(left.outer, right.outer, "caps", u_px, capped=True)
    return Ends(left.middle, right.middle, "caps", u_px, capped=True)


def _core_rows(grey: NDArray[np.float32], bar: Bar) -> slice:
    """Return the rows that show the bar without its blurred rim."""
    top, bottom = int(bar.box.top), int(bar.box.bottom)
    if bottom - top >= 4:
        trim = max(1, (bottom - top) // 5)
        return slice(top + trim, bottom - trim)
    strip = grey[top:bottom, int(bar.box.left) + 1 : int(bar.box.right) - 1]
    best = top + int(np.argmax(np.abs(strip.mean(axis=1) - bar.ground)))
    return slice(best, best + 1)


def _profile(
    grey: NDArray[np.float32], rows: slice, end: float, *, leftwards: bool
) -> NDArray[np.float64]:
    """Return the mean grey from _REACH_PX inside the bar outwards (up to 2 x _REACH_PX beyond)."""
    column = round(end)
    if leftwards:
        part = grey[rows, max(0, column - 2 * _REACH_PX) : column + _REACH_PX][:, ::-1]
    else:
        part = grey[rows, max(0, column - _REACH_PX) : column + 2 * _REACH_PX]
    return np.asarray(part.mean(axis=0), dtype=np.float64)


def _edge(grey: NDArray[np.float32], bar: Bar, rows: slice, *, leftwards: bool) -> float:
    """Return the half-height crossing at one end, px."""
    end = bar.box.left if leftwards else bar.box.right
    profile = _profile(grey, rows, end, leftwards=leftwards)
    inside = min(_REACH_PX, profile.size)
    level = float(np.median(profile[max(0, inside - 8) : max(1, inside - 2)]))
    beyond = profile[inside : inside + 5]
    if beyond.size == 0:
        return end
    # An outline is the first thing beyond the end; a plain ground is the same all along.
    ground = float(beyond[np.argmax(np.abs(beyond - level))])
    far = profile[inside + 2 : inside + 8]
    if far.size and abs(float(np.median(far)) - level) > 0.75 * abs(ground - level):
        ground = float(np.median(far))
    half = (level + ground) / 2
    sign = 1.0 if level > ground else -1.0
    crossed = np.flatnonzero(sign * (profile[max(1, inside - 5) :] - half) < 0)
    if crossed.size == 0:
        return end
    outside = int(crossed[0]) + max(1, inside - 5)
    before, after = profile[outside - 1], profile[outside]
    share = (before - half) / (before - after) if before != after else 0.5
    # Pixel centres lie half a pixel inside their columns.
    distance = outside - 1 + 0.5 + min(1.0, max(0.0, share)) - inside
    return round(end) - distance if leftwards else round(end) + distance


def _ring(
    grey: NDArray[np.float32], bar: Bar, rows: slice, end: float, *, leftwards: bool
) -> float:
    """Return the width of an outline beyond one end, px; 0 where there is none."""
    profile = _profile(grey, rows, end, leftwards=leftwards)
    inside = min(_REACH_PX, profile.size)
    return _ring_width(profile, inside, bar.level)


def _ring_width(profile: NDArray[np.float64], inside: int, level: float) -> float:
    """Return the width of an outline in a profile from inside the bar outwards, px."""
    beyond = profile[inside : inside + 4]
    if beyond.size < 4 or profile.size < inside + _WIDEST_RING_PX + 2:
        return 0.0
    peak = inside + int(np.argmax(np.abs(beyond - level)))
    ring = float(profile[peak])
    ground = float(np.median(profile[inside + _WIDEST_RING_PX - 2 :]))
    depth = abs(ring - level)
    towards = (ground - ring) * math.copysign(1.0, level - ring)
    if depth < 20 or towards < _RING_RETURN * depth:
        return 0.0
    half_in, half_out = (level + ring) / 2, (ground + ring) / 2
    outside = np.flatnonzero(np.abs(profile[peak:] - ring) > abs(half_out - ring))
    within = np.flatnonzero(np.abs(profile[: peak + 1] - ring) > abs(half_in - ring))
    if outside.size == 0 or within.size == 0 or outside[0] > _WIDEST_RING_PX:
        return 0.0
    first = peak + int(outside[0])
    last = int(within[-1])

    def crossing(one: int, other: int, half: float) -> float:
        a, b = profile[one], profile[other]
        return one + (other - one) * float((a - half) / (a - b)) if a != b else float(one)

    return max(0.0, crossing(first - 1, first, half_out) - crossing(last, last + 1, half_in))


def _ringed_above_and_below(grey: NDArray[np.float32], bar: Bar) -> bool:
    """Tell whether the outline runs along the bar as well."""
    top, bottom = int(bar.box.top), int(bar.box.bottom)
    left, right = int(bar.box.left) + 2, int(bar.box.right) - 2
    if bottom - top < 3 or top < _REACH_PX or right - left < 3:
        return False
    middle = (top + bottom) // 2
    column = np.median(grey[max(0, top - 2 * _REACH_PX) : middle, left:right], axis=1)[::-1]
    upper = _ring_width(np.asarray(column, np.float64), middle - top, bar.level)
    if bottom + _WIDEST_RING_PX + 4 > grey.shape[0]:
        return upper > 0
    column = np.median(grey[middle : bottom + 2 * _REACH_PX, left:right], axis=1)
    lower = _ring_width(np.asarray(column, np.float64), bottom - middle, bar.level)
    return upper > 0 or lower > 0
