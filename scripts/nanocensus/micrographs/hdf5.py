"""Reading pictures out of HDF5 files, with bounds, and how a layout is described."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from nanocensus.micrographs.findings import Finding, MicrographError
from nanocensus.micrographs.limits import refuse_absurd_size
from nanocensus.micrographs.types import Micrograph

_LARGEST_CHUNK_BYTES = 1 << 28


@dataclass(frozen=True)
class Layout:
    """One way to keep pictures in HDF5 files.

    Attributes
    ----------
    recognises : callable
        Tells whether an open file is of this layout.
    read : callable
        Takes the open file and its path, returns the micrograph.
    """

    recognises: Callable[[h5py.File], bool]
    read: Callable[[h5py.File, Path], Micrograph]


def read_plane(dataset: h5py.Dataset, selection: tuple[Any, ...]) -> NDArray[np.generic]:
    """Read the two-dimensional part of a dataset that a selection gives.

    Raises
    ------
    MicrographError
        If the part, or the blocks that it is stored in, is larger than the file can hold.
    """
    sides = [
        size for size, part in zip(dataset.shape, selection, strict=True) if part == slice(None)
    ]
    item_bytes = dataset.dtype.itemsize
    size = int(dataset.file.id.get_filesize())
    refuse_absurd_size(sides[0], sides[1], item_bytes, size)
    if dataset.chunks and prod(dataset.chunks) * item_bytes > _LARGEST_CHUNK_BYTES:
        raise MicrographError(
            Finding("unreadable", "failed", f"blocks of {dataset.chunks} values in its HDF5 data")
        )
    return np.asarray(dataset[selection])
