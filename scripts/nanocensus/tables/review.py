"""What a sample's median would be with the micrographs that are under review."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from nanocensus.statistics import weighted_quantiles
from nanocensus.tables.particles import particles_of
from nanocensus.tables.pictures import Picture
from nanocensus.tables.samples import sample_particles
from nanocensus.tables.settings import CountSettings


def figures_with_review(
    pictures: Sequence[Picture],
    measured: pd.DataFrame,
    classified: pd.DataFrame,
    *,
    campaign: str,
    settings: CountSettings,
) -> dict[str, dict[str, float]]:
    """Return the columns `…_with_review` of each sample with a micrograph under review.

    Parameters
    ----------
    pictures : sequence of Picture
        All micrographs of the campaign with all their findings, in the order of the tables.
    measured, classified : DataFrame
        As for `particles_of`.
    campaign : str
    settings : CountSettings
    """
    samples = {picture.sample for picture in pictures if picture.status == "review"}
    accepted = [_accepted(picture) for picture in pictures if picture.sample in samples]
    particles = particles_of(
        accepted,
        _of(samples, measured),
        _of(samples, classified),
        campaign=campaign,
        settings=settings,
    )
    figures: dict[str, dict[str, float]] = {}
    for name in sorted(samples):
        gathered = sample_particles(name, accepted, particles, settings)
        figures[name] = {
            "n_micrographs_review": sum(
                picture.sample == name and picture.status == "review" for picture in pictures
            ),
            "n_counted_with_review": gathered.row.size,
        }
        if (sizes := gathered.sizes) is not None:
            d50_nm = weighted_quantiles(sizes.ecd, sizes.weight, np.array([0.5]))[0]
            figures[name]["d50_n_nm_with_review"] = float(d50_nm)
    return figures


def _accepted(picture: Picture) -> Picture:
    """Return the micrograph as if a person had found nothing wrong with it."""
    findings = tuple(
        replace(finding, level="warn") if finding.level == "review" else finding
        for finding in picture.findings
    )
    return replace(picture, findings=findings)


def _of(samples: set[str], rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["sample"].isin(samples)] if len(rows) else rows
