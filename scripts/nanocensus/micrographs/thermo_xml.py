"""FEI and Thermo Fisher: the XML `<Metadata>` of xT and Velox in TIFF tag 34683."""

from __future__ import annotations

import re

import tifffile

from nanocensus.micrographs.findings import Finding
from nanocensus.micrographs.metadata import (
    Metadata,
    TiffVendor,
    bar_below,
    declared_shape,
    positive,
    tag_bytes,
)
from nanocensus.micrographs.refusals import navigation_camera, reciprocal_space
from nanocensus.micrographs.texts import Element, element_at, parsed_xml, text_of
from nanocensus.micrographs.types import Instrument, PixelSizeEvidence
from nanocensus.micrographs.units import (
    KV_PER_V,
    MM_PER_M,
    US_PER_S,
    is_reciprocal,
    length_nm,
    number,
    scaled,
)

_TAG = 34683
_METRE = "m"
_ROOT = re.compile(rb"<(?:[A-Za-z][\w.-]*:)?([A-Za-z][\w.-]*)[\s>]")
_READING_U_REL = 0.5e-5 / 3**0.5


def read(page: tifffile.TiffPage) -> Metadata | None:
    """Read the XML of a page; None if it has none of this kind.

    Raises
    ------
    MicrographError
        For a photograph of the stage, a diffraction pattern and a Fourier transform.
    """
    data = tag_bytes(page, _TAG)
    root = parsed_xml(data, "Metadata")
    if root is None:
        return _of_another_root(data)
    detector = text_of(root, "BinaryResult/Detector", "Detectors/ScanningDetector/DetectorName")
    if detector and "navcam" in detector.lower().replace("-", ""):
        raise navigation_camera()
    declared = declared_shape(
        number(text_of(root, "ScanSettings/ScanSize/Height")),
        number(text_of(root, "ScanSettings/ScanSize/Width")),
    )
    evidence = _evidence(root, declared)
    ion = (text_of(root, "Acquisition/BeamType") or "").lower().startswith("ion")
    warning = Finding("ion_beam", "warn", "taken with the ion beam, whose pixel size is less sure")
    return Metadata(
        vendor=VENDOR.name,
        evidence=() if evidence is None else (evidence,),
        instrument=_instrument(root, detector),
        picture_rows=bar_below(declared, (page.imagelength, page.imagewidth)),
        findings=(warning,) if ion else (),
    )


def _of_another_root(data: bytes) -> Metadata | None:
    """Read the older XML of Titan microscopes: settings as labels, and somewhere a pixel size."""
    named = _ROOT.search(data)
    root = parsed_xml(data, named[1].decode("ascii")) if named else None
    if root is None or named is None or named[1] == b"FeiImage":
        return None
    labels = {
        label: text_of(item, "Value")
        for item in root.iter()
        if (label := text_of(item, "Label")) is not None
    }
    mode = labels.get("Mode") or ""
    if "diffraction" in mode.lower() and "STEM" not in mode.upper():
        raise reciprocal_space("its XML", mode)
    places = [item for item in root.iter() if _local(item) in {"PixelSize", "PixelsSize"}]
    sizes = [_in_nm(element_at(place, side)) for place in places[:1] for side in "XY"]
    if not labels and not sizes:
        return None
    evidence: tuple[PixelSizeEvidence, ...] = ()
    if sizes and sizes[0] is not None:
        x_nm = sizes[0]
        y_nm = x_nm if sizes[1] is None else sizes[1]
        evidence = (PixelSizeEvidence("thermo_xml", y_nm, x_nm, f"PixelSize/X = {x_nm:g} nm"),)
    return Metadata(
        vendor=VENDOR.name,
        evidence=evidence,
        instrument=Instrument(
            instrument=labels.get("Microscope"),
            voltage_kv=positive(number(labels.get("High tension"))),
            magnification=positive(number(labels.get("Magnification"))),
        ),
    )


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _in_nm(element: Element | None) -> float | None:
    """Return a length with its unit as an attribute, metres where none is written."""
    if element is None:
        return None
    unit = element.get("unit") or _METRE
    if is_reciprocal(unit):
        raise reciprocal_space("its XML", unit)
    value, unit_nm = number((element.text or "").strip()), length_nm(unit)
    return None if value is None or unit_nm is None else float(f"{value * unit_nm:.12g}")


def _evidence(root: Element, declared: tuple[int, int] | None) -> PixelSizeEvidence | None:
    x_nm = _in_nm(element_at(root, "BinaryResult/PixelSize/X"))
    y_nm = _in_nm(element_at(root, "BinaryResult/PixelSize/Y"))
    if x_nm is None:
        return None
    field = _in_nm(element_at(root, "Optics/ScanFieldOfView/X"))
    return PixelSizeEvidence(
        source="thermo_xml",
        y_nm=x_nm if y_nm is None else y_nm,
        x_nm=x_nm,
        raw_text=f"PixelSize/X = {x_nm:g} nm",
        u_rel=_READING_U_REL,
        declared_shape=declared,
        field_width_nm=positive(field),
    )


def _instrument(root: Element, detector: str | None) -> Instrument:
    def value(*paths: str) -> float | None:
        return number(text_of(root, *paths))

    names = [text_of(root, "Instrument/InstrumentClass"), text_of(root, "Instrument/InstrumentID")]
    return Instrument(
        instrument=names[0] or names[1],
        detector=detector,
        voltage_kv=scaled(positive(value("Optics/AccelerationVoltage")), KV_PER_V),
        working_distance_mm=scaled(positive(value("Optics/WorkingDistance")), MM_PER_M),
        dwell_time_us=scaled(positive(value("ScanSettings/DwellTime")), US_PER_S),
        tilt_rad=value(
            "StageSettings/StagePosition/Tilt/Alpha", "StageSettings/StagePosition/Tilt"
        ),
        stage_x_mm=scaled(value("StageSettings/StagePosition/X"), MM_PER_M),
        stage_y_mm=scaled(value("StageSettings/StagePosition/Y"), MM_PER_M),
        acquired=text_of(root, "Acquisition/AcquisitionDatetime"),
    )


VENDOR = TiffVendor("FEI/Thermo XML", (_TAG,), read)
