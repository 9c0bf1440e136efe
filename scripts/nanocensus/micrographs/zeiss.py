"""Zeiss SmartSEM: the text in TIFF tag 34118 (`CZ_SEM`)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from itertools import pairwise

import tifffile

from nanocensus.micrographs.findings import IN_SHEET, Finding
from nanocensus.micrographs.metadata import Metadata, TiffVendor, tag_bytes
from nanocensus.micrographs.types import Instrument, Modality, PixelSizeEvidence
from nanocensus.micrographs.units import (
    MM_PER_M,
    NM_PER_M,
    Quantity,
    length_mm,
    length_nm,
    magnification_times,
    number,
    quantity,
    scaled,
    time_us,
    voltage_kv,
)

_TAG = 34118
_KEY = re.compile(r"(AP|DP|SV)_\w+")
_DISPLAY_COLUMNS = 1024
"""Width of the picture that `AP_PIXEL_SIZE` and the unlabelled pixel size belong to."""
_STORE_COLUMNS = {512, 1024, 2048, 3072, 4096, 6144, 8192, 12288, 16384, 24576, 32768}
_UNLABELLED_PIXEL_M, _UNLABELLED_WORKING_DISTANCE_M = 3, 9
_SAME_VALUE_REL = 1e-3


def read(page: tifffile.TiffPage) -> Metadata | None:
    """Read SmartSEM's tag of a page; None if it has none.

    Parameters
    ----------
    page : tifffile.TiffPage
        The picture's page.

    Returns
    -------
    Metadata or None
        The info bar lies inside the stored rows, so `picture_rows` stays None.
    """
    lines = re.split(r"\r\n|\n|\r", tag_bytes(page, _TAG).decode("cp1252", "replace"))
    labelled = {key: value for key, value in pairwise(lines) if _KEY.fullmatch(key)}
    if not labelled:
        return None
    first_key = next(index for index, line in enumerate(lines) if _KEY.fullmatch(line))
    unlabelled = [number(line) for line in lines[:first_key]]
    shape = (page.imagelength, page.imagewidth)
    declared = _stored_shape(labelled)
    # Without a declared size the picture's own only tells what the display's pixel is divided by.
    columns = declared[1] if declared else page.imagewidth
    evidence = _evidence(labelled, unlabelled, columns, declared)
    detector = _text(labelled, "DP_DETECTOR_TYPE") or _text(labelled, "DP_DETECTOR_CHANNEL")
    return Metadata(
        vendor=VENDOR.name,
        evidence=() if evidence is None else (evidence,),
        instrument=_instrument(labelled, unlabelled, detector),
        modality=_modality(detector),
        findings=(
            *_findings(labelled, declared, shape),
            *(() if declared or not _is_stored_shape(shape) else _of_the_display(labelled)),
        ),
    )


def _text(labelled: dict[str, str], key: str) -> str | None:
    """Return what stands behind `Label =` or `Label :`."""
    parts = re.split(r"\s*[=:]\s*", labelled.get(key, ""), maxsplit=1)
    return parts[1].strip() or None if len(parts) == 2 else None


def _quantity(labelled: dict[str, str], key: str) -> Quantity | None:
    return quantity(_text(labelled, key) or "")


def _in_unit(
    labelled: dict[str, str], key: str, factor_of: Callable[[str], float | None]
) -> float | None:
    """Return a quantity times the factor of its unit, None where the unit has none."""
    found = _quantity(labelled, key)
    factor = factor_of(found.unit) if found else None
    return scaled(found.value, factor) if found and factor else None


def _length_nm(labelled: dict[str, str], key: str) -> tuple[float, float] | None:
    """Return a length in nm and its rounding, None where there is none above zero."""
    found = _quantity(labelled, key)
    unit = length_nm(found.unit) if found else None
    if found is None or unit is None or found.value <= 0:
        return None
    return found.value * unit, found.u_rel


def _stored_shape(labelled: dict[str, str]) -> tuple[int, int] | None:
    """Return rows and columns in `Store resolution = 1024 * 768`."""
    match = re.fullmatch(r"(\d{2,6})\s*\*\s*(\d{2,6})", _text(labelled, "DP_IMAGE_STORE") or "")
    return (int(match[2]), int(match[1])) if match else None


def _is_stored_shape(shape: tuple[int, int]) -> bool:
    """Return whether SmartSEM stores pictures of this size; older software does not write it."""
    rows, columns = shape
    return columns in _STORE_COLUMNS and 4 * rows == 3 * columns


def _evidence(
    labelled: dict[str, str],
    unlabelled: list[float | None],
    columns: int,
    declared: tuple[int, int] | None,
) -> PixelSizeEvidence | None:
    """Return the pixel size of the stored picture.

    `AP_IMAGE_PIXEL_SIZE` is that of the stored picture; older software has only
    `AP_PIXEL_SIZE`, for a display of 1024 columns. The unlabelled number, for the display too,
    has more digits and is preferred where it says the same.
    """
    key = "AP_IMAGE_PIXEL_SIZE"
    found = _length_nm(labelled, key)
    of_display = found is None
    if found is None:
        key = "AP_PIXEL_SIZE"
        found = _length_nm(labelled, key)
        if found is None:
            return None
        found = (found[0] * _DISPLAY_COLUMNS / columns, found[1])
    value_nm, u_rel = found
    finer_m = unlabelled[_UNLABELLED_PIXEL_M] if len(unlabelled) > _UNLABELLED_PIXEL_M else None
    if finer_m is not None:
        finer_nm = finer_m * NM_PER_M * _DISPLAY_COLUMNS / columns
        if abs(finer_nm / value_nm - 1) < _SAME_VALUE_REL:
            value_nm, u_rel = float(f"{finer_nm:.10g}"), 0.5e-6 / math.sqrt(3)
    # Spread over the picture's own columns, it gives the same width for a copy of any size.
    is_circular = of_display and declared is None
    width = None if is_circular else _length_nm(labelled, "AP_WIDTH")
    return PixelSizeEvidence(
        source="zeiss_tag",
        y_nm=value_nm,
        x_nm=value_nm,
        raw_text=labelled[key].strip(),
        u_rel=u_rel,
        declared_shape=declared,
        field_width_nm=width[0] if width else None,
    )


def _instrument(
    labelled: dict[str, str], unlabelled: list[float | None], detector: str | None
) -> Instrument:
    acquired = " ".join(filter(None, (_text(labelled, "AP_DATE"), _text(labelled, "AP_TIME"))))
    tilt_deg = _quantity(labelled, "AP_STAGE_AT_T")
    voltage_key = "AP_ACTUALKV" if "AP_ACTUALKV" in labelled else "AP_EHT"
    correction = _text(labelled, "DP_TILT_CORRECTION")
    return Instrument(
        instrument=_text(labelled, "DP_SEM") or _text(labelled, "SV_SERIAL_NUMBER"),
        detector=detector,
        voltage_kv=_in_unit(labelled, voltage_key, voltage_kv),
        working_distance_mm=_working_distance_mm(
            _in_unit(labelled, "AP_WD", length_mm), unlabelled
        ),
        magnification=_in_unit(labelled, "AP_MAG", magnification_times),
        dwell_time_us=_in_unit(labelled, "DP_DWELL_TIME", time_us),
        tilt_rad=math.radians(tilt_deg.value) if tilt_deg else None,
        tilt_corrected={"on": True, "off": False}.get((correction or "").lower()),
        stage_x_mm=_in_unit(labelled, "AP_STAGE_AT_X", length_mm),
        stage_y_mm=_in_unit(labelled, "AP_STAGE_AT_Y", length_mm),
        acquired=acquired or None,
    )


def _working_distance_mm(shown_mm: float | None, unlabelled: list[float | None]) -> float | None:
    """Return the working distance, with the unlabelled number's digits if it is the same."""
    if shown_mm is None or len(unlabelled) <= _UNLABELLED_WORKING_DISTANCE_M:
        return shown_mm
    finer_mm = scaled(unlabelled[_UNLABELLED_WORKING_DISTANCE_M], MM_PER_M)
    # SmartSEM shows one decimal and cuts rather than rounds it (2.849 is shown as 2.8).
    return finer_mm if finer_mm is not None and abs(finer_mm - shown_mm) < 0.1 else shown_mm


def _modality(detector: str | None) -> Modality | None:
    """Return what the detector leaves no doubt about.

    SE2 does: with a transmission holder it records transmitted electrons.
    """
    name = (detector or "").lower()
    if "stem" in name:
        return "stem"
    return "se" if name.startswith("inlens") else None


def _findings(
    labelled: dict[str, str], declared: tuple[int, int] | None, shape: tuple[int, int]
) -> tuple[Finding, ...]:
    findings = []
    if (_text(labelled, "DP_PIXEL_SIZE") or "").lower().startswith("uncal"):
        findings.append(
            Finding(
                "uncalibrated_instrument",
                "warn",
                "SmartSEM calls its pixel size uncalibrated; check it on a known distance "
                f"and give pixel_size_nm {IN_SHEET}",
            )
        )
    if (_text(labelled, "DP_FIB_IMAGING") or "SEM").upper().startswith("FIB"):
        findings.append(
            Finding("ion_beam", "warn", "taken with the ion beam, whose pixel size is less sure")
        )
    if declared is None and not _is_stored_shape(shape):
        findings.append(
            Finding(
                "unusual_size",
                "warn",
                f"{shape[1]} x {shape[0]} is no size that SmartSEM stores, so the picture was cut "
                "or resized; its pixel size holds only if the whole width is left: "
                f"use the original, or give pixel_size_nm {IN_SHEET}",
            )
        )
    return tuple(findings)


def _of_the_display(labelled: dict[str, str]) -> tuple[Finding, ...]:
    """Tell that a pixel size for the display was spread over the picture's own columns.

    So a copy of half the size gets a value of its own, and nothing shows that it is one.
    """
    if _length_nm(labelled, "AP_IMAGE_PIXEL_SIZE") is not None:
        return ()
    return (
        Finding(
            "size_not_declared",
            "warn",
            "SmartSEM gives the pixel size of its display and not the size of the stored picture; "
            "it holds if the picture's whole width is left; if not, use the original, or give "
            f"pixel_size_nm {IN_SHEET}",
        ),
    )


VENDOR = TiffVendor("Zeiss SmartSEM", (_TAG,), read)
