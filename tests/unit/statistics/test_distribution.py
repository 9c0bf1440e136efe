"""Quantiles, bins and curves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanocensus.statistics import curve_points, histogram, log_bin_edges, weighted_quantiles

VALUES = st.lists(st.tuples(st.floats(1.0, 1e4), st.integers(1, 5)), min_size=1, max_size=30)
SHARES = np.linspace(0, 1, 11)


@given(VALUES)
def test_a_weight_says_the_same_as_so_many_values(rows):
    values, weights = np.array(rows).T
    repeated = np.repeat(values, weights.astype(int))
    by_weight = weighted_quantiles(values, weights, SHARES)
    by_copies = weighted_quantiles(repeated, np.ones(repeated.size), SHARES)
    np.testing.assert_allclose(by_weight, by_copies, rtol=1e-9)


@given(VALUES, st.floats(0.01, 100.0), st.floats(0.01, 100.0))
def test_quantiles_scale_with_the_sizes_and_not_with_the_weights(rows, size, weight):
    values, weights = np.array(rows).T
    one = weighted_quantiles(values, weights, SHARES)
    other = weighted_quantiles(values * size, weights * weight, SHARES)
    # The sum of weights rounds differently: 1e-9 leaves room for that on steep pieces.
    np.testing.assert_allclose(other, one * size, rtol=1e-9)


@given(VALUES)
def test_quantiles_ascend_between_the_extremes(rows):
    values, weights = np.array(rows).T
    quantiles = weighted_quantiles(values, weights, SHARES)
    assert np.all(np.diff(quantiles) >= 0)
    assert quantiles[0] == values.min()
    assert quantiles[-1] == values.max()


def test_the_median_of_an_even_number_lies_between_the_middle_two():
    assert weighted_quantiles([4.0, 1.0, 2.0, 8.0], np.ones(4), [0.5]).tolist() == [3.0]


def test_nothing_with_weight_has_no_quantile():
    assert np.isnan(weighted_quantiles([5.0], [0.0], [0.5])).all()


def test_quantiles_of_a_log_normal_distribution():
    rng = np.random.default_rng(1)
    values = np.exp(np.log(40) + 0.3 * rng.standard_normal(200_000))
    found = weighted_quantiles(values, np.ones(values.size), [0.1, 0.5, 0.9])
    expected = 40 * np.exp(0.3 * np.array([-1.2816, 0, 1.2816]))
    # The standard error of a 10 % quantile of so many values is 0.12 %.
    np.testing.assert_allclose(found, expected, rtol=0.004)


def test_bins_are_shared_hold_everything_and_lie_on_powers_of_ten():
    rng = np.random.default_rng(2)
    samples = [np.exp(rng.normal(m, 0.3, 400)) for m in (2.0, 4.0)]
    edges = log_bin_edges(samples)
    assert edges[0] <= min(s.min() for s in samples)
    assert edges[-1] > max(s.max() for s in samples)
    assert np.isclose(edges, 10.0).any()
    np.testing.assert_allclose(np.diff(np.log10(edges)), np.log10(edges[1] / edges[0]))
    assert histogram(samples[0], np.ones(400), edges).sum() == 400


def test_narrow_and_numerous_samples_get_finer_bins():
    rng = np.random.default_rng(3)
    steps = [
        np.log10(np.divide(*log_bin_edges([np.exp(rng.normal(3, sd, n))])[[1, 0]]))
        for sd, n in ((0.4, 30), (0.4, 3000), (0.05, 3000))
    ]
    assert steps[0] > steps[1] > steps[2]


def test_one_size_makes_one_bin_and_none_makes_none():
    edges = log_bin_edges([np.full(5, 50.0)])
    assert edges.size == 2
    assert histogram(np.full(5, 50.0), np.ones(5), edges).tolist() == [5.0]
    assert log_bin_edges([]).size == 0
    assert curve_points(np.zeros(0)).size == 0


def test_a_size_on_an_edge_belongs_to_the_bin_that_begins_there():
    assert histogram(np.array([1.0, 2.0, 4.0]), np.ones(3), np.array([1.0, 2.0, 4.0])).tolist() == [
        1.0,
        2.0,
    ]


def test_curves_run_from_the_first_to_the_last_edge():
    points = curve_points(np.array([10.0, 20.0, 80.0]))
    assert points[0] == pytest.approx(10.0)
    assert points[-1] == pytest.approx(80.0)
