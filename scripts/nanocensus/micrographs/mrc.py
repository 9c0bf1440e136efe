"""MRC files, and the `.mdoc` text that SerialEM writes beside its pictures.

The header has 1024 bytes and is read here, because mrcfile gives memory to whatever it claims.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np

from nanocensus.micrographs.arrays import read_plane
from nanocensus.micrographs.findings import Finding, MicrographError
from nanocensus.micrographs.formats import FileFormat
from nanocensus.micrographs.greys import native_grey
from nanocensus.micrographs.limits import truncated, unsupported
from nanocensus.micrographs.metadata import (
    Metadata,
    declared_shape,
    described,
    positive,
    radians,
)
from nanocensus.micrographs.refusals import no_micrograph, reciprocal_space
from nanocensus.micrographs.sidecars import SidecarVendor
from nanocensus.micrographs.texts import decoded, ini_sections
from nanocensus.micrographs.types import Instrument, Micrograph, PixelSizeEvidence
from nanocensus.micrographs.units import (
    KV_PER_V,
    MM_PER_UM,
    NM_PER_ANGSTROM,
    NM_PER_M,
    number,
    scaled,
)

_HEADER_BYTES = 1024
_MODES = {0: "i1", 1: "i2", 2: "f4", 6: "u2", 12: "f2"}
_COMPLEX_MODES = (3, 4)
_MAP_PLACE, _EXTENDED_TYPE_PLACE, _IMOD_PLACE, _FLAGS_PLACE = 208, 104, 152, 156
_IMOD_STAMP = 1146047817
_LARGEST_SIDE = 1 << 20
_FEI_TYPES = (b"FEI1", b"FEI2")
_FEI_VOLTAGE, _FEI_TILT, _FEI_PIXEL_X = 84, 100, 156

Order = Literal["<", ">"]


def recognises(head: bytes) -> bool:
    """Return whether a file begins like an MRC file; old ones lack the mark `MAP`."""
    if len(head) < _HEADER_BYTES:
        return head[_MAP_PLACE : _MAP_PLACE + 3] == b"MAP"
    return head[_MAP_PLACE : _MAP_PLACE + 3] == b"MAP" or any(
        _is_plausible(head, order) for order in ("<", ">")
    )


def _is_plausible(head: bytes, order: str) -> bool:
    """Return whether sizes, mode and axes of the header can be those of an MRC file."""
    *sizes, mode = struct.unpack_from(f"{order}4i", head)
    axes = struct.unpack_from(f"{order}3i", head, 64)
    return (
        all(0 < size < _LARGEST_SIDE for size in sizes)
        and mode in (*_MODES, *_COMPLEX_MODES)
        and sorted(axes) == [1, 2, 3]
    )


def read(stream: BinaryIO, path: Path) -> Micrograph:
    """Read the picture of an MRC file.

    Raises
    ------
    MicrographError
        If the file is damaged, or holds a transform or a volume.
    """
    stream.seek(0)
    head = stream.read(_HEADER_BYTES)
    if len(head) < _HEADER_BYTES:
        raise truncated(f"{len(head)} of {_HEADER_BYTES} bytes of its header are there")
    order: Order = "<" if _is_plausible(head, "<") or not _is_plausible(head, ">") else ">"
    columns, rows, sections, mode = struct.unpack_from(f"{order}4i", head)
    intervals = struct.unpack_from(f"{order}3i", head, 28)
    if mode in _COMPLEX_MODES:
        raise reciprocal_space("its MRC header", "complex values")
    if mode not in _MODES:
        raise unsupported(f"an MRC file of mode {mode}", "save it as 16-bit integers or float")
    if columns < 1 or rows < 1 or sections < 1:
        raise MicrographError(
            Finding("unreadable", "failed", f"its header says {columns} x {rows} x {sections}")
        )
    (space_group,) = struct.unpack_from(f"{order}i", head, 88)
    if sections > 1 and space_group != 0 and intervals[2] == sections:
        raise no_micrograph(f"a volume of {columns} x {rows} x {sections} voxels")
    (extended_bytes,) = struct.unpack_from(f"{order}i", head, 92)
    dtype = np.dtype(order + _type_of(head, mode, order))
    offset = _HEADER_BYTES + max(0, extended_bytes)
    values = read_plane(stream, offset, (rows, columns), dtype)
    stream.seek(_HEADER_BYTES)
    extended = stream.read(min(max(0, extended_bytes), _HEADER_BYTES))
    micrograph = Micrograph(
        path=path, pixels=native_grey(values), format="MRC", findings=_stack(sections)
    )
    return described(micrograph, [_metadata(head, extended, order, (rows, columns))])


def _type_of(head: bytes, mode: int, order: Order) -> str:
    """Return the values' type; bytes are signed by the standard, unsigned in older IMOD files."""
    if mode != 0:
        return _MODES[mode]
    stamp, flags = struct.unpack_from(f"{order}2i", head, _IMOD_PLACE)
    low, high = struct.unpack_from(f"{order}2f", head, 76)
    unsigned = not flags & 1 if stamp == _IMOD_STAMP else low >= 0 and high > 127
    return "u1" if unsigned else _MODES[0]


def _stack(sections: int) -> tuple[Finding, ...]:
    if sections == 1:
        return ()
    return (
        Finding(
            "further_pictures",
            "warn",
            f"a stack of {sections} pictures: the first was read; save the others as files of "
            "their own if they are to count",
        ),
    )


def _metadata(head: bytes, extended: bytes, order: Order, shape: tuple[int, int]) -> Metadata:
    """Return the cell over its intervals, and what FEI's extended header adds."""
    intervals_x, intervals_y = struct.unpack_from(f"{order}2i", head, 28)
    cell_x, cell_y = struct.unpack_from(f"{order}2f", head, 40)
    evidence: list[PixelSizeEvidence] = []
    # Exactly 1 Å, and a cell of nothing, are what writers put in who know none.
    if intervals_x > 0 and intervals_y > 0 and cell_x != 0 and cell_x != intervals_x:
        x_nm = cell_x / intervals_x * NM_PER_ANGSTROM
        y_nm = cell_y / intervals_y * NM_PER_ANGSTROM
        declared = (intervals_y, intervals_x)
        evidence.append(
            PixelSizeEvidence(
                source="mrc",
                y_nm=float(f"{y_nm:.7g}"),
                x_nm=float(f"{x_nm:.7g}"),
                raw_text=f"CELLA.x = {cell_x:g} Å / {intervals_x}",
                # Equal sizes say nothing: writers of cropped or binned copies keep both alike.
                declared_shape=declared if declared != shape else None,
            )
        )
    instrument = Instrument()
    if head[_EXTENDED_TYPE_PLACE : _EXTENDED_TYPE_PLACE + 4] in _FEI_TYPES and len(extended) > 172:
        instrument, more = _fei(extended, order)
        evidence += more
    return Metadata("MRC", tuple(evidence), instrument)


def _fei(extended: bytes, order: Order) -> tuple[Instrument, list[PixelSizeEvidence]]:
    """Return voltage, tilt and pixel size (m) of FEI's extended header."""
    (voltage,) = struct.unpack_from(f"{order}d", extended, _FEI_VOLTAGE)
    (tilt_deg,) = struct.unpack_from(f"{order}d", extended, _FEI_TILT)
    x_m, y_m = struct.unpack_from(f"{order}2d", extended, _FEI_PIXEL_X)
    instrument = Instrument(
        voltage_kv=scaled(positive(voltage), KV_PER_V) if voltage < 1e7 else None,
        tilt_rad=radians(tilt_deg) if abs(tilt_deg) <= 180 else None,
    )
    if not (1e-13 < x_m < 1e-3 and 1e-13 < y_m < 1e-3):
        return instrument, []
    evidence = PixelSizeEvidence("mrc", y_m * NM_PER_M, x_m * NM_PER_M, f"Pixel size X = {x_m:g} m")
    return instrument, [evidence]


def recognises_mdoc(data: bytes) -> bool:
    """Return whether the first bytes of a file are of SerialEM's text."""
    return b"PixelSpacing" in data or b"[ZValue" in data or b"[FrameSet" in data


def read_mdoc(data: bytes, micrograph: Micrograph) -> Metadata | None:
    """Read the `.mdoc` text beside a picture: its first section, over what is said for all.

    Raises
    ------
    MicrographError
        If the picture was taken in diffraction.
    """
    sections = ini_sections(decoded(data))
    settings = dict(sections.get("", {}))
    for name, section in sections.items():
        if name.startswith(("ZValue", "FrameSet", "Image")):
            settings |= section
            break
    if "CameraLength" in settings and "Magnification" not in settings:
        raise reciprocal_space("SerialEM", f"camera length {settings['CameraLength']}")
    size = [number(part) for part in settings.get("ImageSize", "").split()]
    spacing = number(settings.get("PixelSpacing"))
    evidence: tuple[PixelSizeEvidence, ...] = ()
    if spacing is not None and spacing != 1.0:
        value_nm = float(f"{spacing * NM_PER_ANGSTROM:.12g}")
        evidence = (
            PixelSizeEvidence(
                source="mdoc",
                y_nm=value_nm,
                x_nm=value_nm,
                raw_text=f"PixelSpacing = {settings['PixelSpacing']} Å",
                declared_shape=declared_shape(size[1], size[0]) if len(size) == 2 else None,
            ),
        )
    stage = [number(part) for part in settings.get("StagePosition", "").split()]
    position = stage if len(stage) == 2 else [None, None]
    return Metadata(
        "SerialEM",
        evidence,
        Instrument(
            voltage_kv=positive(number(settings.get("Voltage"))),
            magnification=positive(number(settings.get("Magnification"))),
            tilt_rad=radians(number(settings.get("TiltAngle"))),
            stage_x_mm=scaled(position[0], MM_PER_UM),
            stage_y_mm=scaled(position[1], MM_PER_UM),
            acquired=settings.get("DateTime") or None,
        ),
    )


FORMAT = FileFormat("MRC", recognises, read)
SIDECAR = SidecarVendor("SerialEM", recognises_mdoc, read_mdoc)
