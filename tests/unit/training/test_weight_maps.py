import numpy as np
import pytest

from nanocensus.segmentation import loss_weights
from nanocensus.training import (
    TrainingSettings,
    TrainingSettingsError,
    WeightMapSettings,
    weight_map,
)

ROW = np.array([[0, 0, 1, 0, 0, 0, 2, 0, 0]], np.int32)


@pytest.mark.parametrize("gamma", [0.0, 2.0])
def test_gap_weights_agree_with_those_computed_by_hand(gamma):
    found = weight_map(ROW, WeightMapSettings("gaps", w0=10.0, sigma_px=7.0, gamma=gamma))
    # columns 2..6: d1 + d2 = 4; one further out on either side adds 2; 2 sigma^2 = 98
    expected = 1 + 10 * np.exp(-(np.array([8, 6, 4, 4, 4, 4, 4, 6, 8.0]) ** 2) / 98)
    expected[[2, 6]] += gamma  # a particle of one pixel is all contour
    np.testing.assert_allclose(found[0], expected, rtol=1e-6)


def test_a_lone_particle_has_no_gap():
    labels = np.zeros((9, 9), np.int32)
    labels[2:7, 2:7] = 1
    found = weight_map(labels, WeightMapSettings("gaps", gamma=2.0))
    assert (found[3:6, 3:6] == 1).all()
    assert (found[2, 2:7] == 3).all()
    assert (weight_map(labels * 0, WeightMapSettings("gaps")) == 1).all()


def test_the_third_nearest_particle_and_the_order_of_numbers_do_not_matter():
    rng = np.random.default_rng(4)
    labels = np.zeros((60, 80), np.int32)
    centres = np.argwhere(rng.random(labels.shape) < 0.004)
    labels[tuple(centres.T)] = rng.permutation(len(centres)) + 1
    y, x = np.indices(labels.shape)
    distances = np.sort([np.hypot(y - row, x - column) for row, column in centres], axis=0)
    expected = 1 + 10 * np.exp(-((distances[0] + distances[1]) ** 2) / 98)
    found = weight_map(labels, WeightMapSettings("gaps"))
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_the_other_maps_are_ours_and_none():
    assert (weight_map(ROW, WeightMapSettings()) == loss_weights(ROW)).all()
    assert (weight_map(ROW, WeightMapSettings("none")) == 1).all()


@pytest.mark.parametrize("changes", [{"sigma_px": 0.0}, {"w0": -1.0}, {"gamma": -0.1}])
def test_gap_weights_out_of_range_are_refused(changes):
    with pytest.raises(TrainingSettingsError, match=r"sigma_px .* must be above 0"):
        TrainingSettings.from_mapping({"weight_map": changes})


@pytest.mark.parametrize("values", [None, {"patches": None}, {"loss": None}])
def test_an_empty_section_is_refused(values):
    with pytest.raises(TrainingSettingsError, match="remove the section if it is empty"):
        TrainingSettings.from_mapping(values)
