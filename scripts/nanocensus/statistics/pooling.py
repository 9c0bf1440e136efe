"""Particles of fields of different magnification put together without favouring any size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nanocensus.statistics.resampling import weighted_sums
from nanocensus.statistics.sizes import sum_by

# Microscopes write slightly different pixel sizes at one magnification (focus, rounding); the
# steps that operators choose between are far wider.
_SAME_MAGNIFICATION = 1.05
# Of the shares of particles that lay in each kind of field; a hundredth of a per mille.
_CONVERGED = 1e-5
_MAX_ROUNDS = 300


@dataclass(frozen=True)
class Fields:
    """The fields of one sample in which particles could be seen, also those that show none.

    Attributes
    ----------
    pixel_size_nm : (m,) float64, nm
    rows, columns : (m,) float64, px
        Frame of the prepared picture.
    open_share : (m,) float64
        Share of the frame that nothing burned in hides.
    floor_nm : (m,) float64, nm
        Smallest size that is counted in the field.
    """

    pixel_size_nm: NDArray[np.float64]
    rows: NDArray[np.float64]
    columns: NDArray[np.float64]
    open_share: NDArray[np.float64]
    floor_nm: NDArray[np.float64]


def magnifications(pixel_size_nm: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return a number of the magnification of each field, 0 being the finest pixel.

    Fields belong together when their pixel is not more than 5 % larger than the finest of them.

    Examples
    --------
    >>> magnifications(np.array([2.0, 1.0, 1.01])).tolist()
    [1, 0, 0]
    """
    group = np.zeros(pixel_size_nm.size, dtype=np.int64)
    finest, number = np.nan, -1
    for at in np.argsort(pixel_size_nm, kind="stable"):
        if not pixel_size_nm[at] <= finest * _SAME_MAGNIFICATION:
            finest, number = pixel_size_nm[at], number + 1
        group[at] = number
    return group


def collapse_small_strata(
    stratum: NDArray[np.int64], counted: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Join each magnification that has fewer than two counted micrographs to a neighbour.

    Parameters
    ----------
    stratum : (m,) int64
        Magnification of each field, neighbours in size being neighbours in number.
    counted : (m,) bool
        Whether the field has a counted particle.

    Returns
    -------
    (m,) int64

    Notes
    -----
    The spread within a stratum of one micrograph cannot be estimated. Joining it to a neighbour
    counts the difference between the two magnifications as spread, which errs on the wide side.

    References
    ----------
    Collapsed strata: Cochran, Sampling Techniques (3rd ed. 1977), section 5A.12.
    """
    joined = np.full(stratum.size, 0, dtype=np.int64)
    number, held = 0, 0
    for value in range(int(stratum.max()) + 1):
        if held >= 2:
            number, held = number + 1, 0
        members = stratum == value
        joined[members] = number
        held += int(np.sum(members & counted))
    if held < 2 and number > 0:
        joined[joined == number] = number - 1
    return joined


def pooled_weights(
    ecd_nm: NDArray[np.float64],
    rows_nm: NDArray[np.float64],
    columns_nm: NDArray[np.float64],
    field: NDArray[np.int64],
    fields: Fields,
) -> NDArray[np.float64]:
    """Return how many particles of the specimen each counted particle stands for.

    Parameters
    ----------
    ecd_nm, rows_nm, columns_nm : (n,) float64, nm
        Size of each particle and the extent of its label along both sides of the frame.
    field : (n,) int64
        Field that it was counted in.
    fields : Fields
        All fields of the sample, of any magnification.

    Returns
    -------
    (n,) float64
        Up to a factor; 1 in the mean.

    Notes
    -----
    w_i = 1 / Σ_m V_m P_m(i) [x_i >= floor_m] over the kinds of field m: a particle counts the
    same whether the coarse or the fine picture shows it, and sizes that only some fields resolve
    are made up for. P_m is the probability of lying uncut in such a frame,
    (Z1 - n1 - 1)(Z2 - n2 - 1) / (Z1 Z2) with the particle's extents n in pixels of that frame
    (Miles-Lantuéjoul). V_m is the number of particles of any size that lay in the fields m. With
    one density everywhere it is their open area; but operators go closer where particles are
    dense, so V_m = n_m / Σ_i w_i P_m(i) [x_i >= floor_m] · Σ_i w_i is fitted to the n_m particles
    that were counted (the maximum-likelihood estimate, which supposes only that all fields show
    the same mixture of sizes). Where no size is seen at two magnifications nothing can be
    fitted, and the ratio of areas stays.

    References
    ----------
    Vardi, Ann. Statist. 13 (1985) 178.
    """
    frames = np.stack([fields.pixel_size_nm, fields.rows, fields.columns, fields.floor_nm], axis=1)
    kinds, kind = np.unique(frames, axis=0, return_inverse=True)
    kind = kind.ravel()
    pixel, rows, columns, floor = kinds.T
    seen = np.maximum(1 - (rows_nm[:, None] / pixel + 1) / rows, 0.0)
    seen *= np.maximum(1 - (columns_nm[:, None] / pixel + 1) / columns, 0.0)
    # Its own field has shown it, whatever rounding says of a size on the floor.
    own = kind[field][:, None] == np.arange(len(kinds))
    seen *= (ecd_nm[:, None] >= floor) | own
    counted = sum_by(kind[field], np.ones(field.size), len(kinds))
    visits = sum_by(kind, fields.open_share, len(kinds)) * pixel**2 * rows * columns
    visits = np.where(counted > 0, visits / visits.sum(), 0.0)
    for _ in range(_MAX_ROUNDS):
        weight = 1 / weighted_sums(seen, visits[:, None])[:, 0]
        share = weighted_sums(weight[None], seen)[0] / weight.sum()
        fitted = counted / np.where(counted > 0, share, 1.0)
        fitted /= fitted.sum()
        change = np.max(np.abs(fitted - visits))
        visits = fitted
        if change < _CONVERGED:
            break
    weight = 1 / weighted_sums(seen, visits[:, None])[:, 0]
    return weight / weight.mean()
