"""What microscopes do to grey values, drawn at random; particles stay where they are.

All functions take and give (H, W) float32 of about -1..1 (`nanocensus.segmentation.normalise`).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import ndimage

Change = Callable[[np.ndarray, np.random.Generator], np.ndarray]

_CLIP = 2.0  # where `nanocensus.segmentation.normalise` clips, too


def vary_appearance(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Apply a drawn subset of all changes, in the order in which a microscope makes them."""
    changed = pixels
    for probability, change in _CHANGES:
        if rng.random() < probability:
            changed = change(changed, rng)
    return np.clip(changed, -_CLIP, _CLIP).astype(np.float32, copy=False)


def blur(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Defocus: a Gaussian of 0.4 to 2 px, at times astigmatic (other width along columns)."""
    sigma_px = rng.uniform(0.4, 2.0, 2)
    return ndimage.gaussian_filter(pixels, sigma_px if rng.random() < 0.3 else sigma_px[0])


def sharpen(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Unsharp mask, as many figures were treated; also like the bright rim of SE pictures."""
    smooth = ndimage.gaussian_filter(pixels, rng.uniform(0.8, 2.5))
    return pixels + np.float32(rng.uniform(0.3, 1.2)) * (pixels - smooth)


def gamma(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Bend the grey scale by an exponent of 0.55 to 1.8."""
    exponent = np.exp(rng.uniform(np.log(0.55), np.log(1.8)))
    unit = np.clip((pixels + 1) / 2, 0, None)
    return (2 * unit**exponent - 1).astype(np.float32)


def invert(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Exchange bright and dark: both kinds of contrast exist for every arrangement."""
    return -pixels


def contrast(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Weaken or strengthen the contrast and move the level."""
    return pixels * np.float32(rng.uniform(0.45, 1.25)) + np.float32(rng.uniform(-0.3, 0.3))


def shading(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Uneven illumination: a drawn polynomial of second order, up to 0.6 high."""
    y, x = np.meshgrid(
        *(np.linspace(-1, 1, n, dtype=np.float32) for n in pixels.shape), indexing="ij"
    )
    a = rng.uniform(-1, 1, 5).astype(np.float32)
    surface = a[0] * y + a[1] * x + a[2] * y * x + a[3] * y**2 + a[4] * x**2
    return pixels + surface * np.float32(rng.uniform(0, 0.3))


def charging(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Charging streaks: groups of scan lines that are brighter or darker from a column on."""
    streaked = pixels.copy()
    rows, columns = pixels.shape
    for _ in range(rng.integers(1, 6)):
        first, height = rng.integers(rows), rng.integers(1, 4)
        start = rng.integers(columns) if rng.random() < 0.7 else 0
        decay_px = rng.uniform(0.2, 2) * columns
        tail = np.exp(-np.arange(columns - start) / decay_px)
        level = rng.uniform(0.15, 0.7) * rng.choice([-1, 1])
        streaked[first : first + height, start:] += (level * tail).astype(np.float32)
    return streaked


def line_noise(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Line noise: every scan line has its own level."""
    level = rng.normal(0, rng.uniform(0.01, 0.08), (pixels.shape[0], 1))
    return pixels + level.astype(np.float32)


def noise(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Add noise that grows with the signal in part and is smeared by rescaling at times."""
    grain = rng.standard_normal(pixels.shape, dtype=np.float32)
    if rng.random() < 0.4:
        grain = ndimage.gaussian_filter(grain, rng.uniform(0.4, 1.2))
        grain /= grain.std()
    sd = np.float32(np.exp(rng.uniform(np.log(0.02), np.log(0.35))))
    if rng.random() < 0.5:  # shot noise: variance proportional to the signal
        return pixels + sd * np.sqrt(np.clip((pixels + 1) / 2, 0.05, None)) * grain
    return pixels + sd * grain


_CHANGES: tuple[tuple[float, Change], ...] = (
    (0.15, sharpen),
    (0.3, blur),
    (0.4, gamma),
    (0.3, invert),
    (0.7, contrast),
    (0.3, shading),
    (0.1, charging),
    (0.1, line_noise),
    (0.5, noise),
)
