"""The places at which an edge is looked for, and which of them costs least."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

SHIFT_STEP = 0.25
"""Units between the places: half a profile's sample, so that all templates lie on one grid."""
FARTHEST_SHIFT = 4.0
"""A network's masks of the bench lie up to 2 px off (1.2 to 3.7 px in diameter): twice that."""
SHIFTS: FloatArray = np.arange(-FARTHEST_SHIFT, FARTHEST_SHIFT + SHIFT_STEP / 2, SHIFT_STEP)


def lowest(cost: FloatArray, shifts: FloatArray) -> FloatArray:
    """Return the shift of the lowest cost, between the shifts by a parabola.

    Parameters
    ----------
    cost : (..., d) float64
    shifts : (d,) float64, `SHIFT_STEP` apart, at least three

    Returns
    -------
    (...) float64
    """
    at = np.minimum(np.maximum(cost.argmin(axis=-1), 1), len(shifts) - 2)
    flat = cost.reshape(-1, len(shifts))
    rows, middle = np.arange(len(flat)), np.ravel(at)
    below, here, above = (flat[rows, middle + step] for step in (-1, 0, 1))
    bend = below - 2 * here + above
    aside = np.where(bend > 0, (below - above) / (2 * np.maximum(bend, 1e-12)), 0)
    return shifts[at] + SHIFT_STEP * np.minimum(np.maximum(aside, -1), 1).reshape(at.shape)
