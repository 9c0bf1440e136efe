"""TESCAN: `Key=Value` text in TIFF tag 50431 and in the `.hdr` file beside a picture."""

from __future__ import annotations

import re
from itertools import chain

import tifffile

from nanocensus.micrographs.findings import Finding
from nanocensus.micrographs.metadata import Metadata, TiffVendor, positive, radians, tag_bytes
from nanocensus.micrographs.refusals import navigation_camera
from nanocensus.micrographs.sidecars import SidecarVendor
from nanocensus.micrographs.texts import decoded, ini_sections
from nanocensus.micrographs.types import Instrument, Micrograph, Modality, PixelSizeEvidence
from nanocensus.micrographs.units import KV_PER_V, MM_PER_M, NM_PER_M, US_PER_S, number, scaled

_TAG = 50431
_KEY = re.compile(r"[A-Za-z_][\w ]*$")
_PIXEL_KEY = "PixelSizeX"
_READING_U_REL = 0.5e-5 / 3**0.5

Settings = dict[str, str]


def read(page: tifffile.TiffPage) -> Metadata | None:
    """Read the tag of a page, whose text follows some binary bytes; None if it has none."""
    data = tag_bytes(page, _TAG)
    wide = b"P\0i\0x\0e\0l\0" in data
    text = data.replace(b"\0", b"").decode("latin-1") if wide else data.decode("latin-1")
    return _read(text, (page.imagelength, page.imagewidth), "tescan_tag")


def recognises_sidecar(data: bytes) -> bool:
    """Return whether the first bytes of a file are of a TESCAN header."""
    text = decoded(data)
    return "[MAIN]" in text and any(key in text for key in ("PixelSizeX", "TESCAN", "ViewFields"))


def read_sidecar(data: bytes, micrograph: Micrograph) -> Metadata | None:
    """Read the `.hdr` file beside a picture."""
    rows, columns = micrograph.pixels.shape
    return _read(decoded(data), (rows, columns), "tescan_sidecar")


def _settings(text: str) -> Settings:
    """Return all keys of all sections; binary bytes before a key are cut off.

    Of a key that two columns of an instrument have, the first counts: the column in use is
    written first.
    """
    settings: Settings = {}
    for key, value in chain.from_iterable(one.items() for one in ini_sections(text).values()):
        name = _KEY.search(key)
        if name:
            settings.setdefault(name[0].strip(), value)
    return settings


def _read(text: str, shape: tuple[int, int], source: str) -> Metadata | None:
    settings = _settings(text)
    if _PIXEL_KEY not in settings and "Magnification" not in settings:
        return None
    detector = settings.get("Detector0") or settings.get("Detector")
    if detector and re.search(r"camera|chamber\s?scope|nav", detector, re.IGNORECASE):
        raise navigation_camera("a photograph of the chamber or stage")
    evidence = _evidence(settings, source)
    strip = number(settings.get("ImageStripSize"))
    has_strip = strip is not None and 1 <= strip < shape[0] / 2
    return Metadata(
        vendor=VENDOR.name,
        evidence=() if evidence is None else (evidence,),
        instrument=_instrument(settings, detector),
        modality=_modality(detector),
        picture_rows=shape[0] - int(strip) if has_strip and strip else None,
        findings=_findings(settings),
    )


def _evidence(settings: Settings, source: str) -> PixelSizeEvidence | None:
    """Return the pixel size, written in metres; no size of the picture is declared."""
    x_m, y_m = number(settings.get(_PIXEL_KEY)), number(settings.get("PixelSizeY"))
    if x_m is None:
        return None
    return PixelSizeEvidence(
        source=source,
        y_nm=float(f"{(x_m if y_m is None else y_m) * NM_PER_M:.12g}"),
        x_nm=float(f"{x_m * NM_PER_M:.12g}"),
        raw_text=f"{_PIXEL_KEY}={settings[_PIXEL_KEY]}",
        u_rel=_READING_U_REL,
    )


def _instrument(settings: Settings, detector: str | None) -> Instrument:
    def value(*names: str) -> float | None:
        return next((n for name in names if (n := number(settings.get(name))) is not None), None)

    acquired = " ".join(filter(None, (settings.get("Date"), settings.get("Time"))))
    corrected = value("TiltCorrection")
    return Instrument(
        instrument=settings.get("Device") or settings.get("DeviceModel") or None,
        detector=detector or None,
        voltage_kv=scaled(positive(value("HV", "AcceleratorVoltage")), KV_PER_V),
        working_distance_mm=scaled(positive(value("WD")), MM_PER_M),
        magnification=positive(value("Magnification")),
        dwell_time_us=scaled(positive(value("DwellTime")), US_PER_S),
        tilt_rad=radians(value("StageTilt")),
        tilt_corrected=None if corrected is None else corrected != 0,
        stage_x_mm=scaled(value("StageX"), MM_PER_M),
        stage_y_mm=scaled(value("StageY"), MM_PER_M),
        acquired=acquired or None,
    )


def _modality(detector: str | None) -> Modality | None:
    return "stem" if "stem" in (detector or "").lower() else None


def _findings(settings: Settings) -> tuple[Finding, ...]:
    fields = [number(settings.get(f"ViewFieldsCount{axis}")) or 1 for axis in "XY"]
    if max(fields) <= 1:
        return ()
    return (
        Finding(
            "stitched_picture",
            "warn",
            f"stitched of {fields[0]:g} x {fields[1]:g} fields: particles at the seams may be "
            "doubled or cut",
        ),
    )


VENDOR = TiffVendor("TESCAN", (_TAG,), read)
SIDECAR = SidecarVendor("TESCAN", recognises_sidecar, read_sidecar)
