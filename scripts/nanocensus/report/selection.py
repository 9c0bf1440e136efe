"""Which pictures a sample's page shows when it cannot show all."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd

from nanocensus.campaign import product_path
from nanocensus.report.formatting import count, is_missing, number
from nanocensus.report.names import link, safe_file_name
from nanocensus.report.results import Sample, rank_of_status, records

_UNSUSPICIOUS = ("ok",)


@dataclass(frozen=True)
class Picture:
    """A picture that a sample's page shows.

    Attributes
    ----------
    name, file : str
        The micrograph, and its raw file as the sheet's folder names it.
    source, outlines : Path
        The gallery's picture and the outlines of its particles.
    place : PurePosixPath
        The picture's copy, relative to the report's folder; the drawn outlines lie beside it.
    status, reasons, counts : str
        What is said of it.
    why : str
        What it was chosen for.
    """

    name: str
    file: str
    source: Path
    outlines: Path
    place: PurePosixPath
    status: str
    reasons: str
    counts: str
    why: str

    @property
    def href(self) -> str:
        """The link from the sample's page."""
        return link("..", *self.place.parts)

    @property
    def drawn_place(self) -> PurePosixPath:
        """The drawn outlines, relative to the report's folder."""
        return self.place.with_name(self.place.name.removesuffix(".jpg") + ".svg")

    @property
    def drawn_href(self) -> str:
        """The link from the sample's page to the drawn outlines."""
        return link("..", *self.drawn_place.parts)


def gallery_path(results: Path, role: str, sample: str, name: str) -> Path:
    """Return where the gallery keeps a micrograph's `picture` or `outlines`."""
    return results / product_path("gallery", role, sample, name)


def chosen_pictures(results: Path, sample: Sample, most: int) -> list[Picture]:
    """Return all pictures, worst first, or `most` of them: worst, near the median, by lot.

    A third each; what one kind does not fill goes to the draw. The draw's seed is the sample's
    name, so that the same tables give the same page.
    """
    rows = sample.micrographs
    there = [
        gallery_path(results, "picture", sample.name, str(name)).is_file()
        for name in rows["micrograph"]
    ]
    rows = rows[np.asarray(there, dtype=bool)]
    ranks = rows["status"].map(rank_of_status)
    rows = rows.iloc[ranks.argsort(kind="stable")].reset_index(drop=True)
    why = {k: "" if s in _UNSUSPICIOUS else s for k, s in enumerate(rows["status"])}
    if len(rows) > most:
        why = _thirds(rows, sample, most)
    return [_picture(results, sample, row, why[k]) for k, row in _rows(rows) if k in why]


def _rows(rows: pd.DataFrame) -> list[tuple[int, dict[str, Any]]]:
    return list(enumerate(records(rows)))


def _thirds(rows: pd.DataFrame, sample: Sample, most: int) -> dict[int, str]:
    """Return place -> reason of the pictures that are shown."""
    third = most // 3
    suspicious = rows.index[~rows["status"].isin(_UNSUSPICIOUS)]
    why = dict.fromkeys(suspicious[:third], "among the worst")
    medians = np.log(rows[f"d50_n_{sample.unit}"].to_numpy(dtype=np.float64))
    distance = (pd.Series(medians, index=rows.index) - pd.Series(medians).median()).abs()
    for place in distance.drop(list(why)).dropna().sort_values(kind="stable").index[:third]:
        why[place] = "near the median"
    rest = np.array([place for place in rows.index if place not in why])
    seed = int.from_bytes(hashlib.sha256(sample.name.encode()).digest()[:8], "big")
    lot = np.random.default_rng(seed).choice(rest, most - len(why), replace=False)
    return why | dict.fromkeys(lot.tolist(), "drawn by lot")


def _picture(results: Path, sample: Sample, row: dict[str, Any], why: str) -> Picture:
    name, unit = str(row["micrograph"]), sample.unit
    median = row[f"d50_n_{unit}"]
    counts = f"{count(row['n_counted'])} of {count(row['n_particles'])} counted"
    if not is_missing(median):
        counts += f", median {number(median)} {unit}"
    return Picture(
        name=name,
        file=str(row["path"]),
        source=gallery_path(results, "picture", sample.name, name),
        outlines=gallery_path(results, "outlines", sample.name, name),
        place=PurePosixPath(
            "assets", "micrographs", safe_file_name(sample.name), f"{safe_file_name(name)}.jpg"
        ),
        status=str(row["status"]),
        reasons="" if is_missing(row["reasons"]) else str(row["reasons"]),
        counts=counts,
        why=why,
    )
