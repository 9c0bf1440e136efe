"""A particle with its surroundings as the network sees it.

Notes
-----
After Bals and Epple the crop is a square somewhat larger than the particle's bounding box and the
background stays in it: whether a particle is covered or one of several shows in what lies around.
A second plane holds the particle's own mask, so that the network knows which one is meant.

References
----------
J. Bals, M. Epple, RSC Advances 13 (2023) 2795-2802, doi:10.1039/D2RA07812K.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

_SMALLEST_SIDE_PX = 8
_GREY_PERCENTILES = (2.0, 98.0)


@dataclass(frozen=True)
class CropSettings:
    """Geometry of a crop.

    Attributes
    ----------
    side_px : rows and columns of the crop that the network is given.
    context : side of the square in the micrograph over the longer side of the bounding box.
    """

    side_px: int = 64
    context: float = 1.5

    @classmethod
    def from_card(cls, given: Mapping[str, Any]) -> CropSettings:
        """Read the settings from the `input` of a bundle's card."""
        return cls(side_px=int(given["side_px"]), context=float(given["context"]))


def particle_crop(
    pixels: NDArray[np.generic],
    own: NDArray[np.bool_],
    overlay: NDArray[np.bool_],
    corner: tuple[int, int],
    *,
    settings: CropSettings,
    dark: bool,
) -> NDArray[np.float32]:
    """Cut one particle with its surroundings out of a micrograph.

    Parameters
    ----------
    pixels : (H, W), grey values of any dtype.
    own : (h, w) bool, the particle within its bounding box.
    overlay : (H, W) bool, pixels hidden by something drawn; they are set to the crop's median.
    corner : (row, column) of the bounding box in the micrograph.
    settings : CropSettings
    dark : whether particles are darker than the background; then the grey scale is inverted.

    Returns
    -------
    (2, side_px, side_px) float32: grey values, 2nd to 98th percentile at -1 and 1, and the
    particle's mask from 0 to 1. Beyond the micrograph's frame it is mirrored.
    """
    side = max(_SMALLEST_SIDE_PX, round(settings.context * max(own.shape)))
    rows = _mirrored(corner[0] - (side - own.shape[0]) // 2, side, pixels.shape[0])
    columns = _mirrored(corner[1] - (side - own.shape[1]) // 2, side, pixels.shape[1])
    window = pixels[np.ix_(rows, columns)].astype(np.float32)
    hidden = overlay[np.ix_(rows, columns)]
    if hidden.any() and not hidden.all():
        window[hidden] = np.median(window[~hidden])
    mask = np.zeros((side, side), np.float32)
    first_row, first_column = (side - own.shape[0]) // 2, (side - own.shape[1]) // 2
    mask[first_row : first_row + own.shape[0], first_column : first_column + own.shape[1]] = own
    planes = torch.from_numpy(np.stack([-window if dark else window, mask]))[None]
    size = (settings.side_px, settings.side_px)
    # antialias averages where a large particle is made smaller, so that noise does not alias
    resized = functional.interpolate(planes, size, mode="bilinear", antialias=True)[0].numpy()
    resized[0] = grey_range(resized[0])
    resized[1] = np.clip(resized[1], 0, 1)
    return resized


def grey_range(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    """Put the 2nd and 98th percentile of the last two axes at -1 and 1 and clip at 1.5."""
    low, high = np.percentile(grey, _GREY_PERCENTILES, axis=(-2, -1), keepdims=True)
    unit = (grey - low) / np.maximum(high - low, np.float32(1e-6))
    return np.clip(2 * unit - 1, -1.5, 1.5).astype(np.float32)


def _mirrored(first: int, count: int, length: int) -> NDArray[np.intp]:
    """Return `count` indices from `first` on, reflected at both ends of 0..length - 1."""
    period = max(1, 2 * length - 2)
    index = np.abs(np.arange(first, first + count)) % period
    return np.minimum(index, period - index) if length > 1 else np.zeros(count, np.intp)
