"""ImageJ: `ImageDescription` with `unit=` and the resolution tags as pixels per unit."""

from __future__ import annotations

import re

import tifffile

from nanocensus.micrographs.findings import Finding
from nanocensus.micrographs.metadata import Metadata, TiffVendor, description, placeholder
from nanocensus.micrographs.refusals import reciprocal_space
from nanocensus.micrographs.resolution import ratio
from nanocensus.micrographs.types import PixelSizeEvidence
from nanocensus.micrographs.units import is_reciprocal, length_nm

_RESOLUTION_TAGS = (282, 283)


def read(page: tifffile.TiffPage) -> Metadata | None:
    """Read ImageJ's description of a page; None if it has none.

    An empty unit, a unit of pixels, one of inches (a print resolution that slipped in) and a
    resolution of 1/1 say nothing about the pixel size.

    Raises
    ------
    MicrographError
        If the unit is one of reciprocal space.
    """
    text = description(page)
    if not text.startswith("ImageJ="):
        return None
    fields = dict(line.partition("=")[::2] for line in re.split(r"[\r\n]+", text))
    unit = fields.get("unit", "")
    if is_reciprocal(unit):
        raise reciprocal_space("ImageJ's calibration", unit)
    x_per_unit, y_per_unit = (ratio(page, code) for code in _RESOLUTION_TAGS)
    unit_nm = length_nm(unit)
    y_unit_nm = length_nm(fields.get("yunit") or unit)
    evidence: tuple[PixelSizeEvidence, ...] = ()
    findings = _stack(fields)
    if unit_nm and x_per_unit == y_per_unit == 1.0:
        findings += (placeholder("ImageJ's calibration", f"exactly 1 pixel per {unit}"),)
    elif unit_nm and y_unit_nm and x_per_unit and y_per_unit:
        evidence = (
            PixelSizeEvidence(
                source="imagej",
                y_nm=y_unit_nm / y_per_unit,
                x_nm=unit_nm / x_per_unit,
                raw_text=f"unit={unit}, {x_per_unit:g} pixels per unit",
            ),
        )
    return Metadata(vendor=VENDOR.name, evidence=evidence, findings=findings)


def _stack(fields: dict[str, str]) -> tuple[Finding, ...]:
    planes = fields.get("images", "1")
    if planes in ("", "1"):
        return ()
    return (
        Finding(
            "further_pictures",
            "warn",
            f"an ImageJ stack of {planes} pictures: the first was read; save the others as "
            "files of their own if they are to count",
        ),
    )


VENDOR = TiffVendor("ImageJ", (), read)
