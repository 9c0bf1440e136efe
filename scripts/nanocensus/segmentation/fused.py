"""Convolutions computed together with the activation behind them, in one pass over the memory.

PyTorch's own fused call (oneDNN) is what `torch.compile` uses on processors, too; here it is asked
for directly, because compiling needs a C++ compiler on the user's machine. It is not part of
PyTorch's public interface: where it is missing, the network stays as it is and answers the same.
"""

from __future__ import annotations

import torch
from torch import nn


class _ConvolutionWithActivation(nn.Module):
    """A convolution, and the activation behind it; for inference on the processor only."""

    def __init__(self, convolution: nn.Conv2d, attribute: str, limits: list[float]) -> None:
        super().__init__()
        self._convolution = convolution
        self._activation = (attribute, limits, "")

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        """Convolve (N, C, H, W) in the arithmetic of the weights."""
        of = self._convolution
        return torch.ops.mkldnn._convolution_pointwise(
            given, of.weight, of.bias, of.padding, of.stride, of.dilation, of.groups,
            *self._activation,
        )  # fmt: skip


_ACTIVATIONS: dict[type[nn.Module], tuple[str, list[float]]] = {
    nn.ReLU: ("relu", []),
    nn.ReLU6: ("hardtanh", [0.0, 6.0]),
}
"""Activation -> its name and limits in the fused call."""


def fuse_activations(network: nn.Module) -> nn.Module:
    """Let convolutions compute the activation that follows them in a sequence, in place.

    In bfloat16 a third to two fifths of the time is saved (docs/benchmarks.md, "Speed"); answers
    are the same but for rounding. Only for networks whose BatchNorm is folded (`fold_batch_norm`),
    on the processor.
    """
    if not _available():
        return network
    for sequence in list(network.modules()):
        if isinstance(sequence, nn.Sequential):
            _fuse(sequence)
    return network


def _fuse(sequence: nn.Sequential) -> None:
    previous: str | None = None  # name of a convolution with nothing but identities behind it
    for name, module in list(sequence.named_children()):
        if type(module) in _ACTIVATIONS and previous is not None:
            _replace(sequence, previous, *_ACTIVATIONS[type(module)])
            setattr(sequence, name, nn.Identity())
        if not isinstance(module, nn.Identity):
            plain = type(module) is nn.Conv2d and module.padding_mode == "zeros"
            previous = name if plain and not isinstance(module.padding, str) else None


def _replace(sequence: nn.Sequential, name: str, attribute: str, limits: list[float]) -> None:
    convolution = sequence.get_submodule(name)
    assert isinstance(convolution, nn.Conv2d)
    setattr(sequence, name, _ConvolutionWithActivation(convolution, attribute, limits))


def _available() -> bool:
    return torch.backends.mkldnn.is_available() and hasattr(
        torch.ops.mkldnn, "_convolution_pointwise"
    )
