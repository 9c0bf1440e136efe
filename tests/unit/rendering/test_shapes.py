import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanocensus.rendering.beam import Placed, footprint, local_relief
from nanocensus.rendering.bodies import RodBody, StarBody
from nanocensus.rendering.outlines import ecd_of_area, outline_area
from nanocensus.rendering.shapes import SHAPES, Shape, ShapeStyle, make_shape


def seen(shape: Shape, ecd_px: float) -> tuple[np.ndarray, object]:
    size = int(4 * ecd_px) + 20
    placed = Placed(1, shape.body, np.array([size / 2 + 0.3, size / 2 - 0.2]), ecd_px)
    foot = footprint(placed, (size, size))
    assert foot is not None
    assert foot.pixels_outside == 0
    return foot.coverage, local_relief(placed, foot)


@settings(max_examples=80, deadline=None)
@given(
    kind=st.sampled_from(SHAPES),
    ecd_px=st.floats(4, 60),
    corner=st.floats(0, 0.4),
    irregularity=st.floats(0, 1),
    seed=st.integers(0, 2**32),
)
def test_every_shape_meets_its_diameter_and_is_solid_inside(
    kind: str, ecd_px: float, corner: float, irregularity: float, seed: int
) -> None:
    style = ShapeStyle(corner_share=corner, tilted=0.5, irregularity=irregularity)
    shape = make_shape(kind, ecd_px, style, np.random.default_rng(seed))
    assert ecd_of_area(outline_area(shape.body.outline)) == pytest.approx(ecd_px)
    coverage, relief = seen(shape, ecd_px)
    inside = coverage > 0.999
    assert (relief.thickness[inside] > 0).all()
    assert (relief.depth[inside] > -0.5).all()
    # Nothing sinks below the lowest point, by more than rounding.
    assert relief.top[inside].min(initial=0) > -1e-2 * ecd_px


def test_a_ball_has_its_volume() -> None:
    shape = make_shape("sphere", 40, ShapeStyle(irregularity=0), np.random.default_rng(0))
    coverage, relief = seen(shape, 40)
    # Sampling the thickness at pixel centres; the error is below 1 % at 40 px.
    assert (coverage * relief.thickness).sum() == pytest.approx(np.pi / 6 * 40**3, rel=0.01)


def test_a_capsule_has_its_volume() -> None:
    rng = np.random.default_rng(1)
    rods = (make_shape("rod", 40, ShapeStyle(), rng) for _ in range(50))
    shape = next(rod for rod in rods if rod.variant == "capsule")
    body = shape.body
    assert isinstance(body, RodBody)
    coverage, relief = seen(shape, 40)
    volume = np.pi * body.radius**2 * (2 * body.half_length + 4 / 3 * body.radius)
    assert (coverage * relief.thickness).sum() == pytest.approx(volume, rel=0.01)


def test_a_tilted_cube_has_its_volume() -> None:
    style = ShapeStyle(corner_share=0, tilted=1, irregularity=0)
    for seed in range(5):
        shape = make_shape("cube", 40, style, np.random.default_rng(seed))
        coverage, relief = seen(shape, 40)
        volume = float((coverage * relief.thickness).sum())
        # The projected area of a unit cube lies between 1 and sqrt(3) (Cauchy), so the edge is
        # known within these bounds.
        edge = volume ** (1 / 3)
        area = outline_area(shape.body.outline)
        assert 0.98 < area / edge**2 < 1.02 * np.sqrt(3)


def test_an_octahedron_on_its_facet_shows_a_hexagon() -> None:
    style = ShapeStyle(corner_share=0, tilted=0, irregularity=0)
    rng = np.random.default_rng(3)
    shapes = [make_shape("octahedron", 30, style, rng) for _ in range(20)]
    corners = {shape.variant: len(shape.body.outline) for shape in shapes}
    assert corners == {"on_facet": 6, "on_corner": 4}


def test_lying_cubes_are_square() -> None:
    style = ShapeStyle(corner_share=0, tilted=0, irregularity=0)
    outline = make_shape("cube", 30, style, np.random.default_rng(0)).body.outline
    edges = np.linalg.norm(outline - np.roll(outline, 1, axis=0), axis=1)
    assert edges == pytest.approx(np.full(4, 30 * np.sqrt(np.pi) / 2))


def test_a_smaller_similar_body_has_the_same_proportions() -> None:
    shape = make_shape("sphere", 40, ShapeStyle(irregularity=0), np.random.default_rng(0))
    assert isinstance(shape.body, StarBody)
    placed = Placed(1, shape.body, np.array([40.0, 40.0]), 40.0)
    foot = footprint(placed, (81, 81))
    assert foot is not None
    whole, inner = local_relief(placed, foot), local_relief(placed, foot, 0.5)
    middle = (40 - foot.rows.start, 40 - foot.columns.start)
    assert inner.thickness[middle] == pytest.approx(0.5 * whole.thickness[middle])
    assert (inner.depth > 0).sum() == pytest.approx((whole.depth > 0).sum() / 4, rel=0.05)
