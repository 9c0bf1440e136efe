"""The working resolution: found from particles 100-fold different in size."""

import numpy as np
import pytest

from nanocensus.segmentation import InputParameters
from nanocensus.segmentation.scale import Look, choose_working_scale, finer_scale, worth

RANGE = InputParameters(smallest_ecd_px=20, largest_ecd_px=64)


def network_that_knows_its_range(true_ecd_px, count=50, looked=None):
    """Answer as a network does: doubtful about particles beyond the trained range."""

    def look(scale):
        if looked is not None:
            looked.append(scale)
        ecd = true_ecd_px * scale
        spread = np.linspace(0.7, 1.3, count)
        outside = max(0.0, np.log2(20 / ecd), np.log2(ecd / 64))
        return Look(scale, ecd * spread, np.full(count, 0.95 * 0.8**outside))

    return look


@pytest.mark.parametrize("true_ecd_px", [9, 20, 40, 64, 130, 300, 500])
def test_brings_particles_into_the_trained_range(true_ecd_px):
    scale = choose_working_scale(
        network_that_knows_its_range(true_ecd_px), (1024, 1280), RANGE
    ).scale
    # Half steps: the nearest look to the range may lie a quarter outside.
    assert 20 / 1.26 <= true_ecd_px * scale <= 64 * 1.26


def test_leaves_a_good_resolution_as_it_is():
    choice = choose_working_scale(network_that_knows_its_range(35), (768, 1024), RANGE)
    assert choice.scale == 1
    assert choice.convinces


def test_without_particles_as_it_is():
    empty = Look(1, np.zeros(0), np.zeros(0))
    assert choose_working_scale(lambda scale: empty, (768, 1024), RANGE).scale == 1


def test_does_not_enlarge_beyond_what_memory_allows():
    scale = choose_working_scale(network_that_knows_its_range(3), (4096, 4096), RANGE).scale
    assert scale == 1
    scale = choose_working_scale(network_that_knows_its_range(3), (1024, 1024), RANGE).scale
    assert 1 < scale <= 2


def test_does_not_shrink_to_nothing():
    scale = choose_working_scale(network_that_knows_its_range(90), (100, 100), RANGE).scale
    assert scale >= 0.64


def test_looks_few_times():
    looked = []
    choose_working_scale(network_that_knows_its_range(40, looked=looked), (768, 1024), RANGE)
    assert sum(scale**2 for scale in looked) < 2  # full passes
    assert len(looked) == len(set(looked))


def test_in_haste_the_native_resolution_is_spared_where_a_quarter_convinces():
    looked = []
    network = network_that_knows_its_range(160, looked=looked)
    assert choose_working_scale(network, (768, 1024), RANGE, thorough=False).scale == 0.25
    assert 1 not in looked


def test_in_haste_only_halves_are_looked_at():
    looked = []
    network = network_that_knows_its_range(60, looked=looked)
    choose_working_scale(network, (768, 1024), RANGE, thorough=False)
    assert sorted(looked) == [0.125, 0.25, 0.5, 1]


def test_a_flock_that_convinces_as_one_particle_is_looked_at_natively_too():
    def look(scale):
        if scale < 0.6:  # 180 particles run together into one
            return Look(scale, np.full(1, 200.0 * scale), np.full(1, 0.85))
        return Look(scale, np.full(180, 30.0 * scale), np.full(180, 0.95))

    assert choose_working_scale(look, (512, 640), RANGE).scale > 0.6
    assert choose_working_scale(look, (512, 640), RANGE, thorough=False).scale < 0.3


def test_only_particles_below_the_trained_range_are_worth_an_enlarged_look():
    within, below = [], []
    choose_working_scale(network_that_knows_its_range(22, looked=within), (768, 1024), RANGE)
    choose_working_scale(network_that_knows_its_range(18, looked=below), (768, 1024), RANGE)
    assert max(within) == 1
    assert max(below) == 2


def test_half_a_step_finer():
    assert finer_scale(0.5, (768, 1024), np.inf, enlarged=False) == pytest.approx(0.7071, abs=1e-4)
    assert finer_scale(0.5**0.5, (768, 1024), np.inf, enlarged=False) == pytest.approx(1)
    assert finer_scale(1, (768, 1024), np.inf, enlarged=False) is None
    assert finer_scale(1, (768, 1024), np.inf, enlarged=True) == pytest.approx(2**0.5)
    assert finer_scale(2, (768, 1024), np.inf, enlarged=True) is None
    assert finer_scale(0.5, (768, 1024), 0.6, enlarged=True) is None
    assert finer_scale(1, (4000, 4000), np.inf, enlarged=True) is None, "16 million px at most"
    assert finer_scale(0.5, (8000, 8000), np.inf, enlarged=True), "not enlarged"


def test_one_ghost_over_the_background_does_not_outweigh_small_particles():
    def look(scale):
        if scale < 0.2:  # what a network draws where it can see no particle
            return Look(scale, np.full(3, 45.0), np.full(3, 0.72))
        return Look(scale, np.full(30, 30.0 * scale), np.full(30, 0.9 if scale > 0.6 else 0.75))

    assert choose_working_scale(look, (512, 640), RANGE).scale > 0.6


def test_an_unconvincing_picture_is_looked_at_enlarged_too():
    looked = []

    def look(scale):
        looked.append(scale)
        quality = 0.9 if scale > 1.9 else 0.65
        return Look(scale, np.full(10, 40.0), np.full(10, quality))

    choice = choose_working_scale(look, (512, 640), RANGE)
    assert choice == (2, pytest.approx(0.75**2))  # quality counts from 0.6 to 1, squared
    assert choice.convinces
    assert max(looked) == 2


def test_the_share_that_was_looked_at_does_not_matter():
    whole = Look(0.5, np.full(40, 30.0), np.full(40, 0.9))
    quarter = Look(0.5, np.full(10, 30.0), np.full(10, 0.9), share=0.25)
    assert worth(quarter, RANGE) == pytest.approx(worth(whole, RANGE), rel=1e-12)


def test_instances_that_do_not_convince_lower_the_worth():
    good = Look(1, np.full(10, 30.0), np.full(10, 0.9))
    with_ghosts = Look(1, np.full(12, 30.0), np.array([0.9] * 10 + [0.5] * 2))
    assert 0 < worth(with_ghosts, RANGE) < worth(good, RANGE)
    assert worth(Look(1, np.zeros(0), np.zeros(0)), RANGE) == 0


def test_what_convinces_at_no_resolution_is_told():
    def look(scale):
        return Look(scale, np.full(10, 40.0), np.full(10, 0.7))

    assert not choose_working_scale(look, (512, 640), RANGE).convinces


def test_memory_limits_the_looks():
    looked = []
    network = network_that_knows_its_range(9, looked=looked)
    assert choose_working_scale(network, (768, 1024), RANGE, largest=0.6).scale <= 0.6
    assert max(looked) <= 0.6
