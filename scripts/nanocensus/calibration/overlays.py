"""What was drawn on the picture: text, scale bars, panel letters, boxes, lines.

Notes
-----
Rectangles of any grey are found by their straight ends (`rectangles`), type by its strokes
(`lettering`). A rectangle that is long enough is a scale bar by itself; a shorter one needs type
beside it, because the rim of a particle may be straight over some pixels.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .lettering import find_labels, find_lettering
from .rectangles import find_borders, find_rectangles
from .rulers import find_rulers

_HALO_PX = 3  # rim of a stroke that smoothing and JPEG have mixed with the picture
_LONG_BAR = 0.06  # of the width: a bar of this length needs no text
_BAR_TONES = 0.06
_LARGEST_OVERLAY_SHARE = 0.25  # of the picture; more than this is no overlay


def find_overlays(pixels: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Find burned-in text, scale bars, panel letters, boxes and lines.

    Parameters
    ----------
    pixels : (H, W), any real dtype: the picture without its info bar.

    Returns
    -------
    (H, W) bool, True where something drawn hides the micrograph.
    """
    low, high = float(pixels.min()), float(pixels.max())
    mask = np.zeros(pixels.shape, dtype=np.bool_)
    if not np.isfinite(high - low) or high <= low or min(pixels.shape) < 32:
        return mask
    grey = ((pixels.astype(np.float32) - low) / (high - low)).astype(np.float32)
    bars, boxes = find_rectangles(grey)
    long_bars = [bar for bar in bars if bar.breadth >= _LONG_BAR * grey.shape[1]]
    long_bars += find_rulers(grey)
    dark_bars = [replace(bar, tone=1 - bar.tone) for bar in long_bars]
    elsewhere = np.ones(grey.shape, dtype=np.bool_)
    for rectangle in (*boxes, *long_bars):
        elsewhere[rectangle.grown(1)] = False
    drawn = find_lettering(grey, elsewhere, long_bars)
    drawn |= find_lettering(1 - grey, elsewhere, dark_bars)
    drawn |= find_labels(grey, elsewhere, long_bars)
    mask = ndimage.binary_dilation(drawn, np.ones((3, 3)), iterations=_HALO_PX)
    for rectangle in (*boxes, *long_bars):
        mask[rectangle.grown(_HALO_PX + 1)] = True
    mask |= find_borders(grey)
    if mask.mean() > _LARGEST_OVERLAY_SHARE:
        return np.zeros_like(mask)
    return mask
