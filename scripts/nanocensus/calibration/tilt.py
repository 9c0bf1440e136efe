"""What a tilted stage does to sizes."""

from __future__ import annotations

import math
from typing import Literal

from nanocensus.micrographs import IN_SHEET, Finding, Instrument

_WARN_RAD = math.radians(5)
_REVIEW_RAD = math.radians(15)
_REVIEW_CORRECTED_RAD = math.radians(10)
_STEEPEST_RAD = math.radians(89)


def tilt_findings(instrument: Instrument, *, accepted: bool = False) -> tuple[Finding, ...]:
    """Tell of a tilt that makes sizes doubtful; nothing is corrected.

    `accepted` is whether the user wants sizes in spite of it.

    Notes
    -----
    Across the tilt axis, distances in the plane of the sample are short by cos(tilt), while
    the outline of a sphere is not. With the microscope's tilt correction it is the other
    way round: spheres are stretched by 1/cos(tilt).
    """
    tilt_rad = abs(instrument.tilt_rad or 0.0)
    if tilt_rad <= _WARN_RAD:
        return ()
    cosine = math.cos(min(tilt_rad, _STEEPEST_RAD))
    if instrument.tilt_corrected:
        doubt = f"with tilt correction, which stretches spheres by {1 / cosine - 1:.1%}"
        limit_rad = _REVIEW_CORRECTED_RAD
    else:
        doubt = f"which shortens flat-lying particles across its axis by {1 - cosine:.1%}"
        limit_rad = _REVIEW_RAD
    level: Literal["warn", "review"] = "warn"
    if tilt_rad > limit_rad:
        level = "warn" if accepted else "review"
        doubt += (
            "; the sample sheet accepts it"
            if accepted
            else f"; where sizes are wanted all the same, write yes as tilt_ok {IN_SHEET}"
        )
    return (
        Finding("tilted", level, f"taken at a tilt of {math.degrees(tilt_rad):.1f} deg, {doubt}"),
    )
