"""From the signal to grey levels: point spread, noise, shading, charging, drift."""

from __future__ import annotations

import io

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from scipy import signal as filters

from .recipes import Recipe
from .textures import FloatMap

_NORMAL_LIMIT = 30
"""Electrons per pixel from which the Poisson law is drawn as a normal one (skew < 0.2)."""


def record(
    signal: FloatMap, foreground: FloatMap, recipe: Recipe, rng: Generator
) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """Return the recorded grey levels of a signal 0..1.

    Parameters
    ----------
    signal : (H, W) float32
    foreground : (H, W) float32, 0..1
        Share of each pixel on particles; it charges.
    recipe : Recipe
    rng : numpy.random.Generator

    """
    if recipe.charging > 0:
        signal = signal + _charging(foreground, recipe.charging, rng)
    if recipe.vibration_px > 0:
        signal = _shaken(signal, recipe.vibration_px, rng)
    if recipe.blur_px > 0:
        signal = ndimage.gaussian_filter(signal, recipe.blur_px, truncate=3)
    if recipe.shading > 0:
        signal = signal * _shading(signal.shape, recipe.shading, rng)
    levels = _noisy(np.maximum(signal, 0), recipe, rng)
    if recipe.noise_blur_px > 0:
        levels = ndimage.gaussian_filter(levels, recipe.noise_blur_px, truncate=3)
    if recipe.stretch:
        low, high = np.quantile(levels[::3, ::3], [0.002, 0.998])
        levels = (levels - np.float32(low)) / np.float32(max(high - low, 0.05))
    if recipe.bits == 16:
        return np.rint(np.clip(levels, 0, 1) * 65535).astype(np.uint16)
    pixels = np.rint(np.clip(levels, 0, 1) * 255).astype(np.uint8)
    return pixels if recipe.jpeg_quality is None else _through_jpeg(pixels, recipe.jpeg_quality)


def _noisy(levels: FloatMap, recipe: Recipe, rng: Generator) -> FloatMap:
    if recipe.electrons >= _NORMAL_LIMIT:
        variance = levels / np.float32(recipe.electrons) + np.float32(recipe.read_noise**2)
        return levels + np.sqrt(variance) * rng.standard_normal(levels.shape, dtype=np.float32)
    counted = rng.poisson(levels * recipe.electrons).astype(np.float32) / recipe.electrons
    noise = rng.standard_normal(levels.shape, dtype=np.float32)
    return counted.astype(np.float32) + np.float32(recipe.read_noise) * noise


def _shading(shape: tuple[int, int], strength: float, rng: Generator) -> FloatMap:
    """Return a slowly varying factor around 1: a tilted plane and a vignette."""
    y = np.linspace(-1, 1, shape[0], dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, shape[1], dtype=np.float32)[None]
    a, b, c = rng.uniform(-1, 1, 3)
    field = np.float32(a) * y + np.float32(b) * x + np.float32(c) * (y * y + x * x - 0.67)
    return np.maximum(1 + np.float32(strength / 1.5) * field, 0.1).astype(np.float32)


def _charging(foreground: FloatMap, strength: float, rng: Generator) -> FloatMap:
    """Return tails behind particles in scan direction and rows lifted as a whole."""
    width = foreground.shape[1]
    decay = np.exp(-1 / (width * rng.uniform(0.02, 0.2)))
    tail = filters.lfilter([1 - decay], [1, -decay], foreground, axis=1).astype(np.float32)
    rows = foreground.mean(1, keepdims=True) + 0.3 * rng.standard_normal(
        (len(foreground), 1), dtype=np.float32
    ) * (rng.random((len(foreground), 1)) < 0.1)
    sign = 1 if rng.random() < 0.5 else -1
    return np.float32(strength) * (np.float32(2 * sign) * tail * (1 - foreground) + rows)


def _shaken(picture: FloatMap, vibration_px: float, rng: Generator) -> FloatMap:
    """Shift each row sidewise by a random part of a pixel (linear interpolation)."""
    shift = rng.normal(0, vibration_px, len(picture)).astype(np.float32)
    columns = np.arange(picture.shape[1], dtype=np.float32)[None] + shift[:, None]
    columns = np.clip(columns, 0, picture.shape[1] - 1.001)
    first = columns.astype(np.intp)
    share = columns - first
    rows = np.arange(len(picture))[:, None]
    return (1 - share) * picture[rows, first] + share * picture[rows, first + 1]


def _through_jpeg(pixels: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=quality)
    return np.asarray(Image.open(stream))
