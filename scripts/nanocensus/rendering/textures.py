"""Random fields: smooth noise of any correlation length, supports and substrates."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage

FloatMap = NDArray[np.float32]


def smooth_noise(shape: tuple[int, int], period_px: float, rng: Generator) -> FloatMap:
    """Return noise of mean 0 and variance near 1 that varies over about `period_px`.

    White noise on a grid of `period_px / 2`, interpolated by cubic B-splines: the cost does not
    grow with the period. Below 3 px, white noise is smoothed by a Gaussian instead.
    """
    if period_px < 3:
        white = rng.standard_normal(shape, dtype=np.float32)
        sigma = period_px / 3
        smooth = ndimage.gaussian_filter(white, sigma) if sigma > 0.3 else white
        return smooth / max(float(smooth.std()), 1e-6)
    step = period_px / 2
    coarse = [int(np.ceil(n / step)) + 4 for n in shape]
    grid = rng.standard_normal(coarse, dtype=np.float32)
    shift = rng.random(2)
    rows = _spline(grid, shape[0], step, float(shift[0]))
    field = _spline(np.ascontiguousarray(rows.T), shape[1], step, float(shift[1])).T
    # Mean over positions of the sum of squared B-spline weights is 0.479 an axis.
    return np.ascontiguousarray(field) / np.float32(0.479)


def _spline(grid: FloatMap, length: int, step: float, shift: float) -> FloatMap:
    """Interpolate along axis 0 with uniform cubic B-splines."""
    position = np.arange(length) / step + shift
    first = position.astype(np.intp)
    t = (position - first).astype(np.float32)[:, None]
    weights = np.stack(
        [
            (1 - t) ** 3 / 6,
            (3 * t**3 - 6 * t**2 + 4) / 6,
            (-3 * t**3 + 3 * t**2 + 3 * t + 1) / 6,
            t**3 / 6,
        ]
    ).astype(np.float32, copy=False)
    field = weights[0] * grid[first]
    for k in (1, 2, 3):
        field += weights[k] * grid[first + k]
    return field


def _plain(shape: tuple[int, int], period_px: float, rng: Generator) -> FloatMap:
    return np.zeros(shape, np.float32)


def _film(shape: tuple[int, int], period_px: float, rng: Generator) -> FloatMap:
    """Amorphous film: speckle of a few pixels and slow changes of thickness."""
    return 0.7 * smooth_noise(shape, 2.5, rng) + 0.7 * smooth_noise(shape, period_px * 4, rng)


def _mottled(shape: tuple[int, int], period_px: float, rng: Generator) -> FloatMap:
    field = smooth_noise(shape, period_px, rng)
    field += 0.6 * smooth_noise(shape, max(period_px / 3, 2), rng)
    field += 1.2 * smooth_noise(shape, period_px * 5, rng)
    return (field / np.float32(1.7)).astype(np.float32, copy=False)


def _ridged(shape: tuple[int, int], period_px: float, rng: Generator) -> FloatMap:
    """Thin bright lines, like wrinkles of a membrane, on parts of the field."""
    lines = np.exp(-((smooth_noise(shape, period_px, rng) * 7) ** 2))
    where = np.clip(smooth_noise(shape, period_px * 2, rng), 0, 1.5)
    return (lines * where * 3 + 0.5 * smooth_noise(shape, period_px * 3, rng)).astype(np.float32)


def _porous(shape: tuple[int, int], period_px: float, rng: Generator) -> FloatMap:
    """Film with holes that have a rim."""
    field = smooth_noise(shape, period_px * 6, rng)
    holes = 1 / (1 + np.exp(np.clip(-12 * (field - 1.0), -30, 30)))
    rim = np.exp(-((field - 0.95) ** 2) * 400)
    return (rim - 2 * holes + 0.4 * smooth_noise(shape, 3, rng)).astype(np.float32)


def _terraced(shape: tuple[int, int], period_px: float, rng: Generator) -> FloatMap:
    """Steps of equal height, like a polished or cleaved surface."""
    field = smooth_noise(shape, period_px * 8, rng) * 3
    return (np.floor(field) * 0.5 + 0.3 * smooth_noise(shape, period_px, rng)).astype(np.float32)


def _granular(shape: tuple[int, int], period_px: float, rng: Generator) -> FloatMap:
    """Grains of a sputtered coating."""
    grains = np.abs(smooth_noise(shape, period_px, rng)) - np.float32(0.8)
    return grains * np.float32(1.6) + 0.3 * smooth_noise(shape, period_px * 6, rng)


def _scratched(shape: tuple[int, int], period_px: float, rng: Generator) -> FloatMap:
    """Straight scratches in one main direction."""
    field = 0.4 * smooth_noise(shape, period_px * 2, rng)
    y, x = np.ogrid[: shape[0], : shape[1]]
    main = rng.uniform(0, np.pi)
    for _ in range(int(rng.integers(2, 10))):
        angle = main + rng.normal(0, 0.15)
        offset = rng.uniform(0, np.hypot(*shape))
        distance = np.abs(y * np.float32(np.cos(angle)) + x * np.float32(np.sin(angle)) - offset)
        field += rng.uniform(-2, 2) * np.exp(-distance / rng.uniform(0.7, 2)).astype(np.float32)
    return field


_SUBSTRATES: dict[str, Callable[[tuple[int, int], float, Generator], FloatMap]] = {
    "plain": _plain,
    "film": _film,
    "mottled": _mottled,
    "ridged": _ridged,
    "porous": _porous,
    "terraced": _terraced,
    "granular": _granular,
    "scratched": _scratched,
}

SUBSTRATES = tuple(_SUBSTRATES)


def substrate_texture(
    kind: str, shape: tuple[int, int], period_px: float, rng: Generator
) -> FloatMap:
    """Return a field of mean near 0 and spread near 1 that looks like a support.

    Parameters
    ----------
    kind : str
        One of `SUBSTRATES`.
    shape : (int, int)
        Rows and columns.
    period_px : float, px
        Typical size of the features.
    rng : numpy.random.Generator

    """
    return _SUBSTRATES[kind](shape, period_px, rng)
