import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanocensus.training import PatchSettings
from nanocensus.training.patches import draw_patch, draw_zoom, prepare_material


@pytest.fixture(scope="module")
def material():
    """Discs as bright as their label says, so that pixels tell which label they had."""
    y, x = np.mgrid[:160, :200]
    labels = np.zeros((160, 200), np.int32)
    for number, (row, column) in enumerate([(30, 40), (80, 120), (130, 60), (60, 180)], 1):
        labels[np.hypot(y - row, x - column) < 18] = number
    return prepare_material(labels.astype(np.float32), labels)


@given(seed=st.integers(0, 10**6), zoom=st.sampled_from([0.3, 0.5, 0.8, 1.0, 1.7]))
@settings(max_examples=40, deadline=None)
def test_pixels_labels_and_distance_go_through_the_same_transform(material, seed, zoom):
    patch = draw_patch(material, zoom, 96, np.random.default_rng(seed))
    # normalised: labels 0..4 came to -1..1; interpolation blurs at most two pixels at edges
    shown = np.rint((patch.pixels + 1) * 2)
    core = np.ones(patch.labels.shape, bool)
    for step in (1, 2, 3):
        for axis in (0, 1):
            core &= patch.labels == np.roll(patch.labels, step, axis)
            core &= patch.labels == np.roll(patch.labels, -step, axis)
    core[[0, 1, 2, -3, -2, -1]] = core[:, [0, 1, 2, -3, -2, -1]] = False
    assert (shown[core] == patch.labels[core]).all()
    assert (patch.distance[core & (patch.labels > 0)] > 0).all()
    assert (patch.distance[core & (patch.labels == 0)] == 0).all()


def test_a_quarter_turn_loses_no_pixel(material):
    """Turned by a multiple of 90 degrees at zoom 1, particles keep their areas."""
    areas = set(np.bincount(material.labels.ravel())[1:].tolist())
    for seed in range(40):
        rng = np.random.default_rng(seed)
        patch = draw_patch(material, 1.0, 256, rng)
        inside = patch.labels * patch.inside
        whole = set(np.bincount(inside.ravel())[1:].tolist())
        if patch.inside.sum() == material.labels.size and whole == areas:
            return
    pytest.fail("no draw showed the whole picture unsheared")


def test_what_lies_beyond_the_frame_is_marked(material):
    patch = draw_patch(material, 0.3, 128, np.random.default_rng(0))
    assert 0 < patch.inside.mean() < 0.5


def test_the_median_particle_comes_into_the_trained_range(material):
    rng = np.random.default_rng(0)
    wanted = PatchSettings(particle_px=(12.0, 40.0))
    sizes = [material.median_ecd_px * draw_zoom(material, 96, wanted, rng)[0] for _ in range(500)]
    assert 12 <= min(sizes) < 13
    assert 38 < max(sizes) <= 40 + 1e-9
    # log-uniform: half of the draws below the geometric mean, +- 4 standard deviations
    assert np.mean(np.array(sizes) < np.sqrt(12 * 40)) == pytest.approx(0.5, abs=0.09)


def test_pictures_without_particles_can_be_drawn_from():
    empty = prepare_material(np.zeros((64, 64), np.float32), np.zeros((64, 64), np.int32))
    zoom, _ = draw_zoom(empty, 32, PatchSettings(), np.random.default_rng(0))
    assert draw_patch(empty, zoom, 32, np.random.default_rng(0)).labels.max() == 0
