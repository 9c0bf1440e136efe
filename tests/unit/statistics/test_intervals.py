"""Intervals on the log and logit scale."""

import math

import numpy as np
import pytest

from nanocensus.statistics import Design, positive_estimate, share_interval

DESIGN = Design(n_units=5, n_strata=1, confidence=0.95)


def test_interval_is_the_spread_of_logs_scaled_by_t():
    resampled = np.exp(np.array([-0.1, 0.0, 0.1])) * 50
    estimate = positive_estimate(50.0, resampled, DESIGN)
    se = 0.1 * math.sqrt(5 / 4)
    assert estimate.se_log == pytest.approx(se)
    assert estimate.high / 50 == pytest.approx(math.exp(2.7764 * se), rel=1e-4)
    assert estimate.low * estimate.high == pytest.approx(50.0**2)


def test_two_micrographs_give_a_wide_interval_and_one_gives_none():
    resampled = np.exp(np.array([-0.1, 0.0, 0.1])) * 50
    two = positive_estimate(50.0, resampled, Design(2, 1, 0.95))
    assert Design(2, 1, 0.95).t == pytest.approx(12.706, abs=0.001)
    assert two.high > 5 * 50
    one = positive_estimate(50.0, resampled, Design(1, 1, 0.95))
    assert one.value == 50.0
    assert np.isnan([one.low, one.high, one.se_log]).all()


def test_no_interval_where_a_resample_has_no_positive_value():
    estimate = positive_estimate(0.4, np.array([0.4, 0.0]), DESIGN)
    assert np.isnan([estimate.low, estimate.high]).all()


def test_an_interval_stays_above_the_least_possible_value():
    estimate = positive_estimate(1.05, np.array([1.0, 1.05, 1.1]), DESIGN, least=1.0)
    assert estimate.low == 1.0


def test_shares_stay_between_0_and_1():
    low, high = share_interval(0.02, 0.05, 100, DESIGN)
    assert 0 < low < 0.02 < high < 1
    mirrored = share_interval(0.98, 0.05, 100, DESIGN)
    assert mirrored == pytest.approx((1 - high, 1 - low))


def test_nothing_seen_still_leaves_room():
    # Clopper and Pearson: none of 30, one tail of 2.5 %: 1 - 0.025^(1/30).
    assert share_interval(0.0, 0.0, 30, DESIGN) == pytest.approx((0.0, 0.1157), abs=1e-4)
    assert share_interval(1.0, 0.0, 30, DESIGN) == pytest.approx((0.8843, 1.0), abs=1e-4)
    assert np.isnan(share_interval(0.0, 0.0, float("nan"), DESIGN)).all()
    assert np.isnan(share_interval(0.5, 0.1, 30, Design(1, 1, 0.95))).all()
