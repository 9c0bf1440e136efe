import dataclasses
import time

import numpy as np
import pytest
from scipy import ndimage

from nanocensus.rendering import Recipe, random_recipe, render_micrograph
from nanocensus.rendering.beam import Placed, footprint
from nanocensus.rendering.micrograph import TRUTH_COLUMNS, labelled
from nanocensus.rendering.shapes import ShapeStyle, make_shape

DISCS = Recipe(
    mode="tem", height_px=200, width_px=240, pixel_size_nm=0.5, median_ecd_nm=12, coverage=0.2
)


def test_the_same_state_gives_the_same_bytes() -> None:
    recipe = dataclasses.replace(DISCS, arrangement="clustered", charging=0.1, annotations=2)
    first = render_micrograph(recipe, np.random.default_rng(7))
    second = render_micrograph(recipe, np.random.default_rng(7))
    assert first.pixels.tobytes() == second.pixels.tobytes()
    assert first.labels.tobytes() == second.labels.tobytes()
    assert first.truth.equals(second.truth)
    other = render_micrograph(recipe, np.random.default_rng(8))
    assert other.pixels.tobytes() != first.pixels.tobytes()


@pytest.mark.parametrize("mode", ["se", "stem", "tem"])
def test_whole_particles_have_their_true_area_and_centre_in_the_labels(mode: str) -> None:
    recipe = dataclasses.replace(
        DISCS, mode=mode, shapes=(("sphere", 1), ("rod", 1), ("cube", 1)), drift_px=4
    )
    rendered = render_micrograph(recipe, np.random.default_rng(1))
    whole = rendered.truth[rendered.truth.visible_fraction == 1]
    assert (whole.completeness == "whole").all()
    assert len(whole) > 10
    for row in whole.itertuples():
        y, x = np.nonzero(rendered.labels == row.label)
        # Digital area: sd 0.8 % of the diameter at 10 px (statistics.md section 2), 4 sd here.
        assert len(y) == pytest.approx(row.area_px, rel=0.07)
        assert (y.mean(), x.mean()) == pytest.approx((row.y_px, row.x_px), abs=0.3)
        assert row.ecd_nm == pytest.approx(0.5 * row.ecd_px)
        assert row.visible_px == len(y)


def test_polarity_follows_from_the_mode() -> None:
    for mode in ("se", "stem", "tem"):
        recipe = dataclasses.replace(DISCS, mode=mode)
        rendered = render_micrograph(recipe, np.random.default_rng(3))
        bright = (
            rendered.pixels[rendered.labels > 0].mean()
            > rendered.pixels[rendered.labels == 0].mean()
        )
        assert ("bright" if bright else "dark") == recipe.polarity


def test_the_topmost_outline_owns_the_pixel() -> None:
    rng = np.random.default_rng(0)
    style = ShapeStyle(corner_share=0, tilted=0, irregularity=0)
    lower, upper = (make_shape("cube", 30, style, rng).body for _ in range(2))
    placed = [
        Placed(1, lower, np.array([40.0, 40.0]), 30),
        Placed(2, upper, np.array([48.0, 51.0]), 30),
    ]
    particles = [(one, footprint(one, (100, 100))) for one in placed]
    labels, foreground = labelled(particles, (100, 100))
    for one, foot in particles:
        mine = np.zeros((100, 100), bool)
        mine[foot.window] = foot.coverage > 0.5
        if one.label == 2:
            assert (labels[mine] == 2).all()
        else:
            assert set(np.unique(labels[mine])) == {1, 2}
    assert foreground.max() == pytest.approx(1)
    assert set(np.unique(labels)) == {0, 1, 2}


def test_visible_fraction_counts_what_others_and_the_frame_hide() -> None:
    recipe = dataclasses.replace(DISCS, arrangement="clustered", coverage=0.6)
    rendered = render_micrograph(recipe, np.random.default_rng(4))
    truth = rendered.truth
    assert {"whole", "covered", "cut"} == set(truth.completeness)
    visible = ndimage.sum_labels(rendered.labels > 0, rendered.labels, truth.label)
    assert truth.visible_px.to_numpy() == pytest.approx(visible)
    # Pixels against area: the outline's pixel count differs from its area by a few percent.
    assert truth.visible_fraction.to_numpy() == pytest.approx(visible / truth.area_px, abs=0.06)
    assert (truth.visible_fraction <= truth.in_frame_fraction + 1e-9).all()
    inside = truth.in_frame_fraction == 1
    assert (truth.completeness[inside] != "cut").all()
    reaching_out = (truth.in_frame_fraction < 1) & (
        truth.visible_fraction == truth.in_frame_fraction
    )
    assert reaching_out.any()
    assert truth.touches_frame[reaching_out].all()


def test_neighbours_that_share_a_border_are_told() -> None:
    apart = render_micrograph(DISCS, np.random.default_rng(5)).truth
    assert not apart.touches_neighbour.any()
    packed = dataclasses.replace(DISCS, arrangement="packed", coverage=0.5, geometric_sd=1.02)
    assert render_micrograph(packed, np.random.default_rng(5)).truth.touches_neighbour.any()


def test_drawn_diameters_are_log_normal() -> None:
    recipe = Recipe(
        mode="stem",
        height_px=700,
        width_px=700,
        median_ecd_nm=7,
        geometric_sd=1.3,
        n_particles=800,
    )
    rendered = render_micrograph(recipe, np.random.default_rng(6))
    inside = rendered.truth[rendered.truth.centre_in_frame]
    logs = np.log(inside.ecd_nm)
    assert len(inside) > 600
    # Standard errors: 0.26 / sqrt(600) = 0.011 for mean and about the same for the spread;
    # large ones find a place slightly less often.
    assert logs.mean() == pytest.approx(np.log(7), abs=0.035)
    assert logs.std() == pytest.approx(np.log(1.3), abs=0.03)


def test_sixteen_bits_and_no_particles() -> None:
    recipe = dataclasses.replace(DISCS, bits=16, n_particles=0)
    rendered = render_micrograph(recipe, np.random.default_rng(0))
    assert rendered.pixels.dtype == np.uint16
    assert not rendered.labels.any()
    assert list(rendered.truth.columns) == TRUTH_COLUMNS
    assert len(rendered.truth) == 0


def test_random_recipes_render() -> None:
    modes, arrangements = set(), set()
    for seed in range(15):
        rng = np.random.default_rng(seed)
        recipe = random_recipe(rng, height_px=96, width_px=128, ecd_px=(5, 80))
        rendered = render_micrograph(recipe, rng)
        modes.add(recipe.mode)
        arrangements.add(recipe.arrangement)
        assert rendered.pixels.shape == rendered.labels.shape == rendered.overlay.shape
        assert rendered.pixels.std() > 1
        assert rendered.labels.max() <= len(rendered.truth)
    assert modes == {"se", "stem", "tem"}
    assert len(arrangements) >= 4


def test_fifty_particles_take_little_time() -> None:
    recipe = Recipe(mode="se", n_particles=50, median_ecd_nm=45, arrangement="touching")
    spent = []
    for seed in range(3):
        start = time.thread_time()
        render_micrograph(recipe, np.random.default_rng(seed))
        spent.append(time.thread_time() - start)
    # Measured 0.06..0.09 s of one busy core; ten times that would be a fault, not a slow machine.
    assert min(spent) < 0.8


def test_unknown_modes_and_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="allowed are se, stem, tem"):
        Recipe(mode="optical")
    with pytest.raises(ValueError, match="'blob'"):
        Recipe(mode="se", shapes=(("blob", 1.0),))
