"""Samples say what their truth says, batches repeat, and a resumed run takes the same course."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nanocensus.bundles import read_bundle
from nanocensus.classification import CropSettings, load_classifier
from nanocensus.training import TrainingSettingsError, read_shape_plan, run_shape_training
from nanocensus.training.shape_batches import ShapeBatches, centred, planes_of
from nanocensus.training.shape_samples import CLASSES, UNKNOWN, labelled_samples, rendered_samples
from nanocensus.training.shapes import (
    Predictions,
    ShapeCheckpointError,
    ShapeTraining,
    calibration_error,
    figures_of,
    train_shapes,
)

SETTINGS = ShapeTraining(
    architecture={"trunk": "plain", "widths": [4, 8]},
    steps=6,
    per_batch=8,
    side_px=16,
)
CROPS = CropSettings(side_px=20, context=1.875)


@pytest.fixture(scope="module")
def samples():
    return rendered_samples(60, CROPS, np.random.default_rng(4), side_px=128, ecd_px=(14.0, 30.0))


def test_rendered_samples_hold_known_classes_and_centred_masks(samples):
    assert len(samples) == 60
    assert set(samples.shape) <= {UNKNOWN, *range(len(CLASSES["shape"]))}
    cluster = samples.completeness == CLASSES["completeness"].index("touching_cluster")
    # what shape a cluster has is not asked
    assert (samples.shape[cluster] == UNKNOWN).all()
    # the bounding box is centred, so the mask reaches into the middle third of every crop
    assert (samples.mask[:, 7:13, 7:13] > 127).any(axis=(1, 2)).all()


def test_the_same_generator_gives_the_same_samples(samples):
    again = rendered_samples(60, CROPS, np.random.default_rng(4), side_px=128, ecd_px=(14.0, 30.0))
    np.testing.assert_array_equal(samples.grey, again.grey)
    np.testing.assert_array_equal(samples.completeness, again.completeness)


def _batches(samples, seed=1):
    return ShapeBatches([(samples, 1.0)], side_px=16, inner=0.8, per_batch=8, seed=seed)


def test_a_batch_is_a_function_of_its_number(samples):
    first, again, other = (
        _batches(samples).batch(3),
        _batches(samples).batch(3),
        _batches(samples).batch(4),
    )
    torch.testing.assert_close(first.crops, again.crops, atol=0, rtol=0)
    assert not torch.equal(first.crops, other.crops)
    assert first.crops.shape == (8, 2, 16, 16)
    assert bool(torch.isfinite(first.crops).all())
    assert float(first.crops[:, 0].abs().max()) <= 1.5
    assert 0 <= float(first.crops[:, 1].min()) <= float(first.crops[:, 1].max()) <= 1


def test_unvaried_crops_show_the_middle_of_the_sample(samples):
    crops = centred(planes_of(samples), 16, 0.8)
    # 16 of 20 px at the same resolution: the grid falls on whole pixels
    expected = planes_of(samples)[:, 1, 2:18, 2:18]
    torch.testing.assert_close(crops[:, 1], expected, atol=1e-4, rtol=0)


def test_an_interrupted_training_ends_as_an_uninterrupted_one(samples, tmp_path):
    whole = train_shapes([(samples, 1.0)], SETTINGS, folder=tmp_path / "whole")
    train_shapes([(samples, 1.0)], SETTINGS, folder=tmp_path / "parts", stop_after=2)
    parts = train_shapes([(samples, 1.0)], SETTINGS, folder=tmp_path / "parts")
    for name, value in whole.items():
        torch.testing.assert_close(parts[name], value, atol=0, rtol=0)


def test_a_checkpoint_of_other_settings_is_not_resumed(samples, tmp_path):
    train_shapes([(samples, 1.0)], SETTINGS, folder=tmp_path, stop_after=1)
    other = ShapeTraining(architecture=SETTINGS.architecture, steps=7, per_batch=8, side_px=16)
    with pytest.raises(ShapeCheckpointError, match="other settings"):
        train_shapes([(samples, 1.0)], other, folder=tmp_path)


def test_figures_of_known_predictions():
    probabilities = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.7, 0.3]])
    found = Predictions(probabilities, np.array([0, 0, 1, 1]))
    figures = figures_of(found, ["a", "b"], below=0.75)
    assert figures["accuracy"] == 0.75
    assert figures["recall"] == {"a": 1.0, "b": 0.5}
    assert figures["confusion"] == {"a": [2, 0], "b": [1, 1]}
    assert figures["share_unknown"] == 0.5
    assert figures["accuracy_of_known"] == 1.0


def test_calibration_error_is_nothing_where_probabilities_are_frequencies():
    truth = np.array([0] * 8 + [1] * 2)
    right = Predictions(np.tile([0.8, 0.2], (10, 1)), truth)
    assert calibration_error(right) == pytest.approx(0)
    sure = Predictions(np.tile([1.0, 0.0], (10, 1)), truth)
    assert calibration_error(sure) == pytest.approx(0.2)


PLAN = """
training:
  name: test
  folder: {folder}
  date: "2026-11-21"
  licence: MIT
  training_data: rendered
  rendered: {{train: 40, validation: 20, test: 20}}
  rendered_options: {{side_px: 96, ecd_px: [14.0, 24.0], shapes: [sphere, rod]}}
  labelled_share: 0.0
  views: 2
  settings: {{steps: 3, per_batch: 8, side_px: 16, architecture: {{trunk: plain, widths: [4, 8]}}}}
"""


def test_a_run_ends_with_a_bundle_that_classifies(tmp_path):
    path = tmp_path / "plan.yaml"
    path.write_text(PLAN.format(folder=tmp_path / "run"))
    bundle = run_shape_training(read_shape_plan(path))
    card = read_bundle(bundle).card
    assert card["metrics"]["test_rendered"]["completeness"]["n"] <= 20
    assert (bundle / "README.md").read_text().startswith("# test 1")
    labels = np.zeros((64, 64), np.int32)
    labels[20:40, 20:40] = 1
    frame = load_classifier(bundle, device="cpu").classify(
        labels.astype(np.uint8) * 100, labels, "bright", labels < 0
    )
    assert len(frame) == 1


def test_an_unknown_key_of_a_plan_is_refused(tmp_path):
    path = tmp_path / "plan.yaml"
    path.write_text(PLAN.format(folder=tmp_path / "run") + "  stepz: 3\n")
    with pytest.raises(TrainingSettingsError, match="stepz"):
        read_shape_plan(path)


def test_labelled_particles_of_doubt_are_left_out(tmp_path, shared):
    folder = tmp_path / "emps"
    emps = shared / "data" / "emps"
    folder.mkdir()
    (folder / "images").symlink_to(emps / "images")
    (folder / "labels").symlink_to(emps / "labels")
    rows = (emps / "metadata.csv").read_text().splitlines()
    chosen = [rows[0], *(row for row in rows if row.startswith(("00655d9628", "01ac659240")))]
    (folder / "metadata.csv").write_text("\n".join(chosen) + "\n")
    table = tmp_path / "labels.csv"
    header = "id,label,doi,y,x,ecd_px,shape,completeness,grouping,confidence"
    table.write_text(
        f"{header}\n01ac659240,2,d,1,1,50,sphere_like,whole,single,2\n"
        "01ac659240,3,d,1,1,50,cube,whole,single,0\n"
        "01ac659240,4,d,1,1,50,pentagon,cut,single,1\n"
    )
    found = labelled_samples(folder, table, CROPS, seed=1)
    shapes = [CLASSES["shape"][k] for k in found.shape if k != UNKNOWN]
    assert shapes == ["sphere", "other"]
    assert found.completeness[list(found.shape).index(CLASSES["shape"].index("other"))] == UNKNOWN
