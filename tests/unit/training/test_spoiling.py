import numpy as np
import pytest

from nanocensus.training import spoil
from nanocensus.training.spoiling import _OF_GREYS, magnify, shrink

from .pictures import disc_picture


def picture(seed=0):
    pixels, labels = disc_picture(seed, 96)
    return pixels.astype(np.float32), labels.astype(np.int32)


def diameter(labels):
    return 2 * np.sqrt(np.median(np.bincount(labels.ravel())[1:]) / np.pi)


@pytest.mark.parametrize("seed", range(20))
def test_a_spoiled_picture_keeps_labels_of_its_shape_and_repeats(seed):
    pixels, labels = spoil(*picture(), np.random.default_rng(seed))
    again, _ = spoil(*picture(), np.random.default_rng(seed))
    assert pixels.shape == labels.shape
    assert pixels.dtype == np.float32
    assert np.isfinite(pixels).all()
    np.testing.assert_array_equal(pixels, again)
    assert sorted(set(labels.ravel()) - {0}) == list(range(1, labels.max() + 1))


def test_every_way_is_drawn():
    shapes = [spoil(*picture(), np.random.default_rng(seed))[0].shape for seed in range(60)]
    assert sum(shape == (96, 96) for shape in shapes) > 20  # the grey values alone
    assert any(shape[0] < 96 for shape in shapes)
    assert any(shape[0] > 96 for shape in shapes)


@pytest.mark.parametrize("way", _OF_GREYS)
def test_each_way_changes_the_picture_and_leaves_the_given_one_alone(way):
    pixels, labels = picture()
    given = pixels.copy()
    changed = way(pixels, diameter(labels), np.random.default_rng(1))
    np.testing.assert_array_equal(pixels, given)
    assert np.abs(changed - given).mean() > 0.05 * given.std()


def test_particles_are_shrunk_and_magnified():
    pixels, labels = picture()
    rng = np.random.default_rng(3)
    assert diameter(shrink(pixels, labels, diameter(labels), rng)[1]) < 9
    large = magnify(pixels, labels, diameter(labels), rng)[1]
    assert np.bincount(large.ravel()).max() > np.pi * 75**2


def test_a_picture_without_particles_can_be_spoiled_too():
    for seed in range(20):
        _, labels = spoil(
            np.ones((64, 80), np.float32), np.zeros((64, 80), np.int32), np.random.default_rng(seed)
        )
        assert not labels.any()
