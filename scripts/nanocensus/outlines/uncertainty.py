"""What is known of a diameter, as far as the place of the edge is in doubt."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from nanocensus.paths import RESOURCES

ERRORS_FILE = RESOURCES / "outlines" / "edge_uncertainty.json"
"""Written by `scripts/evaluate_outlines.py --uncertainty`, whose call it states."""

FLOOR_PX = 0.1
"""No less is stated: a few particles of each kind, 0.2 px apart, do not tell a smaller error."""


@dataclass(frozen=True)
class EdgeErrors:
    """Errors of refined diameters of rendered particles.

    Attributes
    ----------
    diameters_px : tuple of float
        Those that were measured, ascending.
    rms_px : mapping of str to tuple of (float or None)
        For each modality the root mean square error at each diameter, over kinds of particles;
        None where no outline was moved.
    """

    diameters_px: tuple[float, ...]
    rms_px: Mapping[str, tuple[float | None, ...]]

    def at(self, ecd_px: float, modality: str | None) -> float | None:
        """Return the error of the measured diameter that is nearest in proportion, px.

        The largest of all modalities for one that was not measured. None more than a factor of
        the square root of 2 beyond the measured diameters.
        """
        apart = np.abs(np.log2(np.array(self.diameters_px) / ecd_px))
        nearest = int(apart.argmin())
        if not self.diameters_px[0] <= ecd_px * math.sqrt(2) <= 2 * self.diameters_px[-1]:
            return None
        own = self.rms_px.get(modality or "")
        known = [row[nearest] for row in ([own] if own else self.rms_px.values())]
        return None if None in known else max(FLOOR_PX, *(rms for rms in known if rms is not None))


@cache
def edge_errors() -> EdgeErrors:
    """Return the errors that the package states."""
    return read_edge_errors(ERRORS_FILE)


def read_edge_errors(path: Path) -> EdgeErrors:
    """Return errors from their file."""
    held = json.loads(path.read_text(encoding="utf-8"))
    rows = {str(mode): tuple(row) for mode, row in held["rms_px"].items()}
    return EdgeErrors(tuple(held["diameters_px"]), rows)


def edge_uncertainty_px(doubt_px: float, ecd_px: float, modality: str | None) -> float | None:
    """Return the standard uncertainty of a refined diameter by the place of the edge, px.

    Parameters
    ----------
    doubt_px : float
        Of `RefinedOutlines`: how far edge models that fit nearly as well differ, on one side.
    ecd_px : float
        Median diameter of the picture.
    modality : "se", "stem", "tem" or None

    Returns
    -------
    float or None
        None for diameters at which no error was measured.

    Notes
    -----
    The larger of twice the doubt, for both sides, and the root mean square error of refined
    outlines of rendered particles of that modality and size (docs/benchmarks.md, "Outlines on the
    edge"; edges looked for in units of 1 px): every kind counts once, bodies with a core included.
    It contains errors by a doubtful place: the two are not independent, and no sum in quadrature
    (JCGM 100). Common to all particles of a picture: not averaged away.
    """
    rms_px = edge_errors().at(ecd_px, modality)
    return None if rms_px is None else max(2 * doubt_px, rms_px)
