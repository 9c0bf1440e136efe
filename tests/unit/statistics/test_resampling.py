"""Figures of many resamples at once equal those of each resample by itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanocensus.statistics import (
    FIGURES,
    Sizes,
    draw_micrographs,
    figures_of,
    resampled_quantiles,
    weighted_quantiles,
)


def log_normal(rng, *, n, units, sigma=0.4, decimals=None):
    unit = rng.integers(0, units, n)
    # Micrographs differ strongly, so that whole ranges of sizes vanish with one of them.
    ecd = np.exp(rng.normal(3, sigma, n) + 2 * unit / units)
    ecd = ecd if decimals is None else np.round(ecd, decimals) + 0.1
    return Sizes.of(ecd, rng.uniform(1, 3, n), unit)


@pytest.mark.parametrize(
    ("n", "units"), [(1, 1), (2, 2), (5, 3), (60, 4), (1000, 3), (1500, 40), (200, 150)]
)
@pytest.mark.parametrize("decimals", [None, 0], ids=["all sizes differ", "many are equal"])
def test_quantiles_are_those_of_each_resample_sorted_anew(n, units, decimals):
    rng = np.random.default_rng(n + units)
    sizes = log_normal(rng, n=n, units=units, decimals=decimals)
    counts = draw_micrographs(sizes.stratum, 40, rng)
    for weight in (sizes.weight, sizes.volume_weight):
        found = resampled_quantiles(sizes, weight, counts, (0.001, 0.1, 0.5, 0.9, 1.0))
        for row, drawn in zip(found, counts, strict=True):
            expected = weighted_quantiles(
                sizes.ecd, weight * drawn[sizes.unit], [0.001, 0.1, 0.5, 0.9, 1.0]
            )
            # Sums run in another order.
            np.testing.assert_allclose(row, expected, rtol=1e-9)


def test_a_micrograph_drawn_twice_counts_twice():
    rng = np.random.default_rng(5)
    sizes = log_normal(rng, n=90, units=3)
    twice = Sizes.of(
        np.concatenate([sizes.ecd, sizes.ecd[sizes.unit == 1]]),
        np.concatenate([sizes.weight, sizes.weight[sizes.unit == 1]]),
        np.concatenate([sizes.unit, np.full(np.sum(sizes.unit == 1), 3)]),
    )
    by_count = figures_of(sizes, np.array([[1.0, 2.0, 1.0]]))
    by_copy = figures_of(twice, np.ones((1, 4)))
    for name in FIGURES:
        np.testing.assert_allclose(by_count[name], by_copy[name], rtol=1e-9)


def test_figures_of_a_handful_of_sizes_by_hand():
    sizes = Sizes.of([10.0, 20.0, 40.0], [2.0, 1.0, 1.0], [0, 0, 0])
    figures = {name: values[0] for name, values in figures_of(sizes, np.ones((1, 1))).items()}
    moments = [sum(w * x**k for x, w in ((10, 2), (20, 1), (40, 1))) for k in range(5)]
    assert figures["mean_n"] == pytest.approx(moments[1] / moments[0])
    assert figures["mean_v"] == pytest.approx(moments[4] / moments[3])
    assert figures["sauter"] == pytest.approx(moments[3] / moments[2])
    # ln sizes over ln 2 are 0, 0, 1, 2 above ln 10: mean 3/4, variance 11/16.
    assert figures["geometric_mean"] == pytest.approx(10 * 2**0.75)
    assert figures["sigma_g"] == pytest.approx(2 ** np.sqrt(11 / 16))
    # Middles of the steps lie at 1/4, 5/8, 7/8.
    assert figures["d50_n"] == pytest.approx(10 + 10 * (0.5 - 0.25) / 0.375)
    assert figures["span_n"] == pytest.approx((40 - 10) / figures["d50_n"])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(1e-3, 1e4), st.floats(0.01, 100))
def test_figures_scale_with_the_sizes_and_not_with_the_weights(seed, size, weight):
    rng = np.random.default_rng(seed)
    sizes = log_normal(rng, n=int(rng.integers(1, 80)), units=int(rng.integers(1, 6)))
    scaled = Sizes.of(sizes.ecd * size, sizes.weight * weight, sizes.unit)
    itself = np.ones((1, sizes.n_units))
    before, after = figures_of(sizes, itself), figures_of(scaled, itself)
    for name in FIGURES:
        factor = 1.0 if name.startswith(("span", "sigma")) else size
        np.testing.assert_allclose(after[name], before[name] * factor, rtol=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_figures_keep_their_order(seed):
    rng = np.random.default_rng(seed)
    sizes = log_normal(rng, n=int(rng.integers(1, 200)), units=int(rng.integers(1, 6)))
    f = {name: v[0] for name, v in figures_of(sizes, np.ones((1, sizes.n_units))).items()}
    slack = 1 + 1e-9
    assert f["d10_n"] <= f["d50_n"] <= f["d90_n"]
    assert f["d10_v"] <= f["d50_v"] <= f["d90_v"]
    assert f["geometric_mean"] <= f["mean_n"] * slack <= f["sauter"] * slack**2
    assert f["sauter"] <= f["mean_v"] * slack
    assert f["sigma_g"] >= 1.0


def test_equal_sizes_have_no_spread():
    sizes = Sizes.of(np.full(50, 33.3), np.ones(50), np.arange(50) % 4)
    figures = figures_of(sizes, draw_micrographs(sizes.stratum, 20, np.random.default_rng(1)))
    assert np.all(figures["sigma_g"] == 1.0)
    assert np.all(figures["span_v"] == 0.0)
    np.testing.assert_allclose(figures["mean_v"], 33.3, rtol=1e-12)


def test_draws_keep_strata_apart():
    stratum = np.array([0, 0, 0, 1, 1])
    counts = draw_micrographs(stratum, 200, np.random.default_rng(2))
    assert np.all(counts[:, :3].sum(axis=1) == 3)
    assert np.all(counts[:, 3:].sum(axis=1) == 2)
    assert counts.std(axis=0).min() > 0


def test_large_samples_take_seconds():
    rng = np.random.default_rng(3)
    sizes = Sizes.of(
        np.exp(rng.normal(3, 0.4, 100_000)), np.ones(100_000), rng.integers(0, 200, 100_000)
    )
    figures = figures_of(sizes, draw_micrographs(sizes.stratum, 2000, rng))
    # 2000 resamples of 200 micrographs with 100 000 particles: 0.6 s on one core, and without
    # the blocks a minute, which the time limit of the whole suite would show.
    assert figures["d50_n"].std() > 0
