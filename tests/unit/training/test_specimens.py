import math
from statistics import NormalDist

import numpy as np
import pytest
from tests.unit.training.pictures import random_pair

from nanocensus.training import compare, percentile_interval, sign_flip_test, specimen_intervals
from nanocensus.training.specimens import mean_interval, specimen_means


@pytest.fixture(scope="module")
def agreements():
    return [compare(*random_pair(seed)) for seed in range(8)]


@pytest.fixture
def few_resamples(monkeypatch):
    monkeypatch.setattr("nanocensus.training.specimens.RESAMPLES", 200)


NAMES = [f"specimen {k}" for k in range(8)]
SHOWN = ("f1_50", "iou", "size_mare", "ap")


def test_equal_data_give_equal_intervals_in_any_order(agreements, few_resamples):
    pooled, mean = specimen_intervals(NAMES, agreements)
    again = specimen_intervals(NAMES[::-1], agreements[::-1])
    assert all(pooled[name][0] < pooled[name][1] for name in SHOWN)
    assert all(mean[name][0] < mean[name][1] for name in SHOWN)
    for name in SHOWN:
        assert again[0][name] == pytest.approx(pooled[name], abs=1e-12)
        assert again[1][name] == pytest.approx(mean[name], abs=1e-12)
    repeated = specimen_intervals(NAMES, agreements)
    np.testing.assert_array_equal(list(repeated[0].values()), list(pooled.values()))
    np.testing.assert_array_equal(list(repeated[1].values()), list(mean.values()))


def test_more_pictures_of_the_same_specimens_do_not_narrow_an_interval(agreements, few_resamples):
    once = specimen_intervals(NAMES, agreements)
    threefold = specimen_intervals(NAMES * 3, agreements * 3)
    as_others = specimen_intervals([f"{n} {k}" for k in range(3) for n in NAMES], agreements * 3)
    for of_once, of_threefold, of_others in zip(once, threefold, as_others, strict=True):
        for name in SHOWN:
            assert of_threefold[name] == pytest.approx(of_once[name], abs=1e-12)
            assert np.diff(of_others[name]) < 0.8 * np.diff(of_once[name])


def test_one_specimen_has_no_interval(agreements):
    pooled, mean = specimen_intervals(["one"] * 8, agreements)
    assert all(math.isnan(low) for low, _ in (*pooled.values(), *mean.values()))


def test_only_specimens_that_define_a_figure_count_as_its_units(agreements, few_resamples):
    empty = compare(np.zeros((9, 9), np.int32), np.zeros((9, 9), np.int32))
    names = [f"specimen {k:02d}" for k in range(40)]
    shown = [*agreements[:4], *[empty] * 36]
    asked = []

    def record(values, n_units):
        asked.append(n_units)
        return percentile_interval(values, n_units)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nanocensus.training.specimens.percentile_interval", record)
        pooled, mean = specimen_intervals(names, shown)
    units = dict(zip([*((0, n) for n in pooled), *((1, n) for n in mean)], asked, strict=True))
    assert {units[kind, name] for kind in (0, 1) for name in ("f1_50", "size_mare")} == {4}
    assert units[0, "n_truth"] == units[1, "n_truth"] == 40
    assert mean["f1_50"][0] < mean["f1_50"][1]


def test_percentiles_are_expanded_to_students_interval():
    normal = [NormalDist().inv_cdf((k + 0.5) / 100_000) for k in range(100_000)]
    # K = 5: t(4) = 2.776 times sqrt(5 / 4)
    assert percentile_interval(normal, 5) == pytest.approx((-3.104, 3.104), abs=0.01)
    low, high = percentile_interval(normal, 10_000)
    assert (low, high) == pytest.approx((-1.96, 1.96), abs=0.01)


def test_what_most_resamples_do_not_define_has_no_interval():
    values = [1.0] * 94 + [math.nan] * 6
    assert math.isnan(percentile_interval(values, 30)[0])
    assert percentile_interval([*values[:-2], 1.0, 1.0], 30) == (1, 1)


def test_intervals_of_few_specimens_cover_the_truth():
    rng = np.random.default_rng(5)
    intervals = [mean_interval(rng.normal(0, 1, 8)) for _ in range(400)]
    covered = np.mean([low <= 0 <= high for low, high in intervals])
    assert 0.91 <= covered <= 0.98  # the plain percentiles reach 0.84 here


def test_a_specimen_weighs_as_one_in_its_mean():
    means = specimen_means(["b", "a", "b", "c"], [0.2, 0.5, 0.4, math.nan])
    assert means == pytest.approx({"a": 0.5, "b": 0.3})


@pytest.mark.parametrize(
    ("differences", "p"),
    [
        ((0.1, 0.2, 0.3), 2 / 8),
        # of the sums ±1 ±2 ±4, five or more in modulus: ±7, ±5
        ((-1.0, 2.0, 4.0), 4 / 8),
        ((0.0, 0.0), 1.0),
    ],
)
def test_every_setting_of_the_signs_is_tried(differences, p):
    test = sign_flip_test(np.array(differences))
    assert test.exact
    assert test.p == pytest.approx(p)
    assert test.smallest_p == 2 / 2 ** len(differences)


def test_many_specimens_are_tested_by_chance_and_repeatably():
    differences = np.random.default_rng(2).normal(0.6, 1, 30)
    test = sign_flip_test(differences)
    assert not test.exact
    assert 1 / 20_001 <= test.p < 0.05
    assert sign_flip_test(differences) == test
    assert sign_flip_test(-differences).p == test.p
    assert math.isnan(sign_flip_test(differences[:1]).p)


def test_without_a_difference_few_p_are_small():
    rng = np.random.default_rng(7)
    small = [sign_flip_test(rng.normal(0, 1, 9)).p <= 0.05 for _ in range(400)]
    assert 0.02 <= np.mean(small) <= 0.08
