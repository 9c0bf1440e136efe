"""Outlines with everything that a look across them needs: normals, neighbours, frame, size."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from nanocensus.measurement import OutlineRings, trace_outlines

from .shifts import FARTHEST_SHIFT

FloatArray = NDArray[np.float64]

_SMOOTHED_VERTICES = 2.0
"""Standard deviation: the stairs of a mask's pixels are one to a few vertices long."""
_LOOK_OUT = np.arange(0.5, FARTHEST_SHIFT + 0.1, 0.5)
"""Units outwards at which neighbours are looked for: by half pixels as far as outlines move."""
_ON_FRAME = 0.1
"""px from the outer side of the frame's pixels, where `trace_outlines` closes what it cuts."""
_CORNER_TURN, _STRAIGHT_TURN = 1.6, 0.15
"""A corner turns more than this times the median, and than this (radians: what stairs leave);
chosen on rendered squares."""


@dataclass(frozen=True)
class Contours:
    """All rings of a picture, vertex by vertex and ring by ring.

    Attributes
    ----------
    rings : OutlineRings
    normals : (k, 2) float64
        Unit vectors pointing outwards, (y, x).
    owner : (k,) int64
        Label of each vertex.
    gap_px : (k,) float64
        Way along the normal to another particle, infinite beyond 4 units.
    at_frame, on_frame, hidden, straight : (k,) bool
        The normal leaves the frame within 4 units; the vertex lies on the frame, which cuts the
        particle; the normal meets burned-in drawing; the outline does not turn here more than
        elsewhere (no corner).
    area, perimeter : (r,) float64, px
    """

    rings: OutlineRings
    normals: FloatArray
    owner: NDArray[np.int64]
    gap_px: FloatArray
    at_frame: NDArray[np.bool_]
    on_frame: NDArray[np.bool_]
    hidden: NDArray[np.bool_]
    straight: NDArray[np.bool_]
    area: FloatArray
    perimeter: FloatArray

    @cached_property
    def free(self) -> NDArray[np.bool_]:
        """Whether only background lies outside a vertex."""
        return ~np.isfinite(self.gap_px) & ~self.at_frame & ~self.hidden

    @cached_property
    def circularity(self) -> FloatArray:
        """Form factor of each ring: 1 for a disc."""
        return 4 * np.pi * self.area / self.perimeter**2

    def slices(self) -> list[slice]:
        """Return the vertices of each ring."""
        starts = self.rings.ring_starts
        return [slice(a, b) for a, b in itertools.pairwise(starts)]


def contours_of(
    labels: NDArray[np.integer],
    probability: NDArray[np.floating],
    overlay: NDArray[np.bool_],
    unit_px: float,
) -> Contours:
    """Trace the outlines of labels and look around them, 4 units far."""
    rings = trace_outlines(labels, probability)
    points = rings.points
    normals, straight = np.zeros_like(points), np.zeros(len(points), dtype=bool)
    starts = rings.ring_starts
    area, perimeter = np.zeros(len(starts) - 1), np.zeros(len(starts) - 1)
    for ring, (start, end) in enumerate(itertools.pairwise(starts)):
        one = _ring(points[start:end])
        normals[start:end], straight[start:end], area[ring], perimeter[ring] = one
    owner = np.repeat(rings.labels[rings.ring_owners], np.diff(starts))
    gap_px = np.full(len(points), np.inf)
    at_frame, hidden = np.zeros(len(points), dtype=bool), np.zeros(len(points), dtype=bool)
    for way_px in _LOOK_OUT * unit_px:
        at = np.rint(points + normals * way_px).astype(np.int64)
        inside = ((at >= 0) & (at < labels.shape)).all(axis=1)
        at = np.where(inside[:, None], at, 0)
        found = labels[at[:, 0], at[:, 1]]
        other = inside & (found != 0) & (found != owner)
        gap_px = np.where(other & np.isinf(gap_px), way_px - 0.5 * unit_px, gap_px)
        hidden |= inside & overlay[at[:, 0], at[:, 1]]
        at_frame |= ~inside
    first, last = _ON_FRAME - 0.5, np.array(labels.shape) - 0.5 - _ON_FRAME
    on_frame = np.any((points < first) | (points > last), axis=1)
    return Contours(
        rings, normals, owner, gap_px, at_frame, on_frame, hidden, straight, area, perimeter
    )


def _ring(points: FloatArray) -> tuple[FloatArray, NDArray[np.bool_], float, float]:
    """Return outward normals, straight vertices, area and perimeter of one ring.

    Smoothing shortens the outline: that of a disc by the factor by which it damps the first
    harmonic, which is taken back.
    """
    count = len(points)
    sigma = min(_SMOOTHED_VERTICES, count / 12)
    smooth = ndimage.gaussian_filter1d(points, sigma, axis=0, mode="wrap")
    ahead = np.roll(smooth, -1, axis=0)
    tangent = ahead - np.roll(smooth, 1, axis=0)
    length = np.maximum(np.hypot(tangent[:, 0], tangent[:, 1]), 1e-9)
    # clockwise as seen: outside is to the left of the way
    normals = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1) / length[:, None]
    damped = np.exp(-0.5 * (2 * np.pi * sigma / count) ** 2)
    perimeter = float(np.hypot(*(ahead - smooth).T).sum()) / damped
    y, x = points.T
    area = float(abs(np.dot(y, np.roll(x, -1)) - np.dot(x, np.roll(y, -1)))) / 2
    step = max(2, min(4, count // 10))
    before, after = np.roll(normals, step, axis=0), np.roll(normals, -step, axis=0)
    turn = np.arccos(np.clip((before * after).sum(axis=1), -1, 1))
    limit = _CORNER_TURN * np.median(turn) + _STRAIGHT_TURN
    return normals, turn <= limit, max(area, 1e-9), max(perimeter, 1e-9)
