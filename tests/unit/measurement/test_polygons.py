"""Polygon formulas against closed forms, and what must not change with place, turn and unit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanocensus.measurement.outlines import OutlineRings
from nanocensus.measurement.particles import shape_ratios, sizes


def one(points: np.ndarray) -> OutlineRings:
    return OutlineRings(
        np.array([1]), np.asarray(points, float), np.array([0, len(points)]), np.array([0])
    )


def measured(points: np.ndarray) -> dict[str, float]:
    size = sizes(one(points))
    return {name: float(value[0]) for name, value in (size | shape_ratios(size)).items()}


def rectangle(long: float, short: float, angle: float, centre=(0.0, 0.0)) -> np.ndarray:
    """Corners (y, x), clockwise as seen, the long side at `angle` counter-clockwise from x."""
    x = np.array([-1, 1, 1, -1]) * long / 2
    y = np.array([-1, -1, 1, 1]) * short / 2
    return np.stack(
        [
            centre[0] + y * np.cos(angle) - x * np.sin(angle),
            centre[1] + x * np.cos(angle) + y * np.sin(angle),
        ],
        axis=1,
    )


@pytest.mark.parametrize("angle", [0.0, 0.3, np.pi / 4, 2.0, 3.1])
def test_rectangle(angle):
    got = measured(rectangle(6.0, 2.0, angle, centre=(512.25, 1000.5)))
    diagonal = np.sqrt(40.0)
    expected = {
        "y": 512.25,
        "x": 1000.5,
        "area": 12.0,
        "ecd": np.sqrt(48 / np.pi),
        "perimeter": 16.0,
        "feret_max": diagonal,
        "feret_min": 2.0,
        "feret_perpendicular": 6.0,
        "feret_x": 6 * abs(np.cos(angle)) + 2 * abs(np.sin(angle)),
        "feret_y": 6 * abs(np.sin(angle)) + 2 * abs(np.cos(angle)),
        "convex_hull_area": 12.0,
        "ellipse_major": 6 * 2 / np.sqrt(3),  # second moment a²/12, axis 4 sqrt(.)
        "ellipse_minor": 2 * 2 / np.sqrt(3),
        "aspect_ratio": 2 / diagonal,
        "ellipse_ratio": 1 / 3,
        "form_factor": 4 * np.pi * 12 / 16**2,
        "roundness": 48 / (np.pi * 40),
        "compactness": np.sqrt(48 / (np.pi * 40)),
        "solidity": 1.0,
        "convexity": 1.0,
        "extent": 12 / (2 * diagonal),
        "box_ratio": 1.0,
    }
    for name, value in expected.items():
        assert got[name] == pytest.approx(value, rel=1e-9), name
    assert got["orientation_rad"] == pytest.approx(angle % np.pi, abs=1e-9)


def test_ellipse():
    turn = np.linspace(0, 2 * np.pi, 1001)[:-1]
    got = measured(np.stack([3 * np.sin(turn), 5 * np.cos(turn)], axis=1))
    # A polygon of 1000 corners is within 7e-6 of the ellipse.
    assert got["area"] == pytest.approx(15 * np.pi, rel=1e-5)
    assert got["ellipse_major"] == pytest.approx(10, rel=1e-5)
    assert got["ellipse_minor"] == pytest.approx(6, rel=1e-5)
    assert got["feret_max"] == pytest.approx(10, rel=1e-5)
    assert got["feret_min"] == pytest.approx(6, rel=1e-5)
    assert got["box_ratio"] == pytest.approx(np.pi / 4, rel=1e-4)


def test_concave_shape_differs_from_its_hull():
    # An L of three unit squares: hull area 3.5, hull perimeter 6 + sqrt 2.
    got = measured(np.array([[0, 0], [0, 1], [1, 1], [1, 2], [2, 2], [2, 0]]))
    assert got["solidity"] == pytest.approx(3 / 3.5)
    assert got["convexity"] == pytest.approx((6 + np.sqrt(2)) / 8)


def test_parts_are_taken_together():
    first, second = rectangle(2, 2, 0, (0, 0)), rectangle(2, 2, 0, (0, 10))
    rings = OutlineRings(
        np.array([4]), np.concatenate([first, second]), np.array([0, 4, 8]), np.array([0, 0])
    )
    size = {name: value[0] for name, value in sizes(rings).items()}
    assert size["area"] == pytest.approx(8)
    assert size["perimeter"] == pytest.approx(16)
    assert size["convex_hull_area"] == pytest.approx(24)
    assert (size["y"], size["x"]) == pytest.approx((0, 5))
    # Each square 4/12, their centres 5 px from the common one.
    assert size["ellipse_major"] == pytest.approx(4 * np.sqrt(1 / 3 + 25))


def test_particles_do_not_mix():
    shapes = [rectangle(2, 1, 0.2, (5, 5)), rectangle(7, 3, 1.2, (50, 9)), np.eye(3)[:, :2]]
    shapes[2] = shapes[2][::-1]
    lengths = [len(shape) for shape in shapes]
    together = sizes(
        OutlineRings(
            np.array([1, 2, 9]),
            np.concatenate(shapes),
            np.cumsum([0, *lengths]),
            np.array([0, 1, 2]),
        )
    )
    for index, shape in enumerate(shapes):
        alone = sizes(one(shape))
        for name, value in alone.items():
            assert together[name][index] == pytest.approx(value[0], rel=1e-12), name


@st.composite
def star_polygons(draw):
    """Polygons seen whole from their centre, clockwise, concave ones among them."""
    radii = np.array(draw(st.lists(st.floats(1, 20), min_size=5, max_size=24)))
    turn = np.arange(radii.size) * 2 * np.pi / radii.size
    return np.stack([radii * np.sin(turn), radii * np.cos(turn)], axis=1)


@given(star_polygons(), st.floats(0, 2 * np.pi), st.floats(-500, 500), st.floats(0.1, 50))
@settings(max_examples=60, deadline=None)
def test_turning_moving_and_scaling(points, angle, shift, factor):
    before = measured(points)
    cos, sin = np.cos(angle), np.sin(angle)
    turned = points @ np.array([[cos, -sin], [sin, cos]]) * factor + shift
    after = measured(turned)
    for name in ("ecd", "feret_max", "feret_min", "perimeter", "ellipse_major"):
        assert after[name] == pytest.approx(before[name] * factor, rel=1e-6), name
    for name in ("area", "convex_hull_area"):
        assert after[name] == pytest.approx(before[name] * factor**2, rel=1e-6), name
    for name in ("aspect_ratio", "form_factor", "roundness", "solidity", "convexity", "extent"):
        assert after[name] == pytest.approx(before[name], rel=1e-6), name


@given(star_polygons())
@settings(max_examples=60, deadline=None)
def test_inequalities(points):
    got = measured(points)
    slack = 1 + 1e-9
    assert got["feret_min"] <= got["feret_max"] * slack
    assert got["ecd"] <= got["feret_max"] * slack  # isodiametric
    assert got["form_factor"] <= slack  # isoperimetric
    assert got["solidity"] <= slack
    assert got["convexity"] <= slack
    assert got["feret_min"] <= min(got["feret_x"], got["feret_y"]) * slack
    assert max(got["feret_x"], got["feret_y"]) <= got["feret_max"] * slack


@given(star_polygons())
@settings(max_examples=40, deadline=None)
def test_feret_diameters_are_the_extremes_of_all_directions(points):
    got = measured(points)
    angles = np.linspace(0, np.pi, 2001)
    widths = np.ptp(np.stack([np.sin(angles), np.cos(angles)], axis=1) @ points.T, axis=1)
    # Between two of 2001 directions the width changes by less than feret_max * pi / 2000 / 2.
    slack = got["feret_max"] * np.pi / 4000
    assert widths.max() <= got["feret_max"] + 1e-9
    assert widths.min() >= got["feret_min"] - 1e-9
    assert widths.max() == pytest.approx(got["feret_max"], abs=slack)
    assert widths.min() == pytest.approx(got["feret_min"], abs=slack)
