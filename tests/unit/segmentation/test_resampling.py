"""Between picture and working pixels: places, areas and outlines stay where they are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from nanocensus.segmentation.resampling import (
    labels_at,
    probability_at,
    resample,
    resample_overlay,
    working_shape,
)

from .pictures import disc_labels


def soft_disc(shape, y, x, radius, width):
    """Probability of a disc whose edge is `width` px wide; 0.5 at the radius."""
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    beyond = np.hypot(rows - y, columns - x) - radius
    return (1 / (1 + np.exp(beyond / width))).astype(np.float32)


@settings(max_examples=20, deadline=None)
@given(st.floats(0.15, 4), st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
def test_outlines_keep_place_and_size(scale, shift_y, shift_x):
    shape = (120, 140)
    small = working_shape(shape, scale)
    y, x, radius = 60 + shift_y, 70 + shift_x, 36.0
    factor = np.array(small) / np.array(shape)
    centre = (np.array([y, x]) + 0.5) * factor - 0.5
    # An edge about one working pixel wide, as networks draw it.
    working = soft_disc(small, *centre, radius * factor.mean(), 0.5)
    probability = probability_at(working, shape, 0.5)
    inside = probability >= 0.5
    ecd = 2 * np.sqrt(inside.sum() / np.pi)
    # Counting pixels is good to some 0.1 px; the shrunk grid's sides are rounded to whole
    # working pixels, which stretches the disc by up to 0.5 / 18 in one axis but keeps its place.
    assert ecd == pytest.approx(2 * radius, abs=0.4)
    np.testing.assert_allclose(ndimage.center_of_mass(inside), (y, x), atol=0.15)


def test_the_threshold_becomes_one_half():
    probability = np.linspace(0.01, 0.99, 50, dtype=np.float32)[None].repeat(3, axis=0)
    moved = probability_at(probability, probability.shape, 0.3)
    assert np.array_equal(moved >= 0.5, probability >= 0.3)
    np.testing.assert_allclose(
        probability_at(probability, probability.shape, 0.5), probability, atol=1e-5
    )


def test_shrinking_averages():
    fine = np.zeros((40, 40), dtype=np.float32)
    fine[:, 18:] = 1
    coarse = resample(fine, (10, 10))
    assert coarse[:, 4].mean() == pytest.approx(0.5, abs=0.1)
    assert coarse.mean() == pytest.approx(fine.mean(), abs=0.01)


def test_overlay_covers_all_that_it_touches():
    overlay = np.zeros((40, 60), dtype=bool)
    overlay[11, 31] = True
    shrunk = resample_overlay(overlay, (10, 15))
    assert shrunk[2, 7]
    assert shrunk.sum() <= 9
    assert not resample_overlay(np.zeros((40, 60), dtype=bool), (10, 15)).any()


@pytest.mark.parametrize("scale", [0.25, 0.4, 1.0, 2.5])
def test_labels_follow_the_foreground(scale):
    shape = (96, 130)
    truth = disc_labels(shape, [(40, 40, 24), (40, 88, 24), (80, 65, 14)])
    small = working_shape(shape, scale)
    rows = ((np.arange(small[0]) + 0.5) * shape[0] / small[0]).astype(int)
    columns = ((np.arange(small[1]) + 0.5) * shape[1] / small[1]).astype(int)
    found, _ = labels_at(truth[np.ix_(rows, columns)], truth > 0)
    assert found.dtype == np.int32
    assert (found[truth == 0] == 0).all()
    # Wrong at most along the contacts: a working pixel's width of some 2 x 10 px.
    assert (found != truth).sum() < 25 / min(scale, 1)


def test_contacts_are_no_stairs():
    rows, columns = np.mgrid[:20, :20]
    labels = np.where(rows < 0.37 * columns + 5, 1, 2).astype(np.int32)
    fine, _ = labels_at(labels, np.ones((160, 160), dtype=bool))
    edge = (fine == 1).sum(axis=0)
    at = (np.arange(160) + 0.5) / 8 - 0.5
    expected = (0.37 * at + 5 + 0.5) * 8
    inner = slice(12, -12)
    # Copying labels would be off by up to 4 px and jump by 8.
    assert np.abs(edge[inner] - expected[inner]).max() < 3.5
    assert np.abs(np.diff(edge)).max() <= 2


def test_only_the_largest_part_stays():
    labels = np.zeros((4, 12), dtype=np.int32)
    labels[:, :5] = 1
    labels[:, 9:] = 1
    foreground = np.zeros((8, 24), dtype=bool)
    foreground[:, :9] = True
    foreground[:, 20:] = True
    found, n_parts = labels_at(labels, foreground)
    assert n_parts == 1
    assert (found[:, :9] == 1).all()
    assert not found[:, 20:].any()


def test_foreground_that_no_instance_owns_is_background():
    found, n_parts = labels_at(np.zeros((3, 3), dtype=np.int32), np.ones((9, 9), dtype=bool))
    assert not found.any()
    assert n_parts == 0
