"""How well scale bars are read: labelled pictures, their parting by paper, scores."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nanocensus.calibration.scale_bar.reader import ScaleBar, ScaleBarReading
from nanocensus.calibration.scale_bar.text import Box, TextLine, TextReader

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


class CachingTextReader:
    """Another reader's answers, kept on disk by the pixels' hash, so that geometry can be tuned.

    Parameters
    ----------
    make : callable that returns the TextReader, called when an answer is missing
    path : Path
        JSON file.
    """

    def __init__(self, make: Callable[[], TextReader], path: Path) -> None:
        self._make = make
        self._path = path
        self._inner: TextReader | None = None
        held = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        self._held: dict[str, list[list[object]]] = held

    def read(self, grey: NDArray[np.uint8]) -> list[TextLine]:
        """Find and read every line of a picture."""
        return self._kept("p" + _digest(grey), lambda: self._reader().read(grey))

    def read_part(self, grey: NDArray[np.uint8], enlarged: int) -> list[TextLine]:
        """Find and read every line of a part of a picture, at another size."""
        key = f"{enlarged}x" + _digest(grey)
        return self._kept(key, lambda: self._reader().read_part(grey, enlarged))

    def _kept(self, key: str, read: Callable[[], list[TextLine]]) -> list[TextLine]:
        if key not in self._held:
            self._held[key] = [[line.text, line.score, *astuple(line.box)] for line in read()]
        return [
            TextLine(str(text), float(score), Box(*map(float, box)))  # type: ignore[arg-type]
            for text, score, *box in self._held[key]
        ]

    def recognise(self, crops: Sequence[NDArray[np.uint8]]) -> list[tuple[str, float]]:
        """Read crops with one line of text each."""
        readings = []
        for crop in crops:
            key = "c" + _digest(crop)
            if key not in self._held:
                self._held[key] = [list(self._reader().recognise([crop])[0])]
            text, score = self._held[key][0]
            readings.append((str(text), float(score)))  # type: ignore[arg-type]
        return readings

    def save(self) -> None:
        """Write what is held."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(self._held), encoding="utf-8")

    def _reader(self) -> TextReader:
        if self._inner is None:
            self._inner = self._make()
        return self._inner


def _digest(grey: NDArray[np.uint8]) -> str:
    return hashlib.sha256(repr(grey.shape).encode() + grey.tobytes()).hexdigest()[:32]
