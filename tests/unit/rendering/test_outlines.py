import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanocensus.rendering.outlines import (
    convex_hull,
    ecd_of_area,
    feret_diameters,
    outline_area,
    outline_centroid,
    pixel_coverage,
    rotated,
    round_corners,
)

ANGLES = np.arange(720) * np.pi / 360
CIRCLE = np.stack([np.sin(ANGLES), np.cos(ANGLES)], axis=1)


def rectangle(height: float, width: float) -> np.ndarray:
    return np.array([[-1, -1], [-1, 1], [1, 1], [1, -1]]) * [height / 2, width / 2]


def test_a_square_on_pixel_borders_covers_them_wholly() -> None:
    coverage, origin = pixel_coverage(rectangle(4, 6) + np.array([9.5, 20.5]))
    assert origin == (8, 18)
    assert np.array_equal(coverage[:4, :6], np.ones((4, 6)))
    assert coverage.sum() == pytest.approx(24)


def test_a_square_between_pixel_borders_shares_them_by_area() -> None:
    coverage, origin = pixel_coverage(rectangle(2, 2))
    # Borders lie at -1.5, -0.5, 0.5, 1.5; the square reaches from -1 to 1.
    assert origin == (-1, -1)
    assert coverage == pytest.approx(np.outer([0.5, 1, 0.5], [0.5, 1, 0.5]))


@settings(max_examples=60, deadline=None)
@given(
    radius=st.floats(0.6, 60),
    y=st.floats(-3, 3),
    x=st.floats(-3, 3),
)
def test_a_disc_covers_its_area_and_its_pixels(radius: float, y: float, x: float) -> None:
    outline = radius * CIRCLE + [y, x]
    coverage, (row, column) = pixel_coverage(outline)
    # float32 coverage: relative rounding 6e-8 per pixel.
    assert coverage.sum() == pytest.approx(outline_area(outline), rel=1e-5)
    rows, columns = np.indices(coverage.shape)
    distance = np.hypot(rows + row - y, columns + column - x)
    # A pixel's centre is at most half a diagonal from any of its points.
    assert coverage[distance < radius - 0.71] == pytest.approx(1, abs=1e-4)
    assert coverage[distance > radius + 0.71] == pytest.approx(0, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(angle=st.floats(-7, 7), width=st.floats(1, 50), y=st.floats(-2, 2))
def test_a_turned_rectangle_keeps_area_and_calipers(angle: float, width: float, y: float) -> None:
    outline = rotated(rectangle(7, width), angle) + np.array([y, 0.3])
    coverage, _ = pixel_coverage(outline)
    assert coverage.sum() == pytest.approx(7 * width, rel=1e-5)
    largest, smallest = feret_diameters(outline)
    assert largest == pytest.approx(np.hypot(7, width))
    assert smallest == pytest.approx(min(7, width))


def test_coverage_agrees_with_dense_sampling_on_a_concave_outline() -> None:
    outline = CIRCLE * (9 + 3 * np.cos(5 * ANGLES))[:, None] + [0.21, -0.37]
    coverage, (row, column) = pixel_coverage(outline)
    steps = (np.arange(40) + 0.5) / 40 - 0.5
    y = (np.arange(coverage.shape[0])[:, None] + row + steps).ravel()
    x = (np.arange(coverage.shape[1])[:, None] + column + steps).ravel()
    dy, dx = y[:, None] - 0.21, x[None] + 0.37
    inside = np.hypot(dy, dx) < 9 + 3 * np.cos(5 * np.arctan2(dy, dx))
    sampled = inside.reshape(coverage.shape[0], 40, coverage.shape[1], 40).mean((1, 3))
    # 40 x 40 samples resolve an edge to 1 part in 40 at worst.
    assert np.abs(coverage - sampled).max() < 0.02


def test_the_sense_of_rotation_does_not_matter() -> None:
    outline = rotated(rectangle(5, 9), 0.4)
    assert outline_area(outline) == outline_area(outline[::-1])
    assert pixel_coverage(outline)[0] == pytest.approx(pixel_coverage(outline[::-1])[0], abs=1e-6)


def test_the_centroid_is_that_of_the_area_not_of_the_points() -> None:
    outline = np.array([[0, 0], [0, 1], [0, 2], [0, 3], [0, 4], [2, 4], [2, 0]], float)
    assert outline_centroid(outline) == pytest.approx([1, 2])


def test_rotation_turns_from_x_towards_y() -> None:
    assert rotated(np.array([[0.0, 1.0]]), np.pi / 2) == pytest.approx(np.array([[1.0, 0.0]]))


def test_calipers_of_a_concave_outline_are_those_of_its_hull() -> None:
    arrow = np.array([[0, 0], [4, 2], [0, 4], [1, 2]], float)
    assert feret_diameters(arrow) == pytest.approx(feret_diameters(convex_hull(arrow)))


def test_the_diameter_of_a_disc_is_its_own() -> None:
    assert ecd_of_area(outline_area(10 * CIRCLE)) == pytest.approx(20, rel=1e-4)


@given(share=st.floats(0.01, 0.5))
def test_rounding_takes_the_corners_only(share: float) -> None:
    square = rectangle(10, 10)
    rounded = round_corners(square, share)
    # A parabolic arc cuts a third of the corner's triangle: t² / 6 of a square corner cut at t;
    # as a polygon of 12 points slightly more.
    lost = 4 * (10 * share) ** 2 / 6
    assert outline_area(rounded) == pytest.approx(100 - lost, abs=0.02 * lost + 1e-9)
    assert np.abs(rounded).max() == pytest.approx(5)
