"""Convolutions that compute their activation: the same answers, in less passes."""

import numpy as np
import pytest
import torch
from tests.unit.segmentation.pictures import disc_labels, grey, lattice

from nanocensus.paths import REPOSITORY
from nanocensus.segmentation import NetworkOnTiles, fused, load_network
from nanocensus.segmentation.fused import fuse_activations

SHIPPED = REPOSITORY / "resources" / "models" / "nanocensus"


def tiles():
    labels = disc_labels((128, 160), lattice((128, 160), 32, 11))
    return (grey(labels) / np.float32(100) - 1).astype(np.float32)[None]


def activations(network):
    return sum(isinstance(m, (torch.nn.ReLU, torch.nn.ReLU6)) for m in network.modules())


@pytest.mark.parametrize("arithmetic", [torch.float32, torch.bfloat16])
def test_fusing_changes_no_answer(arithmetic):
    given = torch.from_numpy(tiles()[:, None]).to(arithmetic)
    network = load_network(SHIPPED)[0].to(arithmetic)
    with torch.inference_mode():
        plain = torch.sigmoid(network(given).float())
        answer = torch.sigmoid(fuse_activations(network)(given).float())
    assert plain[0, 0].max() > 0.9, "a picture that the network sees particles in"
    assert (answer - plain).abs().max() < (1e-5 if arithmetic == torch.float32 else 0.02)


def test_without_the_fused_call_the_network_stays(monkeypatch):
    device = torch.device("cpu")
    answer = NetworkOnTiles(load_network(SHIPPED)[0], device, torch.bfloat16)(tiles())
    monkeypatch.setattr(fused, "_available", lambda: False)
    plain = NetworkOnTiles(load_network(SHIPPED)[0], device, torch.bfloat16)(tiles())
    np.testing.assert_allclose(answer, plain, atol=0.02)


def test_the_shipped_networks_activations_are_all_fused():
    if not fused._available():
        pytest.skip("this PyTorch has no fused convolutions")
    network, _ = load_network(SHIPPED)
    assert activations(network) > 40
    assert activations(fuse_activations(network)) == 0


def test_what_stands_between_is_respected():
    torch.manual_seed(1)
    parts = [torch.nn.Conv2d(1, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.ReLU()]
    network = torch.nn.Sequential(*parts).eval()
    given = torch.linspace(-1, 1, 64).reshape(1, 1, 8, 8)
    with torch.inference_mode():
        before = network(given)
        torch.testing.assert_close(fuse_activations(network)(given), before)
    assert activations(network) == 1
