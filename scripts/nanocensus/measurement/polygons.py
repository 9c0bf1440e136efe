"""Sizes and shapes of particles from their outlines: closed polygons, exact formulas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

from nanocensus.measurement.outlines import OutlineRings

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """Area, centroid and central second moments of each particle, parts taken together.

    Attributes
    ----------
    area : (n,) float64, square of the outline's unit
    y, x : (n,) float64, the outline's unit
        Centroid.
    yy, xx, yx : (n,) float64, square of the outline's unit
        Central second moments divided by the area.
    """

    area: Floats
    y: Floats
    x: Floats
    yy: Floats
    xx: Floats
    yx: Floats


@dataclass(frozen=True)
class HullSizes:
    """Sizes of each particle's convex hull, in the outline's unit.

    Attributes
    ----------
    area, perimeter : (n,) float64
    feret_max, feret_min : (n,) float64
        Largest and smallest distance of two parallel tangents.
    feret_perpendicular : (n,) float64
        The Feret diameter at right angles to `feret_min`.
    feret_y, feret_x : (n,) float64
        Extent along the frame's sides.
    """

    area: Floats
    perimeter: Floats
    feret_max: Floats
    feret_min: Floats
    feret_perpendicular: Floats
    feret_y: Floats
    feret_x: Floats


@dataclass(frozen=True)
class Ellipses:
    """The ellipse of the same second moments (inertia ellipse) of each particle.

    Attributes
    ----------
    major, minor : (n,) float64
        Full axes, in the outline's unit.
    orientation_rad : (n,) float64, rad
        Angle from the x axis to the major axis, counter-clockwise as seen, 0 <= angle < pi.
    """

    major: Floats
    minor: Floats
    orientation_rad: Floats


def _sums(values: Floats, outlines: OutlineRings) -> Floats:
    """Return the sum over the vertices of each particle."""
    first_ring = np.searchsorted(outlines.ring_owners, np.arange(outlines.labels.size))
    return np.add.reduceat(values, outlines.ring_starts[first_ring])


def _next(outlines: OutlineRings) -> NDArray[np.int64]:
    """Return for each vertex the index of the one that follows it in its ring."""
    following = np.arange(1, len(outlines.points) + 1)
    following[outlines.ring_starts[1:] - 1] = outlines.ring_starts[:-1]
    return following


def _origins(outlines: OutlineRings) -> Floats:
    """Return each particle's reference point: its first vertex, (n, 2)."""
    first_ring = np.searchsorted(outlines.ring_owners, np.arange(outlines.labels.size))
    return outlines.points[outlines.ring_starts[first_ring]]


def _per_vertex(outlines: OutlineRings) -> NDArray[np.int64]:
    """Return for each vertex the index of its particle."""
    return np.repeat(outlines.ring_owners, np.diff(outlines.ring_starts))


def polygon_moments(outlines: OutlineRings) -> Moments:
    """Return area (shoelace), centroid and central second moments of each particle.

    Notes
    -----
    Green's theorem on each edge, coordinates relative to the particle's first vertex so
    that a particle far from the origin loses no digits.
    """
    origins = _origins(outlines)
    local = outlines.points - origins[_per_vertex(outlines)]
    following = _next(outlines)
    y0, x0 = local.T
    y1, x1 = local[following].T
    cross = x0 * y1 - x1 * y0
    area = _sums(cross, outlines) / 2
    x = _sums(cross * (x0 + x1), outlines) / (6 * area)
    y = _sums(cross * (y0 + y1), outlines) / (6 * area)
    xx = _sums(cross * (x0 * x0 + x0 * x1 + x1 * x1), outlines) / (12 * area) - x * x
    yy = _sums(cross * (y0 * y0 + y0 * y1 + y1 * y1), outlines) / (12 * area) - y * y
    mixed = cross * (x0 * y1 + 2 * x0 * y0 + 2 * x1 * y1 + x1 * y0)
    yx = _sums(mixed, outlines) / (24 * area) - y * x
    return Moments(area, y + origins[:, 0], x + origins[:, 1], yy, xx, yx)


def polygon_perimeters(outlines: OutlineRings) -> Floats:
    """Return the length of each particle's outline, the parts' lengths added."""
    edges = outlines.points[_next(outlines)] - outlines.points
    return _sums(np.hypot(edges[:, 0], edges[:, 1]), outlines)


def inertia_ellipses(moments: Moments) -> Ellipses:
    """Return the ellipse that has each particle's second moments (axes 4 sqrt(eigenvalue))."""
    mean = (moments.yy + moments.xx) / 2
    deviation = np.hypot((moments.xx - moments.yy) / 2, moments.yx)
    # y grows downwards, so a counter-clockwise angle, as seen, has the sign of -yx.
    angle = 0.5 * np.arctan2(-2 * moments.yx, moments.xx - moments.yy)
    return Ellipses(
        4 * np.sqrt(mean + deviation),
        4 * np.sqrt(np.maximum(mean - deviation, 0.0)),
        np.where(angle < 0, angle + np.pi, angle) % np.pi,
    )


def hull_sizes(outlines: OutlineRings) -> HullSizes:
    """Return hull area and perimeter and the exact Feret diameters of each particle.

    Notes
    -----
    The smallest caliper has one jaw along an edge of the hull, the largest one touches two
    vertices, so looking at all edges and at all pairs of vertices is exact; hulls have a few
    dozen vertices.
    """
    owners = _per_vertex(outlines)
    ends = np.searchsorted(owners, np.arange(outlines.labels.size + 1))
    origins = _origins(outlines)
    rows = [
        _hull_row(outlines.points[start:end] - origin)
        for start, end, origin in zip(ends[:-1], ends[1:], origins, strict=True)
    ]
    return HullSizes(*np.array(rows, dtype=np.float64).reshape(-1, 7).T)


def _hull_row(points: Floats) -> tuple[float, ...]:
    hull = ConvexHull(points)
    corners = points[hull.vertices]
    edges = np.roll(corners, -1, axis=0) - corners
    along = edges / np.hypot(edges[:, 0], edges[:, 1])[:, None]
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    widths = np.ptp(across @ corners.T, axis=1)
    narrowest = int(np.argmin(widths))
    y, x = corners.T
    longest = np.sqrt(((y[:, None] - y) ** 2 + (x[:, None] - x) ** 2).max())
    return (
        hull.volume,  # of a flat hull, scipy calls the area "volume" and the perimeter "area"
        hull.area,
        longest,
        widths[narrowest],
        np.ptp(corners @ along[narrowest]),
        np.ptp(y),
        np.ptp(x),
    )
