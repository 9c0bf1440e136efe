"""PNG files."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import imagecodecs
import numpy as np

from nanocensus.micrographs.formats import FileFormat
from nanocensus.micrographs.greys import GreyPicture, grey_of_colours, native_grey
from nanocensus.micrographs.limits import refuse_absurd_size, truncated
from nanocensus.micrographs.types import Micrograph

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_END = b"IEND\xaeB`\x82"
_MOST_BYTES_PER_PIXEL = 8
_METRES_PER_INCH = 0.0254


def recognises(head: bytes) -> bool:
    """Return whether a file begins like a PNG."""
    return head.startswith(_SIGNATURE)


def read(stream: BinaryIO, path: Path) -> Micrograph:
    """Read a PNG file of any depth; a palette is applied, transparency dropped.

    imagecodecs decodes it, because Pillow would cut 16-bit colours to 8 bits.
    """
    stream.seek(0)
    data = stream.read()
    if len(data) < 33 or _END not in data:
        raise truncated("its end mark is missing")
    columns, rows = (int.from_bytes(data[place : place + 4], "big") for place in (16, 20))
    refuse_absurd_size(rows, columns, _MOST_BYTES_PER_PIXEL, len(data))
    values = np.asarray(imagecodecs.png_decode(data))
    if values.ndim == 3 and values.shape[-1] >= 3:
        grey = grey_of_colours(values[..., :3])
    else:
        grey = GreyPicture(native_grey(values if values.ndim == 2 else values[..., 0]))
    return Micrograph(
        path=path,
        pixels=grey.pixels,
        format="PNG",
        coloured=grey.coloured,
        print_dpi=_print_dpi(data),
        findings=grey.findings,
    )


def _print_dpi(data: bytes) -> float | None:
    """Return the pixels per inch of the chunk `pHYs`, which stands before the picture's data."""
    place = data.find(b"pHYs", 0, max(0, data.find(b"IDAT")))
    if place < 0 or data[place + 12 : place + 13] != b"\1":
        return None
    per_metre = int.from_bytes(data[place + 4 : place + 8], "big")
    return per_metre * _METRES_PER_INCH or None


FORMAT = FileFormat("PNG", recognises, read)
