"""Edge widths against the blur that made them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from nanocensus.quality.sharpness import edge_width_px

from .scenes import SHAPE, recorded, true_field

WIDTH_PER_SIGMA = 2.563  # 10-90 % width of an error function


def big_discs(sigma_px: float, contrast: float = 80.0) -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    labels = np.zeros(SHAPE, np.int32)
    for label, (row, column) in enumerate([(100, 120), (250, 330), (290, 90), (90, 380)], 1):
        labels[np.hypot(y - row - 0.3, x - column + 0.2) < 45] = label
    grey = 100 + contrast * ndimage.gaussian_filter((labels > 0).astype(float), sigma_px)
    return recorded(grey), labels


@pytest.mark.parametrize("sigma", [1.0, 1.5, 2.5, 3.5])
@pytest.mark.parametrize("contrast", [80.0, -60.0])
def test_width_is_that_of_the_blur(sigma, contrast):
    # The pixel chain of the disc before blurring adds 1/12 px² to the variance, the three
    # parallel lines of a profile a little more: 5 % at sigma 1.
    width = edge_width_px(*big_discs(sigma, contrast))
    assert width == pytest.approx(WIDTH_PER_SIGMA * sigma, rel=0.08)


def test_outline_drawn_too_large_does_not_matter():
    pixels, labels = big_discs(2.0)
    generous = ndimage.grey_dilation(labels, footprint=ndimage.generate_binary_structure(2, 1))
    generous = ndimage.grey_dilation(generous, size=3)
    assert edge_width_px(pixels, generous) == pytest.approx(edge_width_px(pixels, labels), rel=0.1)


def test_bit_depth_does_not_matter():
    pixels, labels = big_discs(2.0)
    sixteen = edge_width_px(pixels.astype(np.uint16) * np.uint16(257), labels)
    assert sixteen == pytest.approx(edge_width_px(pixels, labels), rel=1e-6)


def test_blur_widens_edges_of_small_particles():
    grey, labels = true_field()
    widths = [
        edge_width_px(recorded(ndimage.gaussian_filter(grey, sigma)), labels)
        for sigma in (0.7, 1.4, 2.1)
    ]
    assert widths == sorted(widths)
    assert widths[2] > 2 * widths[0]


def test_noise_without_particles_has_no_edges():
    _, labels = true_field()
    assert edge_width_px(recorded(np.full(SHAPE, 90.0)), labels) is None


@pytest.mark.parametrize("value", [0, 1])
def test_without_borders_there_is_nothing_to_fit(value):
    labels = np.full((60, 70), value)
    assert edge_width_px(np.zeros(labels.shape, np.uint8), labels) is None
