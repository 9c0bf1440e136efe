"""EMD files (HDF5): as Thermo Fisher's Velox writes them, and as Berkeley's NCEM does."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import h5py

from nanocensus.micrographs.formats import FileFormat
from nanocensus.micrographs.ncem import NCEM
from nanocensus.micrographs.refusals import needs_export
from nanocensus.micrographs.types import Micrograph
from nanocensus.micrographs.velox import VELOX

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_LAYOUTS = (VELOX, NCEM)


def recognises(head: bytes) -> bool:
    """Return whether a file begins like an HDF5 file."""
    return head.startswith(_SIGNATURE)


def read(stream: BinaryIO, path: Path) -> Micrograph:
    """Read the picture of an HDF5 file of either layout.

    Raises
    ------
    MicrographError
        If the file is damaged, of another layout, or holds no micrograph.
    """
    with h5py.File(stream, "r") as file:
        for layout in _LAYOUTS:
            if layout.recognises(file):
                return layout.read(file, path)
    raise needs_export(
        "an HDF5 file of a layout that is not read", "export the picture as TIFF or EMD"
    )


FORMAT = FileFormat("EMD", recognises, read)
