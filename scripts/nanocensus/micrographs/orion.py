"""Zeiss Orion helium ion microscopes: the XML `<ImageTags>` in TIFF tag 65000."""

from __future__ import annotations

from collections.abc import Callable

import tifffile

from nanocensus.micrographs.metadata import (
    Metadata,
    TiffVendor,
    bar_below,
    declared_shape,
    positive,
    radians,
    tag_bytes,
)
from nanocensus.micrographs.texts import Element, parsed_xml, text_of
from nanocensus.micrographs.types import Instrument, PixelSizeEvidence
from nanocensus.micrographs.units import (
    MM_PER_UM,
    NM_PER_M,
    Quantity,
    length_mm,
    length_nm,
    quantity,
    scaled,
    time_us,
    voltage_kv,
)

_TAG = 65000
_FIELD_UNIT = "um"
_READING_U_REL = 1e-6


def read(page: tifffile.TiffPage) -> Metadata | None:
    """Read the XML of a page; None if it has none of this kind."""
    root = parsed_xml(tag_bytes(page, _TAG), "ImageTags")
    if root is None:
        return None
    declared = declared_shape(_plain(root, "ImageHeight"), _plain(root, "ImageWidth"))
    evidence = _evidence(root, declared, page.imagewidth)
    return Metadata(
        vendor=VENDOR.name,
        evidence=() if evidence is None else (evidence,),
        instrument=_instrument(root),
        picture_rows=bar_below(declared, (page.imagelength, page.imagewidth)),
    )


def _text(root: Element, name: str) -> str | None:
    """Return a setting: `<name><Value>`, or the text itself; names may hold points."""
    for child in root:
        if str(child.tag).rpartition("}")[2] == name:
            return text_of(child, "Value") or (child.text or "").strip() or None
    return None


def _quantity(root: Element, *names: str) -> Quantity | None:
    """Return the first of several settings, whose unit stands behind it or in `Units`."""
    for name in names:
        found = quantity(_text(root, name) or "")
        if found is not None:
            unit = found.unit or text_of(root, f"{name}/Units", f"{name}/Unit") or ""
            return Quantity(found.value, unit, found.u_rel)
    return None


def _plain(root: Element, *names: str) -> float | None:
    found = _quantity(root, *names)
    return found.value if found else None


def _in_unit(
    found: Quantity | None, factor_of: Callable[[str], float | None], default: str
) -> float | None:
    factor = factor_of(found.unit or default) if found else None
    return positive(scaled(found.value, factor)) if found and factor else None


def _evidence(
    root: Element, declared: tuple[int, int] | None, columns: int
) -> PixelSizeEvidence | None:
    """Return the pixel size: the scaling, checked by the field; else the field / columns."""
    field = _quantity(root, "Fov", "FOV", "FieldOfView")
    unit_nm = length_nm(field.unit or _FIELD_UNIT) if field else None
    field_nm = positive(field.value * unit_nm) if field and unit_nm else None
    x_m, y_m = positive(_plain(root, "ScalingX")), positive(_plain(root, "ScalingY"))
    if x_m is not None:
        return PixelSizeEvidence(
            source="orion_tag",
            y_nm=float(f"{(y_m or x_m) * NM_PER_M:.12g}"),
            x_nm=float(f"{x_m * NM_PER_M:.12g}"),
            raw_text=f"ScalingX = {x_m:g} m",
            u_rel=_READING_U_REL,
            declared_shape=declared,
            field_width_nm=field_nm,
        )
    if field is None or field_nm is None:
        return None
    value_nm = field_nm / (declared[1] if declared else columns)
    return PixelSizeEvidence(
        source="orion_tag",
        y_nm=value_nm,
        x_nm=value_nm,
        raw_text=f"Fov = {field.value:g} {field.unit or _FIELD_UNIT}",
        u_rel=field.u_rel,
        declared_shape=declared,
    )


def _instrument(root: Element) -> Instrument:
    names = [_text(root, "System.Model"), _text(root, "System.Name")]
    return Instrument(
        instrument=" ".join(filter(None, names)) or "Orion",
        detector=_text(root, "DetectorName"),
        voltage_kv=_in_unit(
            _quantity(root, "AccelerationVoltage", "GFIS.AccelerationVoltage"), voltage_kv, "V"
        ),
        working_distance_mm=_in_unit(_quantity(root, "WorkingDistance"), length_mm, "mm"),
        magnification=positive(_plain(root, "MagnificationDisplay")),
        dwell_time_us=_in_unit(_quantity(root, "DwellTime"), time_us, "us"),
        tilt_rad=radians(_plain(root, "StageTilt")),
        stage_x_mm=scaled(_plain(root, "StageX"), MM_PER_UM),
        stage_y_mm=scaled(_plain(root, "StageY"), MM_PER_UM),
        acquired=_text(root, "TimeStamp"),
    )


VENDOR = TiffVendor("Zeiss Orion", (_TAG,), read)
