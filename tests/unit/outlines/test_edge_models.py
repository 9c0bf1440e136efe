"""Edge models against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr

from nanocensus.outlines.edge_models import (
    EdgeModel,
    candidates,
    finer,
    implausibility,
    profile_depths,
    template,
)
from nanocensus.outlines.shifts import SHIFTS, lowest

HERE = int(np.flatnonzero(SHIFTS == 0)[0])
OUT = int(np.flatnonzero(SHIFTS == 1)[0])


def test_a_blurred_step_is_the_normal_distribution() -> None:
    form = template(EdgeModel("step", 1.5), 40.0, False)
    np.testing.assert_allclose(form.signal[HERE], ndtr(profile_depths(40.0) / 1.5), atol=0.01)


def test_an_outline_that_moves_outwards_shows_what_was_deeper() -> None:
    form = template(EdgeModel("thickness", 1.0, exponent=0.5), 20.0, False)
    here, out = form.signal[HERE], form.signal[OUT]
    assert (out >= here - 1e-9).all()
    np.testing.assert_allclose(out[:-2], here[2:], atol=1e-6)


def test_a_disc_in_two_dimensions_is_lower_at_its_edge_than_a_straight_one() -> None:
    """Its half-height line lies about blur^2 / 2 R inside."""
    model = EdgeModel("step", 1.5)
    depths = profile_depths(6.0)
    at_edge = int(np.flatnonzero(np.isclose(depths, 0))[0])
    straight = template(model, 6.0, False).signal[:, at_edge]
    compact = template(model, 6.0, True).signal[:, at_edge]
    inside = np.interp(0.5, compact, SHIFTS) - np.interp(0.5, straight, SHIFTS)
    assert inside == pytest.approx(1.5**2 / (2 * 6.0), rel=0.2)


def test_absorption_goes_from_linear_to_saturated() -> None:
    depth = np.array([-1.0, 0.5, 5.0, 20.0])
    linear = EdgeModel("thickness", 1, exponent=0.5).signal(depth, 20.0)
    weak = EdgeModel("thickness", 1, exponent=0.5, absorption=1e-4).signal(depth, 20.0)
    strong = EdgeModel("thickness", 1, exponent=0.5, absorption=3.0).signal(depth, 20.0)
    np.testing.assert_allclose(weak, linear, atol=1e-4)
    assert linear[0] == 0
    assert linear[-1] == pytest.approx(1)
    assert strong[1] > linear[1]
    assert strong[-1] == pytest.approx(1)


def test_each_modality_tries_its_own_physics() -> None:
    families = {
        modality: {model.family for model in candidates(modality)}
        for modality in ("se", "stem", "tem", None)
    }
    assert families["se"] == {"step", "rim"}
    assert families["stem"] == families["tem"] == {"step", "thickness"}
    assert families[None] == {"step", "rim", "thickness"}


def test_a_round_particle_in_transmission_is_rather_a_sphere() -> None:
    step, sphere = EdgeModel("step", 1.0), EdgeModel("thickness", 1.0, exponent=0.5)
    for modality in ("stem", "tem"):
        weigh = {"modality": modality, "radius": 10.0}
        assert implausibility(step, circularity=0.98, **weigh) > implausibility(
            sphere, circularity=0.98, **weigh
        )
        assert implausibility(step, circularity=0.78, **weigh) < implausibility(
            sphere, circularity=0.78, **weigh
        )


def test_finer_models_lie_between_the_candidates() -> None:
    model = EdgeModel("rim", 1.0, escape_depth=2.0, rim_excess=0.5)
    near = list(finer(model))
    assert model in near
    assert min(one.blur for one in near) > 0.7
    assert max(one.blur for one in near) < 1.4


def test_a_rim_rises_over_the_inside_by_its_excess() -> None:
    depth = np.array([-1.0, 0.25, 40.0])
    model = EdgeModel("rim", 1.0, escape_depth=2.0, rim_excess=0.5)
    expected = [0, 1 + 0.5 * np.exp(-0.125), 1]
    np.testing.assert_allclose(model.signal(depth, 50.0), expected, atol=1e-6)


def test_the_weight_of_a_bright_particle_is_positive() -> None:
    form = template(EdgeModel("step", 1.0), 20.0, False)
    bright = 3 * form.signal[HERE] + 7
    assert form.basis[HERE, -1] @ bright > 0
    assert form.basis[HERE, -1] @ -bright < 0


@pytest.mark.parametrize("compact", [True, False])
def test_levels_are_those_of_least_squares(compact) -> None:
    form = template(EdgeModel("thickness", 1.0, exponent=0.5), 9.0, compact)
    mean = np.random.default_rng(4).standard_normal(form.signal.shape[1])
    for at in (0, HERE, OUT):
        design = np.stack([np.ones_like(mean), form.outside[at], form.signal[at]], axis=1)
        fitted = design @ np.linalg.lstsq(design, mean, rcond=None)[0]
        np.testing.assert_allclose(form.fitted(mean, at)[at], fitted, atol=1e-9)
        left = mean - mean.mean() - form.basis[at].T @ (form.basis[at] @ mean)
        np.testing.assert_allclose(left, mean - fitted, atol=1e-9)


def test_a_blur_that_leaves_no_outside_fits_a_level_instead() -> None:
    """Four units out, a wide blur's slope has no sample left."""
    form = template(EdgeModel("step", 3.4), 20.0, False)
    assert (form.outside[-1] == 0).all()
    assert np.isfinite(form.fitted(form.signal[-1], len(SHIFTS) - 1)).all()


def test_a_parabola_has_its_vertex_between_the_shifts() -> None:
    cost = (SHIFTS - np.array([[0.1], [-1.43], [9.0]])) ** 2
    np.testing.assert_allclose(lowest(cost, SHIFTS), [0.1, -1.43, 4.0], atol=1e-9)
