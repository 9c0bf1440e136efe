"""Intervals of scores, and tests between models, with the specimen as the unit.

Pictures of one specimen look alike, so that more of them say little more of other specimens.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from nanocensus.statistics import Design, PermutationTest, draw_micrographs
from nanocensus.statistics.resampling import weighted_sums

from .formulas import figures
from .scores import Agreement, add

CONFIDENCE = 0.95
SEED = 20261121
RESAMPLES = 1000
_FLIPS = 20_000
_MOST_EXACT = 14  # 2 ** 14 ways to set the signs
_DEFINED_SHARE = 0.95
Interval = tuple[float, float]


def specimen_intervals(
    specimens: Sequence[str], agreements: Sequence[Agreement]
) -> tuple[dict[str, Interval], dict[str, Interval]]:
    """Return 95 % intervals of pooled figures and of means over pictures.

    Parameters
    ----------
    specimens : (n,) sequence of str
        What each picture was taken of.
    agreements : (n,) sequence of Agreement

    Returns
    -------
    pooled, mean : dict of figure to (low, high)
        NaN where one specimen or none defines a figure, or where more than 5 % of the resamples
        do not.

    Notes
    -----
    Bootstrap of whole specimens, 1000 times with a fixed seed; see `percentile_interval`, whose
    units are, figure by figure, the specimens that define it by themselves.
    """
    counts = _draws(len(set(specimens)))
    names = sorted(set(specimens))
    grouped = [
        [a for s, a in zip(specimens, agreements, strict=True) if s == name] for name in names
    ]
    wholes = [add(group) for group in grouped]
    pooled = [figures(add(_drawn(wholes, row))) for row in counts]
    per_picture = [[figures(agreement) for agreement in group] for group in grouped]
    mean = _resampled_means(per_picture, counts)
    # a figure's units are the specimens that define it, of the others it says nothing
    of_wholes = [figures(whole) for whole in wholes]
    n_pooled = {name: sum(not math.isnan(row[name]) for row in of_wholes) for name in mean}
    n_mean = {
        name: sum(any(not math.isnan(row[name]) for row in rows) for rows in per_picture)
        for name in mean
    }
    return (
        {name: percentile_interval([row[name] for row in pooled], n_pooled[name]) for name in mean},
        {name: percentile_interval(values, n_mean[name]) for name, values in mean.items()},
    )


def percentile_interval(resampled: Sequence[float] | NDArray[np.float64], n_units: int) -> Interval:
    """Return the expanded percentile interval of a bootstrap.

    Parameters
    ----------
    resampled : (B,) float
        The figure in each resample; NaN where it is not defined.
    n_units : int
        Units K that were resampled and define the figure.

    Notes
    -----
    The plain percentile interval is too narrow for few units. Here the tails are those that
    a normal distribution has beyond t(K - 1) sqrt(K / (K - 1)) standard deviations, so that for
    a mean it is as wide as Student's interval. It stays inside the figure's own limits.

    References
    ----------
    T. C. Hesterberg, Am. Stat. 2015, 69, 371, section 5.3 (expanded percentile).
    """
    values = np.asarray(resampled, np.float64)
    defined = values[~np.isnan(values)]
    design = Design(n_units, 1, CONFIDENCE)
    if not design.degrees_of_freedom > 0 or len(defined) < _DEFINED_SHARE * len(values):
        return math.nan, math.nan
    tail = float(ndtr(-design.t * design.scale))
    low, high = np.quantile(defined, [tail, 1 - tail])
    return float(low), float(high)


def specimen_means(specimens: Sequence[str], values: Sequence[float]) -> dict[str, float]:
    """Average a figure over the pictures of each specimen; undefined ones are left out."""
    kept: dict[str, list[float]] = {}
    for specimen, value in sorted(zip(specimens, values, strict=True)):
        if not math.isnan(value):
            kept.setdefault(specimen, []).append(value)
    return {specimen: float(np.mean(group)) for specimen, group in kept.items()}


def mean_interval(values: NDArray[np.float64]) -> Interval:
    """Return the 95 % interval of the mean of one value per specimen, (K,)."""
    resampled = weighted_sums(_draws(len(values)), values[:, None])[:, 0] / len(values)
    return percentile_interval(resampled, len(values))


def sign_flip_test(differences: NDArray[np.float64]) -> PermutationTest:
    """Test whether paired differences, one per specimen, have a mean of 0.

    Parameters
    ----------
    differences : (K,) float64

    Notes
    -----
    Without a difference between models each sign is as likely as the other. All 2^K settings
    of the signs are tried up to 14 specimens, else 20 000 random ones with a fixed seed; then
    p = (1 + those that reach the mean's modulus) / (1 + tried). No p is below 2 / 2^K.

    References
    ----------
    Phipson and Smyth, Stat. Appl. Genet. Mol. Biol. 9 (2010) 39, for the 1 in the sum.
    """
    size = len(differences)
    if size < 2:
        return PermutationTest(math.nan, math.nan, True)
    exact = size <= _MOST_EXACT
    if exact:
        signs = np.array(list(itertools.product((-1.0, 1.0), repeat=size)))
    else:
        signs = np.random.default_rng(SEED).choice((-1.0, 1.0), size=(_FLIPS, size))
    sums = np.abs(weighted_sums(signs, differences[:, None])[:, 0])
    # a little below, as rounding must not part settings that are equal
    least = abs(float(differences.sum())) - 1e-9 * float(np.abs(differences).sum())
    hits = int(np.sum(sums >= least))
    smallest = 2.0 ** (1 - size)
    if exact:
        return PermutationTest(hits / len(signs), smallest, True)
    return PermutationTest((1 + hits) / (1 + _FLIPS), max(smallest, 1 / (1 + _FLIPS)), False)


def _draws(n_units: int) -> NDArray[np.float64]:
    rng = np.random.default_rng(SEED)
    resamples = RESAMPLES if n_units > 1 else 1  # one specimen alone has no interval
    return draw_micrographs(np.zeros(n_units, np.int64), resamples, rng)


def _drawn(wholes: Sequence[Agreement], counts: NDArray[np.float64]) -> list[Agreement]:
    return [whole for whole, n in zip(wholes, counts, strict=True) for _ in range(int(n))]


def _resampled_means(
    per_picture: Sequence[Sequence[Mapping[str, float]]], counts: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """Return the mean over pictures of each figure for each draw of specimens, (B,)."""
    names = list(per_picture[0][0])
    tables = [np.array([[row[name] for name in names] for row in rows]) for rows in per_picture]
    sums = weighted_sums(counts, np.array([np.nansum(table, axis=0) for table in tables]))
    defined = weighted_sums(counts, np.array([(~np.isnan(t)).sum(axis=0) for t in tables], float))
    means = np.divide(sums, defined, out=np.full(sums.shape, math.nan), where=defined > 0)
    return dict(zip(names, means.T, strict=True))
