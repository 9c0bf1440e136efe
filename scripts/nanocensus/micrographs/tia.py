"""FEI TIA: `.ser` files with the picture, `.emi` files with what was set."""

from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from nanocensus.micrographs.arrays import read_plane
from nanocensus.micrographs.findings import Finding
from nanocensus.micrographs.formats import FileFormat
from nanocensus.micrographs.greys import native_grey
from nanocensus.micrographs.limits import truncated
from nanocensus.micrographs.metadata import Metadata, described, positive, radians
from nanocensus.micrographs.refusals import no_micrograph, reciprocal_space
from nanocensus.micrographs.sidecars import SidecarVendor
from nanocensus.micrographs.texts import Element, parsed_xml, text_of
from nanocensus.micrographs.types import Instrument, Micrograph, Modality, PixelSizeEvidence
from nanocensus.micrographs.units import KV_PER_V, MM_PER_UM, NM_PER_M, number, scaled

_SIGNATURE = b"II\x97\x01"
_VERSION_64_BIT = 0x0220
_SPECTRA, _PICTURES = 0x4120, 0x4122
_TYPES = {1: "<u1", 2: "<u2", 3: "<u4", 4: "<i1", 5: "<i2", 6: "<i4", 7: "<f4", 8: "<f8"}
_COMPLEX = (9, 10)
_ELEMENT = struct.Struct("<ddiddihii")
_LARGEST_PIXEL_M = 1e-3
"""Above it a step is one of reciprocal space, in 1/m, or of nothing at all, 1."""
_EMI_MARK = b"<ObjectInfo>"


def recognises(head: bytes) -> bool:
    """Return whether a file begins like a TIA series."""
    return head.startswith(_SIGNATURE)


def read(stream: BinaryIO, path: Path) -> Micrograph:
    """Read the first picture of a series.

    Raises
    ------
    MicrographError
        If the file is damaged, holds spectra, or has steps of reciprocal space.
    """
    stream.seek(4)
    version, kind = struct.unpack("<HI", _exactly(stream, 6))
    _tag_kind, total, valid = struct.unpack("<III", _exactly(stream, 12))
    wide = version >= _VERSION_64_BIT
    layout = "<Q" if wide else "<I"
    (table,) = struct.unpack(layout, _exactly(stream, struct.calcsize(layout)))
    if kind == _SPECTRA:
        raise no_micrograph("a series of spectra or profiles")
    if kind != _PICTURES:
        raise no_micrograph(f"a TIA series of unknown kind {kind:#x}")
    if min(total, valid) < 1:
        raise no_micrograph("a TIA series without any picture")
    stream.seek(table)
    (offset,) = struct.unpack(layout, _exactly(stream, struct.calcsize(layout)))
    stream.seek(offset)
    element = _ELEMENT.unpack(_exactly(stream, _ELEMENT.size))
    x_m, y_m, type_number, columns, rows = (element[i] for i in (1, 4, 6, 7, 8))
    if type_number in _COMPLEX:
        raise reciprocal_space("TIA", "complex values")
    if type_number not in _TYPES:
        raise no_micrograph(f"TIA data of unknown type {type_number}")
    if max(abs(x_m), abs(y_m)) > _LARGEST_PIXEL_M and not (x_m == y_m == 1.0):
        raise reciprocal_space("TIA", f"steps of {x_m:g} 1/m")
    values = read_plane(
        stream, offset + _ELEMENT.size, (rows, columns), np.dtype(_TYPES[type_number])
    )
    micrograph = Micrograph(path=path, pixels=native_grey(values), format="SER")
    return described(micrograph, [_metadata(x_m, y_m, valid)], container="SER")


def _exactly(stream: BinaryIO, count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise truncated(f"{count - len(data)} bytes of its header are missing")
    return data


def _metadata(x_m: float, y_m: float, pictures: int) -> Metadata:
    evidence: tuple[PixelSizeEvidence, ...] = ()
    if not x_m == y_m == 1.0:
        # The step in y may be negative: rows are counted from below.
        evidence = (
            PixelSizeEvidence(
                source="tia",
                y_nm=float(f"{abs(y_m) * NM_PER_M:.12g}"),
                x_nm=float(f"{abs(x_m) * NM_PER_M:.12g}"),
                raw_text=f"CalibrationDeltaX={x_m:g} m",
            ),
        )
    findings: tuple[Finding, ...] = ()
    if pictures > 1:
        findings = (
            Finding(
                "further_pictures",
                "warn",
                f"a series of {pictures} pictures: the first was read; save the others as files of "
                "their own if they are to count",
            ),
        )
    return Metadata("FEI TIA", evidence, findings=findings)


def recognises_emi(data: bytes) -> bool:
    """Return whether a file is an `.emi` file."""
    return _EMI_MARK in data


def read_emi(data: bytes, micrograph: Micrograph) -> Metadata | None:
    """Read what was set from the `.emi` file of a series.

    Raises
    ------
    MicrographError
        If the picture was taken in diffraction.
    """
    root = parsed_xml(data[max(0, data.find(_EMI_MARK)) :], "ObjectInfo")
    if root is None:
        return None
    settings = _labelled(root)
    mode = str(settings.get("Mode") or "")
    # In scanning mode the projector shows a pattern, while the picture is of real space.
    scanning = "STEM" in mode.upper()
    if not scanning and re.search(r"diffraction", mode, re.IGNORECASE):
        raise reciprocal_space("TIA's mode", mode.strip())
    modality: Modality | None = "stem" if scanning else "tem" if "TEM" in mode.upper() else None
    return Metadata("FEI TIA", (), _instrument(root, settings), modality)


def _labelled(root: Element) -> dict[str, Any]:
    """Return the settings, which are written as `<Label>`, `<Value>`, `<Unit>`."""
    return {
        label: text_of(data, "Value")
        for data in root.iter("Data")
        if (label := text_of(data, "Label")) is not None
    }


def _instrument(root: Element, settings: dict[str, Any]) -> Instrument:
    conditions = "ExperimentalConditions/MicroscopeConditions/"
    voltage_v = number(text_of(root, conditions + "AcceleratingVoltage"))
    return Instrument(
        instrument=settings.get("Microscope"),
        detector=text_of(root, "AcquireInfo/CameraNamePath", "AcquireInfo/DetectorNamePath"),
        voltage_kv=scaled(positive(voltage_v), KV_PER_V),
        magnification=positive(number(settings.get("Magnification"))),
        tilt_rad=radians(number(settings.get("Stage A"))),
        stage_x_mm=scaled(number(settings.get("Stage X")), MM_PER_UM),
        stage_y_mm=scaled(number(settings.get("Stage Y")), MM_PER_UM),
        acquired=text_of(root, "AcquireDate"),
    )


FORMAT = FileFormat("FEI TIA series", recognises, read)
SIDECAR = SidecarVendor("FEI TIA", recognises_emi, read_emi)
