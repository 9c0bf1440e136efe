"""Reading a plain array of numbers out of a file, with bounds."""

from __future__ import annotations

from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from nanocensus.micrographs.limits import refuse_absurd_size, truncated


def file_size(stream: BinaryIO) -> int:
    """Return the bytes of an open file; the place in it is lost."""
    return stream.seek(0, 2)


def read_plane(
    stream: BinaryIO, offset: int, shape: tuple[int, int], dtype: np.dtype[np.generic]
) -> NDArray[np.generic]:
    """Read an uncompressed picture.

    Parameters
    ----------
    stream : binary stream
        The open file.
    offset : int
        Where the picture begins, bytes.
    shape : (int, int)
        Rows and columns.
    dtype : dtype
        Of one value, with its byte order.

    Returns
    -------
    ndarray of shape (H, W)
        In the machine's byte order.

    Raises
    ------
    MicrographError
        If the size is absurd or the file ends before the picture does.
    """
    size = file_size(stream)
    refuse_absurd_size(*shape, dtype.itemsize, size)
    count = shape[0] * shape[1]
    end = offset + count * dtype.itemsize
    if offset < 0 or end > size:
        raise truncated(f"{size} of {end} bytes are there")
    stream.seek(offset)
    values = np.frombuffer(stream.read(count * dtype.itemsize), dtype).reshape(shape)
    return values.astype(dtype.newbyteorder("="))
