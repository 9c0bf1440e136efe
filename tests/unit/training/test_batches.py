import numpy as np
import pytest
import torch
from tests.unit.training.pictures import disc_picture, write_disc_pictures

from nanocensus.segmentation import targets_from_labels
from nanocensus.training import PatchSettings, Source, WeightMapSettings
from nanocensus.training.batches import Batches, example_of
from nanocensus.training.patches import Patch

SETTINGS = PatchSettings(sides_px=(32, 48), pixels_per_batch=3 * 48 * 48, particle_px=(8, 20))


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    folder = tmp_path_factory.mktemp("batches")
    return [Source(write_disc_pictures(folder, 3, "train"), 1.0)]


def test_a_batch_is_a_function_of_seed_and_number(sources):
    first = Batches(sources, settings=SETTINGS, seed=5, steps=10)
    again = Batches(sources, settings=SETTINGS, seed=5, steps=10)
    first[0], first[1]  # what was drawn before must not matter
    for name in ("pixels", "targets", "weights"):
        assert torch.equal(first[3][name], again[3][name])
        assert first[3][name].shape != first[4][name].shape or not torch.equal(
            first[3][name], first[4][name]
        )


def test_batches_hold_about_the_same_number_of_pixels(sources):
    batches = Batches(sources, settings=SETTINGS, seed=5, steps=10)
    shapes = {tuple(batches[step]["pixels"].shape) for step in range(10)}
    assert shapes == {(6, 1, 32, 32), (3, 1, 48, 48)}
    assert len(batches) == 10


def test_an_example_has_the_targets_of_its_labels_and_no_weight_outside():
    pixels, labels = disc_picture(0)
    inside = np.ones(labels.shape, bool)
    inside[:, :10] = False
    distance = np.full(labels.shape, 0.5, np.float32)
    patch = Patch(pixels.astype(np.float32) / 255, labels.astype(np.int32), distance, inside)
    example = example_of(patch, np.random.default_rng(0), WeightMapSettings())
    assert (example["targets"][:2] == targets_from_labels(labels.astype(np.int32))[:2]).all()
    assert (example["targets"][2] == np.where(labels > 0, 0.5, 0)).all()
    assert (example["weights"][0, :, :10] == 0).all()
    assert (example["weights"][0, :, 10:] >= 1).all()


def test_sources_without_pictures_are_refused():
    with pytest.raises(ValueError, match="no picture to train on"):
        Batches([Source((), 1.0)], settings=SETTINGS, seed=1, steps=1)


def test_shares_decide_how_often_a_source_is_drawn_from(tmp_path):
    dark = write_disc_pictures(tmp_path, 1, "train")
    bright = write_disc_pictures(tmp_path, 2, "test")[1:]
    batches = Batches([Source(dark, 0.8), Source(bright, 0.2)], settings=SETTINGS, seed=1, steps=1)
    rng = np.random.default_rng(0)
    first = batches._load(dark[0])
    drawn = [batches._draw_material(rng) is first for _ in range(1000)]
    assert np.mean(drawn) == pytest.approx(0.8, abs=0.05)  # four standard deviations
