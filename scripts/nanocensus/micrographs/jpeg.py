"""JPEG files."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL.JpegImagePlugin import JpegImageFile

from nanocensus.micrographs import phenom
from nanocensus.micrographs.formats import FileFormat
from nanocensus.micrographs.greys import GreyPicture, grey_of_colours
from nanocensus.micrographs.limits import refuse_absurd_size, unsupported
from nanocensus.micrographs.metadata import described
from nanocensus.micrographs.resolution import pillow_dpi
from nanocensus.micrographs.types import Micrograph

_SIGNATURE = b"\xff\xd8\xff"
_LONGEST_APPENDED_BYTES = 1 << 20
_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_NO_LENGTH = frozenset({0x01, *range(0xD0, 0xDA)})


def recognises(head: bytes) -> bool:
    """Return whether a file begins like a JPEG."""
    return head.startswith(_SIGNATURE)


def read(stream: BinaryIO, path: Path) -> Micrograph:
    """Read a JPEG file; colours become luminance."""
    stream.seek(0, 2)
    file_bytes = stream.tell()
    stream.seek(0)
    # The class itself, not Image.open: only this format, and without Pillow's own size limit,
    # which lies below the sizes that microscopes store.
    with JpegImageFile(stream, str(path)) as picture:
        columns, rows = picture.size
        refuse_absurd_size(rows, columns, len(picture.getbands()), file_bytes)
        if picture.mode not in ("L", "RGB"):
            raise unsupported(f"a JPEG file with {picture.mode} colours", "save it as grey or RGB")
        values = np.asarray(picture)
        dpi = picture.info.get("dpi")
    grey = GreyPicture(values) if values.ndim == 2 else grey_of_colours(values)
    micrograph = Micrograph(
        path=path,
        pixels=grey.pixels,
        format="JPEG",
        coloured=grey.coloured,
        print_dpi=pillow_dpi(dpi),
        findings=grey.findings,
    )
    # Phenom appends its XML to the picture.
    stream.seek(max(0, file_bytes - _LONGEST_APPENDED_BYTES))
    appended = phenom.read_text(stream.read(), (rows, columns))
    return described(micrograph, [appended] if appended else [], container="JPEG")


def jpeg_shape(data: bytes) -> tuple[int, int] | None:
    """Return rows and columns from a JPEG stream's frame header, None if it has none.

    Notes
    -----
    Markers and segments: ITU-T T.81, annex B.
    """
    place = 0
    while 0 <= place < len(data) - 9:
        if data[place] != 0xFF:
            return None
        marker = data[place + 1]
        if marker in _FRAME_MARKERS:
            rows = int.from_bytes(data[place + 5 : place + 7], "big")
            return rows, int.from_bytes(data[place + 7 : place + 9], "big")
        if marker in _NO_LENGTH:
            place += 2
        elif marker == 0xFF:
            place += 1
        else:
            place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    return None


FORMAT = FileFormat("JPEG", recognises, read)
