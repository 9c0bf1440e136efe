"""Checking LZW streams of TIFF files before they are decoded.

imagecodecs 2026.3.6 ends the process with a segmentation fault where a code refers to
an entry of the table that does not exist yet, as one flipped bit is enough for.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from nanocensus.micrographs.findings import Finding, MicrographError

_CLEAR, _END, _FIRST_ENTRY = 256, 257, 258
_MOST_ENTRIES = 4096
_MOST_CODES = _MOST_ENTRIES - _FIRST_ENTRY + 1
_PIECES = (0, 64, 512, _MOST_CODES + 1)
"""Codes are looked at in pieces, since a table may be cleared after a few."""
_FEWEST_BYTES_PER_TABLE = 64
_SPARE_TABLES = 1000
"""Writers clear a table when it is full, at 4094 entries; clearing all the time only costs time."""


def _widths() -> NDArray[np.int64]:
    """Return the bits of each code after a clear: one more from entry 511, 1023 and 2047 on."""
    entries = _FIRST_ENTRY + np.arange(-1, _MOST_CODES)
    return np.asarray(9 + (entries >= 511) + (entries >= 1023) + (entries >= 2047), np.int64)


_WIDTHS = _widths()
_OFFSETS = np.concatenate([[0], np.cumsum(_WIDTHS)])
_HIGHEST = np.minimum(_FIRST_ENTRY + np.arange(-1, _MOST_CODES), _MOST_ENTRIES - 1)
_HIGHEST[0] = _CLEAR - 1


def refuse_damaged_lzw(data: bytes, *, reversed_bits: bool = False) -> None:
    """Refuse a stream in which a code stands for nothing.

    Parameters
    ----------
    data : bytes
        One strip or tile, most significant bit first.
    reversed_bits : bool
        Whether each byte is stored with its bits reversed (`FillOrder` 2).

    Raises
    ------
    MicrographError
        With the code ``unreadable``.

    Notes
    -----
    TIFF 6.0, section 13. The code after a clear is a byte; each later one may be any entry so far,
    or the one that it itself makes.
    """
    stored = np.frombuffer(data + b"\0\0\0", np.uint8)
    if reversed_bits:
        stored = np.packbits(np.unpackbits(stored, bitorder="little"))
    octets = stored.astype(np.int64)
    bits = 8 * len(data)
    place, tables = _first_table(octets, bits), 0
    while place is not None:
        tables += 1
        if tables > _SPARE_TABLES + len(data) / _FEWEST_BYTES_PER_TABLE:
            raise _damaged("its table is cleared all the time")
        place = _next_table(octets, bits, place)


def _first_table(octets: NDArray[np.int64], bits: int) -> int | None:
    """Return the place behind the clear that every stream begins with; None if it is too short."""
    if bits < 2 * 9:
        return None
    if (octets[0] << 1) + (octets[1] >> 7) != _CLEAR:
        raise _damaged("it does not begin with a new table")
    return 9


def _next_table(octets: NDArray[np.int64], bits: int, place: int) -> int | None:
    """Return the place behind the next clear, None at the end; raises where a code is wrong."""
    for first, last in pairwise(_PIECES):
        starts = place + _OFFSETS[first:last]
        widths = _WIDTHS[first:last]
        inside = starts[: len(widths)] + widths <= bits
        starts, widths = starts[: len(widths)][inside], widths[inside]
        at = starts >> 3
        windows = (octets[at] << 16) + (octets[at + 1] << 8) + octets[at + 2]
        codes = (windows >> (24 - (starts & 7) - widths)) & ((1 << widths) - 1)
        controls = np.flatnonzero((codes == _CLEAR) | (codes == _END))
        count = int(controls[0]) if len(controls) else len(codes)
        if (codes[:count] > _HIGHEST[first : first + count]).any():
            raise _damaged("a code stands for nothing")
        if len(controls):
            behind = int(starts[count] + widths[count])
            return behind if codes[count] == _CLEAR else None
        if not inside.all():
            return None
    raise _damaged("its table overflows")


def _damaged(detail: str) -> MicrographError:
    return MicrographError(
        Finding(
            "unreadable",
            "failed",
            f"damaged LZW data ({detail}); copy it again from the instrument",
        )
    )
