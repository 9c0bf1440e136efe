"""What the stages recorded of each micrograph."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from nanocensus.micrographs import Finding, worst_level
from nanocensus.tables.settings import TablesError

COUNTED_STATUSES = ("ok", "warn")


@dataclass(frozen=True)
class PictureRecord:
    """One micrograph of the campaign as the stages hand it over.

    Attributes
    ----------
    sample : str
    micrograph : str
        NAME of its products.
    path : str
        Of the raw file, as the campaign found it.
    records : mapping of str to mapping
        For each stage that finished, in the order of the stages, its flat record.
    findings : tuple of mapping
        Findings of all stages (code, level, message), in their order.
    """

    sample: str
    micrograph: str
    path: str
    records: Mapping[str, Mapping[str, Any]]
    findings: tuple[Mapping[str, str], ...]


@dataclass(frozen=True)
class Picture:
    """One micrograph with all that is known of it, to which findings can be added.

    Attributes
    ----------
    sample, micrograph, path : str
    facts : mapping
        The records of all stages in one.
    findings : tuple of Finding
    duplicate_of : str
        sample/NAME of the micrograph counted in its place; empty if none.
    """

    sample: str
    micrograph: str
    path: str
    facts: Mapping[str, Any]
    findings: tuple[Finding, ...]
    duplicate_of: str = ""

    @property
    def label(self) -> str:
        """Its name over all samples."""
        return f"{self.sample}/{self.micrograph}"

    @property
    def status(self) -> str:
        """Worst level of its findings."""
        return worst_level(self.findings)

    @property
    def readable(self) -> bool:
        """Whether it shows a specimen: neither refused nor failed."""
        return self.status not in ("refused", "failed")

    @property
    def counted(self) -> bool:
        """Whether its particles may enter the sizes of the sample."""
        return self.status in COUNTED_STATUSES and not self.duplicate_of

    def number(self, fact: str) -> float:
        """Return a recorded number, NaN where it was not recorded."""
        value = self.facts.get(fact)
        return float("nan") if value is None else float(value)

    def floor_px(self, min_ecd_px: float) -> float:
        """Return the smallest size that counts in it, px.

        Parameters
        ----------
        min_ecd_px : float
            Smallest size that counts anywhere. The segmentation may have been blind to more, at
            the scale at which it looked.
        """
        floor = self.number("detection_floor_px")
        if not math.isfinite(floor):
            raise TablesError(f"{self.label}: the segmentation recorded no detection_floor_px")
        return max(min_ecd_px, floor)

    def text(self, fact: str) -> str:
        """Return a recorded text, empty where it was not recorded."""
        value = self.facts.get(fact)
        return "" if value is None else str(value)


def pictures_of(records: Iterable[PictureRecord]) -> list[Picture]:
    """Return the micrographs in the order of the tables: by sample, then by name."""
    pictures = [
        Picture(
            record.sample,
            record.micrograph,
            record.path,
            _merged(record.records),
            tuple(Finding(f["code"], f["level"], f["message"]) for f in record.findings),  # type: ignore[arg-type]
        )
        for record in records
    ]
    pictures.sort(key=lambda picture: (picture.sample, picture.micrograph))
    for one, other in pairwise(pictures):
        if one.label == other.label:
            raise TablesError(f"the micrograph {one.label!r} was handed over twice")
    return pictures


def _merged(records: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Put the stages' records together; where two record the same, the first that knows."""
    facts: dict[str, Any] = {}
    for record in records.values():
        for name, value in record.items():
            if facts.get(name) is None:
                facts[name] = value
    return facts


def add_findings(
    pictures: Sequence[Picture], found: Mapping[int, Sequence[Finding]]
) -> list[Picture]:
    """Return the micrographs with further findings, given by their place in the list."""
    return [
        replace(picture, findings=(*picture.findings, *found.get(place, ())))
        for place, picture in enumerate(pictures)
    ]
