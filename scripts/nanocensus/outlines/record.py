"""What is recorded of the outlines of a picture, and what a stage needs to make them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .refinement import RefinedOutlines
from .uncertainty import edge_uncertainty_px

_COARSE_PX = 0.5
"""Units grow from half the picture's resolution on: two px there are the 4 that edges are found
in."""


def outline_unit_px(working_scale: float) -> float:
    """Return the length in px in which edges are looked for around a network's masks.

    A network errs by about a pixel of the resolution at which it looked; edges are found up to 4
    units away.
    """
    return max(1.0, _COARSE_PX / working_scale)


def unrefined_outlines(
    labels: NDArray[np.int32], probability: NDArray[np.float32]
) -> RefinedOutlines:
    """Return the outlines of the network's masks as they are."""
    return RefinedOutlines(labels, probability, None, math.nan)


def outline_record(outlines: RefinedOutlines, modality: str | None) -> dict[str, Any]:
    """Return the facts of `RefinedOutlines` of a modality's picture for its record.

    `outline_shift_px` has an entry for each label 1..n, None where the network's outline stays.
    """
    model = outlines.model
    shifts = outlines.shift_px
    return {
        "edge_model": model.family if model else None,
        "edge_blur_px": model.blur if model else None,
        "edge_misfit": _rounded(outlines.misfit),
        "edge_doubt_px": _rounded(outlines.doubt_px),
        "edge_u_px": _edge_u_px(outlines, modality),
        "n_outlines_refined": len(shifts),
        "outline_shift_px": [
            round(shifts[label], 3) if label in shifts else None
            for label in range(1, int(outlines.labels.max(initial=0)) + 1)
        ],
    }


def _edge_u_px(outlines: RefinedOutlines, modality: str | None) -> float | None:
    """Return the uncertainty for the median particle; None where that is not known.

    That is where the masks' outlines stay, and where no error was measured: edges that were looked
    for in a unit above 1 px, and diameters beyond those of the bench.
    """
    if outlines.model is None or outlines.unit_px > 1:
        return None
    areas = np.bincount(outlines.labels.ravel())[sorted(outlines.shift_px)]
    ecd_px = 2 * math.sqrt(float(np.median(areas)) / math.pi)
    u_px = edge_uncertainty_px(outlines.doubt_px, ecd_px, modality)
    return None if u_px is None else round(u_px, 3)


def _rounded(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 5)
