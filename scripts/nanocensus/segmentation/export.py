"""A bundle's network as an ONNX file, for programs that do not have torch."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from nanocensus.campaign import replacing

from .loading import load_network
from .network import stride_of

_EXAMPLE_STRIDES = (4, 6)


class _Probabilities(nn.Module):
    """A network whose logits become probabilities."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Map (N, 1, H, W) float32 to (N, C, H, W) float32, 0..1."""
        return torch.sigmoid(self.network(pixels))


def export_onnx(bundle: Path, output: Path) -> None:
    """Write a segmentation bundle's network as ONNX, in one file.

    Parameters
    ----------
    bundle : Path
        Its folder.
    output : Path
        The file. Its input `pixels` is (N, 1, H, W) float32, normalised as
        `nanocensus.segmentation.normalise` does, H and W multiples of `stride_of` the network
        (32 px for the shipped model); its output `prediction` is (N, C, H, W) float32, 0..1, in
        the order of `OUTPUT_CHANNELS`. N, H and W are free.

    Notes
    -----
    Needs the extra `onnx` of this package. What follows the network (tiles, the choice of the
    resolution, decoding) is not in the file.
    """
    network, _ = load_network(bundle)
    stride = stride_of(network)
    rows, columns = (count * stride for count in _EXAMPLE_STRIDES)
    count, tall, wide = (torch.export.Dim(name, min=1) for name in ("N", "h", "w"))
    exported = torch.onnx.export(
        _Probabilities(network).eval(),
        (torch.zeros(2, 1, rows, columns),),
        input_names=["pixels"],
        output_names=["prediction"],
        dynamic_shapes={"pixels": {0: count, 2: stride * tall, 3: stride * wide}},
        dynamo=True,
        verbose=False,
    )
    assert exported is not None  # without a path torch returns the model
    with replacing(output) as unfinished:
        exported.save(unfinished, external_data=False)
