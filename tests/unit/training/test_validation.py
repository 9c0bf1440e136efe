import numpy as np
import pytest
import torch
from tests.unit.training.pictures import write_disc_pictures

from nanocensus.segmentation import DecodingParameters, targets_from_labels
from nanocensus.training import fit_decoding, predictor, score_predictions, views_of


@pytest.fixture(scope="module")
def views(tmp_path_factory):
    rows = write_disc_pictures(tmp_path_factory.mktemp("views"), 4, "validation")
    return views_of(rows, particle_px=24)


def test_views_bring_the_median_particle_to_the_wanted_size(views):
    for view in views:
        ecd = 2 * np.sqrt(np.bincount(view.labels.ravel())[1:] / np.pi)
        assert np.median(ecd) == pytest.approx(24, abs=0.6)  # rounding of the picture's sides
        assert view.values.shape == view.labels.shape


def test_the_truth_as_prediction_scores_one(views):
    scores = score_predictions(
        [targets_from_labels(view.labels) for view in views], views, DecodingParameters()
    )
    assert scores["f1_50"] == scores["f1_75_pooled"] == scores["score"] == 1


def test_fitting_finds_a_better_threshold_and_probabilities(views):
    """Foreground of 0.3 is below the first threshold and above one of the grid."""
    rng = np.random.default_rng(0)
    predictions = []
    for view in views:
        prediction = targets_from_labels(view.labels)
        prediction[0] *= 0.3
        prediction[:, :6, :6] = 0.12 + 0.02 * rng.random()  # a false particle, less sure
        predictions.append(prediction.astype(np.float32))
    start = DecodingParameters(foreground_threshold=0.5)
    fitted = fit_decoding(predictions, views, start, {"foreground_threshold": (0.1, 0.2, 0.5)})
    assert fitted.foreground_threshold == 0.2
    assert score_predictions(predictions, views, fitted)["f1_50"] == 1
    assert fitted.probability_weights != start.probability_weights


def test_no_better_parameters_leave_the_start(views):
    predictions = [targets_from_labels(view.labels) for view in views]
    start = DecodingParameters()
    fitted = fit_decoding(predictions, views, start, {"min_area_px": (20, 10)})
    assert fitted.min_area_px == start.min_area_px


def test_prediction_pads_and_cuts():
    class Echo(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(1))

        def forward(self, tile):
            assert tile.shape[-2] % 32 == tile.shape[-1] % 32 == 0
            return tile.repeat(1, 3, 1, 1)

    values = np.random.default_rng(0).normal(size=(45, 70)).astype(np.float32)
    predicted = predictor(Echo(), half_precision=False)(values)
    assert predicted.shape == (3, 45, 70)
    assert predicted[1] == pytest.approx(1 / (1 + np.exp(-values)), abs=1e-6)
