"""Solids seen along the beam: outline, upper surface, thickness.

Lengths are in pixels; the centre of the outline's area is the origin. Every builder takes the
area-equivalent diameter that the outline shall have and meets it exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from .outlines import FloatArray, following, outline_area, outline_centroid

FloatMap = NDArray[np.float32]


class Relief(NamedTuple):
    """Maps (h, w) float32 in px over some pixels; meaningful inside the outline only."""

    top: FloatMap
    """Height of the upper surface over the body's lowest point."""
    thickness: FloatMap
    """Path of the beam in the body."""
    depth: FloatMap
    """Distance to the outline, seen along the beam."""
    ridge: FloatMap
    """Height difference between the two uppermost facets: 0 on an edge between facets."""


class Body(Protocol):
    """What a particle's solid offers."""

    @property
    def outline(self) -> FloatArray:
        """The outline (k, 2) around the body's centre."""

    def relief(self, y: FloatMap, x: FloatMap) -> Relief:
        """Return the maps at points around the body's centre."""


@dataclass(frozen=True)
class StarBody:
    """A body with one radius per direction, domed above and below like an ellipsoid.

    Parameters
    ----------
    radii : (n,) float, px
        Radius at n equal steps of the angle arctan2(y, x) from 0 to 2 pi.
    half_height : float, px
        Half of the thickness at the centre.
    bluntness : float
        2 is an ellipsoid; more is flatter on top with steeper flanks.

    """

    radii: FloatArray
    half_height: float
    bluntness: float
    outline: FloatArray

    def relief(self, y: FloatMap, x: FloatMap) -> Relief:
        """Return the maps at points around the body's centre."""
        position = np.arctan2(y, x) * np.float32(len(self.radii) / (2 * np.pi))
        closed = np.append(self.radii, self.radii[0])
        below = np.floor(position).astype(np.intp)
        share = position - below
        below %= len(self.radii)
        radius = ((1 - share) * closed[below] + share * closed[below + 1]).astype(np.float32)
        rho = np.sqrt(y * y + x * x) / radius
        inner = np.maximum(1 - rho**self.bluntness, 0) ** (1 / self.bluntness)
        half = np.float32(self.half_height) * inner.astype(np.float32)
        depth = (1 - rho) * radius
        return Relief(half + np.float32(self.half_height), 2 * half, depth, np.full_like(y, np.inf))


@dataclass(frozen=True)
class RodBody:
    """A lying cylinder with round (capsule) or flat ends."""

    half_length: float
    radius: float
    angle_rad: float
    flat_ends: bool
    outline: FloatArray

    def relief(self, y: FloatMap, x: FloatMap) -> Relief:
        """Return the maps at points around the body's centre."""
        cos, sin = np.float32(np.cos(self.angle_rad)), np.float32(np.sin(self.angle_rad))
        along = np.abs(x * cos + y * sin)
        across = np.abs(y * cos - x * sin)
        beyond = np.maximum(along - np.float32(self.half_length), 0)
        if self.flat_ends:
            half = np.sqrt(np.maximum(self.radius**2 - across**2, 0)).astype(np.float32)
            depth = np.minimum(self.radius - across, self.half_length - along)
        else:
            distance_squared = across**2 + beyond**2
            half = np.sqrt(np.maximum(self.radius**2 - distance_squared, 0)).astype(np.float32)
            depth = self.radius - np.sqrt(distance_squared)
        return Relief(half + np.float32(self.radius), 2 * half, depth, np.full_like(y, np.inf))


@dataclass(frozen=True)
class FacetedBody:
    """A convex body between planes z = a y + b x + c.

    Parameters
    ----------
    upper, lower : (m, 3) float
        Planes (a, b, c) bounding the body from above and below.
    sides : (e, 3) float
        Outline's edges as unit outward normal (n_y, n_x) and distance from the origin.

    """

    upper: FloatArray
    lower: FloatArray
    sides: FloatArray
    outline: FloatArray

    def relief(self, y: FloatMap, x: FloatMap) -> Relief:
        """Return the maps at points around the body's centre."""
        top = np.full_like(y, np.inf)
        second = np.full_like(y, np.inf)
        for a, b, c in self.upper.astype(np.float32):
            plane = a * y + b * x + c
            second = np.minimum(second, np.maximum(top, plane))
            top = np.minimum(top, plane)
        bottom = np.full_like(y, -np.inf)
        for a, b, c in self.lower.astype(np.float32):
            bottom = np.maximum(bottom, a * y + b * x + c)
        depth = np.full_like(y, np.inf)
        for n_y, n_x, distance in self.sides.astype(np.float32):
            depth = np.minimum(depth, distance - n_y * y - n_x * x)
        return Relief(top, np.maximum(top - bottom, 0), depth, second - top)


def sides_of(polygon: FloatArray) -> FloatArray:
    """Return the edges of a convex polygon around the origin as (n_y, n_x, distance)."""
    edge = following(polygon) - polygon
    normal = np.stack([edge[:, 1], -edge[:, 0]], axis=1) / np.linalg.norm(edge, axis=1)[:, None]
    distance = (normal * polygon).sum(1)
    sign = np.where(distance < 0, -1.0, 1.0)
    return np.column_stack([normal * sign[:, None], distance * sign])


def fitted(outline: FloatArray, ecd_px: float) -> tuple[FloatArray, float, FloatArray]:
    """Centre an outline on its area and scale it to `ecd_px`; return it, the factor, the shift."""
    centre = outline_centroid(outline)
    factor = ecd_px * np.sqrt(np.pi / 4 / outline_area(outline))
    return (outline - centre) * factor, float(factor), centre
