"""Builders of particles by shape, each with a range of variants, in random orientation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from .bodies import Body, FacetedBody, RodBody, StarBody, fitted, sides_of
from .outlines import FloatArray, convex_hull, rotated, round_corners

_STEPS = 128
_ANGLES = np.arange(_STEPS) * 2 * np.pi / _STEPS
_CIRCLE = np.stack([np.sin(_ANGLES), np.cos(_ANGLES)], axis=1)


@dataclass(frozen=True)
class ShapeStyle:
    """How the particles of one material look, whatever their size.

    Parameters
    ----------
    corner_share : float, 0..0.5
        Rounding of corners, as part of the shorter edge (`round_corners`).
    tilted : float, 0..1
        Share of polyhedra in an arbitrary orientation; the others lie on a facet.
    plate_thickness : float
        Thickness of plates over their area-equivalent diameter.
    rod_aspect : float
        Median length over width of rods.
    irregularity : float, 0..1
        Deviation from the ideal shape.

    """

    corner_share: float = 0.15
    tilted: float = 0.2
    plate_thickness: float = 0.3
    rod_aspect: float = 3.0
    irregularity: float = 0.2


@dataclass(frozen=True)
class Shape:
    """A body with its class and the name of the variant."""

    shape: str
    variant: str
    body: Body


def make_shape(shape: str, ecd_px: float, style: ShapeStyle, rng: Generator) -> Shape:
    """Build a particle of a class.

    Parameters
    ----------
    shape : str
        One of `SHAPES`.
    ecd_px : float, px
        Area-equivalent diameter of the outline, met exactly.
    style : ShapeStyle
    rng : numpy.random.Generator

    """
    variant, body = _BUILDERS[shape](ecd_px, style, rng)
    return Shape(shape, variant, body)


def _sphere(ecd_px: float, style: ShapeStyle, rng: Generator) -> tuple[str, Body]:
    if style.irregularity > 0.5 and rng.random() < style.irregularity:
        return "potato", _star(ecd_px, _bumps(rng, 5, 0.06 * style.irregularity), 0.85, 2.2)
    ratio = 1 - abs(rng.normal(0, 0.06 * style.irregularity))
    return "ball", _star(ecd_px, _ellipse(max(ratio, 0.86), rng), 1.0, 2.0)


def _oval(ecd_px: float, style: ShapeStyle, rng: Generator) -> tuple[str, Body]:
    radii = _ellipse(rng.uniform(0.62, 0.84), rng) * _bumps(rng, 3, 0.04 * style.irregularity)
    return "oval", _star(ecd_px, radii, 0.85, rng.uniform(2, 2.5))


def _rod(ecd_px: float, style: ShapeStyle, rng: Generator) -> tuple[str, Body]:
    aspect = max(1.75, style.rod_aspect * np.exp(rng.normal(0, 0.15)))
    angle_rad = rng.uniform(0, np.pi)
    if rng.random() < 0.15:
        radii = _ellipse(1 / aspect, rng, angle_rad)
        return "spindle", _star(ecd_px, radii, 1 / np.sqrt(aspect), 2.0)
    flat_ends = bool(rng.random() < 0.3)
    if flat_ends:
        ends = np.array([[-1, -aspect], [-1, aspect], [1, aspect], [1, -aspect]], float)
        shape = round_corners(ends, 0.25 * rng.random())
        half_length = aspect
    else:
        half_length = aspect - 1
        shape = _CIRCLE + np.outer(np.cos(_ANGLES) >= 0, [0, 2 * half_length]) - [0, half_length]
    outline, factor, _ = fitted(rotated(shape, angle_rad), ecd_px)
    return (
        "cylinder" if flat_ends else "capsule",
        RodBody(half_length * factor, factor, angle_rad, flat_ends, outline),
    )


def _triangle(ecd_px: float, style: ShapeStyle, rng: Generator) -> tuple[str, Body]:
    corners = _regular(3, rng, 0.15 * style.irregularity)
    if rng.random() < 0.3:
        corners = _truncated(corners, rng.uniform(0.08, 0.22))
    return "plate", _plate(corners, ecd_px, style, rng)


def _hexagon(ecd_px: float, style: ShapeStyle, rng: Generator) -> tuple[str, Body]:
    return "plate", _plate(_regular(6, rng, 0.12 * style.irregularity), ecd_px, style, rng)


def _cube(ecd_px: float, style: ShapeStyle, rng: Generator) -> tuple[str, Body]:
    edges = np.array([1.0, 1 - 0.25 * style.irregularity * rng.random(), 1.0])
    normals = np.concatenate([np.eye(3), -np.eye(3)])
    distances = np.concatenate([edges, edges])
    flat = rng.random() >= style.tilted
    turn = _about_beam(rng) if flat else _any_rotation(rng)
    body = _polyhedron(normals @ turn.T, distances, ecd_px, style)
    return ("lying" if flat else "tilted"), body


def _octahedron(ecd_px: float, style: ShapeStyle, rng: Generator) -> tuple[str, Body]:
    signs = np.array([[i, j, k] for i in (-1, 1) for j in (-1, 1) for k in (-1, 1)], float)
    stretch = np.array([1, 1, 1 + 0.3 * style.irregularity * rng.random()])
    normals = signs / stretch
    length = np.linalg.norm(normals, axis=1)
    if rng.random() < style.tilted:
        turn, variant = _any_rotation(rng), "tilted"
    elif rng.random() < 0.5:
        turn, variant = _about_beam(rng), "on_corner"
    else:
        turn, variant = _about_beam(rng) @ _onto_beam(np.ones(3)), "on_facet"
    return variant, _polyhedron((normals / length[:, None]) @ turn.T, 1 / length, ecd_px, style)


def _other(ecd_px: float, style: ShapeStyle, rng: Generator) -> tuple[str, Body]:
    variant = str(rng.choice(["pentagon", "fragment", "star", "dumbbell", "lump"]))
    if variant == "pentagon":
        return variant, _plate(_regular(5, rng, 0.1 * style.irregularity), ecd_px, style, rng)
    if variant == "fragment":
        angles = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(5, 9))))
        corners = np.stack([np.sin(angles), np.cos(angles) * rng.uniform(0.6, 1)], axis=1)
        square = np.array([[-0.4, -0.4], [-0.4, 0.4], [0.4, 0.4], [0.4, -0.4]])
        hull = convex_hull(np.concatenate([corners, square]))
        return variant, _plate(hull, ecd_px, style, rng)
    phase = rng.uniform(0, 2 * np.pi)
    if variant == "star":
        arms = int(rng.integers(4, 7))
        radii = 1 + rng.uniform(0.2, 0.4) * np.cos(arms * _ANGLES + phase)
    elif variant == "dumbbell":
        waist = rng.uniform(0.35, 0.55)
        radii = waist + (1 - waist) * np.cos(_ANGLES + phase) ** 2
    else:
        radii = _bumps(rng, 7, 0.1 + 0.1 * style.irregularity)
    return variant, _star(ecd_px, radii, 0.7, 2.2)


_BUILDERS: dict[str, Callable[[float, ShapeStyle, Generator], tuple[str, Body]]] = {
    "sphere": _sphere,
    "oval": _oval,
    "rod": _rod,
    "triangle": _triangle,
    "cube": _cube,
    "hexagon": _hexagon,
    "octahedron": _octahedron,
    "other": _other,
}

SHAPES = tuple(_BUILDERS)


def _star(ecd_px: float, radii: FloatArray, height: float, bluntness: float) -> StarBody:
    """Scale a body of given radii; `height` is its thickness over `ecd_px`."""
    # The polygon through the radii is the outline; it is not moved to its centroid, because the
    # radii are counted from the origin, and the origin only has to lie inside.
    outline = _CIRCLE * radii[:, None]
    _, factor, _ = fitted(outline, ecd_px)
    return StarBody(radii * factor, height * ecd_px / 2, bluntness, outline * factor)


def _ellipse(ratio: float, rng: Generator, angle_rad: float | None = None) -> FloatArray:
    angle = rng.uniform(0, np.pi) if angle_rad is None else angle_rad
    return ratio / np.hypot(ratio * np.cos(_ANGLES - angle), np.sin(_ANGLES - angle))


def _bumps(rng: Generator, waves: int, amplitude: float) -> FloatArray:
    orders = np.arange(2, 2 + waves)
    size = rng.normal(0, amplitude, waves) / np.sqrt(orders / 2)
    phase = rng.uniform(0, 2 * np.pi, waves)
    bumps = (size[:, None] * np.cos(orders[:, None] * _ANGLES + phase[:, None])).sum(0)
    return np.exp(bumps)


def _regular(corners: int, rng: Generator, jitter: float) -> FloatArray:
    angles = (np.arange(corners) + jitter * rng.uniform(-1, 1, corners)) * 2 * np.pi / corners
    angles = angles + rng.uniform(0, 2 * np.pi)
    radii = 1 + jitter * rng.uniform(-1, 1, corners)
    return convex_hull(np.stack([np.sin(angles), np.cos(angles)], axis=1) * radii[:, None])


def _truncated(polygon: FloatArray, share: float) -> FloatArray:
    before, after = np.roll(polygon, 1, axis=0), np.roll(polygon, -1, axis=0)
    cuts = [polygon + (before - polygon) * share, polygon + (after - polygon) * share]
    return np.stack(cuts, axis=1).reshape(-1, 2)


def _plate(corners: FloatArray, ecd_px: float, style: ShapeStyle, rng: Generator) -> FacetedBody:
    """Build a lying plate with bevelled upper edges."""
    outline, factor, centre = fitted(round_corners(corners, style.corner_share), ecd_px)
    sides = sides_of((corners - centre) * factor)
    height = style.plate_thickness * ecd_px * np.exp(rng.normal(0, 0.2))
    # A bevel rises from half of the plate's height at the outline with a slope of 2.
    bevels = np.column_stack([-2 * sides[:, :2], 2 * sides[:, 2] + height / 2])
    flat = np.array([[0.0, 0.0, height]])
    return FacetedBody(np.concatenate([flat, bevels]), np.zeros((1, 3)), sides, outline)


def _polyhedron(
    normals: FloatArray, distances: FloatArray, ecd_px: float, style: ShapeStyle
) -> FacetedBody:
    """Build the solid normals · (x, y, z) <= distances, seen along z."""
    vertices = _vertices(normals, distances)
    corners = convex_hull(vertices[:, [1, 0]].round(9))
    outline, factor, centre = fitted(round_corners(corners, style.corner_share), ecd_px)
    z_low = vertices[:, 2].min()
    shifted = distances - normals @ np.array([centre[1], centre[0], z_low])
    n_z = normals[:, 2]
    planes = {}
    for name, chosen in (("upper", n_z > 1e-3), ("lower", n_z < -1e-3)):
        slope = -normals[chosen] / n_z[chosen, None]
        height = shifted[chosen] / n_z[chosen] * factor
        planes[name] = np.column_stack([slope[:, 1], slope[:, 0], height])
    sides = sides_of((corners - centre) * factor)
    return FacetedBody(planes["upper"], planes["lower"], sides, outline)


def _vertices(normals: FloatArray, distances: FloatArray) -> FloatArray:
    """Return the corners of a convex polyhedron: the plane triples' meets that are inside."""
    i, j, k = np.array(
        [(a, b, c) for a in range(len(normals)) for b in range(a) for c in range(b)]
    ).T
    systems = normals[np.stack([i, j, k], axis=1)]
    sides = distances[np.stack([i, j, k], axis=1)]
    regular = np.abs(np.linalg.det(systems)) > 1e-6
    points = np.linalg.solve(systems[regular], sides[regular][..., None])[..., 0]
    return points[(points @ normals.T <= distances + 1e-9).all(1)]


def _about_beam(rng: Generator) -> FloatArray:
    angle = rng.uniform(0, 2 * np.pi)
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1.0]])


def _any_rotation(rng: Generator) -> FloatArray:
    """Return a rotation drawn uniformly (QR of a Gaussian matrix, signs fixed)."""
    q, r = np.linalg.qr(rng.normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    return q if np.linalg.det(q) > 0 else -q


def _onto_beam(direction: FloatArray) -> FloatArray:
    """Return a rotation that turns `direction` to z."""
    z = direction / np.linalg.norm(direction)
    x = np.cross([0.0, 1.0, 0.0], z)
    x /= np.linalg.norm(x)
    return np.stack([x, np.cross(z, x), z])
