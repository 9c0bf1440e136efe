"""The whole description of a sample, and that its intervals hold what they promise."""

import numpy as np
import pytest

from nanocensus.statistics import FIGURES, Sizes, class_shares, summarise

POINTS = np.geomspace(5, 500, 40)
SIGMA, ICC, MEDIAN = np.log(1.4), 0.09, 50.0


def sample(rng, micrographs, mean_particles=60):
    """Log-normal sizes whose level differs between micrographs."""
    unit = np.repeat(np.arange(micrographs), rng.poisson(mean_particles, micrographs) + 1)
    level = np.sqrt(ICC) * rng.standard_normal(micrographs)
    own = np.sqrt(1 - ICC) * rng.standard_normal(unit.size)
    return Sizes.of(MEDIAN * np.exp(SIGMA * (level[unit] + own)), np.ones(unit.size), unit)


def describe(sizes, seed=1, resamples=300):
    rng = np.random.default_rng(seed)
    return summarise(sizes, POINTS, resamples=resamples, confidence=0.95, rng=rng)


@pytest.mark.parametrize("micrographs", [3, 8])
def test_intervals_cover_the_truth_although_micrographs_are_few(micrographs):
    truth = {
        "d50_n": MEDIAN,
        "geometric_mean": MEDIAN,
        "sigma_g": np.exp(SIGMA),
        "d90_n": MEDIAN * np.exp(1.2816 * SIGMA),
        # Hatch-Choate: the median by volume of a log-normal distribution.
        "d50_v": MEDIAN * np.exp(3 * SIGMA**2),
    }
    rng = np.random.default_rng(10 + micrographs)
    repeats = 120
    hits = dict.fromkeys(truth, 0)
    logs: dict[str, list[float]] = {name: [] for name in truth}
    variances: dict[str, list[float]] = {name: [] for name in truth}
    for repeat in range(repeats):
        estimates = describe(sample(rng, micrographs), seed=repeat, resamples=200).estimates
        for name, value in truth.items():
            hits[name] += estimates[name].low <= value <= estimates[name].high
            logs[name].append(np.log(estimates[name].value))
            variances[name].append(estimates[name].se_log ** 2)
    # Nominal 0.95; 120 repeats have a standard error of 0.02. Resampling particles instead
    # of micrographs covers 0.55, plain percentiles 0.7 to 0.9 for so few.
    for name, hit in hits.items():
        assert hit / repeats >= 0.88, (name, hit)
    # Nor are they wide for nothing: the mean variance is that of the estimates, of which 120
    # know the standard deviation to 6.5 %.
    for name, values in logs.items():
        ratio = np.sqrt(np.mean(variances[name])) / np.std(values, ddof=1)
        assert ratio == pytest.approx(1.0, abs=0.2), (name, ratio)


def test_the_same_seed_gives_the_same_bytes_and_another_nearly_the_same():
    sizes = sample(np.random.default_rng(2), 8)
    one, again, other = describe(sizes, 5), describe(sizes, 5), describe(sizes, 6)
    assert one.estimates == again.estimates
    assert one.volume.low.tobytes() == again.volume.low.tobytes()
    width = [e.high / e.low for e in (one.estimates["d50_n"], other.estimates["d50_n"])]
    assert width[0] != width[1]
    # The spread of 300 resamples is known to 4 %.
    assert np.log(width[0]) == pytest.approx(np.log(width[1]), rel=0.25)


def test_one_micrograph_has_figures_without_intervals():
    summary = describe(sample(np.random.default_rng(3), 1))
    for name in FIGURES:
        estimate = summary.estimates[name]
        assert np.isfinite(estimate.value)
        assert np.isnan([estimate.low, estimate.high]).all()
    assert np.isnan(summary.number.low).all()
    assert np.isfinite(summary.number.share).all()


def test_curves_rise_from_0_to_1_inside_their_band():
    summary = describe(sample(np.random.default_rng(4), 6))
    for curve in (summary.number, summary.volume):
        assert curve.share[0] == 0.0
        assert curve.share[-1] == 1.0
        assert np.all(np.diff(curve.share) >= 0)
        assert np.all((curve.low <= curve.share) & (curve.share <= curve.high))
        assert np.all((curve.low >= 0) & (curve.high <= 1))
    assert np.all(summary.volume.share <= summary.number.share + 1e-12)


def test_the_tail_by_volume_needs_ten_particles_of_three_micrographs():
    assert not describe(sample(np.random.default_rng(5), 2)).tail.enough
    assert not describe(sample(np.random.default_rng(5), 4, mean_particles=20)).tail.enough
    large = describe(sample(np.random.default_rng(5), 20, mean_particles=200)).tail
    assert large.enough
    assert large.particles >= 10


def test_strata_take_their_difference_out_of_the_intervals():
    rng = np.random.default_rng(6)
    unit = np.repeat(np.arange(8), 50)
    stratum = np.arange(8) // 4
    ecd = 50 * np.exp(0.2 * rng.standard_normal(400) + 0.8 * stratum[unit])
    apart = describe(Sizes.of(ecd, np.ones(400), unit, stratum))
    together = describe(Sizes.of(ecd, np.ones(400), unit))
    assert apart.design.degrees_of_freedom == 6
    assert apart.estimates["mean_n"].se_log < together.estimates["mean_n"].se_log / 3


def test_shares_of_classes_add_up_and_have_intervals():
    rng = np.random.default_rng(7)
    classes = rng.choice(3, 300, p=[0.7, 0.3, 0.0])
    curve = class_shares(
        classes,
        3,
        np.ones(300),
        np.repeat(np.arange(6), 50) * 2,
        n_eff=100.0,
        resamples=300,
        confidence=0.95,
        rng=rng,
    )
    assert curve.share.sum() == pytest.approx(1.0)
    assert curve.low[0] < 0.7 < curve.high[0]
    assert curve.share[2] == 0.0
    # Clopper and Pearson, none of 100.
    assert curve.high[2] == pytest.approx(1 - 0.025**0.01)
