"""All tables of a campaign from what the stages handed over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from nanocensus.statistics import curve_points, log_bin_edges
from nanocensus.tables.comparisons import CALIBRATION_NOTE, Compared, compare_all
from nanocensus.tables.consistency import (
    outline_findings,
    pixel_size_findings,
    print_width_findings,
    working_scale_findings,
)
from nanocensus.tables.describe import SampleResult, describe
from nanocensus.tables.duplicates import mark_duplicates
from nanocensus.tables.fields import share_of_common_fields
from nanocensus.tables.glossary import columns_of
from nanocensus.tables.micrographs import micrograph_table
from nanocensus.tables.particles import particles_of
from nanocensus.tables.pictures import Picture, PictureRecord, add_findings, pictures_of
from nanocensus.tables.pixel_sizes import pixel_size_table
from nanocensus.tables.review import figures_with_review
from nanocensus.tables.rows import plain, typed_table
from nanocensus.tables.samples import sample_particles
from nanocensus.tables.settings import CountSettings, StatisticsSettings, TablesError
from nanocensus.tables.strict import refuse_blemishes

_SHEET_COLUMNS = ("sample", "group")


@dataclass(frozen=True)
class Tables:
    """The tables of a campaign.

    Attributes
    ----------
    particles, micrographs, samples, pixel_sizes : DataFrame
        Columns of the glossary; further columns of the sample sheet stand in `samples`.
    statistics : dict
        Curves, histograms, intervals and comparisons, as they go into statistics.json.
    """

    particles: pd.DataFrame
    micrographs: pd.DataFrame
    samples: pd.DataFrame
    pixel_sizes: pd.DataFrame
    statistics: dict[str, Any]


def build_tables(
    campaign: str,
    pictures: Iterable[PictureRecord],
    measured: pd.DataFrame,
    classified: pd.DataFrame,
    sheet: pd.DataFrame,
    *,
    count: CountSettings,
    statistics: StatisticsSettings,
    strict: bool,
) -> Tables:
    """Make all tables of a campaign.

    Parameters
    ----------
    campaign : str
    pictures : iterable of PictureRecord
        Every micrograph of the campaign, in any order.
    measured, classified : DataFrame
        Rows of all shards with `sample`, `micrograph` and `particle`, in any order.
    sheet : DataFrame
        One row per sample: `sample`, `group` and further columns of the sample sheet.
    count : CountSettings
    statistics : StatisticsSettings
    strict : bool
        Whether micrographs that cannot be counted are an error.

    Raises
    ------
    TablesError
        When what was handed over does not fit together.
    StrictError
        In strict mode, with every micrograph that is not fit to be counted.
    """
    known = _compared(pictures_of(pictures))
    if strict:
        refuse_blemishes(known)
    _check_sheet(sheet, {picture.sample for picture in known})
    particles = particles_of(known, measured, classified, campaign=campaign, settings=count)

    samples = [
        SampleResult.of(sample_particles(name, known, particles, count))
        for name in sorted(sheet["sample"])
    ]
    known = _with_outliers(known, samples)
    edges = log_bin_edges([s.sizes.ecd for s in samples if s.sizes is not None])
    points = curve_points(edges)
    samples = [sample.summarised(points, statistics) for sample in samples]
    described = {
        sample.gathered.name: describe(
            sample,
            [picture for picture in known if picture.sample == sample.gathered.name],
            particles,
            edges=edges,
            settings=statistics,
        )
        for sample in samples
    }
    reviewed = figures_with_review(known, measured, classified, campaign=campaign, settings=count)
    return Tables(
        particles=particles.table,
        micrographs=micrograph_table(known, particles),
        samples=_sample_table(
            [row | reviewed.get(name, {}) for name, (row, _) in described.items()],
            sheet,
            particles.shapes,
        ),
        pixel_sizes=pixel_size_table(known),
        statistics=plain(
            {"campaign": campaign, **asdict(statistics), "edges_nm": edges, "points_nm": points}
            | {"samples": {name: detail for name, (_, detail) in described.items()}}
            | _comparisons(samples, share_of_common_fields(known), statistics)
        ),
    )


def _compared(pictures: list[Picture]) -> list[Picture]:
    """Return the micrographs with what only a look at several of them shows."""
    known = mark_duplicates(pictures)
    for look in (
        pixel_size_findings,
        print_width_findings,
        working_scale_findings,
        outline_findings,
    ):
        known = add_findings(known, look(known))
    return known


def _with_outliers(pictures: list[Picture], samples: Sequence[SampleResult]) -> list[Picture]:
    """Return the micrographs with a warning on those whose sizes stand out in their sample."""
    found = {label: one for sample in samples for label, one in sample.outlier_findings().items()}
    return add_findings(
        pictures, {at: [found[p.label]] for at, p in enumerate(pictures) if p.label in found}
    )


def _comparisons(
    samples: Sequence[SampleResult],
    common_fields: dict[tuple[str, str], float],
    settings: StatisticsSettings,
) -> dict[str, Any]:
    comparable = [
        Compared(s.gathered.name, s.sizes, s.summary, s.floors_nm)
        for s in samples
        if s.sizes is not None and s.summary is not None
    ]
    return {
        "comparisons": [
            result | {"ratio_d50_n": asdict(result["ratio_d50_n"])}
            for result in compare_all(comparable, common_fields, settings)
        ],
        "note_on_comparisons": CALIBRATION_NOTE,
    }


def _check_sheet(sheet: pd.DataFrame, samples: set[str]) -> None:
    missing = [name for name in _SHEET_COLUMNS if name not in sheet.columns]
    if missing:
        raise TablesError(f"the sheet of samples lacks the columns {', '.join(missing)}")
    names = list(sheet["sample"])
    if len(set(names)) < len(names):
        raise TablesError("the sheet of samples holds a sample twice")
    strangers = sorted(samples - set(names))
    if strangers:
        raise TablesError(f"micrographs of samples that the sheet does not name: {strangers}")
    taken = sorted(set(further_columns(sheet)) & set(columns_of("samples")))
    if taken:
        raise TablesError(
            f"columns {', '.join(taken)} of the sample sheet have the names of columns of "
            "samples.csv; rename them in the sheet"
        )


def further_columns(sheet: pd.DataFrame) -> list[str]:
    """Return the sheet's own columns in their order."""
    return [name for name in sheet.columns if name not in _SHEET_COLUMNS]


def _sample_table(
    rows: Sequence[dict[str, Any]], sheet: pd.DataFrame, shapes: Sequence[str]
) -> pd.DataFrame:
    further = further_columns(sheet)
    columns = columns_of("samples", shapes=shapes)
    at = columns.index("group") + 1
    of_sheet = {
        record["sample"]: {str(name): value for name, value in record.items()}
        for record in sheet.to_dict("records")
    }
    return typed_table(
        "samples",
        [{**of_sheet[row["sample"]], **row} for row in rows],
        [*columns[:at], *further, *columns[at:]],
    )
