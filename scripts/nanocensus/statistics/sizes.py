"""The counted particles of one sample, in an order that no row order can change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Sizes:
    """Sizes of the counted particles of one sample, ascending.

    Build it with `Sizes.of`, which sorts: sums over particles then run in one fixed order, so
    that the same particles give the same bytes whatever the order of their rows.

    Attributes
    ----------
    ecd : (n,) float64, nm
        Area-equivalent diameters, ascending.
    weight : (n,) float64
        Particles per area that each one stands for, up to a factor; positive.
    unit : (n,) int64
        Which micrograph it was seen in, 0 … n_units - 1, each at least once.
    stratum : (n_units,) int64
        Fixed design factor of each micrograph (its magnification), 0 … n_strata - 1.
    """

    ecd: NDArray[np.float64]
    weight: NDArray[np.float64]
    unit: NDArray[np.int64]
    stratum: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        ecd: ArrayLike,
        weight: ArrayLike,
        micrograph: ArrayLike,
        stratum: ArrayLike | None = None,
    ) -> Sizes:
        """Sort particles and number the micrographs that have any.

        Parameters
        ----------
        ecd, weight : (n,) array_like of float
        micrograph : (n,) array_like of int
            Numbers of micrographs; gaps are closed, so micrographs without a counted particle
            are no units.
        stratum : array_like of int, optional
            Stratum of micrograph number 0, 1, …; one stratum if left out.
        """
        ecd = np.asarray(ecd, dtype=np.float64)
        weight = np.asarray(weight, dtype=np.float64)
        seen, unit = np.unique(np.asarray(micrograph, dtype=np.int64), return_inverse=True)
        if not np.all((ecd > 0) & np.isfinite(ecd)):
            raise ValueError("every size must be a positive number")
        if not np.all((weight > 0) & np.isfinite(weight)):
            raise ValueError("every weight must be a positive number")
        strata = np.zeros(seen.size) if stratum is None else np.asarray(stratum)[seen]
        order = np.lexsort((weight, unit, ecd))
        return cls(
            ecd[order],
            weight[order],
            unit[order].astype(np.int64),
            np.unique(strata, return_inverse=True)[1].astype(np.int64),
        )

    @property
    def n(self) -> int:
        """Number of particles."""
        return self.ecd.size

    @property
    def n_units(self) -> int:
        """Number of micrographs with at least one particle."""
        return self.stratum.size

    @property
    def n_strata(self) -> int:
        """Number of strata."""
        return int(self.stratum.max()) + 1 if self.stratum.size else 0

    @property
    def volume_weight(self) -> NDArray[np.float64]:
        """(n,) float64, weight by volume under the sphere assumption, up to a factor."""
        return self.weight * self.ecd**3


def sum_by(number: NDArray[np.int64], weight: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Return the sum of weights for each number 0 … n - 1, added in the order of the rows."""
    return np.bincount(number, weight, minlength=n).astype(np.float64)
