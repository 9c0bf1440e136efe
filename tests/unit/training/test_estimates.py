import numpy as np
import pytest
from tests.unit.segmentation.pictures import segmentation
from tests.unit.training.pictures import write_disc_pictures

from nanocensus.training import estimates, fit_estimate, judge, read_instances


def test_estimates_are_judged_by_hand():
    f1_50 = np.array([0.2, 0.4, 0.6, 0.8, 0.9])
    predicted = np.array([0.3, 0.7, 0.7, 0.6, 0.9])
    assert judge(predicted, f1_50, predicted < 0.65) == {
        "n_pictures": 5,
        "n_bad": 2,
        "n_good": 2,
        "spearman": pytest.approx(6.5 / 95**0.5, abs=1e-4),
        "mean_abs_error": 0.14,
        "auc": pytest.approx((3 + 0.5 + 0 + 1) / 6, abs=1e-4),
        "bad_sent": 0.5,
        "good_sent": 0.5,
    }


def test_what_is_not_defined_is_none():
    judged = judge(np.array([0.9, 0.9]), np.array([0.9, 0.8]), np.zeros(2, bool))
    assert [judged[name] for name in ("spearman", "auc", "bad_sent")] == [None] * 3
    assert judged["good_sent"] == 0


class Segmenter:
    """Finds the true particles of the first pictures and nothing right in the others.

    One of its signs says so, the other one the contrary.
    """

    def __init__(self, pictures, n_right):
        self.truths = [read_instances(row.labels, row.kind) for row in pictures]
        self.n_right, self.number, self.rng = n_right, -1, np.random.default_rng(0)

    def with_estimate(self, parameters):
        return self

    def segment(self, pixels, overlay):
        self.number += 1
        truth = self.truths[self.number]
        good = self.number < self.n_right
        labels = truth if good else np.roll(truth, 25, axis=0)
        signs = np.array([0.9 if good else 0.8, 1.0 if good else 2.0])
        return segmentation(labels, signs=signs + self.rng.normal(0, 0.01, 2))


@pytest.fixture
def _not_spoiled(monkeypatch):
    monkeypatch.setattr(estimates, "_SPOILED", 0)


@pytest.mark.usefixtures("_not_spoiled")
def test_the_sign_that_tells_is_found_and_none_counts_against_itself(tmp_path):
    pictures = write_disc_pictures(tmp_path, 20, "validation")
    parameters, scores = fit_estimate(Segmenter(pictures, 12), pictures, seed=1)
    _, telling, contrary = parameters.weights
    assert telling > 10
    assert contrary == 0
    assert scores["as_they_are"]["n_pictures"] == 20
    assert scores["as_they_are"]["auc"] == 1
    assert scores["as_they_are"]["bad_sent"] == 1
    assert scores["as_they_are"]["good_sent"] <= 0.05
    assert scores["spoiled"]["n_pictures"] == 0


@pytest.mark.usefixtures("_not_spoiled")
def test_too_few_specimens_give_no_estimate(tmp_path):
    pictures = write_disc_pictures(tmp_path, 4, "validation")
    assert fit_estimate(Segmenter(pictures, 2), pictures, seed=1) is None


def test_spoiled_copies_are_shown_too(tmp_path):
    shown = []

    class Blind(Segmenter):
        def segment(self, pixels, overlay):
            shown.append(pixels)
            return segmentation(np.zeros(pixels.shape, np.int32))

    pictures = write_disc_pictures(tmp_path, 2, "validation")
    assert estimates.observe(Blind(pictures, 0), pictures, seed=1) == []  # nothing was found
    assert len(shown) == 2 * 3
    assert not np.array_equal(shown[0], shown[1])


def test_the_limit_sends_most_bad_segmentations_and_no_higher_one_is_taken():
    f1 = np.array([0.9] * 40 + [0.3] * 10)
    predicted = np.concatenate([np.linspace(0.72, 0.9, 40), np.linspace(0.4, 0.58, 9), [0.7]])
    limit = estimates._limit(predicted, f1, f1 < 0)
    assert (predicted[40:] < limit).mean() == 0.9
    assert (predicted[40:] < limit - 0.01).mean() < 0.9


def test_the_limit_sends_few_good_pictures_but_spoiled_ones_may_go():
    f1 = np.array([0.9] * 40 + [0.3] * 10)
    predicted = np.concatenate([[0.45] * 4, np.linspace(0.72, 0.9, 36), [0.6] * 10])
    limit = estimates._limit(predicted, f1, f1 < 0)
    assert (predicted[:40] < limit).mean() <= 0.05
    assert (predicted[:40] < limit + 0.01).mean() > 0.05
    spoiled = predicted == 0.45
    assert 0.6 < estimates._limit(predicted, f1, spoiled) <= 0.62


def test_without_bad_or_good_segmentations_there_is_a_limit_too():
    predicted = np.array([0.8, 0.9, 0.85])
    assert estimates._limit(predicted, predicted, predicted < 0) == 0.8  # the highest
    assert estimates._limit(predicted, 0 * predicted, predicted < 0) == 0.8
