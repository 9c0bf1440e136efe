"""The piece of a raw picture that shows its scale bar, for a person to check the reading."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_DARKEST_PERCENT, _BRIGHTEST_PERCENT = 0.5, 99.5
_MARGIN_PX = 24
_LARGEST_PX = (160, 480)


class Crop(NamedTuple):
    """A part of a picture at its own resolution.

    Attributes
    ----------
    pixels : (h, w) uint8
        Its contrast stretched.
    top, left : int
        Place of its first pixel in the picture.
    """

    pixels: NDArray[np.uint8]
    top: int
    left: int


def cut_crop(
    pixels: NDArray[np.generic],
    boxes: Sequence[tuple[slice, slice]],
    *,
    margin_px: int = _MARGIN_PX,
    largest_px: tuple[int, int] = _LARGEST_PX,
) -> Crop:
    """Cut out the part of a picture that holds all boxes, with a margin around it.

    Parameters
    ----------
    pixels : (H, W) array of any real type
    boxes : sequence of (slice, slice)
        Rows and columns of the bar and of its label; at least one. What lies outside the picture is
        passed over.
    margin_px : int
        Around the boxes together, as far as the picture reaches.
    largest_px : (int, int)
        Rows and columns beyond which margins are cut. Nothing is resized and no box is cut, so a
        bar that is longer makes a larger crop.
    """
    rows = _reach(
        min(box[0].start for box in boxes),
        max(box[0].stop for box in boxes),
        pixels.shape[0],
        margin_px,
        largest_px[0],
    )
    columns = _reach(
        min(box[1].start for box in boxes),
        max(box[1].stop for box in boxes),
        pixels.shape[1],
        margin_px,
        largest_px[1],
    )
    return Crop(_stretched(pixels[rows, columns]), rows.start, columns.start)


def _reach(first: int, end: int, length: int, margin: int, most: int) -> slice:
    """Return from where to where a crop goes along one axis; never empty."""
    first = min(max(first, 0), length - 1)
    end = min(max(end, first + 1), length)
    margin = max(0, min(margin, (most - (end - first)) // 2))
    return slice(max(0, first - margin), min(length, end + margin))


def _stretched(pixels: NDArray[np.generic]) -> NDArray[np.uint8]:
    values = np.asarray(pixels, dtype=np.float64)
    finite = np.isfinite(values)
    if not finite.any():
        return np.zeros(values.shape, dtype=np.uint8)
    dark, bright = np.percentile(values[finite], [_DARKEST_PERCENT, _BRIGHTEST_PERCENT])
    if dark == bright:  # a thin bar on an even ground
        dark, bright = values[finite].min(), values[finite].max()
    span = float(bright - dark) or 1.0
    values = np.nan_to_num(values, nan=dark, posinf=bright, neginf=dark)
    return (np.clip((values - dark) / span, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
