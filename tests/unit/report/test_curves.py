"""Distributions as curves."""

from __future__ import annotations

import numpy as np
import pytest

from nanocensus.report.curves import NUMBER, VOLUME, between, density, of_particles, quantile
from nanocensus.statistics import log_bin_edges


@pytest.fixture
def log_normal():
    rng = np.random.default_rng(11)
    ecd = 50.0 * np.exp(0.3 * rng.standard_normal(4000))
    return ecd, np.ones(ecd.size), log_bin_edges([ecd])


@pytest.mark.parametrize("power", [NUMBER, VOLUME])
def test_shares_add_up_to_one(log_normal, power):
    distribution = of_particles(*log_normal, power)
    assert distribution.bins.sum() == pytest.approx(1.0)
    assert distribution.share[-1] == pytest.approx(1.0)
    assert np.all(np.diff(distribution.share) >= 0)


@pytest.mark.parametrize(("power", "median"), [(NUMBER, 50.0), (VOLUME, 50.0 * np.exp(0.27))])
def test_medians_are_those_of_a_log_normal(log_normal, power, median):
    # Hatch and Choate: D50,3 = D50,0 exp(3 s²). By volume few particles count: 4 % is 2 sd.
    tolerance = 0.02 if power == NUMBER else 0.04
    assert quantile(of_particles(*log_normal, power), 0.5) == pytest.approx(median, rel=tolerance)


def test_the_density_has_area_one_and_peaks_at_the_median(log_normal):
    curve = density(of_particles(*log_normal, NUMBER))
    area = np.trapezoid(curve.y, np.log(curve.x))
    assert area == pytest.approx(1.0, abs=0.01)
    # The highest point of a flat top wanders by some percent.
    assert curve.x[np.argmax(curve.y)] == pytest.approx(50.0, rel=0.08)
    # 1 / (s √(2π)), lowered a little by the smoothing.
    assert curve.y.max() == pytest.approx(0.3989 / 0.3, rel=0.06)


def test_weights_count(log_normal):
    ecd, weight, edges = log_normal
    heavy = np.where(ecd > 50.0, 3.0, weight)
    assert quantile(of_particles(ecd, heavy, edges, NUMBER), 0.25) == pytest.approx(50.0, rel=0.02)


def test_particles_of_one_size_have_no_density_but_a_curve():
    ecd = np.full(20, 30.0)
    distribution = of_particles(ecd, np.ones(20), log_bin_edges([ecd, np.array([20.0, 60.0])]), 0)
    assert len(density(distribution).x) == 0
    part = distribution.share[between(distribution)]
    assert part[0] == 0.0
    assert part[-1] == pytest.approx(1.0)
