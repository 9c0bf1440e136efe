import math

import numpy as np
import pytest
from tests.unit.training.pictures import squares

from nanocensus.training import touching_share, traits_of


def test_particles_that_a_line_of_one_pixel_parts_touch():
    truth = squares((0, 0, 5), (0, 6, 5), (20, 0, 5), (20, 7, 5), (30, 30, 5))
    assert touching_share(truth) == pytest.approx(2 / 5)
    assert touching_share(truth[::-1, ::-1]) == pytest.approx(2 / 5)
    assert math.isnan(touching_share(np.zeros((5, 5), np.int32)))


@pytest.mark.parametrize("bright", [True, False])
def test_particles_are_bright_or_dark_by_the_labels(bright):
    truth = squares((5, 5, 8), (25, 25, 8))
    pixels = np.where((truth > 0) == bright, 200, 50).astype(np.float32)
    assert traits_of(pixels, truth)["polarity"] == ("bright" if bright else "dark")


def test_half_of_the_particles_touching_is_crowded():
    apart = squares((0, 0, 5), (20, 20, 5), (35, 0, 5))
    pair = squares((0, 0, 5), (0, 5, 5), (35, 0, 5), (35, 20, 5))
    for truth, word in ((apart, "sparse"), (pair, "crowded"), (pair * (pair > 2), "sparse")):
        assert traits_of(truth.astype(np.float32), truth)["packing"] == word


def test_the_median_diameter_parts_small_from_large():
    # a square of 28 px has 31.6 px, of 29 px 32.7 px; large ones in the minority do not count
    for boxes, word in (
        ([(0, 0, 28)], "small"),
        ([(0, 0, 29)], "large"),
        ([(0, 0, 39), (60, 60, 5), (80, 80, 5)], "small"),
    ):
        truth = squares(*boxes, shape=(90, 90))
        assert traits_of(truth.astype(np.float32), truth)["size"] == word


def test_without_particles_only_the_modality_is_known():
    empty = np.zeros((8, 8), np.int32)
    found = traits_of(empty.astype(np.float32), empty, "STEM")
    assert found == {"polarity": "", "packing": "", "size": "", "modality": "STEM"}
