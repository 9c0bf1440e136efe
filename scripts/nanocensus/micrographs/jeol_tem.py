"""JEOL SightX (transmission microscopes): the XML `<TemReporter>` in `ImageDescription`."""

from __future__ import annotations

import re

import tifffile

from nanocensus.micrographs.findings import IN_SHEET, Finding
from nanocensus.micrographs.metadata import Metadata, TiffVendor, radians, tag_bytes
from nanocensus.micrographs.refusals import reciprocal_space
from nanocensus.micrographs.resolution import print_dpi
from nanocensus.micrographs.texts import Element, element_at, parsed_xml, text_of
from nanocensus.micrographs.types import Instrument, PixelSizeEvidence
from nanocensus.micrographs.units import (
    KV_PER_V,
    MM_PER_UM,
    NM_PER_INCH,
    magnification_times,
    number,
    scaled,
)

_TAG = 270
_MAGNIFICATION = re.compile(r"\s*[xX×]\s*([\d.,]+)\s*([kKM]?)\s*")
_NOT_REAL = re.compile(r"DIFF|RONCHI|ROCK|SPOT|SAED|CBED|NBD", re.IGNORECASE)


def read(page: tifffile.TiffPage) -> Metadata | None:
    """Read SightX's report of a page; None if it has none.

    It holds no pixel size; that follows from the magnification and the print resolution, which is
    a whole number and so leaves half a per cent open.

    Raises
    ------
    MicrographError
        For a diffraction pattern or Ronchigram.
    """
    root = parsed_xml(tag_bytes(page, _TAG), "TemReporter")
    if root is None:
        return None
    forming = element_at(root, "ImageFormingSystem")
    scanning = "TEM" not in (text_of(root, "Eos/EosMode") or "TEM").upper()
    _refuse_reciprocal(forming, scanning=scanning)
    magnification = _magnification(forming)
    dpi = print_dpi(page)
    evidence: tuple[PixelSizeEvidence, ...] = ()
    findings: tuple[Finding, ...] = ()
    if scanning:
        findings = (
            Finding(
                "vendor_not_read",
                "warn",
                f"SightX tells no pixel size of scanned pictures; give pixel_size_nm {IN_SHEET}",
            ),
        )
    elif magnification and dpi:
        value_nm = NM_PER_INCH / dpi / magnification
        evidence = (
            PixelSizeEvidence(
                source="jeol_sightx",
                y_nm=value_nm,
                x_nm=value_nm,
                raw_text=f"25.4 mm / {dpi:g} dpi / {magnification:g}",
                u_rel=0.5 / 3**0.5 / dpi,
            ),
        )
    return Metadata(
        vendor=VENDOR.name,
        evidence=evidence,
        instrument=_instrument(root, magnification),
        modality="stem" if scanning else "tem",
        findings=findings,
    )


def _refuse_reciprocal(forming: Element | None, *, scanning: bool) -> None:
    if forming is None:
        return
    modes: tuple[str, ...] = ("ImageFormingMode", "ModeString")
    if scanning:
        modes = ("ScanningImageFormingMode", "ImageFormingMode", "ModeString")
    for name in modes:
        mode = text_of(forming, name)
        if mode and _NOT_REAL.search(mode):
            raise reciprocal_space("SightX's report", mode)
    # A camera's picture in scanning mode is a Ronchigram; its length stands where magnification
    # would.
    length = text_of(forming, "SelectorString") or ""
    if re.fullmatch(r"[\d.]+\s*(cm|mm|m)", length):
        raise reciprocal_space("SightX's report", f"camera length {length}")


def _magnification(forming: Element | None) -> float | None:
    text = text_of(forming, "SelectorString") if forming is not None else None
    match = _MAGNIFICATION.fullmatch(text or "")
    value = number(match[1].replace(",", ".")) if match else None
    times = magnification_times(match[2]) if match else None
    return value * times if times and value and value > 0 else None


def _instrument(root: Element, magnification: float | None) -> Instrument:
    voltage = text_of(root, "ElectronGun/AccelerationVoltage")
    return Instrument(
        instrument=text_of(root, "Instruments"),
        voltage_kv=_kilovolts(number(voltage)),
        magnification=magnification,
        tilt_rad=radians(number(text_of(root, "GonioStage/StagePosition/TX"))),
        stage_x_mm=scaled(number(text_of(root, "GonioStage/StagePosition/MX")), MM_PER_UM),
        stage_y_mm=scaled(number(text_of(root, "GonioStage/StagePosition/MY")), MM_PER_UM),
        acquired=text_of(root, "DateTime"),
    )


def _kilovolts(volts: float | None) -> float | None:
    """Return a voltage written in V, None for 0: a microscope that was off."""
    return scaled(volts, KV_PER_V) if volts and volts > 1e3 else None


VENDOR = TiffVendor("JEOL SightX", (), read)
