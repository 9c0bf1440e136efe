import math
from dataclasses import replace

import numpy as np
import pytest
from skimage.metrics import adapted_rand_error
from tests.unit.training.pictures import random_pair, squares

from nanocensus.training import SIZE_CLASSES, add, compare, figures, mean_figures, size_class_counts


def row(*values):
    return np.array([values], np.int32)


def test_pixel_accuracy_counts_the_background_too():
    truth, predicted = squares((0, 0, 10)), squares((0, 5, 10))
    shown = figures(compare(truth, predicted))
    assert shown["pixel_accuracy"] == pytest.approx((50 + 1450) / 1600)


@pytest.mark.parametrize(
    ("truth", "predicted", "whole", "particles"),
    [
        # ordered pairs: truth joins 4, prediction 2 of them, of 12; inside: 2 against 0
        (row(1, 1, 0, 0), row(1, 2, 0, 0), 2 / 12, 1.0),
        # truth joins 6, prediction 4 (background is a label), both 2
        (row(1, 1, 1, 2), row(1, 1, 0, 0), 6 / 12, 1 - 2 * 2 / (6 + 4)),
        (row(1, 1, 0, 2), row(3, 3, 0, 1), 0.0, 0.0),
    ],
)
def test_rand_errors_count_pairs_of_pixels(truth, predicted, whole, particles):
    shown = figures(compare(truth, predicted))
    assert shown["rand_error"] == pytest.approx(whole)
    assert shown["adapted_rand_error"] == pytest.approx(particles)


def test_the_particles_rand_error_is_scikit_images():
    truth, predicted = random_pair(3)
    expected, *_ = adapted_rand_error(truth, predicted)
    assert figures(compare(truth, predicted))["adapted_rand_error"] == pytest.approx(expected)


def test_pairs_of_pixels_are_formed_within_a_picture_only():
    same = compare(row(1, 1, 0, 0), row(1, 1, 0, 0))
    apart = compare(row(1, 1, 0, 0), row(1, 2, 0, 0))
    assert figures(add([same, apart]))["rand_error"] == pytest.approx(2 / 24)


def test_area_under_curve_is_the_share_of_pairs_in_order_and_ties_are_halves():
    truth = row(1, 1, 0, 0)
    probability = np.array([[0.9, 0.4, 0.4, 0.1]])
    agreement = compare(truth, truth, probability=probability)
    assert figures(agreement)["auc"] == pytest.approx(3.5 / 4)
    # 0.05 lies below all background of both pictures, 0.95 above: (2 + 2) x (2 + 2) pairs
    other = compare(truth, truth, probability=np.array([[0.95, 0.05, 0.3, 0.3]]))
    assert figures(add([agreement, other]))["auc"] == pytest.approx((4 + 3.5 + 4 + 0) / 16)
    assert figures(compare(truth, truth, probability=(truth > 0) * 1.0))["auc"] == 1
    assert math.isnan(figures(compare(truth, truth))["auc"])


def test_recall_by_size_looks_at_the_true_diameter():
    # sides of 7 and 8 px are diameters of 7.9 and 9.03 px
    truth = squares((0, 0, 7), (10, 10, 8), (20, 20, 8))
    agreement = compare(truth, squares((10, 10, 8), (30, 30, 7)))
    shown = figures(agreement)
    assert shown["recall_ecd_below_8"] == 0
    assert shown["recall_ecd_8_16"] == 0.5
    assert math.isnan(shown["recall_ecd_from_128"])
    assert size_class_counts(agreement) == dict(zip(SIZE_CLASSES, (1, 2, 0, 0, 0, 0), strict=True))


def test_a_lower_edge_belongs_into_its_class():
    edges = np.array([7.99, 8, 15.99, 16, 32, 64, 127.9, 128, 500])
    agreement = replace(
        compare(row(0), row(0)), truth_ecd_px=edges, truth_found=np.zeros(len(edges), bool)
    )
    assert list(size_class_counts(agreement).values()) == [1, 2, 1, 1, 2, 2]


def test_limits_of_agreement_in_px_and_of_ratios():
    agreement = replace(compare(row(0), row(0)), ecd_px=np.array([[10.0, 20.0], [11.0, 19.0]]))
    shown = figures(agreement)
    half = 1.96 * math.sqrt(2)
    assert shown["size_bias_px"] == pytest.approx(0)
    assert (shown["size_low_px"], shown["size_high_px"]) == pytest.approx((-half, half))
    logs = (math.log(1.1), math.log(0.95))
    middle, half = sum(logs) / 2, 1.96 * (logs[0] - logs[1]) / math.sqrt(2)
    assert shown["size_bias"] == pytest.approx(math.exp(middle) - 1)
    assert shown["size_low"] == pytest.approx(math.exp(middle - half) - 1)
    assert shown["size_high"] == pytest.approx(math.exp(middle + half) - 1)
    assert shown["size_mare"] == pytest.approx((0.1 + 0.05) / 2)
    assert shown["size_mre"] == pytest.approx((0.1 - 0.05) / 2)


def test_one_pair_has_a_bias_and_no_limits():
    shown = figures(compare(squares((0, 0, 10)), squares((0, 0, 9))))
    assert shown["size_bias_px"] == pytest.approx(-2 / math.sqrt(math.pi))
    assert math.isnan(shown["size_low_px"])


def test_sizes_that_differ_between_pictures_do_not_feign_agreement_within():
    def reversed_sizes(side):
        boxes = [(0, 0), (0, 50), (50, 0)]
        truth = squares(*[(*b, side + k) for k, b in enumerate(boxes)], shape=(90, 90))
        shown = squares(*[(*b, side + 2 - k) for k, b in enumerate(boxes)], shape=(90, 90))
        return compare(truth, shown)

    pictures = [reversed_sizes(12), reversed_sizes(30)]
    pooled = figures(add(pictures))
    assert pooled["size_spearman"] > 0
    assert pooled["size_spearman_within"] == pytest.approx(-1)
    assert mean_figures([figures(p) for p in pictures])["size_spearman"] == pytest.approx(-1)


def test_errors_of_count_and_percentiles():
    truth = squares((0, 0, 4), (0, 10, 4))
    shown = figures(compare(truth, squares((0, 0, 4), (0, 10, 4), (20, 20, 8))))
    assert shown["count_rel_error"] == pytest.approx(0.5)
    # percentiles of 4, 4, 8 (linear): 4, 4, 4 + 0.8 * 4
    assert shown["d10_rel_error"] == pytest.approx(0)
    assert shown["d90_rel_error"] == pytest.approx(0.8)


def test_numbers_of_labels_and_order_of_pictures_do_not_count():
    rng = np.random.default_rng(0)
    original, renumbered = [], []
    for seed in range(4):
        truth, predicted = random_pair(seed)
        soft = rng.random(truth.shape)
        original.append(compare(truth, predicted, min_area_px=8, probability=soft))
        table = [np.append(0, rng.permutation(label.max()) + 1) for label in (truth, predicted)]
        again = compare(table[0][truth], table[1][predicted], min_area_px=8, probability=soft)
        renumbered.append(again)
    expected = figures(add(original))
    assert figures(add(reversed(renumbered))) == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_size_error_by_size_is_of_matched_particles():
    # areas of 64 and 72 px: the diameter's error is sqrt(72 / 64) - 1
    grown = squares((10, 10, 8))
    grown[10:18, 18] = 1
    shown = figures(compare(squares((0, 0, 7), (10, 10, 8)), grown))
    assert shown["size_mare_ecd_8_16"] == pytest.approx((72 / 64) ** 0.5 - 1)
    assert math.isnan(shown["size_mare_ecd_below_8"])  # nobody found it
