"""Bruker Esprit's `.bcf` projects: the picture that an element map was taken beside.

A file of blocks (AidAim's single file system), some of which make up `HeaderData`, XML with the
picture and what was set. The element map itself is not read.
"""

from __future__ import annotations

import base64
import binascii
import math
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from nanocensus.micrographs.arrays import file_size
from nanocensus.micrographs.findings import Finding, MicrographError
from nanocensus.micrographs.formats import FileFormat
from nanocensus.micrographs.greys import native_grey
from nanocensus.micrographs.limits import refuse_absurd_size, truncated
from nanocensus.micrographs.metadata import Metadata, described, positive
from nanocensus.micrographs.refusals import needs_export, no_micrograph
from nanocensus.micrographs.texts import Element, parsed_document, text_of
from nanocensus.micrographs.types import Instrument, Micrograph, PixelSizeEvidence
from nanocensus.micrographs.units import NM_PER_UM, number, quantity

_SIGNATURE = b"AAMVHFSS"
_COMPRESSED = b"AACS"
_HEADER_FILE = b"HeaderData"
_LAYOUT_PLACE, _TREE_PLACE = 0x124, 0x140
_LINK_PLACE, _DATA_PLACE, _LINK_BYTES = 0x118, 0x138, 32
"""In the file: a block's link to the next of a chain, its data, and what the link takes of it."""
_ITEM = struct.Struct("<iQ24xIi176x?3x256s32x")
_FIRST_COMPRESSED_BLOCK = 0x80
_MOST_ITEMS = 10_000
_MOST_BYTES = 1 << 28
_MOST_PLANES = 16


def recognises(head: bytes) -> bool:
    """Return whether a file begins like a container of Esprit's."""
    return head.startswith(_SIGNATURE)


def read(stream: BinaryIO, path: Path) -> Micrograph:
    """Read the picture of a project.

    Raises
    ------
    MicrographError
        If the file is damaged, or holds no picture in the way that is known.
    """
    root = parsed_document(_xml(_Container(stream).read(_HEADER_FILE)))
    database = None
    if root is not None:
        database = next(iter(_instances(root, "TRTSpectrumDatabase")), None)
    if database is None:
        raise needs_export(
            "a Bruker project of an unknown layout", "export its pictures as TIFF from Esprit"
        )
    images = [one for one in _instances(database, "TRTImageData") if not one.get("Name")]
    pictures = [picture for image in images for picture in _planes(image, file_size(stream))]
    if not pictures:
        raise no_micrograph("a Bruker project without any picture")
    micrograph = Micrograph(
        path=path,
        pixels=native_grey(pictures[0]),
        format="BCF",
        findings=_further(len(pictures) - 1),
    )
    return described(micrograph, [_metadata(database)], container="BCF")


@dataclass(frozen=True)
class _Item:
    """A file within the file."""

    table: int
    size: int
    name: bytes


class _Container:
    """Reads the files within the file."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.size = file_size(stream)
        _version, self.block = struct.unpack("<fI", self._bytes(_LAYOUT_PLACE, 8))
        self.usable = self.block - _LINK_BYTES
        if not 0 < self.usable <= self.size:
            raise MicrographError(Finding("unreadable", "failed", f"blocks of {self.block} bytes"))

    def read(self, name: bytes) -> bytes:
        """Return the content of the file of a name, decompressed."""
        item = next((one for one in self._items() if one.name == name), None)
        if item is None:
            raise no_micrograph("a Bruker project without a header")
        if not 0 < item.size <= self.size:
            raise truncated(f"its header should have {item.size} bytes")
        count = math.ceil(item.size / self.usable)
        table = self._chain(item.table, 4 * count)
        blocks = struct.unpack(f"<{count}I", table)
        data = b"".join(
            self._bytes(block * self.block + _DATA_PLACE, self.usable, short=index == count - 1)
            for index, block in enumerate(blocks)
        )[: item.size]
        return _decompressed(data) if data.startswith(_COMPRESSED) else data

    def _items(self) -> Iterator[_Item]:
        tree, count = struct.unpack("<II", self._bytes(_TREE_PLACE, 8))
        if count > _MOST_ITEMS:
            raise MicrographError(Finding("unreadable", "failed", f"it claims {count} files"))
        # Items do not cross blocks.
        per_block = self.usable // _ITEM.size
        data = self._chain(tree, count * _ITEM.size, part=per_block * _ITEM.size)
        for table, size, _permissions, _parent, is_folder, name in _ITEM.iter_unpack(data):
            if not is_folder:
                yield _Item(table, size, name.partition(b"\0")[0])

    def _chain(self, first: int, length: int, part: int | None = None) -> bytes:
        """Return the data of blocks that link to each other, `part` bytes of each."""
        part = part or self.usable
        if part <= 0 or not 0 < length <= self.size:
            raise truncated(f"a table should have {length} bytes")
        data, block = b"", first
        while len(data) < length:
            start = block * self.block
            wanted = min(part, length - len(data))
            data += self._bytes(start + _DATA_PLACE, wanted)
            (block,) = struct.unpack("<I", self._bytes(start + _LINK_PLACE, 4))
        return data

    def _bytes(self, place: int, count: int, *, short: bool = False) -> bytes:
        if not 0 <= place <= self.size:
            raise truncated(f"a block should begin at byte {place}")
        self.stream.seek(place)
        data = self.stream.read(count)
        if len(data) < count and not short:
            raise truncated(f"{count - len(data)} bytes of a block are missing")
        return data


def _decompressed(data: bytes) -> bytes:
    """Return the content of a compressed file: blocks of zlib, each behind its size."""
    (count,) = struct.unpack_from("<I", data, 12)
    place, parts, size = _FIRST_COMPRESSED_BLOCK, [], 0
    for _ in range(count):
        if place + 16 > len(data):
            raise truncated("its compressed header ends too early")
        (length,) = struct.unpack_from("<I", data, place)
        place += 16
        part = zlib.decompressobj().decompress(data[place : place + length], _MOST_BYTES)
        place += length
        size += len(part)
        if size > _MOST_BYTES:
            raise MicrographError(
                Finding("too_large", "failed", f"its header unpacks to over {_MOST_BYTES} bytes")
            )
        parts.append(part)
    return b"".join(parts)


def _xml(data: bytes) -> bytes:
    """Return XML without its declaration, whose encoding is not always that of the text."""
    data = data.strip(b"\0\r\n\t ")
    return data.partition(b"?>")[2] if data.startswith(b"<?xml") else data


def _instances(element: Element, kind: str) -> list[Element]:
    return [one for one in element.findall("ClassInstance") if one.get("Type") == kind]


def _planes(image: Element, file_bytes: int) -> list[NDArray[np.generic]]:
    """Return the pictures of an image, those without any signal left out."""
    columns, rows, item_bytes, planes = (
        int(number(text_of(image, name)) or 0)
        for name in ("Width", "Height", "ItemSize", "PlaneCount")
    )
    if item_bytes not in (1, 2, 4) or rows < 1 or columns < 1:
        return []
    # Text in a compressed file: it may be larger than the file, but not by much.
    refuse_absurd_size(rows, columns, item_bytes, file_bytes)
    pictures = []
    for index in range(min(planes, _MOST_PLANES)):
        text = text_of(image, f"Plane{index}/Data")
        try:
            data = base64.b64decode(text or "", validate=False)
        except binascii.Error as error:
            raise truncated("the text of its picture is damaged") from error
        if len(data) < rows * columns * item_bytes:
            continue
        values = np.frombuffer(data, f"<u{item_bytes}", rows * columns).reshape(rows, columns)
        if values.any():
            pictures.append(values)
    return pictures


def _further(count: int) -> tuple[Finding, ...]:
    if not count:
        return ()
    message = (
        f"the project holds {count} further pictures of the same field, which were not read; "
        "export them as TIFF if they are to count"
    )
    return (Finding("further_pictures", "warn", message),)


def _metadata(database: Element) -> Metadata:
    microscope = next(iter(_instances(database, "TRTSEMData")), None)
    if microscope is None:
        return Metadata("Bruker")
    x_um, y_um = _number(microscope, "DX"), _number(microscope, "DY")
    evidence: tuple[PixelSizeEvidence, ...] = ()
    # Exactly 1 is what is written where nothing is known.
    if x_um is not None and not (x_um == 1.0 and y_um in (None, 1.0)):
        evidence = (
            PixelSizeEvidence(
                source="bruker",
                y_nm=(x_um if y_um is None else y_um) * NM_PER_UM,
                x_nm=x_um * NM_PER_UM,
                raw_text=f"DX = {x_um:g} µm",
            ),
        )
    acquired = [text_of(database, "Header/Date"), text_of(database, "Header/Time")]
    instrument = Instrument(
        voltage_kv=positive(_number(microscope, "HV")),
        working_distance_mm=positive(_number(microscope, "WD")),
        magnification=positive(_number(microscope, "Mag")),
        acquired=" ".join(filter(None, acquired)) or None,
    )
    return Metadata("Bruker", evidence, instrument)


def _number(element: Element, name: str) -> float | None:
    """Return a number, whose decimal sign may be a comma."""
    found = quantity(text_of(element, name) or "")
    return found.value if found and not found.unit else None


FORMAT = FileFormat("Bruker BCF", recognises, read)
