"""Two samples compared with the micrograph as the unit; particles are never pooled in a test."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from nanocensus.statistics.distribution import weighted_quantiles
from nanocensus.statistics.intervals import NAN, Estimate, t_quantile
from nanocensus.statistics.resampling import weighted_sums
from nanocensus.statistics.sizes import Sizes

# Up to here every way to deal the micrographs to two samples is tried: 8 and 8 give 12 870.
_EXACT = 20_000
_DISTANCE_STEPS = 1000


@dataclass(frozen=True)
class PermutationTest:
    """A test whether two samples differ.

    Attributes
    ----------
    p : float
        Two-sided; NaN where not estimable.
    smallest_p : float
        The smallest p that so many micrographs can give at all.
    exact : bool
        Whether every relabelling was tried.
    """

    p: float
    smallest_p: float
    exact: bool


def ratio_of(
    first: Estimate, second: Estimate, freedom: tuple[int, int], *, confidence: float
) -> Estimate:
    """Return first / second with its interval on the log scale.

    Parameters
    ----------
    first, second : Estimate
        Of independent samples.
    freedom : (int, int)
        Degrees of freedom of their standard errors.
    confidence : float

    Notes
    -----
    Welch-Satterthwaite degrees of freedom. The interval holds the spread between micrographs
    only; a calibration that the samples do not share comes on top.
    """
    ratio = first.value / second.value
    se = math.hypot(first.se_log, second.se_log)
    if not se > 0:
        return Estimate(ratio)
    spread = first.se_log**4 / freedom[0] + second.se_log**4 / freedom[1]
    half = t_quantile(se**4 / spread, confidence) * se
    if half > 700:
        return Estimate(ratio, 0.0, math.inf, se)
    return Estimate(ratio, ratio * math.exp(-half), ratio * math.exp(half), se)


def log_quantiles(sizes: Sizes) -> NDArray[np.float64]:
    """Return ln of the number-weighted quantiles at the middles of 1000 equal steps."""
    steps = (np.arange(_DISTANCE_STEPS) + 0.5) / _DISTANCE_STEPS
    return np.log(weighted_quantiles(sizes.ecd, sizes.weight, steps))


def distance(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Return the 1-Wasserstein distance of two distributions from their `log_quantiles`.

    The mean shift of ln size that turns one distribution into the other: 0.1 is about 10 %.
    """
    return float(np.mean(np.abs(first - second)))


def micrograph_means(sizes: Sizes, floor_nm: float = 0.0) -> NDArray[np.float64]:
    """Return the weighted mean ln ecd of each micrograph, from its particles >= `floor_nm`.

    Micrographs without such a particle are left out.
    """
    seen = sizes.ecd >= floor_nm
    unit, weight = sizes.unit[seen], sizes.weight[seen]
    sums = np.bincount(unit, weight * np.log(sizes.ecd[seen]), minlength=sizes.n_units)
    whole = np.bincount(unit, weight, minlength=sizes.n_units)
    return sums[whole > 0] / whole[whole > 0]


def permutation_test(
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    *,
    resamples: int,
    rng: np.random.Generator,
) -> PermutationTest:
    """Test whether micrographs of two samples differ in their mean, by relabelling them.

    Parameters
    ----------
    first, second : (K1,), (K2,) float64
        One value for each micrograph.
    resamples : int
        Random relabellings where there are too many to try all.
    rng : numpy.random.Generator

    Notes
    -----
    Statistic: Welch's t, which also keeps the level where the spreads differ (studentised).
    Every relabelling is tried up to 20 000 of them; p is then the share whose |t| reaches that
    of the data. Otherwise p = (1 + those that reach it) / (1 + resamples). With equal numbers
    the mirrored labelling has the same |t|, so no p is below 2 / C(2K, K).

    References
    ----------
    Janssen, Stat. Probab. Lett. 36 (1997) 9. Phipson and Smyth, Stat. Appl. Genet. Mol. Biol.
    9 (2010) 39, for the 1 in the Monte-Carlo p.
    """
    k1, k2 = first.size, second.size
    if min(k1, k2) < 2:
        return PermutationTest(NAN, NAN, True)
    # In one order, so that p does not hang on the order of the micrographs.
    values = np.concatenate([np.sort(first), np.sort(second)])
    ways = math.comb(k1 + k2, k1)
    least = (2 if k1 == k2 else 1) / ways
    exact = ways <= _EXACT
    if exact:
        labels = _all_labels(k1, k2)
    else:
        labels = _labels(np.argsort(rng.random((resamples, k1 + k2)), axis=1)[:, :k1], k1 + k2)
    # About the common mean: a large offset would cost digits in the squares.
    t = np.abs(_welch(values - values.mean(), labels, k1, k2))
    itself = np.zeros((1, k1 + k2))
    itself[0, :k1] = 1.0
    reached = np.abs(_welch(values - values.mean(), itself, k1, k2))[0] * (1 - 1e-9)
    hits = int(np.sum(t >= reached))
    if exact:
        return PermutationTest(hits / ways, least, True)
    return PermutationTest((1 + hits) / (1 + resamples), max(least, 1 / (1 + resamples)), False)


# Campaigns have many samples of the same few numbers of micrographs.
@lru_cache(maxsize=16)
def _all_labels(k1: int, k2: int) -> NDArray[np.float64]:
    return _labels(np.array(list(itertools.combinations(range(k1 + k2), k1))), k1 + k2)


def _labels(chosen: NDArray[np.int64], number: int) -> NDArray[np.float64]:
    """Return (B, number) float64, 1 for the members of the first sample."""
    labels = np.zeros((len(chosen), number))
    np.put_along_axis(labels, chosen, 1.0, axis=1)
    return labels


def _welch(
    values: NDArray[np.float64], labels: NDArray[np.float64], k1: int, k2: int
) -> NDArray[np.float64]:
    """Return Welch's t of each relabelling, (B,); infinite where only the means differ."""
    sums = weighted_sums(labels, np.stack([values, values**2], axis=1))
    rest = np.array([values.sum(), np.sum(values**2)]) - sums
    mean1, mean2 = sums[:, 0] / k1, rest[:, 0] / k2
    variance = np.maximum(sums[:, 1] / k1 - mean1**2, 0) / (k1 - 1)
    variance += np.maximum(rest[:, 1] / k2 - mean2**2, 0) / (k2 - 1)
    difference = mean1 - mean2
    tiny = 1e-12 * np.sum(values**2)
    return np.where(
        variance > tiny,
        difference / np.sqrt(np.maximum(variance, tiny + 1e-300)),
        np.where(np.abs(difference) > np.sqrt(tiny), np.inf, 0.0),
    )


def holm(p: Sequence[float]) -> list[float]:
    """Return p values adjusted for their number after Holm; NaN stays NaN and counts for none.

    Examples
    --------
    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    values = np.asarray(p, dtype=np.float64)
    known = np.flatnonzero(np.isfinite(values))
    order = known[np.argsort(values[known], kind="stable")]
    factors = np.arange(known.size, 0, -1)
    adjusted = np.full(values.size, np.nan)
    adjusted[order] = np.minimum(np.maximum.accumulate(values[order] * factors), 1.0)
    return adjusted.tolist()
