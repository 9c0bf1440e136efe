"""From the entries of the stages' indexes to what the tables take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nanocensus.micrographs import Finding
from nanocensus.quality import QualityGates, quality_findings
from nanocensus.segmentation import DOUBTFUL, accepted_doubt
from nanocensus.tables.certificates import certificate_age_days, stated_pixel_size_nm
from nanocensus.tables.pictures import PictureRecord

_NM_PER_MM = 1e6
_AGE_UNKNOWN = Finding(
    "certificate_age_unknown",
    "warn",
    "the file does not say when it was taken: whether the calibration certificate was too old then "
    "is unknown",
)


def picture_records(
    entries: Mapping[tuple[str, str], Mapping[str, Mapping[str, Any]]],
    gates: QualityGates,
    fields: Mapping[tuple[str, str], Mapping[str, Any]],
) -> Iterator[PictureRecord]:
    """Yield what the stages recorded of each micrograph.

    Parameters
    ----------
    entries : mapping of (sample, micrograph) to mapping of stage to index entry
        An entry holds `path`, `record`, `findings` and, of the first stage, `sources`.
    gates : QualityGates
        Limits of the quality figures. They are applied here and not where the figures are
        measured, so that changing a limit computes no picture again.
    fields : mapping of (sample, micrograph) to mapping
        What the sample sheet says of each picture. `segmentation_ok` counts here and not where
        the network is asked, so that accepting outlines asks it no second time.
    """
    for (sample, micrograph), stages in entries.items():
        sources = [source for entry in stages.values() for source in entry["sources"][:1]]
        records = {stage: entry["record"] for stage, entry in stages.items()}
        values = {name: value for record in records.values() for name, value in record.items()}
        derived = _derived(values)
        values |= derived
        findings = [finding for entry in stages.values() for finding in entry["findings"]]
        if fields[sample, micrograph].get("segmentation_ok") == "yes":
            findings = [_accepted(finding, values) for finding in findings]
        findings += [finding.as_dict() for finding in quality_findings(values, gates)]
        if values.get("scale_date") and derived["certificate_age_days"] is None:
            findings.append(_AGE_UNKNOWN.as_dict())
        records["derived"] = derived
        if sources:
            records = {"file": {"sha256": sources[0]["sha256"]}, **records}
        path = next(iter(stages.values()))["path"]
        yield PictureRecord(sample, micrograph, path, records, tuple(findings))


def _accepted(finding: Mapping[str, str], values: Mapping[str, Any]) -> Mapping[str, str]:
    """Return a finding as it is told where a person found the outlines right."""
    if finding["code"] != DOUBTFUL:
        return finding
    return accepted_doubt(values["predicted_f1_50"]).as_dict()


def _derived(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what follows from several things that were recorded of a micrograph."""
    derived: dict[str, Any] = {"certificate_age_days": None, "print_width_mm": None}
    if certified := values.get("scale_date"):
        acquired = values.get("acquired") or ""
        derived["certificate_age_days"] = certificate_age_days(certified, acquired)
    pixel_nm, columns = stated_pixel_size_nm(values), values.get("columns_raw")
    magnification = values.get("magnification")
    if pixel_nm and columns and magnification:
        derived["print_width_mm"] = pixel_nm * columns * magnification / _NM_PER_MM
    return derived
