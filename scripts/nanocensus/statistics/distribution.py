"""Weighted quantiles, cumulative distributions and histograms of particle sizes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nanocensus.statistics.sizes import sum_by

# Bins a decade; every choice divides the next, so that edges of a coarse one are edges of a fine.
_BINS_PER_DECADE = (10, 20, 40, 80, 160)
_SCOTT = 3.49  # Scott (1979): bin width = 3.49 sd n^(-1/3), here of log10 of the size
_CURVE_POINTS = 200


def weighted_quantiles(
    values: ArrayLike, weights: ArrayLike, probabilities: ArrayLike
) -> NDArray[np.float64]:
    """Return quantiles of weighted values by the mid-step rule.

    Parameters
    ----------
    values, weights : (n,) array_like of float
        In any order; values of weight 0 count for nothing.
    probabilities : (q,) array_like of float
        Shares from 0 to 1.

    Returns
    -------
    (q,) float64
        NaN when no value has weight.

    Notes
    -----
    The cumulative distribution is taken at half of each value's own step,
    p_i = (Σ_{j<i} w_j + w_i / 2) / Σ w, linear between the values, the smallest value below
    the first and the largest above the last of these points. Equal values are one step, so
    that a weight of 2 says the same as two values.

    Examples
    --------
    >>> weighted_quantiles([1.0, 2.0, 3.0], [1.0, 1.0, 1.0], [0.5]).tolist()
    [2.0]
    >>> weighted_quantiles([3.0, 1.0], [1.0, 3.0], [0.5]).round(6).tolist()
    [1.5]
    """
    x = np.asarray(values, dtype=np.float64)
    w = np.asarray(weights, dtype=np.float64)
    p = np.asarray(probabilities, dtype=np.float64)
    x, w = x[w > 0], w[w > 0]
    if not x.size:
        return np.full(p.shape, np.nan)
    order = np.lexsort((w, x))
    x, w = x[order], w[order]
    heads = np.flatnonzero(np.append(True, np.diff(x) > 0))
    x, w = x[heads], np.add.reduceat(w, heads)
    cumulative = np.cumsum(w)
    return np.interp(p, (cumulative - w / 2) / cumulative[-1], x)


def log_bin_edges(samples: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return bin edges that all samples of a campaign share.

    Parameters
    ----------
    samples : sequence of (n,) float64
        Sizes of each sample.

    Returns
    -------
    (bins + 1,) float64
        Edges at 10^(k/m) nm with m = 10, 20, 40, 80 or 160 bins a decade; empty without sizes.

    Notes
    -----
    m is the coarsest that is as fine as Scott's rule asks for on log10 of the size in the
    median sample; edges at powers of ten make histograms of different campaigns comparable.
    """
    logs = [np.log10(x) for x in samples if x.size]
    if not logs:
        return np.zeros(0)
    widths = [_SCOTT * log.std() * log.size ** (-1 / 3) for log in logs if log.std() > 0]
    wanted = 1 / np.median(widths) if widths else _BINS_PER_DECADE[-1]
    per_decade = next((m for m in _BINS_PER_DECADE if m >= wanted), _BINS_PER_DECADE[-1])
    first = int(np.floor(min(log.min() for log in logs) * per_decade))
    last = int(np.floor(max(log.max() for log in logs) * per_decade)) + 1
    return 10.0 ** (np.arange(first, last + 1) / per_decade)


def histogram(
    values: NDArray[np.float64], weights: NDArray[np.float64], edges: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the sum of weights in each bin [edge, next edge).

    Sizes that rounding puts just outside of the outermost edges fall into the outermost bins.
    """
    bins = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, edges.size - 2)
    return sum_by(bins, weights, edges.size - 1)


def curve_points(edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sizes at which cumulative curves of a campaign are given.

    Returns
    -------
    (200,) float64
        From the first to the last bin edge, evenly on a log axis; empty without edges.
    """
    if not edges.size:
        return np.zeros(0)
    return np.geomspace(edges[0], edges[-1], _CURVE_POINTS)
