"""Closed outlines of particles: exact area, calipers, pixel coverage.

An outline is an array (k, 2) of (y, x) in pixels, without repeating the first point; pixel
centres lie at integers, so pixel (i, j) covers i - 0.5 .. i + 0.5 by j - 0.5 .. j + 0.5.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist

FloatArray = NDArray[np.float64]


def following(points: FloatArray) -> FloatArray:
    """Return each point's successor on the closed chain (np.roll costs ten times as much)."""
    return np.concatenate([points[1:], points[:1]])


def outline_area(outline: FloatArray) -> float:
    """Return the enclosed area in px² (shoelace formula), whatever the sense of rotation."""
    y, x = outline[:, 0], outline[:, 1]
    return float(abs(np.dot(x, following(y)) - np.dot(y, following(x))) / 2)


def outline_centroid(outline: FloatArray) -> FloatArray:
    """Return the centroid (y, x) of the enclosed area."""
    y, x = outline[:, 0], outline[:, 1]
    y_next, x_next = following(y), following(x)
    cross = x * y_next - x_next * y
    return np.array([((y + y_next) @ cross), ((x + x_next) @ cross)]) / (3 * cross.sum())


def ecd_of_area(area: float) -> float:
    """Return the diameter of the circle with this area."""
    return 2 * float(np.sqrt(area / np.pi))


def feret_diameters(outline: FloatArray) -> tuple[float, float]:
    """Return the largest and the smallest caliper of an outline in px.

    Both are those of the convex hull: the largest is the longest distance between two points,
    the smallest has one jaw along an edge of the hull (rotating calipers).
    """
    hull = outline if _is_convex(outline) else convex_hull(outline)
    largest = np.sqrt(pdist(hull, "sqeuclidean").max())
    edge = following(hull) - hull
    normal = np.stack([-edge[:, 1], edge[:, 0]], axis=1) / np.linalg.norm(edge, axis=1)[:, None]
    reach = hull @ normal.T
    return float(largest), float((reach.max(0) - reach.min(0)).min())


def convex_hull(points: FloatArray) -> FloatArray:
    """Return the corners of the convex hull in order."""
    return points[ConvexHull(points).vertices]


def _is_convex(outline: FloatArray) -> bool:
    """Return whether all turns go the same way (the outline is taken not to cross itself)."""
    edge = following(outline) - outline
    after = following(edge)
    turn = edge[:, 0] * after[:, 1] - edge[:, 1] * after[:, 0]
    return bool((turn > 0).all() or (turn < 0).all())


def support(outline: FloatArray, directions: FloatArray) -> FloatArray:
    """Return how far the outline reaches from the origin along each unit vector (d, 2)."""
    return (outline @ directions.T).max(0)


def round_corners(polygon: FloatArray, share: float, points: int = 12) -> FloatArray:
    """Replace each corner by a parabolic arc.

    Parameters
    ----------
    polygon : (k, 2) float, px
    share : float, 0..0.5
        Part of the shorter adjoining edge that the arc takes; 0 keeps the corner.
    points : int
        Points of each arc.

    """
    if share <= 0:
        return polygon
    before = np.roll(polygon, 1, axis=0) - polygon
    after = following(polygon) - polygon
    length_before = np.linalg.norm(before, axis=1, keepdims=True)
    length_after = np.linalg.norm(after, axis=1, keepdims=True)
    cut = min(share, 0.5) * np.minimum(length_before, length_after)
    start = polygon + before / length_before * cut
    end = polygon + after / length_after * cut
    t = np.linspace(0, 1, points)[None, :, None]
    arcs = (1 - t) ** 2 * start[:, None] + 2 * t * (1 - t) * polygon[:, None] + t**2 * end[:, None]
    return arcs.reshape(-1, 2)


def rotated(points: FloatArray, angle_rad: float) -> FloatArray:
    """Turn points (y, x) about the origin, from x towards y."""
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    return points @ np.array([[cos, -sin], [sin, cos]])


def pixel_coverage(outline: FloatArray) -> tuple[NDArray[np.float32], tuple[int, int]]:
    """Return the exact share of each pixel that lies inside an outline.

    The edges are parted at all pixel borders; each piece then lies in one pixel and adds the
    signed area between itself and the right end of its row (Green's theorem), so that a running
    sum along the row gives the area. No sampling is involved.

    Returns
    -------
    coverage : (h, w) float32, 0..1
        Of the pixels of the outline's bounding box.
    origin : (int, int)
        Row and column of the box's first pixel.

    """
    low = np.floor(outline.min(0) + 0.5).astype(int)
    high = np.floor(outline.max(0) + 0.5).astype(int)
    height, width = (high - low + 1).tolist()
    start = outline + 0.5 - low
    pieces_start, pieces_end = _parted_at_pixel_borders(start, following(start))
    middle = (pieces_start + pieces_end) / 2
    row = np.clip(np.floor(middle[:, 0]).astype(int), 0, height - 1)
    column = np.clip(np.floor(middle[:, 1]).astype(int), 0, width - 1)
    rise = pieces_end[:, 0] - pieces_start[:, 0]
    behind = rise * (middle[:, 1] - column)
    place = row * (width + 1) + column
    size = height * (width + 1)
    steps = np.bincount(place, rise - behind, size) + np.bincount(place + 1, behind, size)[:size]
    coverage = np.abs(np.cumsum(steps.reshape(height, width + 1), axis=1)[:, :width])
    return np.clip(coverage, 0, 1).astype(np.float32), (int(low[0]), int(low[1]))


def _parted_at_pixel_borders(start: FloatArray, end: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Cut segments at integer y and x; return starts and ends of the pieces, in order."""
    edge = np.arange(len(start))
    keys = [edge.astype(float), edge + 1.0]
    for axis in (0, 1):
        first = np.floor(np.minimum(start[:, axis], end[:, axis])).astype(int)
        last = np.ceil(np.maximum(start[:, axis], end[:, axis])).astype(int)
        counts = np.maximum(last - first - 1, 0)
        owner = np.repeat(edge, counts)
        nth = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        border = np.repeat(first, counts) + 1 + nth
        run = end[owner, axis] - start[owner, axis]
        keys.append(owner + (border - start[owner, axis]) / run)
    # A position on the closed chain is edge number + fraction; 0 < fraction < 1 by construction,
    # so sorting the keys puts the cuts between their edge's ends.
    position = np.unique(np.concatenate(keys))
    at = np.minimum(position.astype(int), len(start) - 1)
    points = start[at] + (position - at)[:, None] * (end[at] - start[at])
    return points[:-1], points[1:]
