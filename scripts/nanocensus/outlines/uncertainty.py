"""What is known of a diameter, as far as the place of the edge is in doubt."""

from __future__ import annotations

import math

import numpy as np

_UP_TO_PX = (15.0, 30.0, 60.0, math.inf)
_RMS_PX = (0.65, 0.7, 0.95, 0.3)


def edge_uncertainty_px(doubt_px: float, ecd_px: float) -> float:
    """Return the standard uncertainty of a refined diameter by the place of the edge, px.

    Parameters
    ----------
    doubt_px : float
        Of `RefinedOutlines`: how far edge models that fit nearly as well differ, on one side.
    ecd_px : float
        Median diameter of the picture.

    Notes
    -----
    The larger of twice the doubt, for both sides, and a root mean square bias of that size class.
    The latter is over the kinds of rendered particles, all modes together, bodies with a core and
    those that kept their masks included, thus cautious (docs/benchmarks.md, "Outlines on the
    edge"; above 60 px measured at 80 px only; edges looked for in units of 1 px). It contains
    errors by a doubtful place: the two are not independent, and no sum in quadrature (JCGM 100).
    Common to all particles of a picture: not averaged away.
    """
    rms_px = _RMS_PX[int(np.searchsorted(_UP_TO_PX, ecd_px))]
    return max(2 * doubt_px, rms_px)
