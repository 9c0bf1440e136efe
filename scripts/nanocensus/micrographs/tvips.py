"""TVIPS EM-MENU: TIFF tag 37706."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tifffile

from nanocensus.micrographs.findings import IN_SHEET, Finding
from nanocensus.micrographs.metadata import (
    Metadata,
    TiffVendor,
    declared_shape,
    positive,
)
from nanocensus.micrographs.refusals import reciprocal_space
from nanocensus.micrographs.types import Instrument, PixelSizeEvidence
from nanocensus.micrographs.units import KV_PER_V, MM_PER_M, scaled

_TAG = 37706
_READ_VERSION = 2
_IMAGING_MODES, _DIFFRACTION_MODE = (0, 1, 2), 3
"""`TemMode`: bright field, dark field in x and y, conical dark field; diffraction."""
_READING_U_REL = 6e-8


def read(page: tifffile.TiffPage) -> Metadata | None:
    """Read EM-MENU's tag of a page; None if it has none.

    The units of version 1 differ from place to place, so of it only the picture is read. In
    diffraction `PixelSizeX` is of reciprocal space; only the mode says so.

    Raises
    ------
    MicrographError
        For a diffraction pattern.
    """
    tag = page.tags.get(_TAG)
    header = tag.value if tag is not None else None
    if not isinstance(header, Mapping):
        return None
    if header.get("Version") != _READ_VERSION or "PixelSizeX" not in header:
        message = (
            "EM-MENU's tag is of an old version, whose units are not sure: not used; give "
            f"pixel_size_nm {IN_SHEET}"
        )
        old = Finding("vendor_not_read", "warn", message)
        return Metadata(vendor=VENDOR.name, findings=(old,))
    if _number(header, "TemMode") == _DIFFRACTION_MODE:
        raise reciprocal_space("the TVIPS tag", f"TemMode {_DIFFRACTION_MODE}, diffraction")
    declared = declared_shape(_number(header, "ImageSizeY"), _number(header, "ImageSizeX"))
    x_nm, y_nm = _number(header, "PixelSizeX"), _number(header, "PixelSizeY")
    evidence: tuple[PixelSizeEvidence, ...] = ()
    if x_nm is not None:
        computed_nm = _computed_nm(header)
        evidence = (
            PixelSizeEvidence(
                source="tvips_tag",
                y_nm=x_nm if y_nm is None else y_nm,
                x_nm=x_nm,
                raw_text=f"PixelSizeX={x_nm:g} nm",
                u_rel=_READING_U_REL,
                declared_shape=declared,
                field_width_nm=computed_nm * declared[1] if computed_nm and declared else None,
            ),
        )
    return Metadata(
        vendor=VENDOR.name,
        evidence=evidence,
        instrument=_instrument(header),
        modality="tem",
        findings=_findings(header) if evidence else (),
    )


def _number(header: Mapping[str, Any], key: str) -> float | None:
    value = header.get(key)
    return float(value) if isinstance(value, int | float) else None


def _computed_nm(header: Mapping[str, Any]) -> float | None:
    """Return the camera's pixel over the magnifications; 0 for one of them is not known."""
    pixel_nm = positive(_number(header, "PhysicalPixelSizeX"))
    binning = positive(_number(header, "BinningX"))
    factors = [
        positive(_number(header, key))
        for key in ("TemMagnification", "PostMagnification", "TemMagnificationCorrection")
    ]
    if pixel_nm is None or binning is None or factors[0] is None:
        return None
    value = pixel_nm * binning
    for factor in factors:
        value /= factor or 1.0
    return value


def _findings(header: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Return why a stated pixel size may be none, or of reciprocal space."""
    findings = []
    mode = _number(header, "TemMode")
    if mode is not None and mode not in _IMAGING_MODES:
        message = (
            f"the TVIPS tag says TemMode {mode:g}, which is not known, and in diffraction its "
            "pixel size is no length; leave the file out of the folder if it is a pattern, else "
            "accept it in the review"
        )
        findings.append(Finding("unknown_mode", "review", message))
    if _computed_nm(header) is None:
        message = (
            "nothing confirms the pixel size of the TVIPS tag: it holds no magnification, so it "
            "may be one of diffraction; confirm it by pixel_size_nm "
            f"{IN_SHEET}"
        )
        findings.append(Finding("pixel_size_unconfirmed", "warn", message))
    return tuple(findings)


def _instrument(header: Mapping[str, Any]) -> Instrument:
    names = [header.get("TemType"), header.get("CameraType")]
    position = header.get("TemStagePosition")
    stage = position if isinstance(position, list | tuple) and len(position) >= 2 else (None, None)
    return Instrument(
        instrument=str(names[0]).strip() or None if names[0] else None,
        detector=str(names[1]).strip() or None if names[1] else None,
        voltage_kv=scaled(positive(_number(header, "TemHighTension")), KV_PER_V),
        magnification=positive(_number(header, "TemMagnification")),
        stage_x_mm=scaled(stage[0], MM_PER_M),
        stage_y_mm=scaled(stage[1], MM_PER_M),
    )


VENDOR = TiffVendor("TVIPS", (_TAG,), read)
