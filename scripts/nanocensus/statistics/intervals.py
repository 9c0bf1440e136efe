"""Intervals from resampled micrographs, wide enough when micrographs are few.

The plain percentile interval of a bootstrap is too narrow below about 20 micrographs. Here the
spread of the resamples is scaled by √(K / (K - strata)) and by the t quantile of K - strata
degrees of freedom.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

NAN = float("nan")


@dataclass(frozen=True)
class Design:
    """What an interval needs to know of how a sample was taken.

    Attributes
    ----------
    n_units, n_strata : int
        Micrographs and the strata they were resampled in.
    confidence : float
        For example 0.95.
    """

    n_units: int
    n_strata: int
    confidence: float

    @property
    def degrees_of_freedom(self) -> int:
        """Micrographs less strata; nothing can be estimated at 0."""
        return self.n_units - self.n_strata

    @property
    def t(self) -> float:
        """Two-sided t quantile, NaN without a degree of freedom."""
        return t_quantile(self.degrees_of_freedom, self.confidence)

    @property
    def scale(self) -> float:
        """Factor from the spread of resamples to a standard error."""
        freedom = self.degrees_of_freedom
        return math.sqrt(self.n_units / freedom) if freedom > 0 else NAN


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval; NaN where it cannot be estimated.

    Attributes
    ----------
    value, low, high : float
    se_log : float
        Standard error of ln value.
    """

    value: float
    low: float = NAN
    high: float = NAN
    se_log: float = NAN


@cache
def t_quantile(degrees_of_freedom: float, confidence: float) -> float:
    """Return the two-sided quantile of Student's t, NaN without degrees of freedom."""
    if not degrees_of_freedom > 0:
        return NAN
    return float(stdtrit(degrees_of_freedom, 0.5 + confidence / 2))


def positive_estimate(
    value: float, resampled: NDArray[np.float64], design: Design, *, least: float = 0.0
) -> Estimate:
    """Return the interval of a positive figure, on its log scale.

    Parameters
    ----------
    value : float
    resampled : (B,) float64
        The figure in each resample.
    design : Design
    least : float
        Limit below which no interval may reach: 1 for a geometric standard deviation.

    Notes
    -----
    exp(ln value ± t · sd(ln resampled) · √(K / (K - strata))). No interval where a resample
    has no positive value, a spread of 0 for instance.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(resampled)
    if not (design.degrees_of_freedom > 0 and value > 0 and np.isfinite(logs).all()):
        return Estimate(value)
    se = float(np.std(logs, ddof=1)) * design.scale
    factor = _exp(design.t * se)
    return Estimate(value, max(value / factor, least), value * factor, se)


def _exp(exponent: float) -> float:
    # Two micrographs of different sizes easily give t · se of a thousand.
    return math.exp(exponent) if exponent < 700 else math.inf


def share_interval(
    share: float, resampled_sd: float, n_eff: float, design: Design
) -> tuple[float, float]:
    """Return the interval of a share, on its logit scale.

    Parameters
    ----------
    share : float
        0 to 1.
    resampled_sd : float
        Standard deviation of the share over the resamples.
    n_eff : float
        Effective number of particles, used where the share is 0 or 1.
    design : Design

    Notes
    -----
    logit share ± t · se / (share (1 - share)). No resample of a share of 0 or 1 varies; there
    the interval is that of Clopper and Pearson for `n_eff` particles.
    """
    if not design.degrees_of_freedom > 0:
        return NAN, NAN
    tail = (1 - design.confidence) / 2
    edge = 1e-12
    if share <= edge or share >= 1 - edge:
        if not n_eff > 0:
            return NAN, NAN
        one_sided = tail ** (1 / n_eff)
        return (0.0, 1 - one_sided) if share <= edge else (one_sided, 1.0)
    half = design.t * resampled_sd * design.scale / (share * (1 - share))
    logit = math.log(share / (1 - share))
    return 1 / (1 + _exp(half - logit)), 1 / (1 + _exp(-half - logit))
