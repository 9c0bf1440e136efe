"""Blank pictures and diffraction patterns are refused, micrographs are not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from nanocensus.micrographs import MicrographError, read_micrograph, refuse_unusable

SIDE = 256


def code_of(pixels) -> str | None:
    try:
        refuse_unusable(pixels)
    except MicrographError as error:
        return error.finding.code if error.finding.level == "refused" else None
    return None


def as_grey(values: np.ndarray) -> np.ndarray:
    values = (values - values.min()) / (np.percentile(values, 99.9) - values.min())
    return (255 * np.clip(values, 0, 1)).astype(np.uint8)


def radius(centre=(SIDE / 2, SIDE / 2)) -> np.ndarray:
    rows, columns = np.indices((SIDE, SIDE))
    return np.hypot(rows - centre[0], columns - centre[1])


def noise(scale: float) -> np.ndarray:
    return np.random.default_rng(3).normal(0, scale, (SIDE, SIDE))


def field_of_particles() -> np.ndarray:
    rng = np.random.default_rng(4)
    picture = noise(0.05)
    for centre in rng.uniform(0, SIDE, (40, 2)):
        picture += radius(tuple(centre)) < rng.uniform(5, 15)
    return picture


def spots(centre) -> np.ndarray:
    rows, columns = np.indices((SIDE, SIDE)) - np.reshape(centre, (2, 1, 1))
    # Distance to the nearest point of an oblique lattice, whose axes are nearly those of the frame.
    first = (rows * 24 + columns * -4) / (19 * 24 + 4 * 5)
    second = (columns * 19 + rows * 5) / (19 * 24 + 4 * 5)
    first, second = first - np.rint(first), second - np.rint(second)
    from_spot = np.hypot(19 * first + 4 * second, 24 * second - 5 * first)
    far = radius(centre)
    picture = 3 * np.exp(-((far / 3) ** 2)) + 0.3 * np.exp(-far / 30)
    picture += 2 * np.exp(-far / 50) * np.exp(-((from_spot / 2) ** 2))
    return picture + noise(0.005)


def rings(centre) -> np.ndarray:
    distance = radius(centre)
    picture = 3 * np.exp(-((distance / 3) ** 2)) + 0.3 * np.exp(-distance / 30)
    for ring in (30, 35, 49, 58, 61, 75):
        picture += 0.5 * np.exp(-ring / 60) * np.exp(-(((distance - ring) / 1.5) ** 2))
    return picture + noise(0.005)


@pytest.mark.parametrize("centre", [(128, 128), (120, 137), (128.5, 127.3)])
@pytest.mark.parametrize("pattern", [spots, rings])
def test_diffraction_patterns(pattern, centre) -> None:
    assert code_of(as_grey(pattern(centre))) == "diffraction_pattern"
    assert code_of(pattern(centre).astype(np.float32)) == "diffraction_pattern"


def test_power_spectrum() -> None:
    window = np.outer(np.hanning(SIDE), np.hanning(SIDE))
    transform = np.fft.fftshift(np.fft.fft2(field_of_particles() * window))
    assert code_of(as_grey(np.log1p(np.abs(transform)))) == "diffraction_pattern"


@pytest.mark.parametrize("size", [10, 25, 40, 80, 120])
@pytest.mark.parametrize("light", [0.0, 1.0])
def test_one_round_particle_in_the_middle_is_a_micrograph(size: float, light: float) -> None:
    sphere = np.sqrt(np.clip(1 - (radius() / size) ** 2, 0, None))
    vignette = light * np.exp(-((radius() / 150) ** 2))
    for scale in (0.005, 0.05):
        assert code_of(as_grey(sphere + vignette + noise(scale))) is None


def test_fields_of_particles_and_noise_are_micrographs() -> None:
    assert code_of(as_grey(field_of_particles())) is None
    assert code_of(as_grey(-field_of_particles())) is None
    assert code_of(as_grey(noise(1))) is None
    assert code_of(as_grey(ndimage.gaussian_filter(noise(1), 8))) is None


def test_ordered_layer_is_a_micrograph() -> None:
    rows, columns = np.indices((SIDE, SIDE))
    layer = np.cos(rows / 4) * np.cos(columns / 4) + noise(0.05)
    assert code_of(as_grey(layer)) is None
    assert code_of(as_grey(layer * np.exp(-((radius() / 200) ** 2)))) is None


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((40, 50), np.uint8),
        np.full((40, 50), 300, np.uint16),
        np.full((40, 50), -0.5, np.float32),
        np.random.default_rng(0).integers(0, 3, (40, 50)).astype(np.uint8),
    ],
)
def test_blank_pictures(pixels) -> None:
    assert code_of(pixels) == "blank_picture"


def test_small_float_range_is_not_blank() -> None:
    assert code_of(noise(1e-6).astype(np.float32)) is None


def test_what_cutting_the_bar_leaves_may_be_too_small() -> None:
    assert code_of(np.ones((9, 500), np.uint8)) == "too_small"


def test_no_real_micrograph_is_taken_for_a_pattern(shared) -> None:
    files = sorted((shared / "data/emps/images").glob("*.png"))[::40]
    files += sorted((shared / "data/bam").glob("*sem/*.tif"))[::20]
    assert files
    for file in files:
        assert code_of(read_micrograph(file).pixels[:712]) is None, file.name
