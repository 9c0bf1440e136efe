"""How large a picture may be, and how finely it may be looked at, in a stated memory."""

from __future__ import annotations

import math

from nanocensus.micrographs import Finding, MicrographError

MEMORY_PER_PICTURE = 6_000_000_000
"""Bytes that the segmentation of one picture may take; `mem_mb` in rules/segment.smk allows it."""

BYTES_PER_WORKING_PX = 52
BYTES_PER_PX = 26
"""At the peak, measured with room to spare: tests/unit/segmentation/test_memory.py holds them."""

_CONSTANT = 1_000_000_000
"""Interpreter, libraries, network, tiles and looks, whatever the picture's size."""


def largest_scale(shape: tuple[int, int]) -> float:
    """Return the largest working scale at which a picture fits in `MEMORY_PER_PICTURE`.

    Raises
    ------
    MicrographError
        The picture does not fit at any useful scale (`too_large`).
    """
    left = MEMORY_PER_PICTURE - _CONSTANT - BYTES_PER_PX * math.prod(shape)
    if left <= 0:
        raise MicrographError(_too_large(shape, "cut it into smaller pictures"))
    return math.sqrt(left / (BYTES_PER_WORKING_PX * math.prod(shape)))


def check_scale(shape: tuple[int, int], scale: float) -> None:
    """Refuse a working scale at which a picture does not fit (`too_large`)."""
    largest = largest_scale(shape)
    if scale > largest:
        at_most = math.floor(largest * 100) / 100
        remedy = f"set segment: working_scale to auto or at most {at_most:g}, or cut the picture"
        raise MicrographError(_too_large(shape, remedy, f" at working_scale {scale:g}"))


def _too_large(shape: tuple[int, int], remedy: str, when: str = "") -> Finding:
    return Finding(
        "too_large",
        "refused",
        f"{shape[1]} x {shape[0]} pixels{when} need more than the "
        f"{MEMORY_PER_PICTURE / 1e9:g} GB of memory that one picture may take; {remedy}",
    )
