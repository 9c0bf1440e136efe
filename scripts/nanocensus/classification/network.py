"""From an architecture's description to a network with one head per question."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import nn
from torchvision.models import mobilenet_v2

_PLANES = 2  # grey values and the particle's own mask


class ClassifierArchitectureError(ValueError):
    """An architecture that cannot be built, or weights that do not fit it."""


class ClassifierNetwork(nn.Module):
    """A trunk of convolutions, pooled by mean and maximum, and one linear head per question.

    (N, 2, S, S) float -> dict of question -> (N, classes) logits.
    """

    def __init__(
        self, trunk: nn.Module, channels: int, counts: Mapping[str, int], dropout: float
    ) -> None:
        super().__init__()
        self.trunk = trunk
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.ModuleDict(
            {question: nn.Linear(2 * channels, count) for question, count in counts.items()}
        )

    def forward(self, crops: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return the logits of every question."""
        found = self.trunk(crops)
        pooled = self.dropout(torch.cat([found.mean((2, 3)), found.amax((2, 3))], dim=1))
        return {question: head(pooled) for question, head in self.heads.items()}


def _mobilenet(stages: int = 14) -> tuple[nn.Module, int]:
    """Build the first `stages` of torchvision's MobileNetV2 for two planes."""
    features = mobilenet_v2(weights=None).features[:stages]
    first = features[0][0]
    features[0][0] = nn.Conv2d(_PLANES, first.out_channels, 3, stride=2, padding=1, bias=False)
    probe = features.eval()(torch.zeros(1, _PLANES, 64, 64))
    return features.train(), int(probe.shape[1])


def _plain(widths: tuple[int, ...] = (8, 16, 32)) -> tuple[nn.Module, int]:
    """Build a few convolutions that each halve the side; small enough for tests."""
    layers: list[nn.Module] = []
    for before, width in zip((_PLANES, *widths[:-1]), widths, strict=True):
        convolution = nn.Conv2d(before, width, 3, stride=2, padding=1, bias=False)
        layers += [convolution, nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers), widths[-1]


TRUNKS: dict[str, Callable[..., tuple[nn.Module, int]]] = {
    "mobilenet_v2": _mobilenet,
    "plain": _plain,
}
"""Trunk's name in an architecture -> builder of (module, channels of its last layer)."""


def build_classifier_network(
    architecture: Mapping[str, Any], classes: Mapping[str, list[str]]
) -> ClassifierNetwork:
    """Build a network with freshly drawn weights.

    Parameters
    ----------
    architecture : Mapping
        `trunk` (a key of `TRUNKS`), `dropout` (0 unless given) and the trunk's own arguments.
    classes : Mapping
        Question (shape, completeness) -> names of its classes, in the order of the logits.

    Returns
    -------
    ClassifierNetwork
        In training mode, on the CPU. Weights come from torch's global generator.
    """
    options: dict[str, Any] = {
        k: tuple(v) if isinstance(v, list) else v for k, v in architecture.items()
    }
    name, dropout = options.pop("trunk", None), float(options.pop("dropout", 0.0))
    if name not in TRUNKS:
        raise ClassifierArchitectureError(
            f"architecture {dict(architecture)!r}: `trunk` must be one of {sorted(TRUNKS)}"
        )
    try:
        trunk, channels = TRUNKS[name](**options)
    except TypeError as error:
        raise ClassifierArchitectureError(
            f"architecture {dict(architecture)!r} cannot be built: {error}"
        ) from error
    counts = {question: len(names) for question, names in classes.items()}
    return ClassifierNetwork(trunk, channels, counts, dropout)


def load_trunk_weights(network: ClassifierNetwork, path: Path) -> None:
    """Start a MobileNetV2 trunk from a local safetensors file of ImageNet weights.

    The first convolution's three input planes are summed for the grey plane, because a grey
    picture has three equal ones; the mask's plane starts at a tenth of that.
    """
    given = load_file(path)
    wanted = network.trunk.state_dict()
    names = {name: f"features.{name}" for name in wanted if "num_batches" not in name}
    missing = [source for source in names.values() if source not in given]
    if missing:
        raise ClassifierArchitectureError(
            f"{path}: {len(missing)} parameters of the trunk are missing, the first is "
            f"{missing[0]!r}; the file belongs to another network"
        )
    start = {name: given[source] for name, source in names.items()}
    grey = start["0.0.weight"].sum(1, keepdim=True)
    start["0.0.weight"] = torch.cat([grey, 0.1 * grey], dim=1)
    network.trunk.load_state_dict({**wanted, **start})
