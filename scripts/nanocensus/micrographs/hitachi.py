"""Hitachi: the text beside a picture, `[SemImageFile]`, or `[TemImageFile]` in transmission."""

from __future__ import annotations

import re
from pathlib import PureWindowsPath

from nanocensus.micrographs.findings import Finding
from nanocensus.micrographs.metadata import (
    Metadata,
    declared_shape,
    positive,
    print_evidence,
    radians,
)
from nanocensus.micrographs.refusals import navigation_camera
from nanocensus.micrographs.sidecars import SidecarVendor
from nanocensus.micrographs.texts import decoded, ini_sections
from nanocensus.micrographs.types import Instrument, Micrograph, Modality, PixelSizeEvidence
from nanocensus.micrographs.units import (
    MM_PER_NM,
    length_nm,
    magnification_times,
    number,
    quantity,
    scaled,
    voltage_kv,
)

_SECTIONS = ("semimagefile", "temimagefile")
_SCANNING = _SECTIONS[0]
_PRINT_WIDTH_NM = 127e6
_READING_U_REL = 0.5e-6

Settings = dict[str, str]


def recognises(data: bytes) -> bool:
    """Return whether the first bytes of a file are of a Hitachi text, in any encoding."""
    text = decoded(data).lower()
    return any(f"[{section}]" in text for section in _SECTIONS)


def read(data: bytes, micrograph: Micrograph) -> Metadata | None:
    """Read the text beside a picture.

    The info bar lies inside the rows of `DataSize`, so `picture_rows` stays None.
    """
    sections = {name.lower(): one for name, one in ini_sections(decoded(data)).items()}
    name = next((one for one in _SECTIONS if sections.get(one)), "")
    settings = sections.get(name)
    if not settings:
        return None
    signal = settings.get("SignalName") or settings.get("DisplaySignalName") or None
    if signal and re.search(r"camera|cam\b|navi", signal, re.IGNORECASE):
        raise navigation_camera("a photograph of the stage by the camera")
    match = re.fullmatch(r"\s*(\d+)\s*[xX*,]\s*(\d+)\s*", settings.get("DataSize", ""))
    declared = declared_shape(float(match[2]), float(match[1])) if match else None
    magnification = _magnification(settings)
    printed = name == _SCANNING
    evidence, findings = _evidence(settings, declared, magnification if printed else None)
    return Metadata(
        vendor=SIDECAR.name,
        evidence=(
            *evidence,
            *(print_evidence(micrograph.print_dpi, magnification) if evidence and printed else ()),
        ),
        instrument=_instrument(settings, signal, magnification),
        modality=_modality(signal) if printed else "tem",
        findings=(*findings, *_renamed(settings, micrograph)),
    )


def _magnification(settings: Settings) -> float | None:
    found = quantity((settings.get("Magnification") or "").lstrip("xX"))
    if found is None:
        return None
    times = magnification_times(found.unit)
    return positive(found.value * times) if times else None


def _evidence(
    settings: Settings, declared: tuple[int, int] | None, magnification: float | None
) -> tuple[tuple[PixelSizeEvidence, ...], tuple[Finding, ...]]:
    """Return the pixel size, written in nm without a unit; older ones give a magnification."""
    found = quantity(settings.get("PixelSize") or "")
    unit_nm = length_nm(found.unit or "nm") if found else None
    value_nm = positive(found.value * unit_nm) if found and unit_nm else None
    of_photograph = (settings.get("MagnificationDisplay") or "0").strip() in {"0", ""}
    printed_nm = None
    if magnification and declared and of_photograph:
        printed_nm = _PRINT_WIDTH_NM / (magnification * declared[1])
    if value_nm is not None:
        evidence = PixelSizeEvidence(
            source="hitachi_sidecar",
            y_nm=value_nm,
            x_nm=value_nm,
            raw_text=f"PixelSize={settings['PixelSize']}",
            u_rel=_READING_U_REL,
            declared_shape=declared,
        )
        return (evidence,), ()
    if printed_nm is None or declared is None:
        return (), ()
    evidence = PixelSizeEvidence(
        source="hitachi_sidecar",
        y_nm=printed_nm,
        x_nm=printed_nm,
        raw_text=f"127 mm / ({magnification:g} x {declared[1]})",
        u_rel=1e-3,
        declared_shape=declared,
    )
    finding = Finding(
        "pixel_size_of_magnification",
        "warn",
        "the file gives no pixel size; it was computed from the magnification for a print of "
        "127 mm, as Hitachi's are: compare it with the ruler in the picture",
    )
    return (evidence,), (finding,)


def _instrument(settings: Settings, signal: str | None, magnification: float | None) -> Instrument:
    voltage = quantity(settings.get("AcceleratingVoltage") or "")
    factor = voltage_kv(voltage.unit or "V") if voltage else None
    distance = quantity(settings.get("WorkingDistance") or "")
    distance_nm = length_nm(distance.unit or "um") if distance else None
    acquired = " ".join(filter(None, (settings.get("Date"), settings.get("Time"))))
    compensation = number(settings.get("TiltCompensation"))
    return Instrument(
        instrument=settings.get("InstructName") or None,
        detector=signal,
        voltage_kv=positive(scaled(voltage.value, factor)) if voltage and factor else None,
        working_distance_mm=(
            positive(scaled(distance.value * distance_nm, MM_PER_NM))
            if distance and distance_nm
            else None
        ),
        magnification=magnification,
        tilt_rad=radians(number(settings.get("StagePositionT"))),
        tilt_corrected=None if compensation is None else compensation != 0,
        # Stage positions are written in nm.
        stage_x_mm=scaled(number(settings.get("StagePositionX")), MM_PER_NM),
        stage_y_mm=scaled(number(settings.get("StagePositionY")), MM_PER_NM),
        acquired=acquired or None,
    )


def _modality(signal: str | None) -> Modality | None:
    name = (signal or "").upper()
    return "stem" if name.startswith(("TE", "BF-STEM", "DF-STEM", "STEM")) else None


def _renamed(settings: Settings, micrograph: Micrograph) -> tuple[Finding, ...]:
    """Tell where the text names another picture than the one it lies beside."""
    named = PureWindowsPath(settings.get("ImageName") or "").stem
    if not named or named.lower() == micrograph.path.stem.lower():
        return ()
    return (
        Finding(
            "renamed_picture",
            "warn",
            f"the text beside it is for a picture named {named!r}: the two belong together only if "
            "both were renamed",
        ),
    )


SIDECAR = SidecarVendor("Hitachi", recognises, read)
