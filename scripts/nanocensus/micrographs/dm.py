"""Gatan DigitalMicrograph files, DM3 and DM4.

A tree of tags: groups hold tags, and tags hold a number, a text, a struct or an array. What is
known of it is public (B. Schaffer's and C. Boothroyd's descriptions); no reader's code was used,
because the maintained ones are under the GPL or give memory to whatever size a file claims.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from nanocensus.micrographs.arrays import file_size, read_plane
from nanocensus.micrographs.findings import Finding, MicrographError
from nanocensus.micrographs.formats import FileFormat
from nanocensus.micrographs.greys import native_grey
from nanocensus.micrographs.limits import truncated
from nanocensus.micrographs.metadata import Metadata, described, positive, radians
from nanocensus.micrographs.refusals import no_micrograph, reciprocal_space
from nanocensus.micrographs.types import Instrument, Micrograph, Modality, PixelSizeEvidence
from nanocensus.micrographs.units import KV_PER_V, MM_PER_UM, is_reciprocal, length_nm, scaled

_SIGNATURES = (b"\0\0\0\x03", b"\0\0\0\x04")
_GROUP, _DATA = 20, 21
_STRUCT, _STRING, _ARRAY = 15, 18, 20
_CODES = {2: "h", 3: "i", 4: "H", 5: "I", 6: "f", 7: "d", 8: "?", 9: "b", 10: "B", 11: "q", 12: "Q"}
"""Type number to the letter of `struct`."""
_LONGEST_KEPT = 4096
"""Elements of an array up to which its values are read; of longer ones only the place is."""
_DEEPEST = 64
_MOST_TAGS = 1_000_000
_PICTURE_TYPES = {1: "i2", 2: "f4", 6: "u1", 7: "i4", 9: "i1", 10: "u2", 11: "u4", 12: "f8"}
_COMPLEX_TYPES = frozenset({3, 5, 13, 27, 28})
_SMALLEST_SIDE_PX = 2

Tags = dict[str, Any]


@dataclass(frozen=True)
class _Place:
    """An array that was passed over: where it lies and what is in it."""

    offset: int
    code: str
    count: int


class _Parser:
    """Reads the tree of tags of an open file."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.size = file_size(stream)
        self.tags = 0
        stream.seek(0)
        self.version = self._number(">I")
        # Offsets and counts have 4 bytes in DM3, 8 in DM4.
        self.wide = ">Q" if self.version == 4 else ">I"
        self._number(self.wide)
        self.order = "<" if self._number(">I") == 1 else ">"

    def tree(self) -> Tags:
        """Return the tags as nested dictionaries; unnamed ones are counted from 0."""
        return self._group(0)

    def _bytes(self, count: int) -> bytes:
        data = self.stream.read(count) if 0 <= count <= self.size else b""
        if len(data) < count or count < 0:
            raise truncated(f"{count} bytes are missing at {self.stream.tell()}")
        return data

    def _number(self, layout: str) -> int:
        return int(struct.unpack(layout, self._bytes(struct.calcsize(layout)))[0])

    def _group(self, depth: int) -> Tags:
        if depth > _DEEPEST:
            raise MicrographError(
                Finding("unreadable", "failed", f"its tags are nested over {_DEEPEST} deep")
            )
        self._bytes(2)  # Whether it is sorted and open in the program.
        group: Tags = {}
        for _ in range(self._number(self.wide)):
            self.tags += 1
            if self.tags > _MOST_TAGS:
                raise MicrographError(
                    Finding("unreadable", "failed", f"it claims over {_MOST_TAGS} tags")
                )
            kind = self._number(">B")
            if kind == 0:
                break
            name = self._bytes(self._number(">H")).decode("latin-1") or str(len(group))
            if self.version == 4:
                self._number(">Q")
            if kind == _GROUP:
                group[name] = self._group(depth + 1)
            elif kind == _DATA:
                group[name] = self._value()
            else:
                raise MicrographError(Finding("unreadable", "failed", f"a tag of kind {kind}"))
        return group

    def _value(self) -> Any:
        if self._bytes(4) != b"%%%%":
            raise MicrographError(Finding("unreadable", "failed", "a tag without its mark"))
        count = self._number(self.wide)
        if not 1 <= count <= _LONGEST_KEPT:
            raise MicrographError(Finding("unreadable", "failed", f"a tag of {count} types"))
        layout = [self._number(self.wide) for _ in range(count)]
        kind = layout[0]
        if kind == _STRUCT:
            return self._unpacked(self._codes(layout))
        if kind == _STRING:
            return self._text(layout[1])
        if kind == _ARRAY and layout[1] == _STRUCT:
            return self._array(self._codes(layout[1:-1]), layout[-1])
        if kind == _ARRAY:
            return self._array(_CODES[layout[1]], layout[2])
        return self._unpacked(_CODES[kind])[0]

    def _codes(self, layout: list[int]) -> str:
        """Return the types of a struct's fields: its name, their number, then (name, type)."""
        return "".join(_CODES[kind] for kind in layout[4 : 3 + 2 * layout[2] : 2])

    def _unpacked(self, codes: str) -> tuple[Any, ...]:
        layout = self.order + codes
        return struct.unpack(layout, self._bytes(struct.calcsize(layout)))

    def _text(self, count: int) -> str:
        return self._bytes(2 * count).decode("utf-16-le" if self.order == "<" else "utf-16-be")

    def _array(self, codes: str, count: int) -> Any:
        offset = self.stream.tell()
        size = struct.calcsize(self.order + codes)
        if offset + size * count > self.size:
            raise truncated(f"{self.size} of {offset + size * count} bytes are there")
        if count > _LONGEST_KEPT or len(codes) > 1:
            self.stream.seek(offset + size * count)
            return _Place(offset, codes, count)
        if codes == "H":  # Texts are written as arrays of 16-bit characters.
            data = self._bytes(2 * count)
            encoding = "utf-16-le" if self.order == "<" else "utf-16-be"
            return _Text(data.decode(encoding, "replace"), offset, codes, count)
        values = self._unpacked(codes * count)
        return _Values(values, offset, codes, count)


class _Text(str):
    """A text, or a short array of 16-bit numbers: which one it is, its name tells."""

    place: _Place

    def __new__(cls, text: str, offset: int, code: str, count: int) -> _Text:
        self = super().__new__(cls, text)
        self.place = _Place(offset, code, count)
        return self


class _Values(tuple[Any, ...]):
    """A short array with its place."""

    place: _Place

    def __new__(cls, values: tuple[Any, ...], offset: int, code: str, count: int) -> _Values:
        self = super().__new__(cls, values)
        self.place = _Place(offset, code, count)
        return self


def recognises(head: bytes) -> bool:
    """Return whether a file begins like a DM3 or DM4 file."""
    if not head.startswith(_SIGNATURES) or len(head) < 24:
        return False
    place = 8 if head[3] == 3 else 12
    return head[place : place + 4] in (b"\0\0\0\0", b"\0\0\0\x01")


def read(stream: BinaryIO, path: Path) -> Micrograph:
    """Read the picture of a DM3 or DM4 file.

    Of several pictures the first with pixels in a unit of length is taken.

    Raises
    ------
    MicrographError
        If the file is damaged or holds diffraction patterns, transforms, spectra or volumes only.
    """
    parser = _Parser(stream)
    tree = parser.tree()
    pictures = [_Picture(image, parser.order) for image in _images(tree)]
    usable = [picture for picture in pictures if picture.refusal is None]
    if not usable:
        refusals = [picture.refusal for picture in pictures if picture.refusal is not None]
        raise refusals[0] if refusals else no_micrograph("a file without any picture")
    usable.sort(key=lambda picture: picture.lengths_nm is None)
    chosen = usable[0]
    values = read_plane(stream, chosen.offset, chosen.shape, chosen.dtype)
    micrograph = Micrograph(
        path=path,
        pixels=native_grey(values),
        format="DM3" if parser.version == 3 else "DM4",
        findings=_further(len(usable) - 1, chosen.planes),
    )
    return described(micrograph, [chosen.metadata()], container=micrograph.format)


def _images(tree: Tags) -> Iterator[Tags]:
    """Give the images but the thumbnail, which the file names or which is first of several."""
    images = tree.get("ImageList")
    if not isinstance(images, dict):
        return
    thumbnails = {
        one.get("ImageIndex")
        for one in _children(tree.get("Thumbnails"))
        if isinstance(one.get("ImageIndex"), int)
    }
    for index, image in enumerate(_children(images)):
        if index not in thumbnails and isinstance(image.get("ImageData"), dict):
            yield image


def _children(group: Any) -> list[Tags]:
    values = group.values() if isinstance(group, dict) else ()
    return [value for value in values if isinstance(value, dict)]


def _at(tags: Tags, path: str) -> Any:
    found: Any = tags
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _number(tags: Tags, path: str) -> float | None:
    value = _at(tags, path)
    return float(value) if isinstance(value, int | float) else None


def _word(tags: Tags, *paths: str) -> str | None:
    texts = [str(value).strip("\0 ") for path in paths if isinstance(value := _at(tags, path), str)]
    return next(filter(None, texts), None)


class _Picture:
    """One image of a file: what it is, and why it is no micrograph if it is none."""

    def __init__(self, image: Tags, order: str) -> None:
        self.image = image
        data = image["ImageData"]
        sizes = data.get("Dimensions")
        self.sizes = [int(n) for n in sizes.values()] if isinstance(sizes, dict) else []
        self.type = data.get("DataType")
        stored = data.get("Data")
        self.place = stored if isinstance(stored, _Place) else getattr(stored, "place", None)
        calibrations = _children(_at(data, "Calibrations.Dimension"))
        self.units = [_word(one, "Units") or "" for one in calibrations]
        self.scales = [_number(one, "Scale") for one in calibrations]
        self.refusal = self._refusal()
        self.dtype: np.dtype[Any] = np.dtype(order + _PICTURE_TYPES.get(self.type, "u1"))
        self.lengths_nm = self._lengths_nm()

    @property
    def offset(self) -> int:
        return self.place.offset if self.place is not None else 0

    @property
    def shape(self) -> tuple[int, int]:
        return self.sizes[1], self.sizes[0]

    @property
    def planes(self) -> int:
        planes = 1
        for size in self.sizes[2:]:
            planes *= size
        return planes

    def _refusal(self) -> MicrographError | None:
        if self.type in _COMPLEX_TYPES:
            return reciprocal_space("DigitalMicrograph", "complex values")
        if self.type not in _PICTURE_TYPES or self.place is None:
            return no_micrograph("a colour picture or thumbnail of DigitalMicrograph")
        for unit in self.units[: len(self.sizes)]:
            if unit.lower() in ("ev", "kev", "mev"):
                return no_micrograph(f"a spectrum or spectrum image (an axis in {unit})")
        for unit in self.units[: len(self.sizes)]:
            if is_reciprocal(unit):
                return reciprocal_space("its calibration", unit)
        if len(self.sizes) < 2 or min(self.sizes[:2]) < _SMALLEST_SIDE_PX:
            return no_micrograph("a profile or spectrum of one line")
        if len(self.sizes) > 3:
            return no_micrograph(f"data of {len(self.sizes)} dimensions")
        if len(self.sizes) == 3 and len(self.units) > 2 and length_nm(self.units[2]):
            return no_micrograph("a volume")
        return None

    def _lengths_nm(self) -> tuple[float, float] | None:
        """Return the pixel's height and width, None where they have no unit of length."""
        if len(self.units) < 2 or self.scales[0] is None or self.scales[1] is None:
            return None
        x_nm, y_nm = length_nm(self.units[0]), length_nm(self.units[1])
        if x_nm is None or y_nm is None:
            return None
        return abs(self.scales[1]) * y_nm, abs(self.scales[0]) * x_nm

    def metadata(self) -> Metadata:
        """Return what the tags say about the chosen image."""
        evidence: tuple[PixelSizeEvidence, ...] = ()
        if self.lengths_nm is not None:
            evidence = (
                PixelSizeEvidence(
                    source="dm",
                    y_nm=self.lengths_nm[0],
                    x_nm=self.lengths_nm[1],
                    raw_text=f"Scale {self.scales[0]:g} {self.units[0]}",
                ),
            )
        tags = self.image.get("ImageTags")
        tags = tags if isinstance(tags, dict) else {}
        return Metadata("Gatan", evidence, _instrument(tags), _modality(tags))


def _instrument(tags: Tags) -> Instrument:
    info = tags.get("Microscope Info")
    info = info if isinstance(info, dict) else {}
    acquired = [_word(tags, "DataBar.Acquisition Date"), _word(tags, "DataBar.Acquisition Time")]
    return Instrument(
        instrument=_word(info, "Microscope", "Name"),
        detector=_word(
            tags, "DataBar.Signal Name", "Acquisition.Device.Name", "DataBar.Device Name"
        ),
        voltage_kv=scaled(positive(_number(info, "Voltage")), KV_PER_V),
        magnification=positive(_number(info, "Indicated Magnification")),
        dwell_time_us=positive(_number(tags, "DigiScan.Sample Time")),
        tilt_rad=radians(_number(info, "Stage Position.Stage Alpha")),
        stage_x_mm=scaled(_number(info, "Stage Position.Stage X"), MM_PER_UM),
        stage_y_mm=scaled(_number(info, "Stage Position.Stage Y"), MM_PER_UM),
        acquired=" ".join(filter(None, acquired)) or None,
    )


def _modality(tags: Tags) -> Modality | None:
    """Return what the illumination leaves no doubt about.

    The imaging mode does not tell: scanned pictures carry DIFFRACTION, since the projector then
    shows a pattern.
    """
    mode = (_word(tags, "Microscope Info.Illumination Mode") or "").upper()
    if "STEM" in mode:
        return "stem"
    return "tem" if "TEM" in mode else None


def _further(pictures: int, planes: int) -> tuple[Finding, ...]:
    findings = []
    if pictures:
        text = f"the file holds {pictures} further pictures, which were not read"
        findings.append(Finding("further_pictures", "warn", f"{text}; save them as own files"))
    if planes > 1:
        text = f"a stack of {planes} pictures: the first was read"
        findings.append(Finding("further_pictures", "warn", f"{text}; save them as own files"))
    return tuple(findings)


FORMAT = FileFormat("Gatan DM", recognises, read)
