"""Thermo Phenom projects (`.elid`): a bzip2 stream around TIFF files and analyses."""

from __future__ import annotations

import bz2
import io
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from nanocensus.micrographs import tiff
from nanocensus.micrographs.findings import Finding, MicrographError
from nanocensus.micrographs.formats import FileFormat
from nanocensus.micrographs.limits import truncated
from nanocensus.micrographs.refusals import needs_export, no_micrograph
from nanocensus.micrographs.types import Micrograph

_SIGNATURE = b"BZh"
_MARKS = (b"EID1", b"EID2")
_TIFF = b"II*\0"
_XML = b"<FeiImage"
_MOST_BYTES = 1 << 29
_STEP = 1 << 20
_MOST_PICTURES = 64


def recognises(head: bytes) -> bool:
    """Return whether a file begins like a bzip2 stream."""
    return head.startswith(_SIGNATURE)


def read(stream: BinaryIO, path: Path) -> Micrograph:
    """Read the first electron micrograph of a project.

    Raises
    ------
    MicrographError
        If it is another bzip2 file, damaged or too large.
    """
    stream.seek(0)
    data = _decompressed(stream)
    if not data.startswith(_MARKS):
        raise needs_export("a bzip2 file that is no Phenom project", "decompress it")
    places = _pictures(data)
    if not places:
        raise no_micrograph("a Phenom project without any picture")
    start, end = places[0]
    found = tiff.read(io.BytesIO(data[start:end]), path)
    findings = found.findings
    if len(places) > 1:
        message = (
            f"the project holds {len(places) - 1} further pictures, which were not read; export "
            "them as TIFF if they are to count"
        )
        findings = (*findings, Finding("further_pictures", "warn", message))
    return replace(found, format="ELID (Thermo Phenom)", findings=findings)


def _decompressed(stream: BinaryIO) -> bytes:
    """Return the stream's content up to a limit; its beginning tells early what it is."""
    decompressor = bz2.BZ2Decompressor()
    parts: list[bytes] = []
    size = 0
    while not decompressor.eof:
        block = stream.read(_STEP) if decompressor.needs_input else b""
        if decompressor.needs_input and not block:
            raise truncated("its compressed data are incomplete")
        part = decompressor.decompress(block, _STEP)
        if not parts and part and not part.startswith(_MARKS):
            return part
        parts.append(part)
        size += len(part)
        if size > _MOST_BYTES:
            raise MicrographError(
                Finding("too_large", "failed", f"it unpacks to more than {_MOST_BYTES} bytes")
            )
    return b"".join(parts)


def _pictures(data: bytes) -> list[tuple[int, int]]:
    """Return where TIFF files with a microscope's XML begin and end.

    Element maps and their legends are TIFF files too, without that XML. A file reaches up to
    the next one; what lies behind its last byte does not disturb.
    """
    starts: list[int] = []
    place = data.find(_TIFF)
    while place >= 0 and len(starts) < 100 * _MOST_PICTURES:
        starts.append(place)
        place = data.find(_TIFF, place + 4)
    ends = [*starts[1:], len(data)][: len(starts)]
    return [
        (start, end)
        for start, end in zip(starts, ends, strict=True)
        if data.find(_XML, start, end) >= 0
    ][:_MOST_PICTURES]


FORMAT = FileFormat("Phenom project", recognises, read)
