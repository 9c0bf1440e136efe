"""Each quality figure answers to its cause and to little else."""

from __future__ import annotations

import time

import numpy as np
import pytest

from nanocensus.quality import picture_quality

from .scenes import NOISE_SD, SHAPE, defocused, recorded, shaded, streaked, true_field

# One fault at a time, of the size at which a person begins to see it.
FAULTS = {
    "blur": lambda grey: defocused(grey, 3.0),
    "astigmatism": lambda grey: defocused(grey, (2.0, 0.8)),
    "streaks": lambda grey: streaked(grey, 12.0),
    "shading": lambda grey: shaded(grey, 60.0),
}


def seen(grey: np.ndarray) -> dict[str, float]:
    picture = recorded(grey)
    return picture_quality(picture, np.zeros(picture.shape, bool))


@pytest.fixture(scope="module")
def good() -> dict[str, float]:
    return seen(defocused(true_field()[0], 0.8))


@pytest.fixture(scope="module")
def bad() -> dict[str, dict[str, float]]:
    sharp = true_field()[0]
    return {
        name: seen(fault(sharp if name in ("blur", "astigmatism") else defocused(sharp, 0.8)))
        for name, fault in FAULTS.items()
    }


def test_a_good_picture(good):
    assert good["focus"] > 6
    assert good["noise_sd"] == pytest.approx(NOISE_SD, rel=0.06)
    assert good["saturation_dark"] < 1e-4
    assert good["saturation_bright"] < 1e-4
    assert good["astigmatism"] < 0.25
    assert 0.7 < good["charging"] < 1.4
    assert good["illumination"] < 1.5


def test_blur_lowers_focus(good, bad):
    assert bad["blur"]["focus"] < good["focus"] / 5


def test_focus_of_nothing_but_noise_is_one():
    assert seen(np.full(SHAPE, 90.0))["focus"] == pytest.approx(1, abs=0.06)


def test_focus_falls_with_blur():
    sharp = true_field()[0]
    figures = [seen(defocused(sharp, sigma))["focus"] for sigma in (0.5, 1.0, 2.0, 4.0)]
    assert figures == sorted(figures, reverse=True)


def test_blur_along_one_axis_raises_astigmatism(good, bad):
    assert bad["astigmatism"]["astigmatism"] > 2.5 * good["astigmatism"]
    assert bad["astigmatism"]["astigmatism"] > 0.4


def test_astigmatism_does_not_depend_on_the_axis():
    sharp = true_field()[0]
    first = seen(defocused(sharp, (2.0, 0.8)))["astigmatism"]
    second = seen(defocused(sharp, (0.8, 2.0)))["astigmatism"]
    assert first == pytest.approx(second, rel=0.5)  # the field's own harmonic adds or subtracts


def test_streaks_raise_charging(good, bad):
    assert bad["streaks"]["charging"] > 3 * good["charging"]


def test_streaks_along_columns_lower_it():
    turned = streaked(true_field()[0].T, 12.0).T
    assert seen(turned)["charging"] < 0.4


def test_gradient_raises_illumination(good, bad):
    assert bad["shading"]["illumination"] > 5 * max(good["illumination"], 1)
    # 60 grey values over the spread of the ground: noise of 2.5 and a tenth of particles.
    assert 17 < bad["shading"]["illumination"] < 24


def test_particles_on_one_side_are_no_shading():
    grey, labels = true_field(count=120)
    grey = grey.copy()
    grey[:, 256:][labels[:, 256:] > 0] = 70
    assert seen(grey)["illumination"] < 2


@pytest.mark.parametrize(
    ("figure", "causes", "largest_change"),
    [
        # Streaks of 12 grey values are fine structure too.
        ("focus", {"blur", "astigmatism"}, 4.0),
        ("astigmatism", {"astigmatism"}, 0.1),
        ("charging", {"streaks"}, 0.6),
        # Its limit is 15; streaks reach into the envelopes of single blocks.
        ("illumination", {"shading"}, 1.0),
        ("noise_sd", set(), 0.1 * NOISE_SD),
    ],
)
def test_figures_leave_other_faults_alone(good, bad, figure, causes, largest_change):
    for fault in sorted(set(FAULTS) - causes):
        assert abs(bad[fault][figure] - good[figure]) < largest_change, fault


def test_saturation_is_the_share_at_the_extremes():
    grey = np.full((100, 100), 100, np.uint8)
    grey[:10] = 12
    grey[95:] = 240
    figures = picture_quality(grey, np.zeros(grey.shape, bool))
    assert figures["saturation_dark"] == pytest.approx(0.1)
    assert figures["saturation_bright"] == pytest.approx(0.05)


def test_clipping_raises_saturation_only_at_its_end(good):
    dark = seen(true_field()[0] - 68)
    assert dark["saturation_dark"] > 0.2
    assert dark["saturation_bright"] < 1e-3
    bright = seen(true_field()[0] + 107)
    assert bright["saturation_bright"] > 0.05
    assert bright["saturation_dark"] < 1e-3


def test_overlay_does_not_count():
    sharp = defocused(true_field()[0], 0.8)
    picture = recorded(sharp)
    without = picture_quality(picture, np.zeros(SHAPE, bool))
    overlay = np.zeros(SHAPE, bool)
    overlay[340:370, 20:160] = True
    painted = picture.copy()
    painted[overlay] = 255
    painted[345:365:4, 30:150] = 0
    with_text = picture_quality(painted, overlay)
    for name, value in without.items():
        # The overlay hides 2 % of the picture and some particles with it.
        assert with_text[name] == pytest.approx(value, rel=0.2, abs=0.05), name


@pytest.mark.parametrize("factor", [257, 16])
def test_figures_do_not_depend_on_the_bit_depth(factor):
    picture = recorded(defocused(true_field()[0], 0.8))
    eight = picture_quality(picture, np.zeros(SHAPE, bool))
    sixteen = picture_quality(picture.astype(np.uint16) * np.uint16(factor), np.zeros(SHAPE, bool))
    assert sixteen["noise_sd"] == pytest.approx(eight["noise_sd"] * factor, rel=0.04)
    for name in set(eight) - {"noise_sd"}:
        # Where codes are wide apart the noise is known to 4 % only; focus divides by its square.
        assert sixteen[name] == pytest.approx(eight[name], rel=0.08, abs=0.01), name


@pytest.mark.parametrize("shape", [(1, 1), (5, 300), (20, 20), (64, 64)])
def test_small_pictures_give_none_where_nothing_can_be_said(shape):
    picture = recorded(np.full(shape, 90.0))
    figures = picture_quality(picture, np.zeros(shape, bool))
    assert figures["noise_sd"] > 0
    for value in figures.values():
        assert value is None or np.isfinite(value)


def test_flat_float_picture_has_no_figures_that_need_noise():
    figures = picture_quality(np.full((200, 200), 0.5, np.float32), np.zeros((200, 200), bool))
    assert figures["focus"] is None
    assert figures["illumination"] is None
    assert figures["charging"] is None


def test_hidden_picture_is_refused():
    with pytest.raises(ValueError, match="hides the whole picture"):
        picture_quality(np.zeros((10, 10), np.uint8), np.ones((10, 10), bool))


def test_same_picture_same_figures(good):
    assert seen(defocused(true_field()[0], 0.8)) == good


def test_is_fast():
    picture = np.tile(recorded(true_field()[0]), (2, 2))
    start = time.process_time()
    picture_quality(picture, np.zeros(picture.shape, bool))
    # 0.25 s on an idle core for 1024 x 768; the bound leaves room for a busy one.
    assert time.process_time() - start < 1.0
