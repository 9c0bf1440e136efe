"""What was drawn on the picture: text, scale bars, panel letters, boxes, lines.

Notes
-----
Rectangles of any grey are found by their straight ends (`rectangles`), type by its strokes
(`burned_in_text`). A rectangle that is long enough is a scale bar by itself; a shorter one needs
type beside it, because the rim of a particle may be straight over some pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .arrows import find_arrows
from .burned_in_text import find_label, find_lettering
from .read_bars import find_read_bar
from .read_text import ReadText, find_read_text
from .rectangles import Greys, Rectangle, find_borders, find_lines, find_rectangles
from .rulers import find_rulers
from .scale_bar.reader import ScaleBarReading

_HALO_PX = 4  # rim of a stroke that smoothing and JPEG have mixed with the picture
_LONG_BAR = 0.06  # of the width: a bar of this length needs no text
_FLAT_BAR = 0.05  # of the grey range: the rim of a particle varies more along its length
_CONTRAST = 0.1  # of the grey range
_BESIDE_PX = 4
_SLENDER = 3  # times as long as high: a bar of this form needs no text either
_HEAD, _FOOT = 0.15, 0.65  # of the height: in between are plateaus of particles
_MOST_SHORT_BARS = 10  # in one picture
_MOST_EQUALS = 2  # of a bar; where there are more, they are rods
_LARGEST_OVERLAY_SHARE = 0.25  # of the picture; more than this is no overlay


def find_overlays(
    pixels: NDArray[np.generic], reading: ScaleBarReading | None = None, *, top: int = 0
) -> NDArray[np.bool_]:
    """Find burned-in text, scale bars, panel letters, boxes and lines.

    Parameters
    ----------
    pixels : (H, W), any real dtype: the picture without its info bar.
    reading : ScaleBarReading, optional: scale bar and text that were read in the whole picture.
    top : int, px: how many rows of that were cut off above `pixels`.

    Returns
    -------
    (H, W) bool, True where something drawn hides the micrograph.
    """
    low, high = float(pixels.min()), float(pixels.max())
    if not np.isfinite(high - low) or high <= low or min(pixels.shape) < 32:
        return np.zeros(pixels.shape, dtype=np.bool_)
    grey = ((pixels.astype(np.float32) - low) / (high - low)).astype(np.float32)
    found, boxes = find_rectangles(grey)
    found = [bar for bar in found if _is_drawn(grey, bar)]
    certain = [bar for bar in found if _is_certain(bar, grey.shape)]
    bars = [bar for bar in certain if not _has_equals(bar, found)] + find_rulers(grey)
    lines = reading.lines if reading else ()
    texts = find_read_text(grey, _beyond(grey, (*boxes, *bars)), lines, top=top)
    if reading and reading.bar:  # others are rims and plateaus of particles, or have a text too
        bars = [bar for bar in bars if _is_read(bar, texts)]
    elsewhere = _beyond(grey, (*boxes, *bars))
    short = [bar for bar in found if bar not in bars]
    drawn = _type(grey, elsewhere, bars, short, texts if reading else None)
    drawn |= find_arrows(grey)
    mask = _by_geometry(grey, drawn, (*boxes, *bars))
    strokes = np.zeros(grey.shape, dtype=np.bool_)
    for text in texts:
        strokes[text.place] |= text.strokes
    mask |= _with_halo(strokes)
    bar = (reading.bar or reading.candidate) if reading else None
    return mask if bar is None else mask | find_read_bar(grey, bar, top=top)


def _by_geometry(
    grey: Greys, drawn: NDArray[np.bool_], rectangles: Sequence[Rectangle]
) -> NDArray[np.bool_]:
    """Return what is drawn with its rims, (H, W) bool; nothing where that would be too much."""
    mask = _with_halo(drawn)
    for rectangle in rectangles:
        mask[rectangle.grown(_HALO_PX)] = True
    mask |= _lines(grey)
    return mask if mask.mean() <= _LARGEST_OVERLAY_SHARE else np.zeros_like(mask)


def _beyond(grey: Greys, rectangles: Sequence[Rectangle]) -> NDArray[np.bool_]:
    """Return what is not covered, (H, W) bool."""
    elsewhere = np.ones(grey.shape, dtype=np.bool_)
    for rectangle in rectangles:
        elsewhere[rectangle.grown(1)] = False
    return elsewhere


def _type(
    grey: Greys,
    elsewhere: NDArray[np.bool_],
    bars: list[Rectangle],
    short: list[Rectangle],
    texts: Sequence[ReadText] | None,
) -> NDArray[np.bool_]:
    """Return all type, (H, W) bool, and add to `bars` those short ones that have a label.

    Where text was looked for (`texts` is not None), a short bar needs one that was read, and
    the label of a bar is what was read beside it.
    """
    drawn = np.zeros(grey.shape, dtype=np.bool_)
    unread = bars
    if texts is not None:
        unread = [bar for bar in bars if not _is_read(bar, texts)]
        bars += [bar for bar in short if _is_read(bar, texts)]
        short = []
    for bar in unread:
        drawn |= find_label(grey, elsewhere, bar)
    for bar in short if len(short) <= _MOST_SHORT_BARS else ():  # more are rims of particles
        without = elsewhere.copy()  # the bar of an "e" is none: only what has a label is taken out
        without[bar.grown(1)] = False
        label = find_label(grey, without, bar)
        if label.any():
            drawn |= label
            elsewhere = without
            bars.append(bar)
    if texts is None:
        unread = bars
    dark_bars = [replace(bar, tone=1 - bar.tone) for bar in unread]
    drawn |= find_lettering(grey, elsewhere, unread)
    return drawn | find_lettering(1 - grey, elsewhere, dark_bars)


def _lines(grey: Greys) -> NDArray[np.bool_]:
    """Return lines that lie or stand, and frames, with their rims."""
    mask = find_borders(grey)
    for line in find_lines(grey):
        mask[line.grown(_HALO_PX)] = True
    for line in find_lines(grey.T):
        mask.T[line.grown(_HALO_PX)] = True
    return mask


def _with_halo(drawn: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return strokes with the rims that smoothing has mixed with the picture."""
    return ndimage.binary_dilation(drawn, np.ones((3, 3)), iterations=_HALO_PX)


def _is_read(bar: Rectangle, texts: Sequence[ReadText]) -> bool:
    """Tell whether a bar has a text that was read."""
    return any(_is_near(bar, text.around) for text in texts)


def _is_near(bar: Rectangle, text: Rectangle) -> bool:
    """Tell whether a bar lies above or below a text that was read, or beside it."""
    rows_apart = max(bar.top - text.bottom, text.top - bar.bottom)
    columns_apart = max(bar.left - text.right, text.left - bar.right)
    overlaps = min(rows_apart, columns_apart) < 0
    within = min(bar.height, text.height) + max(rows_apart, columns_apart) < 0  # a stroke of it
    return overlaps and not within and max(rows_apart, columns_apart) <= text.height


def _is_certain(bar: Rectangle, shape: tuple[int, ...]) -> bool:
    """Tell whether a bar is one without a label: long and slender, and at head or foot."""
    slender = bar.breadth >= max(_LONG_BAR * shape[1], _SLENDER * bar.height)
    return slender and not _HEAD * shape[0] < bar.top < _FOOT * shape[0]


def _has_equals(bar: Rectangle, found: Sequence[Rectangle]) -> bool:
    """Tell whether several others, elsewhere, are about as long: a bar stands alone."""
    equals = [
        other
        for other in found
        if bar.breadth / 2 <= other.breadth <= 2 * bar.breadth
        and max(bar.top - other.bottom, other.top - bar.bottom) > bar.height
    ]
    return len(equals) > _MOST_EQUALS


def _is_drawn(grey: Greys, bar: Rectangle) -> bool:
    """Tell whether the bar is flat along its length and in clear contrast above and below."""
    row = grey[(bar.top + bar.bottom) // 2, bar.left : bar.right]
    low, high = np.percentile(row, [5, 95])
    above = grey[max(0, bar.top - _BESIDE_PX), bar.left : bar.right]
    below = grey[min(grey.shape[0], bar.bottom + _BESIDE_PX) - 1, bar.left : bar.right]
    contrast = min(abs(float(np.median(side)) - bar.tone) for side in (above, below))
    needed = _CONTRAST if bar.height >= 2 else 2 * _CONTRAST
    return float(high - low) <= _FLAT_BAR and contrast >= needed
