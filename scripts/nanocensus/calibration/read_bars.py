"""The pixels of the scale bar that was read."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .rectangles import Greys
from .scale_bar.reader import ScaleBar
from .scale_bar.text import Box

_LEAST_CONFIDENCE = 0.25  # of a candidate; below, most are rims of particles
_RIM_PX = 2
_GROUND_AND_INK = (40, 99.5)  # percentiles, where ticks stand
_BROADEST_TICK = 0.05  # of the ruler's length
_BASE_LINE = 0.8  # the same, at least
_FEWEST_TICKS = 5


def find_read_bar(grey: Greys, bar: ScaleBar, *, top: int = 0) -> NDArray[np.bool_]:
    """Find the pixels of a bar that was read, or is likely.

    Parameters
    ----------
    grey : (H, W) float32, 0 to 1
    bar : ScaleBar
        In pixels of a picture of which `grey` is the rows from `top`.
    top : int, px

    Returns
    -------
    (H, W) bool, with the rims.
    """
    mask = np.zeros(grey.shape, dtype=np.bool_)
    if bar.confidence < _LEAST_CONFIDENCE:
        return mask
    box = Box(bar.bar_box.top - top, bar.bar_box.bottom - top, bar.bar_box.left, bar.bar_box.right)
    place = box.grown(_RIM_PX, _RIM_PX).cut((grey.shape[0], grey.shape[1]))
    if grey[place].size:
        mask[place] = _ticks(grey[place]) if bar.style == "ticks" else True
    return mask


def _ticks(window: Greys) -> NDArray[np.bool_]:
    """Return ticks and base line of a ruler: its box is much higher than they are."""
    spans = [np.percentile(side, _GROUND_AND_INK) for side in (window, 1 - window)]
    bright = bool(np.ptp(spans[0]) >= np.ptp(spans[1]))
    light, level = (window, np.mean(spans[0])) if bright else (1 - window, np.mean(spans[1]))
    labels, _ = ndimage.label(light >= level, np.ones((3, 3)))
    breadth = window.shape[1]
    chosen = [
        label
        for label, (rows, columns) in enumerate(ndimage.find_objects(labels), start=1)
        if rows.start > 0
        and not _BROADEST_TICK * breadth < columns.stop - columns.start < _BASE_LINE * breadth
    ]
    if len(chosen) < _FEWEST_TICKS:
        return np.zeros(window.shape, dtype=np.bool_)
    return ndimage.binary_dilation(np.isin(labels, chosen), np.ones((3, 3)), iterations=_RIM_PX)
