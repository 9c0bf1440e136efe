"""How large a picture may be for its outlines to be moved, in a stated memory."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from nanocensus.micrographs import Finding
from nanocensus.segmentation.strips import strips

MEMORY_PER_PICTURE = 3_000_000_000
"""Bytes that the outlines of one picture may take; `mem_mb` in rules/outline.smk allows it."""

BYTES_PER_PX = 30
BYTES_PER_VERTEX = 700
"""At the peak, the picture, labels and soft map that are given included, measured with room to
spare: tests/unit/outlines/test_memory.py holds them."""

_CONSTANT = 300_000_000
"""Interpreter, libraries and templates, whatever the picture's size."""


def refuse_too_large(labels: NDArray[np.integer]) -> Finding | None:
    """Return why outlines of labels (H, W) stay as they are, where they need too much memory."""
    vertices = count_vertices(labels)
    needed = _CONSTANT + BYTES_PER_PX * math.prod(labels.shape) + BYTES_PER_VERTEX * vertices
    if needed <= MEMORY_PER_PICTURE:
        return None
    return Finding(
        "outlines_too_large",
        "warn",
        f"{labels.shape[1]} x {labels.shape[0]} pixels with outlines of {vertices} px need more "
        f"than the {MEMORY_PER_PICTURE / 1e9:g} GB of memory that moving them onto the picture's "
        "edges may take: sizes are those of the network's outlines; cut it into smaller pictures",
    )


def count_vertices(labels: NDArray[np.integer]) -> int:
    """Return how many vertices outlines have, but for those at the frame.

    One for each side of a pixel beside another label, two where both are particles.
    """
    count = 0
    for rows in strips(labels.shape):
        part = labels[max(0, rows.start - 1) : rows.stop]
        count += _sides(part[1:], part[:-1]) + _sides(labels[rows, 1:], labels[rows, :-1])
    return count


def _sides(one: NDArray[np.integer], other: NDArray[np.integer]) -> int:
    differ = one != other
    return int(np.count_nonzero(differ & (one > 0)) + np.count_nonzero(differ & (other > 0)))
