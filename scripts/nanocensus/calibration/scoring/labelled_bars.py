"""How well scale bars are read: labelled pictures, their parting by paper, scores."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from nanocensus.calibration.scale_bar import ScaleBar, ScaleBarReading

RIGHT_REL, NEARLY_REL = 0.02, 0.05


@dataclass(frozen=True)
class LabelledBar:
    """One row of the labels.

    Attributes
    ----------
    name, paper : str
        Picture and DOI.
    source : str
        ``emps`` or the BAM folder.
    quality : str
        ``good``, ``rough``, ``cut``, ``ambiguous``, ``no_value``, or ``no_bar``.
    style : str
    pixel_size_nm : float or None, nm
    tolerance_rel : float
        max(2 %, error of the label).
    """

    name: str
    paper: str
    source: str
    quality: str
    style: str
    pixel_size_nm: float | None
    tolerance_rel: float

    @property
    def tuning(self) -> bool:
        """Whether its paper is one of those that weights and limits are fitted on."""
        return hashlib.sha256(self.paper.encode()).digest()[0] % 2 == 0


def read_labels(path: Path) -> list[LabelledBar]:
    """Read ``developers.csv`` of the scale bars that were labelled by eye."""
    labels = []
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            size = row["pixel_size_nm"]
            tolerance = RIGHT_REL
            if size:
                tolerance = max(RIGHT_REL, float(row["err_px"]) / float(row["length_best_px"]))
            labels.append(
                LabelledBar(
                    row["id"],
                    row["doi"],
                    row["source"],
                    row["quality"] if row["has_bar"] == "1" else "no_bar",
                    row["style"] or "none",
                    float(size) if size else None,
                    tolerance,
                )
            )
    return labels


def verdict(label: LabelledBar, reading: ScaleBarReading) -> str:
    """Return one word on a reading: right, nearly, wrong, not read, false read, none."""
    if label.quality in ("no_bar", "no_value", "cut"):
        return "false read" if reading.bar else "none"
    if reading.bar is None:
        return "not read"
    deviation = deviation_rel(label, reading.bar)
    if deviation <= label.tolerance_rel:
        return "right"
    return "nearly" if deviation <= NEARLY_REL else "wrong"


def deviation_rel(label: LabelledBar, bar: ScaleBar) -> float:
    """Return how far a bar's pixel size is from the label's, relative."""
    if label.pixel_size_nm is None:
        return float("nan")
    return abs(bar.pixel_size_nm / label.pixel_size_nm - 1)


def score_table(results: Iterable[tuple[LabelledBar, ScaleBarReading]]) -> dict[str, Counter[str]]:
    """Count verdicts by the quality of the label."""
    table: dict[str, Counter[str]] = {}
    for label, reading in results:
        table.setdefault(label.quality, Counter())[verdict(label, reading)] += 1
    return table
