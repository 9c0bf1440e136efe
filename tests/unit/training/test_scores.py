import importlib.util
import math

import numpy as np
import pytest
from tests.unit.training.pictures import random_pair, squares

from nanocensus.training import SIZE_CLASSES, SIZE_ERRORS, add, compare, figures, mean_figures

ONLY_OURS = {
    *("auc", "size_spearman_within", *SIZE_CLASSES, *SIZE_ERRORS),
    *("size_bias_px", "size_low_px", "size_high_px", "size_bias", "size_low", "size_high"),
}


def test_equal_labels_score_one_whatever_their_numbers():
    truth = squares((0, 0, 10), (20, 20, 5))
    shuffled = np.choose(truth, [0, 2, 1])
    shown = figures(compare(truth, shuffled))
    for name in ("iou", "dice", "f1_50", "f1_75", "ap", "pq", "precision_50", "recall_75"):
        assert shown[name] == 1
    assert shown["size_mare"] == 0


def test_a_hand_computed_case():
    # 10 x 10 predicted as 8 x 10 (IoU 0.8); one particle missed; one predicted beside
    truth = squares((0, 0, 10), (20, 20, 4))
    predicted = squares((0, 0, 10), (30, 0, 4))
    predicted[8:10, :10] = 0
    shown = figures(compare(truth, predicted))
    assert shown["pixel_precision"] == pytest.approx(80 / 96)
    assert shown["pixel_recall"] == pytest.approx(80 / 116)
    assert shown["iou"] == pytest.approx(80 / 132)
    assert shown["f1_50"] == shown["f1_75"] == pytest.approx(0.5)
    # matched at 0.50 .. 0.80: seven thresholds with 1 of 3, three with 0 of 4
    assert shown["ap"] == pytest.approx(7 / 10 / 3)
    assert shown["pq"] == pytest.approx(0.8 / 2)
    assert shown["size_mre"] == pytest.approx(np.sqrt(0.8) - 1)
    assert shown["d50_rel_error"] == pytest.approx(
        (np.sqrt(80) + 4) / (10 + 4) - 1  # medians of two diameters each; pi cancels
    )


def test_merging_two_particles_costs_both():
    truth = squares((0, 0, 10), (0, 10, 10))
    shown = figures(compare(truth, (truth > 0).astype(np.int32)))
    # the union has IoU of exactly one half with each: one match
    assert shown["recall_50"] == 0.5
    assert shown["f1_75"] == 0
    assert shown["iou"] == 1


def test_small_particles_are_ignored_not_background():
    truth = squares((0, 0, 10), (20, 20, 2))
    predicted = squares((0, 0, 10), (20, 20, 2), (30, 30, 2))
    for shown in (
        figures(compare(truth, predicted, min_area_px=10)),
        figures(compare(truth, squares((0, 0, 10)), min_area_px=10)),
    ):
        assert shown["f1_50"] == 1
        assert shown["n_truth"] == shown["n_predicted"] == 1
    assert figures(compare(truth, predicted))["precision_50"] == pytest.approx(2 / 3)


def test_nothing_in_truth_and_prediction_is_undefined_and_left_out_of_the_mean():
    empty = np.zeros((8, 8), np.int32)
    nothing = figures(compare(empty, empty))
    assert np.isnan(nothing["f1_50"])
    right = figures(compare(squares((0, 0, 4)), squares((0, 0, 4))))
    assert mean_figures([nothing, right])["f1_50"] == 1


def test_pooling_weighs_by_particles_and_the_mean_by_pictures():
    many = compare(squares(*[(8 * k, 0, 6) for k in range(5)]), np.zeros((40, 40), np.int32))
    one = compare(squares((0, 0, 6)), squares((0, 0, 6)))
    assert figures(add([many, one]))["recall_50"] == pytest.approx(1 / 6)
    assert mean_figures([figures(many), figures(one)])["recall_50"] == pytest.approx(1 / 2)


def test_shapes_must_agree():
    with pytest.raises(ValueError, match="pixels"):
        compare(np.zeros((4, 4), int), np.zeros((4, 5), int))


@pytest.mark.parametrize("min_area_px", [0, 10, 60])
def test_agrees_with_an_independent_scoring_tool(shared, min_area_px):
    spec = importlib.util.spec_from_file_location(
        "score_labels", shared / "tools" / "score_labels.py"
    )
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    ours, theirs = [], []
    for seed in range(12):
        truth, predicted = random_pair(seed)
        ours.append(compare(truth, predicted, min_area_px=min_area_px))
        theirs.append(
            tool.score_pair(
                truth, predicted, min_area=min_area_px, truth_kind="labels", pred_kind="labels"
            )
        )
    pairs = [(figures(a), tool.metrics(b)) for a, b in zip(ours, theirs, strict=True)]
    pairs.append((figures(add(ours)), tool.metrics(tool.pool(theirs))))
    for mine, reference in pairs:
        there = {
            name: reference[{"n_predicted": "n_pred"}.get(name, name)]
            for name in mine
            if name not in ONLY_OURS
        }
        for name, value in there.items():
            assert mine[name] == pytest.approx(value, abs=1e-9, nan_ok=True), name


def test_ignored_pixels_count_on_neither_side():
    truth, predicted = squares((5, 5, 10)), squares((5, 5, 11))
    band = np.ones(truth.shape, bool)
    band[6:14, 6:14] = False  # the inner eight rows and columns
    band[0] = False
    found = compare(truth, predicted, ignored=band, probability=predicted > 0)
    assert found.pixels.tolist() == [64, 0, 0, 40]
    assert found.truth_ecd_px == pytest.approx([2 * math.sqrt(64 / math.pi)])
    assert found.probability.sum() == 104
    assert compare(truth, predicted).pixels.tolist() == [100, 21, 0, 1479]
