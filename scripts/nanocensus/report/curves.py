"""Distributions as curves to draw: bins, cumulative curves with bands, smooth densities.

In nm they are those of statistics.json; in px, where no pixel size is known, they are computed
here from the particles by the same functions and carry no band.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nanocensus.statistics import curve_points, histogram

NUMBER, VOLUME = 0, 3
NAMES = {NUMBER: "number", VOLUME: "volume"}
_GRID_POINTS = 160
_REACH = 3.0
_IQR_OF_NORMAL = 1.349

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """Values over sizes; both (n,) float64, sizes in the unit of the sample."""

    x: Floats
    y: Floats


@dataclass(frozen=True)
class Distribution:
    """One sample's distribution by number or by volume.

    Attributes
    ----------
    edges : (b + 1,) float64
        Bin edges, the same for all samples of a unit.
    bins : (b,) float64
        Share of the whole in each bin.
    points, share : (g,) float64
        Cumulative curve.
    low, high : (g,) float64 or None
        Its confidence band.
    n_eff : float
        Independent particles that it is worth; decides how smooth the density is drawn.
    """

    edges: Floats
    bins: Floats
    points: Floats
    share: Floats
    low: Floats | None
    high: Floats | None
    n_eff: float


def of_statistics(statistics: Mapping[str, Any], sample: str, power: int) -> Distribution:
    """Return the distribution in nm of a sample as statistics.json holds it."""
    detail, kind = statistics["samples"][sample], NAMES[power]
    curve = {name: _floats(values) for name, values in detail["curves"][kind].items()}
    known = bool(np.isfinite(curve["low"]).any())
    return Distribution(
        edges=_floats(statistics["edges_nm"]),
        bins=_floats(detail["histogram"][kind]),
        points=_floats(statistics["points_nm"]),
        share=curve["share"],
        low=curve["low"] if known else None,
        high=curve["high"] if known else None,
        n_eff=float(detail["n_eff_n" if power == NUMBER else "n_eff_v"] or 1.0),
    )


def _floats(values: Sequence[float | None]) -> Floats:
    return np.array(values, dtype=np.float64)


def of_particles(ecd: Floats, weight: Floats, edges: Floats, power: int) -> Distribution:
    """Return the distribution of particles by number (0) or by volume of spheres (3)."""
    part = weight * (ecd / ecd.max()) ** power
    part = part / part.sum()
    points = curve_points(edges)
    order = np.argsort(ecd, kind="stable")
    below = np.concatenate([[0.0], np.cumsum(part[order])])
    share = np.minimum(below[np.searchsorted(ecd[order], points, side="right")], 1.0)
    bins = histogram(ecd, part, edges)
    return Distribution(edges, bins, points, share, None, None, 1.0 / float(np.sum(part**2)))


def density(distribution: Distribution) -> Curve:
    """Return a smooth density per unit of ln x; empty where all particles share one size.

    Gaussian kernels on the steps of the cumulative curve, as wide as Silverman (1986), eq. 3.31,
    advises for so many effective particles.
    """
    steps = np.diff(distribution.share, prepend=0.0)
    logs = np.log(distribution.points)
    logs = logs - np.diff(logs, prepend=logs[0]) / 2
    there = steps > 0
    steps, logs = steps[there] / steps[there].sum(), logs[there]
    if len(steps) < 3:
        return Curve(np.zeros(0), np.zeros(0))
    spread = np.sqrt(np.sum(steps * (logs - np.sum(steps * logs)) ** 2))
    middle = np.cumsum(steps) - steps / 2
    quartiles = np.interp([0.25, 0.75], middle, logs)
    robust = (quartiles[1] - quartiles[0]) / _IQR_OF_NORMAL
    width = 0.9 * min(spread, robust or spread) * max(distribution.n_eff, 2.0) ** (-1 / 5)
    # Narrower than the curve's own points the kernels would show them as bumps.
    width = max(width, 1.2 * float(np.log(distribution.points[1] / distribution.points[0])))
    grid = np.linspace(logs[0] - _REACH * width, logs[-1] + _REACH * width, _GRID_POINTS)
    kernels = np.exp(-0.5 * ((grid[:, None] - logs) / width) ** 2)
    return Curve(np.exp(grid), kernels @ steps / (width * np.sqrt(2 * np.pi)))


def between(distribution: Distribution) -> slice:
    """Return the part of the cumulative curve that is neither still 0 nor already 1."""
    share = distribution.share
    first = max(0, int(np.searchsorted(share, 0.0, side="right")) - 1)
    last = int(np.searchsorted(share, 1.0 - 1e-12, side="left")) + 1
    return slice(first, last)


def quantile(distribution: Distribution, level: float) -> float:
    """Return the size below which a share `level` lies, linear on the curve's log axis."""
    steps = np.flatnonzero(np.diff(distribution.share, prepend=-1.0) > 0)
    logs = np.log(distribution.points[steps])
    return float(np.exp(np.interp(level, distribution.share[steps], logs)))
