"""JEOL scanning microscopes and microprobes: the `.txt` file of `$KEY value` lines."""

from __future__ import annotations

import math
import re

from nanocensus.micrographs.findings import Finding
from nanocensus.micrographs.metadata import (
    Metadata,
    bar_below,
    declared_shape,
    positive,
    print_evidence,
)
from nanocensus.micrographs.sidecars import SidecarVendor
from nanocensus.micrographs.texts import decoded
from nanocensus.micrographs.types import Instrument, Micrograph, PixelSizeEvidence
from nanocensus.micrographs.units import length_nm, number, quantity, scaled

_PRINT_WIDTH_NM = 120e6
_LINE = re.compile(r"\s*\$+(\w+)[ \t]+(.*?)\s*")
_HALF_WIDTH_U = 0.5 / math.sqrt(3)
"""Relative to the bar in px: JEOL cuts its length to whole pixels."""

Settings = dict[str, str]


def recognises(data: bytes) -> bool:
    """Return whether the first bytes of a file are of a JEOL text."""
    return b"$CM_" in data or b"$SEM_DATA_VERSION" in data or b"$\0C\0M\0_" in data


def read(data: bytes, micrograph: Micrograph) -> Metadata | None:
    """Read the text beside a picture.

    It describes the picture as it was scanned (`CM_FULL_SIZE`), not a copy that was saved
    smaller; print resolution and magnification tell the copy's pixel size.
    """
    settings: Settings = {}
    for line in decoded(data).splitlines():
        match = _LINE.fullmatch(line)
        if match:
            settings.setdefault(match[1], match[2])
    if not settings:
        return None
    size = [number(part) for part in settings.get("CM_FULL_SIZE", "").split()]
    declared = declared_shape(size[1], size[0]) if len(size) == 2 else None
    magnification = positive(number(settings.get("CM_MAG")))
    evidence, findings = _evidence(settings, declared, micrograph, magnification)
    prints = print_evidence(micrograph.print_dpi, magnification) if evidence else ()
    rows, columns = micrograph.pixels.shape
    return Metadata(
        vendor=SIDECAR.name,
        evidence=(*evidence, *prints),
        instrument=_instrument(settings, magnification),
        picture_rows=bar_below(declared, (rows, columns)),
        findings=findings,
    )


def _evidence(
    settings: Settings,
    declared: tuple[int, int] | None,
    micrograph: Micrograph,
    magnification: float | None,
) -> tuple[tuple[PixelSizeEvidence, ...], tuple[Finding, ...]]:
    """Return the pixel size: of the print width where the bar's length agrees, else of the bar."""
    columns = declared[1] if declared else micrograph.pixels.shape[1]
    bar_px = positive(number(settings.get("SM_MICRON_BAR")))
    marker = quantity(settings.get("SM_MICRON_MARKER", ""))
    marker_unit_nm = length_nm(marker.unit) if marker else None
    marker_nm = positive(marker.value * marker_unit_nm) if marker and marker_unit_nm else None
    printed_nm = _PRINT_WIDTH_NM / (magnification * columns) if magnification else None
    field_nm = _field_width_nm(settings)
    if bar_px is None or marker_nm is None:
        return _of_field(field_nm, columns, declared), ()
    findings: tuple[Finding, ...] = ()
    bar_text = f"{settings['SM_MICRON_BAR']} px = {settings['SM_MICRON_MARKER']}"
    # Cut to whole pixels by newer instruments, rounded by older ones.
    if printed_nm and -0.5 <= marker_nm / printed_nm - bar_px <= 1.0:
        value_nm, u_rel = printed_nm, 1e-3
        text = f"120 mm / ({magnification:g} x {columns}), bar {bar_text}"
    else:
        value_nm, u_rel = marker_nm / (bar_px + 0.5), _HALF_WIDTH_U / bar_px
        text = bar_text
        findings += (
            Finding(
                "coarse_pixel_size",
                "warn",
                f"the pixel size comes from a bar of {bar_px:g} whole pixels ({bar_text}) and may "
                f"be {1 / bar_px:.1%} off",
            ),
        )
    evidence = PixelSizeEvidence(
        source="jeol_sidecar",
        y_nm=value_nm,
        x_nm=value_nm,
        raw_text=text,
        u_rel=u_rel,
        declared_shape=declared,
        # Where only the bar is known to its pixel, a field width would contradict it for nothing.
        field_width_nm=field_nm if not findings else None,
    )
    return (evidence,), findings


def _field_width_nm(settings: Settings) -> float | None:
    """Return the width that newer instruments write, as `127.000um 95.250um`."""
    found = quantity(settings.get("CM_FIELD_OF_VIEW", "").split(" ")[0])
    unit_nm = length_nm(found.unit or "um") if found else None
    return positive(found.value * unit_nm) if found and unit_nm else None


def _of_field(
    field_nm: float | None, columns: int, declared: tuple[int, int] | None
) -> tuple[PixelSizeEvidence, ...]:
    if field_nm is None or declared is None:
        return ()
    value_nm = field_nm / columns
    text = f"CM_FIELD_OF_VIEW {field_nm:g} nm / {columns}"
    return (
        PixelSizeEvidence("jeol_sidecar", value_nm, value_nm, text, None, declared_shape=declared),
    )


def _instrument(settings: Settings, magnification: float | None) -> Instrument:
    stage = [number(part) for part in settings.get("CM_STAGE_POS", "").split()]
    position = [*stage, *[None] * 6]
    acquired = " ".join(filter(None, (settings.get("CM_DATE"), settings.get("CM_TIME"))))
    # Rotation and tilt are not named; only where both are 0 is the tilt sure.
    level = position[3] == 0 and position[4] == 0
    return Instrument(
        instrument=settings.get("CM_INSTRUMENT") or None,
        detector=settings.get("CM_SIGNAL") or settings.get("CM_SIGNAL_NAME") or None,
        voltage_kv=positive(number(settings.get("CM_ACCEL_VOLT"))),
        working_distance_mm=positive(number(settings.get("SM_WD"))),
        magnification=magnification,
        tilt_rad=0.0 if level else None,
        stage_x_mm=scaled(position[0], 1.0),
        stage_y_mm=scaled(position[1], 1.0),
        acquired=acquired or None,
    )


SIDECAR = SidecarVendor("JEOL SEM", recognises, read)
