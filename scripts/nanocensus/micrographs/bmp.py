"""BMP files."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL.BmpImagePlugin import BmpImageFile

from nanocensus.micrographs.formats import FileFormat
from nanocensus.micrographs.greys import GreyPicture, grey_of_colours, grey_of_palette, native_grey
from nanocensus.micrographs.limits import refuse_absurd_size, unsupported
from nanocensus.micrographs.resolution import pillow_dpi
from nanocensus.micrographs.types import Micrograph

_SIGNATURE = b"BM"
_HEADER_SIZES = (12, 40, 52, 56, 64, 108, 124)


def recognises(head: bytes) -> bool:
    """Return whether a file begins like a BMP; two letters alone would fit many texts."""
    return head.startswith(_SIGNATURE) and int.from_bytes(head[14:18], "little") in _HEADER_SIZES


def read(stream: BinaryIO, path: Path) -> Micrograph:
    """Read a BMP file, grey, palette or RGB."""
    stream.seek(0, 2)
    file_bytes = stream.tell()
    stream.seek(0)
    # The class itself, not Image.open, as in jpeg.py.
    with BmpImageFile(stream, str(path)) as picture:
        columns, rows = picture.size
        refuse_absurd_size(rows, columns, len(picture.getbands()), file_bytes)
        values = np.asarray(picture)
        dpi = picture.info.get("dpi")
        palette = picture.getpalette("RGB") if picture.mode == "P" else None
    if palette is not None:
        grey = grey_of_palette(values, np.array(palette, np.int64).reshape(-1, 3))
    elif values.ndim == 2:
        grey = GreyPicture(native_grey(values))
    elif values.shape[-1] in (3, 4):
        grey = grey_of_colours(values[..., :3])
    else:
        raise unsupported(f"a BMP file with {values.shape[-1]} channels", "save it as grey or RGB")
    return Micrograph(
        path=path,
        pixels=grey.pixels,
        format="BMP",
        coloured=grey.coloured,
        print_dpi=pillow_dpi(dpi),
        findings=grey.findings,
    )


FORMAT = FileFormat("BMP", recognises, read)
