"""The noise estimate on noise that is known."""

from __future__ import annotations

import numpy as np
import pytest

from nanocensus.quality import noise_sd


def everywhere(picture: np.ndarray) -> np.ndarray:
    return np.ones(picture.shape, bool)


@pytest.mark.parametrize("sd", [0.7, 2.0, 10.0, 300.0])
@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_white_noise(sd, dtype):
    noise = np.random.default_rng(5).normal(4000, sd, (200, 300))
    picture = (np.round(noise) if dtype == np.uint16 else noise).astype(dtype)
    # Rounding adds 1/12 to the variance. A MAD of 60,000 dependent values is known to 1 %.
    expected = np.hypot(sd, 12**-0.5) if dtype == np.uint16 else sd
    assert noise_sd(picture, everywhere(picture)) == pytest.approx(expected, rel=0.04)


def test_slopes_and_straight_edges_are_not_noise():
    y, x = np.mgrid[:200, :300]
    structure = 0.3 * x + 0.2 * y + 80.0 * (x > 150) + 60.0 * (y > 90)
    picture = (structure + np.random.default_rng(1).normal(0, 3, y.shape)).astype(np.float32)
    assert noise_sd(picture, everywhere(picture)) == pytest.approx(3, rel=0.04)


def test_integers_are_never_quieter_than_their_rounding():
    picture = np.full((50, 60), 17, np.uint8)
    assert noise_sd(picture, everywhere(picture)) == pytest.approx(12**-0.5)
    assert noise_sd(picture.astype(np.float32), everywhere(picture)) == 0.0


def test_only_the_asked_pixels_count():
    generator = np.random.default_rng(2)
    picture = generator.normal(0, 1, (100, 200)).astype(np.float32)
    picture[:, 100:] *= 20
    left = everywhere(picture)
    left[:, 98:] = False
    assert noise_sd(picture, left) == pytest.approx(1, rel=0.05)


def test_too_few_pixels_fall_back_to_all():
    picture = np.random.default_rng(3).normal(0, 2, (80, 80)).astype(np.float32)
    assert noise_sd(picture, picture > 1e9) == noise_sd(picture, everywhere(picture))
