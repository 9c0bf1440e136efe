"""Networks from their description."""

import numpy as np
import pytest
import segmentation_models_pytorch as smp
import torch
from safetensors.torch import save_file
from tests.unit.segmentation.pictures import disc_labels, grey, lattice

from nanocensus.bundles import read_bundle
from nanocensus.paths import REPOSITORY
from nanocensus.segmentation import (
    ArchitectureError,
    build_network,
    load_encoder_weights,
    load_imagenet_weights,
    stride_of,
)
from nanocensus.segmentation.network import fold_batch_norm

TINY = {
    "decoder": "Unet",
    "encoder": "tu-mobilenetv3_small_050",
    "encoder_depth": 3,
    "decoder_channels": [48, 32, 16],
}
SHIPPED = {
    "decoder": "Unet",
    "encoder": "mobilenet_v2",
    "decoder_channels": [128, 64, 32, 16, 16],
}


def seeded(architecture):
    torch.manual_seed(3)
    return build_network(architecture)


def test_three_outputs_of_the_same_size():
    network = seeded(TINY).eval()
    assert stride_of(network) == 8
    with torch.inference_mode():
        assert network(torch.zeros(2, 1, 40, 72)).shape == (2, 3, 40, 72)


def test_unused_stages_are_dropped():
    assert sum(tensor.numel() for tensor in seeded(TINY).state_dict().values()) < 90_000


def test_building_leaves_statistics_and_gradients_alone():
    network = seeded(TINY)
    assert network.training
    for name, tensor in network.state_dict().items():
        if name.endswith("running_mean"):
            assert not tensor.any(), name
    assert all(parameter.grad is None for parameter in network.parameters())


def test_folding_changes_nothing_but_rounding():
    network = seeded(SHIPPED)
    given = torch.linspace(-1, 1, 64 * 96).reshape(1, 1, 64, 96)
    with torch.no_grad():
        network(given.repeat(4, 1, 1, 1))  # statistics that are not 0 and 1
        before = network.eval()(given)
        after = fold_batch_norm(network)(given)
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in network.modules())
    torch.testing.assert_close(before, after, rtol=1e-3, atol=1e-4)


def test_encoder_weights_of_a_grey_network(tmp_path):
    network = seeded(SHIPPED)
    generator = torch.Generator().manual_seed(1)
    given = {
        name: torch.rand(tensor.shape, generator=generator)
        for name, tensor in network.encoder.state_dict().items()
        if tensor.ndim
    }
    first = "features.0.0.weight"
    given[first] = torch.rand((32, 3, 3, 3), generator=generator)
    given["classifier.1.bias"] = torch.zeros(1000)
    save_file(given, tmp_path / "start.safetensors")
    load_encoder_weights(network, tmp_path / "start.safetensors")
    loaded = network.encoder.state_dict()
    np.testing.assert_allclose(loaded[first][:, 0], given[first].sum(1), rtol=1e-6)
    assert torch.equal(loaded["features.3.conv.0.1.bias"], given["features.3.conv.0.1.bias"])


def test_weights_of_another_encoder_are_refused(tmp_path):
    save_file({"conv_stem.weight": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(ArchitectureError, match="belongs to another encoder"):
        load_encoder_weights(seeded(SHIPPED), tmp_path / "other.safetensors")


@pytest.mark.parametrize(
    "change",
    [
        {"decoder": "Unett"},
        {"encoder": "mobilenet_v9"},
        {"decoder_channels": [3, 2]},
        {"colour": True},
    ],
)
def test_what_cannot_be_built_is_refused(change):
    with pytest.raises(ArchitectureError, match="architecture"):
        build_network({**TINY, **change})


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_half_precision_moves_probabilities_by_less_than_two_per_cent(device):
    """What a GPU computes in; with `cpu` its arithmetic only, with `cuda` on the device itself."""
    if device == "cuda" and not torch.cuda.is_available():
        pytest.skip("no GPU here")
    bundle = read_bundle(REPOSITORY / "resources" / "models" / "nanocensus")
    network = build_network(bundle.card["architecture"])
    network.load_state_dict(dict(bundle.state_dict))
    network = fold_batch_norm(network.eval())
    labels = disc_labels((128, 160), lattice((128, 160), 32, 11))
    given = torch.from_numpy(grey(labels)).float()[None, None] / 100 - 1
    with torch.inference_mode():
        exact = torch.sigmoid(network(given))
        with torch.autocast(device, torch.float16):
            halves = torch.sigmoid(network.to(device)(given.to(device)).float()).cpu()
    assert exact[0, 0].max() > 0.9, "a picture that the network sees particles in"
    assert not torch.equal(halves, exact)
    assert (halves - exact).abs().max() < 0.02


def test_the_foreground_alone_is_one_output():
    network = seeded({**TINY, "outputs": ["foreground"]}).eval()
    with torch.inference_mode():
        assert network(torch.zeros(2, 1, 40, 72)).shape == (2, 1, 40, 72)


def test_weights_are_drawn_after_he():
    network = seeded({**TINY, "initialisation": "he"})
    weight = network.get_submodule("decoder.blocks.0.conv1.0").weight
    fan_in = weight[0].numel()
    assert float(weight.detach().std()) == pytest.approx((2 / fan_in) ** 0.5, rel=0.05)


@pytest.mark.parametrize(
    "change",
    [
        {"outputs": ["distance"]},
        {"attention": "none"},
        {"initialisation": "zeros"},
        {"decoder": "FPN", "attention": "cbam", "decoder_channels": [16]},
    ],
)
def test_unknown_options_are_refused(change):
    with pytest.raises(ArchitectureError, match="architecture"):
        build_network({**TINY, **change})


def test_a_download_that_fails_names_the_local_file(monkeypatch):
    def offline(*_, **__):
        raise FileNotFoundError("cannot find the requested files in the local cache")

    monkeypatch.setattr("segmentation_models_pytorch.encoders.hf_hub_download", offline)
    with pytest.raises(ArchitectureError, match=r"'resnet18'.*set `encoder_weights` to its path"):
        load_imagenet_weights(
            seeded({"decoder": "Unet", "encoder": "resnet18"}), {"encoder": "resnet18"}
        )


def test_an_encoder_without_imagenet_weights_is_no_failed_download():
    architecture = {"decoder": "Unet", "encoder": "mit_b0", "in_channels": 3}
    for error in (KeyError("no imagenet"), RuntimeError("no pretrained weights")):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("nanocensus.segmentation.network.get_encoder", raiser(error))
            with pytest.raises(ArchitectureError, match=r"has no ImageNet weights for .*'mit_b0'"):
                load_imagenet_weights(seeded(architecture), architecture)


def raiser(error):
    def fail(*_, **__):
        raise error

    return fail


def test_downloaded_weights_fill_the_encoder_with_planes_summed(monkeypatch, tmp_path):
    architecture = {"decoder": "Unet", "encoder": "resnet18"}
    torch.manual_seed(8)
    theirs = smp.encoders.get_encoder("resnet18", in_channels=3, weights=None).state_dict()
    save_file(theirs, tmp_path / "model.safetensors")
    monkeypatch.setattr(
        "segmentation_models_pytorch.encoders.hf_hub_download",
        lambda *_, filename, **__: tmp_path / filename,
    )
    network = seeded(architecture)
    load_imagenet_weights(network, architecture)
    loaded = network.encoder.state_dict()
    torch.testing.assert_close(loaded["conv1.weight"], theirs["conv1.weight"].sum(1, keepdim=True))
    assert torch.equal(loaded["layer4.1.conv2.weight"], theirs["layer4.1.conv2.weight"])
