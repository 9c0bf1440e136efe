"""The working resolution: found from particles 100-fold different in size."""

import numpy as np
import pytest

from nanocensus.segmentation import InputParameters
from nanocensus.segmentation.scale import Look, choose_working_scale

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


@pytest.mark.parametrize("true_ecd_px", [5, 9, 20, 40, 64, 130, 300, 500])
def test_brings_particles_into_the_trained_range(true_ecd_px):
    scale = choose_working_scale(network_that_knows_its_range(true_ecd_px), (1024, 1280), RANGE)
    # A quarter outside is not worth another pass.
    assert 20 / 1.26 <= true_ecd_px * scale <= 64 * 1.26


def test_leaves_a_good_resolution_as_it_is():
    assert choose_working_scale(network_that_knows_its_range(35), (768, 1024), RANGE) == 1


def test_without_particles_as_it_is():
    empty = Look(1, np.zeros(0), np.zeros(0))
    assert choose_working_scale(lambda scale: empty, (768, 1024), RANGE) == 1


def test_does_not_enlarge_beyond_what_memory_allows():
    scale = choose_working_scale(network_that_knows_its_range(3), (4096, 4096), RANGE)
    assert scale == 1
    scale = choose_working_scale(network_that_knows_its_range(3), (1024, 1024), RANGE)
    assert 1 < scale <= 4


def test_does_not_shrink_to_nothing():
    scale = choose_working_scale(network_that_knows_its_range(90), (100, 100), RANGE)
    assert scale >= 0.64


def test_looks_few_times():
    looked = []
    choose_working_scale(network_that_knows_its_range(40, looked=looked), (768, 1024), RANGE)
    assert sum(scale**2 for scale in looked) < 4 / 3 + 1e-9  # full passes
