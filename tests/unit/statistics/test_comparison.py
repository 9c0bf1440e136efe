"""Samples compared by their micrographs."""

import numpy as np
import pytest
from scipy import stats

from nanocensus.statistics import (
    Estimate,
    Sizes,
    distance,
    holm,
    log_quantiles,
    micrograph_means,
    permutation_test,
    ratio_of,
)


def test_a_small_case_by_hand():
    # Of the six ways to choose two of four, only the data and their mirror part them so well.
    result = permutation_test(
        np.array([1.0, 2.0]), np.array([8.0, 9.0]), resamples=99, rng=np.random.default_rng(1)
    )
    assert result.exact
    assert result.p == pytest.approx(2 / 6)
    assert result.smallest_p == pytest.approx(2 / 6)


@pytest.mark.parametrize(("k", "smallest"), [(3, 0.10), (4, 2 / 70), (5, 2 / 252)])
def test_the_smallest_possible_p_is_reached_by_samples_far_apart(k, smallest):
    rng = np.random.default_rng(k)
    result = permutation_test(
        rng.standard_normal(k), 50 + rng.standard_normal(k), resamples=99, rng=rng
    )
    assert result.smallest_p == pytest.approx(smallest)
    assert result.p == pytest.approx(smallest)


def test_samples_of_the_same_material_differ_in_one_of_twenty():
    rng = np.random.default_rng(2)
    p = [
        permutation_test(rng.standard_normal(6), rng.standard_normal(5), resamples=99, rng=rng).p
        for _ in range(400)
    ]
    # Exact: at or below 0.05 in the mean; 400 repeats have a standard error of 0.011.
    assert np.mean(np.array(p) <= 0.05) < 0.085
    assert np.mean(np.array(p) <= 0.5) == pytest.approx(0.5, abs=0.08)


def test_random_relabellings_agree_with_the_t_test_for_many_micrographs():
    rng = np.random.default_rng(3)
    first, second = rng.standard_normal(30), 0.6 + rng.standard_normal(25)
    result = permutation_test(first, second, resamples=4000, rng=rng)
    expected = stats.ttest_ind(first, second, equal_var=False).pvalue
    assert not result.exact
    assert result.smallest_p == pytest.approx(1 / 4001)
    # Standard error of p = 0.03 from 4000 relabellings: 0.003.
    assert result.p == pytest.approx(expected, abs=0.012)


def test_p_does_not_depend_on_order_or_labels():
    rng = np.random.default_rng(4)
    first, second = rng.standard_normal(4), rng.standard_normal(6)
    results = [
        permutation_test(a, b, resamples=99, rng=np.random.default_rng(1)).p
        for a, b in ((first, second), (first[::-1], second), (second, first))
    ]
    assert results[0] == results[1] == results[2]


def test_one_micrograph_is_not_compared():
    result = permutation_test(np.zeros(1), np.ones(5), resamples=99, rng=np.random.default_rng(1))
    assert np.isnan([result.p, result.smallest_p]).all()


def test_samples_without_any_spread():
    rng = np.random.default_rng(5)
    same = permutation_test(np.ones(3), np.ones(3), resamples=99, rng=rng)
    apart = permutation_test(np.ones(3), 2 * np.ones(3), resamples=99, rng=rng)
    assert same.p == 1.0
    assert apart.p == pytest.approx(0.1)


def test_ratio_with_welch_degrees_of_freedom():
    ratio = ratio_of(
        Estimate(60.0, se_log=0.02), Estimate(50.0, se_log=0.02), (4, 4), confidence=0.95
    )
    se = 0.02 * np.sqrt(2)
    assert ratio.value == pytest.approx(1.2)
    # Equal errors on 4 and 4 degrees of freedom have 8 together.
    assert np.log(ratio.high / 1.2) == pytest.approx(stats.t.ppf(0.975, 8) * se)
    assert ratio.low < 1.2 < ratio.high
    assert np.isnan(ratio_of(Estimate(1.0), Estimate(2.0), (0, 3), confidence=0.95).low)


def test_distance_of_a_distribution_from_itself_scaled():
    rng = np.random.default_rng(6)
    ecd, weight, unit = np.exp(rng.normal(3, 0.3, 300)), rng.uniform(1, 2, 300), np.arange(300) % 5
    one = log_quantiles(Sizes.of(ecd, weight, unit))
    other = log_quantiles(Sizes.of(ecd * 1.1, weight, unit))
    assert distance(one, one) == 0.0
    assert distance(one, other) == pytest.approx(np.log(1.1))


def test_distance_agrees_with_the_exact_one():
    rng = np.random.default_rng(7)
    first, second = np.exp(rng.normal(3, 0.3, 400)), np.exp(rng.normal(3.1, 0.5, 500))
    found = distance(
        *(log_quantiles(Sizes.of(x, np.ones(x.size), np.zeros(x.size))) for x in (first, second))
    )
    exact = stats.wasserstein_distance(np.log(first), np.log(second))
    # The mid-step rule rounds off the outermost half steps.
    assert found == pytest.approx(exact, rel=0.02)


def test_means_of_micrographs_from_what_all_resolve():
    sizes = Sizes.of([10.0, 20.0, 80.0, 5.0], [1.0, 1.0, 3.0, 1.0], [0, 0, 0, 1])
    means = micrograph_means(sizes)
    assert means[0] == pytest.approx((np.log(10) + np.log(20) + 3 * np.log(80)) / 5)
    assert means[1] == pytest.approx(np.log(5))
    above = micrograph_means(sizes, floor_nm=15.0)
    assert above == pytest.approx([(np.log(20) + 3 * np.log(80)) / 4])


def test_holm_leaves_out_what_was_not_tested():
    adjusted = holm([0.02, float("nan"), 0.5, 0.03])
    assert adjusted[0] == pytest.approx(0.06)
    assert np.isnan(adjusted[1])
    assert adjusted[2] == pytest.approx(0.5)
    assert adjusted[3] == pytest.approx(0.06)
