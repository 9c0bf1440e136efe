"""A bundle comes back as it was written, and a damaged one is refused."""

import pytest
import torch

from nanocensus.bundles import BundleError, read_bundle, write_bundle

CARD = {
    "name": "stub",
    "version": "1",
    "task": "segmentation",
    "architecture": {"decoder": "Unet", "encoder": "none"},
    "input": {},
    "decoding": {},
    "classes": ["particle"],
    "licence": "MIT",
    "training_data": "none",
    "date": "2026-11-21",
    "seed": 1,
    "libraries": {"torch": "2"},
    "metrics": {},
}


def weights():
    return {
        "kernel": torch.linspace(-1, 1, 18).reshape(2, 1, 3, 3),
        "variance": torch.tensor([1e-9, 1e6]),  # neither fits half precision
        "large": torch.tensor([[1.0, 1e5]]),
        "count": torch.tensor(3),
    }


def test_comes_back_as_written(tmp_path):
    write_bundle(tmp_path / "stub", CARD, weights(), readme="# Stub\n")
    bundle = read_bundle(tmp_path / "stub")
    assert {**bundle.card, "weights_sha256": ""} == {**CARD, "weights_sha256": ""}
    assert (tmp_path / "stub" / "README.md").read_text() == "# Stub\n"
    assert bundle.state_dict["kernel"].dtype == torch.float32
    # Half precision has 11 bits: relative error at most 2**-11.
    torch.testing.assert_close(bundle.state_dict["kernel"], weights()["kernel"], rtol=5e-4, atol=0)
    for exact in ("variance", "large", "count"):
        assert torch.equal(bundle.state_dict[exact], weights()[exact])


def test_same_input_same_bytes(tmp_path):
    for name in ("a", "b"):
        write_bundle(tmp_path / name, CARD, weights())
    for file in ("card.yaml", "weights.safetensors"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_single_precision_on_request(tmp_path):
    write_bundle(tmp_path, CARD, weights(), half=False)
    assert torch.equal(read_bundle(tmp_path).state_dict["kernel"], weights()["kernel"])


def test_changed_weights_are_refused(tmp_path):
    write_bundle(tmp_path, CARD, weights())
    path = tmp_path / "weights.safetensors"
    spoilt = bytearray(path.read_bytes())
    spoilt[-1] ^= 1
    path.write_bytes(spoilt)
    with pytest.raises(BundleError, match="SHA-256"):
        read_bundle(tmp_path)


def test_missing_parts_are_named(tmp_path):
    with pytest.raises(BundleError, match=r"no card\.yaml"):
        read_bundle(tmp_path)
    incomplete = {key: value for key, value in CARD.items() if key not in ("seed", "licence")}
    with pytest.raises(BundleError, match="licence, seed missing"):
        write_bundle(tmp_path, incomplete, weights())
    with pytest.raises(BundleError, match="allowed are"):
        write_bundle(tmp_path, {**CARD, "task": "divination"}, weights())
