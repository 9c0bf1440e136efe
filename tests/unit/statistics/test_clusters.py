"""Likeness within micrographs and what it costs."""

import numpy as np
import pytest

from nanocensus.statistics import Sizes, clustering_of, intraclass_correlation


def test_correlation_of_a_small_table_by_hand():
    # Groups (1, 3), (5, 7): MSB = 16, MSW = 2, n0 = 2 -> (16 - 2) / (16 + 2).
    values, unit = np.array([1.0, 3.0, 5.0, 7.0]), np.array([0, 0, 1, 1])
    assert intraclass_correlation(values, unit) == pytest.approx(14 / 18)


def test_correlation_is_recovered_from_simulated_micrographs():
    rng = np.random.default_rng(1)
    unit = np.repeat(np.arange(400), rng.integers(5, 60, 400))
    shared = np.sqrt(0.09) * rng.standard_normal(400)
    values = 100 + shared[unit] + np.sqrt(0.91) * rng.standard_normal(unit.size)
    # Its standard error for 400 groups is about 0.008.
    assert intraclass_correlation(values, unit) == pytest.approx(0.09, abs=0.025)


@pytest.mark.parametrize(
    ("values", "unit"),
    [([1.0, 2.0], [0, 0]), ([1.0, 2.0], [0, 1]), ([2.0, 2.0, 2.0, 2.0], [0, 0, 1, 1])],
    ids=["one micrograph", "single particles", "no spread at all"],
)
def test_what_cannot_be_estimated_is_not_a_number(values, unit):
    assert np.isnan(intraclass_correlation(np.array(values), np.array(unit)))


def test_independent_particles_count_fully():
    # Alternating sizes in every micrograph: less alike than chance, given as 0.
    sizes = Sizes.of([1.0, 9.0] * 30, np.ones(60), np.repeat(np.arange(6), 10))
    clustering = clustering_of(sizes)
    assert clustering.icc == 0.0
    assert clustering.design_effect == 1.0
    assert clustering.n_eff_n == pytest.approx(60)
    assert clustering.weight_efficiency == pytest.approx(1.0)
    # By volume the 30 large ones carry (nearly) all: (30·729 + 30)² / (30·729² + 30).
    assert clustering.n_eff_v == pytest.approx(30, rel=0.01)


def test_micrographs_all_alike_inside_count_as_one_each():
    sizes = Sizes.of(np.repeat([10.0, 20.0, 40.0], 50), np.ones(150), np.repeat([0, 1, 2], 50))
    clustering = clustering_of(sizes)
    assert clustering.icc == pytest.approx(1.0)
    assert clustering.design_effect == pytest.approx(50.0)
    assert clustering.n_eff_n == pytest.approx(3.0)


def test_one_micrograph_has_no_effective_number():
    clustering = clustering_of(Sizes.of([1.0, 2.0, 3.0], np.ones(3), [0, 0, 0]))
    assert np.isnan([clustering.icc, clustering.design_effect, clustering.n_eff_n]).all()
