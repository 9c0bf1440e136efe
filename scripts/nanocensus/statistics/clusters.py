"""How much less particles of the same micrographs say than independent ones would."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nanocensus.statistics.sizes import Sizes


@dataclass(frozen=True)
class Clustering:
    """Likeness of the particles of a micrograph; NaN where it cannot be estimated.

    Attributes
    ----------
    icc : float
        Intraclass correlation of ln ecd.
    design_effect : float
        Factor by which the variance of a mean exceeds that of independent particles.
    n_eff_n, n_eff_v : float
        Effective numbers of independent particles for figures by number and by volume.
    weight_efficiency : float
        (Σw)² / (n Σw²): 1 for equal weights.
    """

    icc: float
    design_effect: float
    n_eff_n: float
    n_eff_v: float
    weight_efficiency: float


def intraclass_correlation(values: NDArray[np.float64], unit: NDArray[np.int64]) -> float:
    """Return the intraclass correlation by one-way analysis of variance, not below 0.

    Parameters
    ----------
    values : (n,) float64
    unit : (n,) int64
        Group of each value, 0 … K - 1, each group at least once.

    Returns
    -------
    float
        NaN for one group, or where no group has two values, or where all values are equal.

    Notes
    -----
    (MSB - MSW) / (MSB + (n0 - 1) MSW) with n0 = (n - Σ n_k²/n) / (K - 1). Below 0 it is an
    estimate of a small positive correlation that missed, and 0 is given.

    References
    ----------
    Donner, Int. Stat. Rev. 54 (1986) 67.
    """
    n_k = np.bincount(unit)
    n, k = values.size, n_k.size
    if k < 2 or n == k:
        return float("nan")
    # About a value in the middle: a common offset would cost digits.
    values = values - values[n // 2]
    mean_k = np.bincount(unit, values) / n_k
    between = float(np.sum(n_k * (mean_k - values.mean()) ** 2)) / (k - 1)
    within = float(np.sum((values - mean_k[unit]) ** 2)) / (n - k)
    n0 = (n - np.sum(n_k**2) / n) / (k - 1)
    spread = between + (n0 - 1) * within
    return max((between - within) / spread, 0.0) if spread > 0 else float("nan")


def clustering_of(sizes: Sizes) -> Clustering:
    """Return how the particles of a sample cluster in its micrographs.

    Notes
    -----
    design_effect = 1 + (Σ n_k² / Σ n_k - 1) icc (Kish 1965), since micrographs hold unequal
    numbers. The unequal weights count on top: n_eff = (Σw)² / Σw² / design_effect.
    """
    icc = intraclass_correlation(np.log(sizes.ecd), sizes.unit)
    n_k = np.bincount(sizes.unit)
    design_effect = 1 + (np.sum(n_k**2) / np.sum(n_k) - 1) * icc
    by_number, by_volume = _kish(sizes.weight), _kish(sizes.volume_weight)
    return Clustering(
        icc=icc,
        design_effect=float(design_effect),
        n_eff_n=float(by_number / design_effect),
        n_eff_v=float(by_volume / design_effect),
        weight_efficiency=float(by_number / sizes.n),
    )


def _kish(weight: NDArray[np.float64]) -> float:
    relative = weight / weight.max()
    return float(relative.sum() ** 2 / np.sum(relative**2))
