"""The network as ONNX answers as it does in torch."""

import numpy as np
import pytest
import torch
from tests.unit.segmentation.pictures import disc_labels, grey, lattice

from nanocensus.paths import REPOSITORY
from nanocensus.segmentation import NetworkOnTiles, export_onnx, load_network

SHIPPED = REPOSITORY / "resources" / "models" / "nanocensus"


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    for needed in ("onnx", "onnxscript"):
        pytest.importorskip(needed, reason=f"{needed} is not installed: the extra `onnx`")
    onnxruntime = pytest.importorskip("onnxruntime")
    path = tmp_path_factory.mktemp("onnx") / "network.onnx"
    export_onnx(SHIPPED, path)
    assert [one.name for one in path.parent.iterdir()] == ["network.onnx"]
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


@pytest.mark.parametrize("shape", [(1, 96, 64), (3, 128, 192)])
def test_same_answers_at_any_size(session, shape):
    picture = grey(disc_labels(shape[1:], lattice(shape[1:], 32, 11)))
    contrasts = np.linspace(1, 0.6, shape[0], dtype=np.float32)[:, None, None]
    tiles = (picture / np.float32(100) - 1) * contrasts
    expected = NetworkOnTiles(load_network(SHIPPED)[0], torch.device("cpu"))(tiles)
    (answered,) = session.run(["prediction"], {"pixels": tiles[:, None]})
    assert expected[:, 0].max() > 0.9, "a picture that the network sees particles in"
    np.testing.assert_allclose(answered, expected, atol=1e-4)
