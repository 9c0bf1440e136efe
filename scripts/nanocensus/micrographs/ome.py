"""OME-TIFF: the XML in `ImageDescription`."""

from __future__ import annotations

from xml.etree import ElementTree

import tifffile

from nanocensus.micrographs.findings import Finding
from nanocensus.micrographs.metadata import Metadata, TiffVendor, description, placeholder
from nanocensus.micrographs.refusals import reciprocal_space
from nanocensus.micrographs.types import Instrument, PixelSizeEvidence
from nanocensus.micrographs.units import is_reciprocal, length_nm, number

_DEFAULT_UNIT = "µm"


def read(page: tifffile.TiffPage) -> Metadata | None:
    """Read the OME-XML of a page; None if it has none or it is damaged.

    Raises
    ------
    MicrographError
        If the unit is one of reciprocal space.
    """
    text = description(page).strip()
    if not (text.startswith("<") and text.endswith("OME>")):
        return None
    try:
        # Encoded, because ElementTree refuses a str that declares an encoding.
        root = ElementTree.fromstring(text.encode("utf-8"))
    except (ElementTree.ParseError, LookupError, ValueError):
        return Metadata(
            vendor=VENDOR.name,
            findings=(Finding("metadata_unreadable", "warn", "its OME-XML is damaged"),),
        )
    picture = root.find("{*}Image")
    pixels = picture.find("{*}Pixels") if picture is not None else None
    if picture is None or pixels is None:
        return None
    declared = _declared_shape(pixels)
    evidence, findings = _evidence(pixels, declared)
    return Metadata(
        vendor=VENDOR.name,
        evidence=evidence,
        instrument=_instrument(root, picture),
        findings=findings,
    )


def _declared_shape(pixels: ElementTree.Element) -> tuple[int, int] | None:
    rows, columns = number(pixels.get("SizeY")), number(pixels.get("SizeX"))
    return (int(rows), int(columns)) if rows and columns and min(rows, columns) >= 1 else None


def _evidence(
    pixels: ElementTree.Element, declared: tuple[int, int] | None
) -> tuple[tuple[PixelSizeEvidence, ...], tuple[Finding, ...]]:
    x, y = number(pixels.get("PhysicalSizeX")), number(pixels.get("PhysicalSizeY"))
    unit = pixels.get("PhysicalSizeXUnit", _DEFAULT_UNIT)
    y_unit = pixels.get("PhysicalSizeYUnit", _DEFAULT_UNIT)
    if is_reciprocal(unit):
        raise reciprocal_space("its OME-XML", unit)
    if y is None:
        y, y_unit = x, unit
    x_nm_per_unit, y_nm_per_unit = length_nm(unit), length_nm(y_unit)
    if x is None or y is None or x_nm_per_unit is None or y_nm_per_unit is None:
        return (), ()
    if x == y == 1.0:
        return (), (placeholder("its OME-XML", f"a pixel of exactly 1 {unit}"),)
    evidence = PixelSizeEvidence(
        source="ome",
        y_nm=y * y_nm_per_unit,
        x_nm=x * x_nm_per_unit,
        raw_text=f"PhysicalSizeX={pixels.get('PhysicalSizeX')} {unit}",
        declared_shape=declared,
    )
    return (evidence,), ()


def _instrument(root: ElementTree.Element, picture: ElementTree.Element) -> Instrument:
    microscope = root.find("{*}Instrument/{*}Microscope")
    names = [] if microscope is None else [microscope.get("Manufacturer"), microscope.get("Model")]
    acquired = picture.findtext("{*}AcquisitionDate")
    return Instrument(
        instrument=" ".join(filter(None, names)) or None,
        acquired=acquired.strip() or None if acquired else None,
    )


VENDOR = TiffVendor("OME", (), read)
