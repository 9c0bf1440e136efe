"""The classifier gives one row of probabilities per particle, whatever else is in the batch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nanocensus.bundles import BundleError, write_bundle
from nanocensus.classification import (
    build_classifier_network,
    load_classifier,
    mean_probabilities,
    view_logits,
)

CLASSES = {"shape": ["sphere", "rod"], "completeness": ["whole", "covered", "touching_cluster"]}
ARCHITECTURE = {"trunk": "plain", "widths": [4, 8]}
COLUMNS = [
    "particle",
    "p_shape_sphere",
    "p_shape_rod",
    "p_completeness_whole",
    "p_completeness_covered",
    "p_completeness_touching_cluster",
]


def _write(folder, *, task="classification", views=4):
    torch.manual_seed(3)
    network = build_classifier_network(ARCHITECTURE, CLASSES)
    card = dict.fromkeys(("version", "licence", "training_data", "date", "seed", "libraries"), "x")
    card |= {
        "name": "test",
        "task": task,
        "architecture": ARCHITECTURE,
        "input": {"side_px": 32, "context": 1.5},
        "decoding": {"temperatures": {"shape": 2.0, "completeness": 1.0}, "views": views},
        "classes": CLASSES,
        "metrics": {},
    }
    write_bundle(folder, card, network.state_dict())
    return folder


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    return load_classifier(_write(tmp_path_factory.mktemp("bundle") / "test"), device="cpu")


@pytest.fixture(scope="module")
def scene():
    rng = np.random.default_rng(5)
    labels = np.zeros((200, 200), np.int32)
    for number in range(1, 82):
        row, column = divmod(number - 1, 9)
        labels[22 * row + 2 : 22 * row + 16, 22 * column + 2 : 22 * column + 9 + row] = number
    labels[labels == 7] = 0  # numbers may have gaps
    pixels = (40 + 100 * (labels > 0) + rng.normal(0, 8, labels.shape)).astype(np.uint8)
    return pixels, labels, np.zeros(labels.shape, bool)


def test_one_row_per_particle_with_probabilities_that_sum_to_one(classifier, scene):
    pixels, labels, overlay = scene
    frame = classifier.classify(pixels, labels, "bright", overlay)
    assert list(frame.columns) == COLUMNS
    assert frame["particle"].tolist() == [n for n in range(1, 82) if n != 7]
    # sums of float32 softmax: a few units of the last place
    np.testing.assert_allclose(frame[COLUMNS[1:3]].sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(frame[COLUMNS[3:]].sum(axis=1), 1, atol=1e-5)


def test_a_repetition_gives_the_same_numbers(classifier, scene):
    pixels, labels, overlay = scene
    first = classifier.classify(pixels, labels, "bright", overlay)
    assert first.equals(classifier.classify(pixels, labels, "bright", overlay))


def test_other_particles_do_not_matter_beyond_rounding(classifier, scene):
    pixels, labels, overlay = scene
    frame = classifier.classify(pixels, labels, "bright", overlay)
    alone = classifier.classify(pixels, np.where(labels == 5, 5, 0), "bright", overlay)
    row = frame[frame["particle"] == 5].reset_index(drop=True)
    # convolutions of another batch size may sum in another order
    np.testing.assert_allclose(alone[COLUMNS[1:]], row[COLUMNS[1:]], atol=1e-5)


@pytest.mark.parametrize("polarity", ["bright", "dark", None])
def test_no_particles_give_an_empty_frame_of_the_same_columns(classifier, scene, polarity):
    pixels, labels, overlay = scene
    frame = classifier.classify(pixels, np.zeros_like(labels), polarity, overlay)
    assert list(frame.columns) == COLUMNS
    assert len(frame) == 0
    assert frame.dtypes["particle"] == np.int64
    assert frame.dtypes["p_shape_sphere"] == np.float64


def test_an_unknown_polarity_is_refused(classifier, scene):
    pixels, labels, overlay = scene
    with pytest.raises(ValueError, match="polarity"):
        classifier.classify(pixels, labels, "grey", overlay)


def test_turning_the_crop_by_a_quarter_does_not_change_the_mean_over_four_views():
    torch.manual_seed(1)
    network = build_classifier_network(ARCHITECTURE, CLASSES).eval()
    crops = torch.rand(2, 2, 32, 32)
    temperatures = {"shape": 1.0, "completeness": 1.0}
    with torch.inference_mode():
        first = mean_probabilities(view_logits(network, crops, 4), temperatures)
        turned = view_logits(network, torch.rot90(crops, 1, (2, 3)), 4)
        turned = mean_probabilities(turned, temperatures)
    torch.testing.assert_close(first["shape"], turned["shape"], atol=1e-6, rtol=0)


def test_a_higher_temperature_makes_probabilities_more_even():
    torch.manual_seed(1)
    network = build_classifier_network(ARCHITECTURE, CLASSES).eval()
    crops = torch.rand(4, 2, 32, 32)
    with torch.inference_mode():
        logits = view_logits(network, crops, 1)
    cold, warm = (
        mean_probabilities(logits, dict.fromkeys(CLASSES, t))["shape"] for t in (1.0, 3.0)
    )
    assert bool((warm.amax(1) < cold.amax(1)).all())


def test_a_bundle_of_another_task_is_refused(tmp_path):
    with pytest.raises(BundleError, match="classification bundle is needed"):
        load_classifier(_write(tmp_path / "b", task="segmentation"), device="cpu")
