"""Fibics Atlas (Zeiss): the XML `<Fibics>` in TIFF tag 51023."""

from __future__ import annotations

import math

import tifffile

from nanocensus.micrographs.metadata import (
    Metadata,
    TiffVendor,
    declared_shape,
    positive,
    radians,
    tag_bytes,
)
from nanocensus.micrographs.texts import Element, element_at, parsed_xml, text_of
from nanocensus.micrographs.types import Instrument, PixelSizeEvidence
from nanocensus.micrographs.units import KV_PER_V, MM_PER_UM, NM_PER_UM, US_PER_NS, number, scaled

_TAG = 51023
_READING_U_REL = 1e-6


def read(page: tifffile.TiffPage) -> Metadata | None:
    """Read the XML of a page; None if it has none of this kind."""
    root = parsed_xml(tag_bytes(page, _TAG), "Fibics")
    if root is None:
        return None
    evidence = _evidence(root, (page.imagelength, page.imagewidth))
    return Metadata(
        vendor=VENDOR.name,
        evidence=() if evidence is None else (evidence,),
        instrument=_instrument(root),
    )


def _number(root: Element, *paths: str) -> float | None:
    return number(text_of(root, *paths))


def _item(root: Element, section: str, name: str) -> str | None:
    """Return a setting of a section of `<item name="...">`, which later versions write."""
    found = element_at(root, section)
    items = [] if found is None else found.findall("{*}item")
    texts = [item.text for item in items if item.get("name") == name and item.text]
    return texts[0].strip() if texts else text_of(root, f"{section}/{name}")


def _evidence(root: Element, shape: tuple[int, int]) -> PixelSizeEvidence | None:
    """Return the pixel size: of the scan's matrix, checked by its field; else of the field."""
    declared = declared_shape(
        _number(root, "Image/Height", "Scan/Height"), _number(root, "Image/Width", "Scan/Width")
    )
    rows, columns = declared or shape
    field_x, field_y = _number(root, "Scan/FOV_X"), _number(root, "Scan/FOV_Y")
    ux, vx = _number(root, "Scan/Ux"), _number(root, "Scan/Vx")
    uy, vy = _number(root, "Scan/Uy"), _number(root, "Scan/Vy")
    x_um = math.hypot(ux, uy or 0.0) if ux is not None else None
    y_um = math.hypot(vx or 0.0, vy) if vy is not None else None
    if not positive(x_um) or not positive(y_um):
        if not field_x:
            return None
        x_um, y_um = field_x / columns, (field_y / rows if field_y else field_x / columns)
        field_x = None
    assert x_um is not None
    assert y_um is not None
    return PixelSizeEvidence(
        source="fibics_tag",
        y_nm=y_um * NM_PER_UM,
        x_nm=x_um * NM_PER_UM,
        raw_text=f"Scan: {x_um * NM_PER_UM:.6g} nm",
        u_rel=_READING_U_REL,
        declared_shape=declared,
        field_width_nm=scaled(field_x, NM_PER_UM),
    )


def _instrument(root: Element) -> Instrument:
    return Instrument(
        instrument=text_of(root, "Image/Beam", "Image/Machine"),
        detector=text_of(root, "Image/Detector"),
        voltage_kv=scaled(positive(number(_item(root, "BeamInfo", "AccV"))), KV_PER_V),
        dwell_time_us=scaled(positive(_number(root, "Scan/Dwell")), US_PER_NS),
        tilt_rad=radians(_number(root, "Stage/Tilt")),
        stage_x_mm=scaled(_number(root, "Stage/X"), MM_PER_UM),
        stage_y_mm=scaled(_number(root, "Stage/Y"), MM_PER_UM),
        acquired=text_of(root, "Application/Date"),
    )


VENDOR = TiffVendor("Fibics Atlas", (_TAG,), read)
