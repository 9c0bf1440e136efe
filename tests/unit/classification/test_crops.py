"""Crops show the particle in the middle, its surroundings, and nothing that was drawn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanocensus.classification import CropSettings, grey_range, particle_crop

SETTINGS = CropSettings(side_px=32, context=1.5)


def _scene(row, column, *, height=20, width=20, frame=(120, 140)):
    pixels = np.full(frame, 50, np.uint8)
    pixels[row : row + height, column : column + width] = 200
    own = np.ones((height, width), bool)
    return pixels, own, np.zeros(frame, bool)


def test_the_particle_fills_its_share_of_the_crop():
    pixels, own, overlay = _scene(40, 50)
    crop = particle_crop(pixels, own, overlay, (40, 50), settings=SETTINGS, dark=False)
    assert crop.shape == (2, 32, 32)
    assert crop.dtype == np.float32
    # 20 px in a square of 30: (2 / 3)² of the area, up to the antialiased rim
    assert crop[1].mean() == pytest.approx(4 / 9, abs=0.02)
    assert crop[1, 16, 16] == 1
    assert crop[1, 0, 0] == 0
    assert crop[0, 16, 16] > crop[0, 0, 0]


def test_dark_particles_are_shown_bright():
    pixels, own, overlay = _scene(40, 50)
    bright = particle_crop(pixels, own, overlay, (40, 50), settings=SETTINGS, dark=False)
    dark = particle_crop(255 - pixels, own, overlay, (40, 50), settings=SETTINGS, dark=True)
    np.testing.assert_allclose(bright, dark, atol=1e-5)


def test_what_is_drawn_is_neutral():
    pixels, own, overlay = _scene(40, 50)
    clean = particle_crop(pixels, own, overlay, (40, 50), settings=SETTINGS, dark=False)
    pixels[36:39, 50:70] = 255
    overlay[36:39, 50:70] = True
    drawn = particle_crop(pixels, own, overlay, (40, 50), settings=SETTINGS, dark=False)
    # the fill is the crop's median, which is the background here
    np.testing.assert_allclose(drawn, clean, atol=1e-5)


@settings(max_examples=30, deadline=None)
@given(
    row=st.integers(0, 115),
    column=st.integers(0, 130),
    height=st.integers(1, 120),
    width=st.integers(1, 140),
)
def test_any_box_in_the_frame_gives_a_finite_crop(row, column, height, width):
    height, width = min(height, 120 - row), min(width, 140 - column)
    pixels, own, overlay = _scene(row, column, height=height, width=width)
    crop = particle_crop(pixels, own, overlay, (row, column), settings=SETTINGS, dark=False)
    assert np.isfinite(crop).all()
    assert np.abs(crop[0]).max() <= 1.5
    assert crop[1].max() > 0


@settings(max_examples=30, deadline=None)
@given(gain=st.floats(0.1, 100), offset=st.floats(-100, 100))
def test_grey_range_does_not_depend_on_gain_and_offset(gain, offset):
    grey = np.random.default_rng(1).normal(size=(16, 16)).astype(np.float32)
    changed = (gain * grey + offset).astype(np.float32)
    # float32 keeps seven digits; an offset a thousand times the spread costs three of them
    np.testing.assert_allclose(grey_range(changed), grey_range(grey), atol=2e-2)


def test_a_flat_crop_stays_finite():
    assert np.isfinite(grey_range(np.full((8, 8), 3, np.float32))).all()
