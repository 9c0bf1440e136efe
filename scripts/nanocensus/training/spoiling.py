"""Labelled pictures made so bad that their segmentation fails, while their labels stay true.

A network does well on most validation pictures: what its failures look like has to be made.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy import ndimage
from skimage.transform import resize

from .labels import number_instances

_LONGEST_SIDE_PX = 800
_SHORTEST_SIDE_PX = 40
_ECD_WITHOUT_PARTICLES_PX = 30.0
_Labelled = tuple[np.ndarray, np.ndarray]


def spoil(pixels: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> _Labelled:
    """Spoil a labelled picture in one of six ways; way and strength are drawn.

    Parameters
    ----------
    pixels : (H, W) float32
    labels : (H, W) int32
    rng : numpy.random.Generator

    Returns
    -------
    pixels : (h, w) float32
    labels : (h, w) int32, 1..n
        Two of the ways change the scale and so the shape.
    """
    areas = np.bincount(labels.ravel())[1:]
    typical = float(np.median(areas)) if len(areas) else 0.0
    ecd_px = 2 * math.sqrt(typical / math.pi) if typical else _ECD_WITHOUT_PARTICLES_PX
    if (number := int(rng.integers(len(_OF_GREYS) + len(_OF_SCALE)))) < len(_OF_GREYS):
        return _OF_GREYS[number](pixels, ecd_px, rng).astype(np.float32), labels
    return _OF_SCALE[number - len(_OF_GREYS)](pixels, labels, ecd_px, rng)


def blur(pixels: np.ndarray, ecd_px: float, rng: np.random.Generator) -> np.ndarray:
    """Smear by 0.1 to 0.6 diameters of a particle."""
    return ndimage.gaussian_filter(pixels, ecd_px * rng.uniform(0.1, 0.6))


def drown(pixels: np.ndarray, ecd_px: float, rng: np.random.Generator) -> np.ndarray:
    """Add noise of 0.5 to 6 times the picture's own spread, fine or coarser."""
    grain = rng.standard_normal(pixels.shape, dtype=np.float32)
    if rng.random() < 1 / 3:
        grain = ndimage.gaussian_filter(grain, 1.0)
        grain /= grain.std()
    return pixels + grain * pixels.std() * math.exp(rng.uniform(math.log(0.5), math.log(6)))


def stripe(pixels: np.ndarray, ecd_px: float, rng: np.random.Generator) -> np.ndarray:
    """Lay waves over the picture, up to three times as strong as its own contrast."""
    along = rng.uniform(0, math.pi)
    period_px = ecd_px / rng.uniform(0.3, 2)
    y, x = np.mgrid[: pixels.shape[0], : pixels.shape[1]]
    wave = np.sin(2 * math.pi / period_px * (math.cos(along) * x + math.sin(along) * y))
    return pixels + pixels.std() * rng.uniform(0.5, 3) * wave


def scramble(pixels: np.ndarray, ecd_px: float, rng: np.random.Generator) -> np.ndarray:
    """Turn the phases of the picture's waves, in part or all: same texture, no particles."""
    waves = np.fft.rfft2(pixels)
    turns = rng.uniform(0, 2 * math.pi, waves.shape) * rng.uniform(0.3, 1)
    return np.fft.irfft2(waves * np.exp(1j * turns), pixels.shape)


def shrink(
    pixels: np.ndarray, labels: np.ndarray, ecd_px: float, rng: np.random.Generator
) -> _Labelled:
    """Show particles 2 to 8 px wide."""
    return _resized(pixels, labels, rng.uniform(2, 8) / ecd_px)


def magnify(
    pixels: np.ndarray, labels: np.ndarray, ecd_px: float, rng: np.random.Generator
) -> _Labelled:
    """Show a part of the picture with particles 150 to 500 px wide."""
    zoom = max(1.0, rng.uniform(150, 500) / ecd_px)
    shape = [max(_SHORTEST_SIDE_PX // 2, int(side / zoom)) for side in pixels.shape]
    y, x = (
        int(rng.integers(max(1, side - part + 1)))
        for side, part in zip(pixels.shape, shape, strict=True)
    )
    part = slice(y, y + shape[0]), slice(x, x + shape[1])
    return _resized(pixels[part], labels[part], zoom)


_OF_GREYS: tuple[Callable[[np.ndarray, float, np.random.Generator], np.ndarray], ...] = (
    *(blur, drown),
    *(stripe, scramble),
)
_OF_SCALE = (shrink, magnify)


def _resized(pixels: np.ndarray, labels: np.ndarray, zoom: float) -> _Labelled:
    zoom = min(zoom, _LONGEST_SIDE_PX / max(pixels.shape))
    zoom = max(zoom, _SHORTEST_SIDE_PX / min(pixels.shape))
    shape = tuple(round(side * zoom) for side in pixels.shape)
    grey = resize(pixels, shape, order=1, anti_aliasing=zoom < 1, preserve_range=True)
    parted = resize(labels, shape, order=0, anti_aliasing=False, preserve_range=True)
    return grey.astype(np.float32), number_instances(parted.astype(np.int32), "labels")
