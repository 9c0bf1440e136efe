"""Made-up micrographs in which one thing at a time goes wrong."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import ndimage

SHAPE = (384, 512)
NOISE_SD = 2.5


@lru_cache
def true_field(seed: int = 0, count: int = 70) -> tuple[np.ndarray, np.ndarray]:
    """Return grey values without noise, (H, W) float64, and labels: ellipses in all directions.

    The two are shared by all tests of a field: not to be written to.
    """
    generator = np.random.default_rng(seed)
    grey = np.full(SHAPE, 70.0)
    labels = np.zeros(SHAPE, np.int32)
    for label in range(1, count + 1):
        centre = generator.uniform(0, SHAPE)
        long, angle = generator.uniform(6, 14), generator.uniform(0, np.pi)
        window = tuple(
            slice(max(int(at) - 15, 0), min(int(at) + 16, side))
            for at, side in zip(centre, SHAPE, strict=True)
        )
        y, x = (axis - at for axis, at in zip(np.mgrid[window], centre, strict=True))
        radius = np.hypot(
            (x * np.cos(angle) + y * np.sin(angle)) / long,
            (y * np.cos(angle) - x * np.sin(angle)) / (0.7 * long),
        )
        inside = (radius <= 1) & (labels[window] == 0)
        grey[window][inside] = 150
        labels[window][inside] = label
    return grey, labels


def recorded(grey: np.ndarray, seed: int = 1, noise_sd: float = NOISE_SD) -> np.ndarray:
    """Return what a detector of 8 bits makes of it: noise, rounding, clipping."""
    noisy = grey + np.random.default_rng(seed).normal(0, noise_sd, grey.shape)
    return np.clip(np.round(noisy), 0, 255).astype(np.uint8)


def defocused(grey: np.ndarray, sigma_px: float | tuple[float, float]) -> np.ndarray:
    """Return the field seen through a Gaussian point spread."""
    return ndimage.gaussian_filter(grey, sigma_px)


def streaked(grey: np.ndarray, height: float, seed: int = 3) -> np.ndarray:
    """Return the field with pieces of scan lines brighter or darker than they should be."""
    generator = np.random.default_rng(seed)
    streaks = np.zeros(grey.shape)
    for _ in range(60):
        row, column = generator.integers(0, grey.shape[0]), generator.integers(0, grey.shape[1])
        thickness, length = generator.integers(1, 4), generator.integers(80, 400)
        sign = generator.choice([-1, 1])
        streaks[row : row + thickness, column : column + length] += sign * height
    return grey + streaks


def shaded(grey: np.ndarray, rise: float) -> np.ndarray:
    """Return the field with a background that rises from left to right."""
    return grey + rise * np.arange(grey.shape[1]) / grey.shape[1]
