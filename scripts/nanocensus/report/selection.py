"""Which pictures a sample's page shows when it cannot show all."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nanocensus.report.formatting import count, is_missing, number
from nanocensus.report.gallery import gallery_path
from nanocensus.report.names import link
from nanocensus.report.results import Sample, rank_of_status

_UNSUSPICIOUS = ("ok",)


@dataclass(frozen=True)
class Picture:
    """A picture of a sample's gallery; `why` says what it was chosen for."""

    name: str
    file: str
    href: str
    status: str
    reasons: str
    counts: str
    why: str


def chosen_pictures(report: Path, sample: Sample, most: int) -> list[Picture]:
    """Return all pictures, worst first, or `most` of them: worst, near the median, by lot.

    A third each; what one kind does not fill goes to the draw. The draw's seed is the sample's
    name, so that the same tables give the same page.
    """
    rows = sample.micrographs
    there = [gallery_path(report, sample.name, str(n)).is_file() for n in rows["micrograph"]]
    rows = rows[np.asarray(there, dtype=bool)]
    ranks = rows["status"].map(rank_of_status)
    rows = rows.iloc[ranks.argsort(kind="stable")].reset_index(drop=True)
    why = {k: "" if s in _UNSUSPICIOUS else s for k, s in enumerate(rows["status"])}
    if len(rows) > most:
        why = _thirds(rows, sample, most)
    return [_picture(report, sample, row, why[k]) for k, row in _rows(rows) if k in why]


def _rows(rows: pd.DataFrame) -> list[tuple[int, dict[str, Any]]]:
    return list(enumerate(rows.to_dict("records")))


def _thirds(rows: pd.DataFrame, sample: Sample, most: int) -> dict[int, str]:
    """Return place -> reason of the pictures that are shown."""
    third = most // 3
    suspicious = rows.index[~rows["status"].isin(_UNSUSPICIOUS)]
    why = dict.fromkeys(suspicious[:third], "among the worst")
    medians = np.log(rows[f"d50_n_{sample.unit}"].to_numpy(dtype=np.float64))
    distance = pd.Series(np.abs(medians - np.nanmedian(medians)), index=rows.index)
    for place in distance.drop(list(why)).dropna().sort_values(kind="stable").index[:third]:
        why[place] = "near the median"
    rest = np.array([place for place in rows.index if place not in why])
    seed = int.from_bytes(hashlib.sha256(sample.name.encode()).digest()[:8], "big")
    lot = np.random.default_rng(seed).choice(rest, most - len(why), replace=False)
    return why | dict.fromkeys(lot.tolist(), "drawn by lot")


def _picture(report: Path, sample: Sample, row: dict[str, Any], why: str) -> Picture:
    name, unit = str(row["micrograph"]), sample.unit
    path = gallery_path(report, sample.name, name)
    median = row[f"d50_n_{unit}"]
    counts = f"{count(row['n_counted'])} of {count(row['n_particles'])} counted"
    if not is_missing(median):
        counts += f", median {number(median)} {unit}"
    return Picture(
        name=name,
        file=str(row["path"]),
        href=link("..", *path.relative_to(report).parts),
        status=str(row["status"]),
        reasons="" if is_missing(row["reasons"]) else str(row["reasons"]),
        counts=counts,
        why=why,
    )
