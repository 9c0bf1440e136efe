"""From the entries of the stages' indexes to what the tables take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nanocensus.quality import QualityGates, quality_findings
from nanocensus.tables.pictures import PictureRecord


def picture_records(
    entries: Mapping[tuple[str, str], Mapping[str, Mapping[str, Any]]], gates: QualityGates
) -> Iterator[PictureRecord]:
    """Yield what the stages recorded of each micrograph.

    Parameters
    ----------
    entries : mapping of (sample, micrograph) to mapping of stage to index entry
        An entry holds `path`, `record`, `findings` and, of the first stage, `sources`.
    gates : QualityGates
        Limits of the quality figures. They are applied here and not where the figures are
        measured, so that changing a limit computes no picture again.
    """
    for (sample, micrograph), stages in entries.items():
        sources = [source for entry in stages.values() for source in entry["sources"][:1]]
        records = {stage: entry["record"] for stage, entry in stages.items()}
        values = {name: value for record in records.values() for name, value in record.items()}
        findings = [finding for entry in stages.values() for finding in entry["findings"]]
        findings += [finding.as_dict() for finding in quality_findings(values, gates)]
        if sources:
            records = {"file": {"sha256": sources[0]["sha256"]}, **records}
        path = next(iter(stages.values()))["path"]
        yield PictureRecord(sample, micrograph, path, records, tuple(findings))
