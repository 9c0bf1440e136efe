"""The campaign's tables as the report reads them; everything here is read, nothing decided."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet
from numpy.typing import NDArray

from nanocensus.report.curves import NUMBER, VOLUME, Distribution, of_particles, of_statistics
from nanocensus.statistics import log_bin_edges
from nanocensus.tables import column_of

# Worst first; a status that is not known here is shown before all others.
STATUSES = ("failed", "refused", "review", "empty", "warn", "ok")
UNKNOWN = "unknown"
_PARTICLE_COLUMNS = (
    "campaign",
    "sample",
    "micrograph",
    "particle",
    "status",
    "excluded_by",
    "shape",
    "ecd_px",
    "ecd_nm",
    "aspect_ratio",
    "form_factor",
    "inclusion_weight",
)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a table's rows as column -> value."""
    return [
        {str(column): value for column, value in row.items()} for row in table.to_dict("records")
    ]


def rank_of_status(status: Any) -> int:
    """Return the place of a status among `STATUSES`, the worst lowest; an unknown one first."""
    return STATUSES.index(status) if status in STATUSES else -1


def unit_of(counted: pd.DataFrame) -> str:
    """Return the unit in which counted particles are shown."""
    return "nm" if counted.empty or counted["ecd_nm"].notna().any() else "px"


def sizes_of(counted: pd.DataFrame) -> NDArray[np.float64]:
    """Return the sizes of those counted particles that have one in their sample's unit.

    Every counted particle has a size in px.
    """
    ecd = counted[f"ecd_{unit_of(counted)}"].to_numpy(dtype=np.float64)
    return ecd[ecd > 0]


@dataclass(frozen=True)
class Sample:
    """One sample: its rows of each table."""

    name: str
    place: int
    row: Mapping[str, Any]
    particles: pd.DataFrame
    micrographs: pd.DataFrame
    distributions: Mapping[int, Distribution]
    statistics: Mapping[str, Any]

    @cached_property
    def counted(self) -> pd.DataFrame:
        """Rows of the particles that enter the sample's sizes."""
        return self.particles[self.particles["status"] == "counted"]

    def truth(self, column: str) -> float | None:
        """Return the truth that the sheet states of a figure (`true_<column>`), if a number > 0."""
        try:
            stated = float(self.row.get(f"true_{column}", ""))
        except (TypeError, ValueError):
            return None
        return stated if 0 < stated < math.inf else None

    def holds_truth(self, column: str) -> bool | None:
        """Return whether a figure's interval holds its truth; None where either is not known."""
        true = self.truth(column)
        low, high = (self.row.get(f"{column}_{end}", math.nan) for end in ("low", "high"))
        return None if true is None or not low <= high else bool(low <= true <= high)

    @property
    def unit(self) -> str:
        """`nm` if any counted particle has a size in nm (or none is counted), `px` otherwise."""
        return unit_of(self.counted)

    @cached_property
    def ecd(self) -> NDArray[np.float64]:
        """Sizes of the counted particles, (n,), in `unit`."""
        return sizes_of(self.counted)


@dataclass(frozen=True)
class Results:
    """All tables of a campaign."""

    folder: Path
    campaign: str
    samples: tuple[Sample, ...]
    sample_table: pd.DataFrame
    micrographs: pd.DataFrame
    particles: pd.DataFrame
    pixel_sizes: pd.DataFrame
    statistics: Mapping[str, Any]

    @cached_property
    def shapes(self) -> list[str]:
        """Shape classes that the samples table names, in its order, `unknown` last."""
        prefix = "n_shape_"
        named = [c[len(prefix) :] for c in self.sample_table.columns if c.startswith(prefix)]
        found = sorted(set(self.particles["shape"].dropna()) - set(named) - {""})
        named = [shape for shape in [*named, *found] if shape != UNKNOWN]
        return [*named, UNKNOWN]

    @property
    def comparisons(self) -> list[Mapping[str, Any]]:
        """Pairs of samples with ratio, distance and p."""
        return self.statistics.get("comparisons") or []

    @property
    def confidence(self) -> float | None:
        """Confidence of all intervals, 0..1."""
        return self.statistics.get("confidence")

    @cached_property
    def truths(self) -> list[str]:
        """Columns of the samples table with known truths (`true_...`)."""
        return [c for c in self.sample_table.columns if c.startswith("true_")]


def read_results(folder: Path) -> Results:
    """Read `tables/` of a campaign's results folder."""
    tables = folder / "tables"
    sample_table = _read_csv(tables / "samples.csv", "samples")
    micrographs = _read_csv(tables / "micrographs.csv", "micrographs")
    particles = _read_particles(tables / "particles.parquet")
    statistics = json.loads((tables / "statistics.json").read_text(encoding="utf-8"))
    return Results(
        folder=folder,
        campaign=str(statistics.get("campaign") or folder.name),
        samples=_split(sample_table, micrographs, particles, statistics),
        sample_table=sample_table,
        micrographs=micrographs,
        particles=particles,
        pixel_sizes=_read_csv(tables / "pixel_sizes.csv", "pixel_sizes"),
        statistics=statistics,
    )


def _read_csv(path: Path, table: str) -> pd.DataFrame:
    """Read a table; texts stay texts (a sample may be called 007 or NA)."""
    with path.open(encoding="utf-8", newline="") as stream:
        names = next(csv.reader(stream))
    texts = {name: str for name in names if _is_text(table, name)}
    return pd.read_csv(path, dtype=texts, keep_default_na=False, na_values=[""])


def _is_text(table: str, name: str) -> bool:
    try:
        return column_of(table, name).unit == "text"
    except KeyError:  # a further column of the sample sheet, as it stands there
        return True


def _read_particles(path: Path) -> pd.DataFrame:
    there = pyarrow.parquet.read_schema(path).names
    return pd.read_parquet(path, columns=[c for c in _PARTICLE_COLUMNS if c in there])


def _split(
    sample_table: pd.DataFrame,
    micrographs: pd.DataFrame,
    particles: pd.DataFrame,
    statistics: Mapping[str, Any],
) -> tuple[Sample, ...]:
    micrographs_of = _by_sample(micrographs)
    counted = particles[particles["status"] == "counted"]
    particles_of = _by_sample(particles)
    distributions = _distributions(_by_sample(counted), statistics)
    return tuple(
        Sample(
            name=row["sample"],
            place=place,
            row=row,
            particles=particles_of.get(row["sample"], particles.iloc[:0]),
            micrographs=micrographs_of.get(row["sample"], micrographs.iloc[:0]),
            distributions=distributions.get(row["sample"], {}),
            statistics=(statistics.get("samples") or {}).get(row["sample"]) or {},
        )
        for place, row in enumerate(records(sample_table))
    )


def _by_sample(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    groups = table.groupby("sample", sort=False, observed=True)
    return {str(sample): rows for sample, rows in groups}


def _distributions(
    counted: Mapping[str, pd.DataFrame], statistics: Mapping[str, Any]
) -> dict[str, dict[int, Distribution]]:
    """Return sample -> power -> distribution; in px for samples without a pixel size."""
    found = {
        name: {power: of_statistics(statistics, name, power) for power in (NUMBER, VOLUME)}
        for name, rows in counted.items()
        if unit_of(rows) == "nm"
    }
    in_px = {name: rows for name, rows in counted.items() if unit_of(rows) == "px"}
    edges = log_bin_edges([sizes_of(rows) for rows in in_px.values()])
    for name, rows in in_px.items():
        weight = rows["inclusion_weight"].to_numpy(dtype=np.float64)
        found[name] = {
            power: of_particles(sizes_of(rows), weight, edges, power) for power in (NUMBER, VOLUME)
        }
    return found
