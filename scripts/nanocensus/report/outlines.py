"""Outlines of a picture's particles as the gallery keeps them for display."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nanocensus.campaign import canonical_json, replacing

STEPS_PER_PX = 10


@dataclass(frozen=True)
class DisplayOutlines:
    """Simplified outlines in the frame of the gallery's picture.

    Attributes
    ----------
    columns_px, rows_px : int
        The frame.
    particles : mapping of int to tuple of (k, 2) int32
        By label, the closed rings that make a particle's outline: vertices (x, y) in tenths of
        the frame's pixels from the upper left corner of its first pixel; the first vertex is not
        repeated.
    """

    columns_px: int
    rows_px: int
    particles: Mapping[int, tuple[NDArray[np.int32], ...]]

    @property
    def n_vertices(self) -> int:
        """Number of vertices of all particles together."""
        return sum(len(ring) for rings in self.particles.values() for ring in rings)


def write_outlines(path: Path, outlines: DisplayOutlines) -> None:
    """Write outlines as JSON: `columns_px`, `rows_px`, label -> rings of [x, y, x, y, ...]."""
    content = {
        "columns_px": outlines.columns_px,
        "rows_px": outlines.rows_px,
        "particles": {
            str(label): [ring.ravel().tolist() for ring in rings]
            for label, rings in outlines.particles.items()
        },
    }
    with replacing(path) as unfinished:
        unfinished.write_text(canonical_json(content) + "\n", encoding="utf-8")


def read_outlines(path: Path) -> DisplayOutlines:
    """Read what `write_outlines` wrote; the labels ascend."""
    content = json.loads(path.read_text(encoding="utf-8"))
    particles = {
        int(label): tuple(np.array(ring, dtype=np.int32).reshape(-1, 2) for ring in rings)
        for label, rings in content["particles"].items()
    }
    return DisplayOutlines(
        content["columns_px"], content["rows_px"], dict(sorted(particles.items()))
    )
