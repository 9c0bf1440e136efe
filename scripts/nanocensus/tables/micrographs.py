"""The table of micrographs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from nanocensus.calibration import (
    calibration_findings,
    calibration_status,
    usable_for_sizes,
)
from nanocensus.micrographs import Finding
from nanocensus.statistics import weighted_quantiles
from nanocensus.tables.exclusion import RULE_NAMES
from nanocensus.tables.glossary import columns_of
from nanocensus.tables.particles import Particles
from nanocensus.tables.pictures import Picture
from nanocensus.tables.rows import typed_table


def micrograph_table(pictures: Sequence[Picture], particles: Particles) -> pd.DataFrame:
    """Return one row per micrograph, in the order of the list."""
    columns = columns_of("micrographs")
    bounds = np.searchsorted(particles.picture, np.arange(len(pictures) + 1))
    inputs = _Inputs(particles)
    rows = [
        {name: picture.facts.get(name) for name in columns}
        | _identity(picture)
        | inputs.counts(picture, slice(bounds[at], bounds[at + 1]))
        for at, picture in enumerate(pictures)
    ]
    return typed_table("micrographs", rows, columns)


def _identity(picture: Picture) -> dict[str, Any]:
    return {
        "sample": picture.sample,
        "micrograph": picture.micrograph,
        "path": picture.path,
        "status": picture.status,
        "reasons": _reasons(picture.findings),
        "duplicate_of": picture.duplicate_of,
        **_calibration(picture),
    }


def _calibration(picture: Picture) -> dict[str, Any]:
    """Return what is found of a micrograph's calibration alone."""
    if not picture.readable:
        return {}
    known = picture.facts.get("pixel_size_nm") is not None
    return {
        "calibration_status": calibration_status(picture.findings, known=known),
        "calibration_reasons": _reasons(calibration_findings(picture.findings)),
        "usable_for_sizes": "yes" if usable_for_sizes(picture.findings) else "no",
        "edge_u_nm": _edge_u_nm(picture),
    }


def _edge_u_nm(picture: Picture) -> float | None:
    """Return the edge's part of a diameter's uncertainty, in nm as the pixel size has it."""
    edge_u_px, pixel_size_nm = (picture.facts.get(n) for n in ("edge_u_px", "pixel_size_nm"))
    if edge_u_px is None or pixel_size_nm is None:
        return None
    return float(edge_u_px) * float(pixel_size_nm)


def _reasons(findings: Iterable[Finding]) -> str:
    return "; ".join(dict.fromkeys(finding.message for finding in findings))


class _Inputs:
    """Columns of the particles that the counts need, each taken out of the table once."""

    def __init__(self, particles: Particles) -> None:
        self.rule = particles.table["excluded_by"].cat.codes.to_numpy()
        self.weight = particles.number("inclusion_weight")
        self.ecd_px = particles.number("ecd_px")
        self.ecd_nm = particles.ecd_nm

    def counts(self, picture: Picture, rows: slice) -> dict[str, Any]:
        """Return numbers of particles and the median size of one micrograph.

        Numbers stay missing where particles were found but not measured, or none looked for.
        """
        n_rows = rows.stop - rows.start
        n_particles = picture.facts.get("n_particles", n_rows or None)
        counts: dict[str, Any] = {"n_particles": n_particles}
        if not n_rows and n_particles != 0:
            return counts
        rule = self.rule[rows]
        counted = rule < 0
        counts["n_counted"] = int(counted.sum())
        for code, name in enumerate(RULE_NAMES):
            counts[f"n_excluded_{name}"] = int(np.sum(rule == code))
        weight = self.weight[rows][counted]
        for unit, ecd in (("px", self.ecd_px), ("nm", self.ecd_nm)):
            sizes = ecd[rows][counted]
            known = np.isfinite(sizes)
            counts[f"d50_n_{unit}"] = weighted_quantiles(sizes[known], weight[known], [0.5])[0]
        return counts
