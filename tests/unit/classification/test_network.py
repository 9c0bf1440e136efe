"""Networks are built from their description, and refuse what does not fit."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file

from nanocensus.classification import (
    ClassifierArchitectureError,
    build_classifier_network,
    load_trunk_weights,
)

CLASSES = {"shape": ["sphere", "rod"], "completeness": ["whole", "covered", "touching_cluster"]}


@pytest.mark.parametrize(
    "architecture",
    [
        {"trunk": "plain", "widths": [4, 8]},
        {"trunk": "mobilenet_v2", "stages": 7, "dropout": 0.1},
    ],
)
def test_gives_logits_for_each_question(architecture):
    network = build_classifier_network(architecture, CLASSES).eval()
    logits = network(torch.zeros(3, 2, 32, 32))
    assert {q: tuple(v.shape) for q, v in logits.items()} == {
        "shape": (3, 2),
        "completeness": (3, 3),
    }


@pytest.mark.parametrize("architecture", [{}, {"trunk": "vgg"}, {"trunk": "plain", "depth": 3}])
def test_refuses_what_it_does_not_know(architecture):
    with pytest.raises(ClassifierArchitectureError):
        build_classifier_network(architecture, CLASSES)


def test_starts_from_imagenet_weights_with_the_three_planes_summed(shared):
    path = shared / "weights" / "mobilenet_v2.safetensors"
    network = build_classifier_network({"trunk": "mobilenet_v2", "stages": 3}, CLASSES)
    load_trunk_weights(network, path)
    expected = load_file(path)["features.0.0.weight"].sum(1)
    torch.testing.assert_close(network.trunk[0][0].weight[:, 0].detach(), expected)


def test_refuses_weights_of_another_trunk(shared):
    network = build_classifier_network({"trunk": "plain"}, CLASSES)
    with pytest.raises(ClassifierArchitectureError, match="belongs to another network"):
        load_trunk_weights(network, shared / "weights" / "mobilenet_v2.safetensors")
