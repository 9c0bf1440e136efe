"""Crops around scale bars."""

from __future__ import annotations

import numpy as np
import pytest

from nanocensus.calibration import cut_crop


def box(top, left, bottom, right):
    return slice(top, bottom), slice(left, right)


def picture(dtype=np.uint8, shape=(600, 800)):
    pixels = np.full(shape, 40)
    pixels[560:566, 300:420] = 200
    return pixels.astype(dtype)


BAR, LABEL = box(560, 300, 566, 420), box(530, 330, 552, 400)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.float32, np.float64])
def test_a_crop_holds_bar_and_label_with_a_margin_at_native_resolution(dtype):
    crop = cut_crop(picture(dtype), [BAR, LABEL], margin_px=20)
    assert (crop.top, crop.left) == (510, 280)
    assert crop.pixels.shape == (586 - 510, 440 - 280)
    assert crop.pixels.dtype == np.uint8
    rows, columns = np.nonzero(crop.pixels == 255)
    assert (rows.min() + crop.top, rows.max() + crop.top) == (560, 565)
    assert (columns.min() + crop.left, columns.max() + crop.left) == (300, 419)
    assert crop.pixels.min() == 0, "the contrast is stretched"


def test_margins_end_at_the_frame():
    crop = cut_crop(picture(), [box(590, 780, 598, 800)], margin_px=30)
    assert (crop.top, crop.left) == (560, 750)
    assert crop.pixels.shape == (40, 50)


def test_a_large_crop_loses_its_margins_and_nothing_else():
    crop = cut_crop(picture(), [box(560, 100, 566, 560)], margin_px=50, largest_px=(80, 480))
    assert crop.pixels.shape == (77, 480), "the frame ends at row 600"
    assert (crop.top, crop.left) == (523, 90), "as much of a margin as there is room for"
    wider = cut_crop(picture(), [box(560, 100, 566, 700)], margin_px=50, largest_px=(80, 480))
    assert wider.left == 100
    assert wider.pixels.shape[1] == 600, "both ends are seen"


@pytest.mark.parametrize("place", [box(-9, -9, 3, 4), box(700, 900, 710, 990), box(5, 5, 5, 5)])
def test_a_box_beyond_the_frame_or_empty_does_no_harm(place):
    crop = cut_crop(picture(), [place], margin_px=0)
    assert min(crop.pixels.shape) >= 1


def test_what_is_not_finite_and_what_is_flat_do_no_harm():
    pixels = picture(np.float32)
    pixels[540, 310:313] = np.nan, np.inf, -np.inf
    assert cut_crop(pixels, [BAR]).pixels.max() == 255
    assert not cut_crop(np.full((50, 50), np.nan), [box(1, 1, 9, 9)]).pixels.any()
    assert len(np.unique(cut_crop(np.ones((50, 50), bool), [box(1, 1, 9, 9)]).pixels)) == 1


def test_a_bar_of_few_pixels_is_seen():
    pixels = np.zeros((400, 600), np.uint16)
    pixels[200, 300:305] = 9
    crop = cut_crop(pixels, [box(200, 300, 201, 305)], margin_px=70)
    assert crop.pixels.max() == 255
