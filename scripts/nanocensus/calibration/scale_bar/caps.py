"""End caps of bars: short uprights at both ends, |---| and |__|, down to stubs of a pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nanocensus.calibration.scale_bar.bars import Bar

_LEAST_PX = 2.0
_THIN_PX = 3
_TIP_PX = 1.5
_WIDEST_SIDE_PX = 5
_INSIDE_PX, _BESIDE_PX = 12, 4
_STUB_ROWS, _STUB_INSIDE_PX, _WIDEST_STUB_PX = 3, 8, 9
_LEAST_STUB_MASS = 1.2  # of the line's


@dataclass(frozen=True)
class Cap:
    """An upright at one end of a bar, columns in px (column i covers i to i + 1).

    Attributes
    ----------
    inner, outer : float, px
        Its edges towards the bar and away from it.
    rows_above, rows_below : int, px
        How far it stands out.
    """

    inner: float
    outer: float
    rows_above: int
    rows_below: int

    @property
    def middle(self) -> float:
        """Middle column, px."""
        return (self.inner + self.outer) / 2

    @property
    def width(self) -> float:
        """Columns, px."""
        return abs(self.outer - self.inner)


def find_caps(grey: NDArray[np.float32], bar: Bar) -> tuple[Cap, Cap] | None:
    """Return the left and the right cap, None where not both ends have one of the same shape.

    The heads of a double arrow are none: it counts from tip to tip.
    """
    left = _cap(grey, bar, leftwards=True)
    right = _cap(grey, bar, leftwards=False)
    if bar.split and (left is None or right is None):
        left = _stub(grey, bar, leftwards=True)
        right = _stub(grey, bar, leftwards=False)
    if left is None or right is None or _is_arrow(bar, left, right):
        return None
    reach = 1.0 + 0.35 * max(left.rows_above + left.rows_below, right.rows_above + right.rows_below)
    if (
        abs(left.rows_above - right.rows_above) > reach
        or abs(left.rows_below - right.rows_below) > reach
    ):
        return None
    return left, right


def _is_arrow(bar: Bar, left: Cap, right: Cap) -> bool:
    """Tell whether the line ends beyond what stands out at its ends: heads taper, caps do not."""
    beyond = min(left.outer - bar.box.left, bar.box.right - right.outer)
    return not bar.split and beyond > _TIP_PX


def is_side_of_box(grey: NDArray[np.float32], bar: Bar) -> bool:
    """Tell whether both ends of a line go on upwards, or downwards, as thin lines beyond caps."""
    if bar.split:
        return False
    reach = _reach(bar)
    left = _standing_out(grey, bar, int(bar.box.left))
    right = _standing_out(grey, bar, int(bar.box.right - 1))
    for one, other in zip(left, right, strict=True):
        # What goes on over the whole width is no line, but a bright place beside the bar.
        lines = [int((rows >= reach).sum()) for rows in (one, other)]
        if all(1 <= count <= _WIDEST_SIDE_PX for count in lines):
            return True
    return False


def _cap(grey: NDArray[np.float32], bar: Bar, *, leftwards: bool) -> Cap | None:
    end = int(bar.box.left if leftwards else bar.box.right - 1)
    above, below = (int(rows.max()) for rows in _standing_out(grey, bar, end))
    least = max(_LEAST_PX, 0.3 * bar.box.height)
    reach = _reach(bar)
    if above + below < least or max(above, below) >= reach:
        return None
    top, bottom = int(bar.box.top), int(bar.box.bottom)
    rows = []
    if above >= least / 2:
        rows.append(grey[top - 1 - above : top - 1])
    if below >= least / 2:
        rows.append(grey[bottom + 1 : bottom + 1 + below])
    if not rows:
        return None
    edges = _edges(np.vstack(rows), bar, end)
    if edges is None:
        return None
    inner, outer = edges[::-1] if leftwards else edges
    return Cap(inner, outer, above, below)


def _reach(bar: Bar) -> int:
    """Return how far an upright may stand out, px.

    Brackets of Zeiss are half as high as long; of thick bars that high only letters are.
    """
    least = 14 if bar.box.height <= _THIN_PX else 4
    return max(least, min(40, int(0.2 * bar.box.width)))


def _standing_out(
    grey: NDArray[np.float32], bar: Bar, end: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return how many rows the bar's grey goes on above and below the columns of one end."""
    top, bottom, reach = int(bar.box.top), int(bar.box.bottom), _reach(bar)
    columns = slice(max(0, end - _BESIDE_PX), min(grey.shape[1], end + _BESIDE_PX + 1))
    limit = 0.5 * bar.contrast

    def counted(rows: NDArray[np.float32]) -> NDArray[np.intp]:
        """Return the rows of each column; they are ordered outwards."""
        off = np.abs(rows - bar.level) > limit
        off = np.vstack([off, np.ones((1, off.shape[1]), dtype=np.bool_)])
        return np.asarray(off.argmax(axis=0))

    # The rim of the bar itself is mixed with the ground: start a row further out.
    above = counted(grey[max(0, top - 1 - reach) : max(0, top - 1), columns][::-1])
    below = counted(grey[bottom + 1 : bottom + 1 + reach, columns])
    return above, below


def _edges(rows: NDArray[np.float32], bar: Bar, end: int) -> tuple[float, float] | None:
    """Return the left and the right edge of the upright in rows that show nothing else of the bar.

    Parameters
    ----------
    rows : (n, W) float32
    bar : Bar
    end : int
        Outermost column of the bar.
    """
    away = max(0, end - _INSIDE_PX)
    profile = rows.mean(axis=0)[away : end + _INSIDE_PX + 1].astype(np.float64)
    weight = (profile - bar.ground) / (bar.level - bar.ground)
    inside = weight >= 0.5
    first = max(0, end - away - _BESIDE_PX)
    near = np.flatnonzero(inside[first : end - away + _BESIDE_PX + 1])
    if near.size == 0:
        return None
    peak = first + int(near[np.argmax(weight[first:][near])])
    low = high = peak
    while low > 0 and inside[low - 1]:
        low -= 1
    while high + 1 < inside.size and inside[high + 1]:
        high += 1
    if low == 0 or high + 1 >= inside.size or high - low > max(7, 0.1 * bar.box.width):
        return None
    left = low - 1 + (0.5 - weight[low - 1]) / (weight[low] - weight[low - 1]) + 0.5
    right = high + (weight[high] - 0.5) / (weight[high] - weight[high + 1]) + 0.5
    return float(away + left), float(away + right)


def _stub(grey: NDArray[np.float32], bar: Bar, *, leftwards: bool) -> Cap | None:
    """Return a cap so low that a reduced picture shows it as a brighter, thicker end only.

    Of a line that its label breaks, both ends are known to be ends, so that little is proof.
    """
    rows = slice(max(0, int(bar.box.top) - _STUB_ROWS), int(bar.box.bottom) + _STUB_ROWS)
    end = int(bar.box.left) if leftwards else int(bar.box.right)
    picture = grey[rows] if leftwards else grey[rows, ::-1]
    end = end if leftwards else grey.shape[1] - end
    # From outside inwards, whichever end it is.
    away = max(0, end - _STUB_INSIDE_PX)
    strip = picture[:, away : end + 3 * _STUB_INSIDE_PX]
    mass = ((strip - bar.ground) / (bar.level - bar.ground)).sum(axis=0).astype(np.float64)
    line = float(np.median(mass[2 * _STUB_INSIDE_PX + 2 :]))
    peak = int(mass[: 2 * _STUB_INSIDE_PX].argmax())
    highest = float(mass[peak])
    if line <= 0 or highest < _LEAST_STUB_MASS * line:
        return None
    outer = _crossing(mass, peak, -1, highest / 2)
    inner = _crossing(mass, peak, 1, (highest + line) / 2)
    if outer is None or inner is None or inner - outer > _WIDEST_STUB_PX:
        return None
    outer, inner = away + outer, away + inner
    if not leftwards:
        outer, inner = grey.shape[1] - outer, grey.shape[1] - inner
    return Cap(inner, outer, 1, 1)


def _crossing(profile: NDArray[np.float64], start: int, step: int, limit: float) -> float | None:
    """Return where a profile falls below a limit on the way from a column, px."""
    column = start
    while 0 <= column < profile.size and profile[column] >= limit:
        column += step
    if not 0 <= column < profile.size:
        return None
    within, beyond = profile[column - step], profile[column]
    return column - step + 0.5 + step * float((within - limit) / (within - beyond))
