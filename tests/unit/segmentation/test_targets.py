"""What the network sees and has to say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanocensus.segmentation import loss_weights, normalise, targets_from_labels

from .pictures import disc_labels


def test_distance_does_not_depend_on_size():
    labels = disc_labels((140, 140), [(20, 20, 5), (90, 80, 40)])
    _, _, distance = targets_from_labels(labels)
    for centre, radius in (((20, 20), 5), ((90, 80), 40)):
        assert distance[centre] == 1
        # Half way out; one pixel of the smaller disc is 0.2 of its radius.
        assert distance[centre[0] + radius // 2, centre[1]] == pytest.approx(0.5, abs=0.11)
    assert (distance[labels == 0] == 0).all()


def test_a_contact_is_a_boundary_on_both_sides():
    labels = np.zeros((20, 40), dtype=np.int32)
    labels[5:15, 5:20] = 1
    labels[5:15, 20:35] = 2
    foreground, boundary, distance = targets_from_labels(labels)
    assert foreground[10].sum() == 30
    assert np.flatnonzero(boundary[10]).tolist() == [5, 19, 20, 34]
    # Half a pixel of the largest distance, 4.5 px, in ten rows.
    assert distance[10, 19] == distance[10, 20] == pytest.approx(0.5 / 4.5)


def test_the_frame_is_no_edge():
    labels = np.zeros((30, 30), dtype=np.int32)
    labels[:, :10] = 1
    _, boundary, distance = targets_from_labels(labels)
    assert not boundary[:, 0].any()
    assert (distance[:, 0] == 1).all()


def test_parts_of_a_particle_each_have_a_middle():
    labels = np.zeros((20, 40), dtype=np.int32)
    labels[4:9, 4:9] = 3
    labels[4:17, 20:33] = 3
    distance = targets_from_labels(labels)[2]
    assert distance[6, 6] == distance[10, 26] == 1


@pytest.mark.parametrize("value", [0, 1])
def test_without_any_edge(value):
    targets = targets_from_labels(np.full((8, 9), value, dtype=np.uint8))
    assert (targets[[0, 2]] == value).all()
    assert not targets[1].any()


def test_close_particles_weigh_more():
    labels = np.zeros((20, 60), dtype=np.uint8)
    labels[5:15, 5:20] = 1
    labels[5:15, 23:35] = 2
    weights = loss_weights(labels)
    assert weights[10, 21] > 1  # the gap
    assert weights[10, 6] == weights[10, 34] == weights[0, 0] == 1


@given(
    st.integers(0, 2**32 - 1),
    st.floats(0.01, 100),
    st.floats(-1000, 1000),
)
def test_normalisation_forgets_gain_and_offset(seed, gain, offset):
    values = np.random.default_rng(seed).normal(size=(12, 13))
    # float32 keeps 24 bits; an offset of 1e5 gains leaves some 1e-2 of them to the picture.
    np.testing.assert_allclose(
        normalise((gain * values + offset).astype(np.float32), None),
        normalise(values.astype(np.float32), None),
        atol=0.05,
    )


def test_normalised_types_agree():
    values = np.random.default_rng(1).integers(0, 255, (40, 50)).astype(np.uint8)
    wide = normalise(values.astype(np.uint16) * 257, None)
    np.testing.assert_allclose(normalise(values, None), wide, atol=1e-5)
    assert np.abs(wide).max() <= 2


def test_a_constant_picture_is_zero():
    assert not normalise(np.full((5, 6), 77, dtype=np.uint16), None).any()
    assert not normalise(np.zeros((1, 1), dtype=np.float32), np.ones((1, 1), dtype=bool)).any()


def test_overlay_carries_no_shape():
    rows, columns = np.mgrid[:64, :80].astype(np.float32)
    slope = rows + columns
    overlay = np.zeros(slope.shape, dtype=bool)
    overlay[20:40, 30:70:3] = True
    overlay[20:40, 31:70:3] = True
    drawn = np.where(overlay, 255, slope).astype(np.float32)
    clean, filled = normalise(slope, overlay), normalise(drawn, overlay)
    assert np.array_equal(clean[~overlay], filled[~overlay])
    # The slope of 2 / 142 per px goes on below the letters, to within a few pixels' worth.
    np.testing.assert_allclose(filled, clean, atol=0.1)
