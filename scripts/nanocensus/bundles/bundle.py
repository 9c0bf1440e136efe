"""Reading and writing a model's bundle: a folder with weights.safetensors, card.yaml, README.md.

The card is what a program has to know; README.md is the same and more for people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import yaml
from safetensors import SafetensorError
from safetensors.torch import load, save

from nanocensus.campaign import replacing, sha256_of_file
from nanocensus.paths import BUNDLE_CARD as CARD
from nanocensus.paths import BUNDLE_WEIGHTS as WEIGHTS

README = "README.md"

TASKS = ("segmentation", "classification")
REQUIRED = (
    "name",
    "version",
    "task",
    "architecture",
    "input",
    "decoding",
    "classes",
    "licence",
    "training_data",
    "date",
    "seed",
    "libraries",
    "metrics",
)
"""What a card has to say; `weights_sha256` is added when it is written."""


class BundleError(ValueError):
    """A folder that is not a bundle, or whose weights are not those that its card names."""


@dataclass(frozen=True)
class Bundle:
    """A model read from disk: its card and its weights (floating-point ones as float32)."""

    folder: Path
    card: Mapping[str, Any]
    state_dict: Mapping[str, torch.Tensor]


def read_bundle(folder: Path) -> Bundle:
    """Read a bundle and check its weights against the SHA-256 in its card.

    Raises
    ------
    BundleError
        Files are missing, the card is incomplete, or the weights are others than the card's.
    """
    for name in (CARD, WEIGHTS):
        if not (folder / name).is_file():
            raise BundleError(
                f"{folder}: no {name} here; a model bundle is a folder with {CARD} and {WEIGHTS}"
            )
    card = _read_card(folder / CARD)
    digest = sha256_of_file(folder / WEIGHTS)
    if digest != card["weights_sha256"]:
        raise BundleError(
            f"{folder / WEIGHTS}: SHA-256 is {digest}, {CARD} says {card['weights_sha256']}; the "
            "file is damaged or belongs to another version: fetch the bundle again"
        )
    try:
        weights = load((folder / WEIGHTS).read_bytes())
    except SafetensorError as error:
        raise BundleError(f"{folder / WEIGHTS}: not a safetensors file: {error}") from error
    state_dict = {name: t.float() if t.is_floating_point() else t for name, t in weights.items()}
    return Bundle(folder, card, state_dict)


def write_bundle(
    folder: Path,
    card: Mapping[str, Any],
    state_dict: Mapping[str, torch.Tensor],
    *,
    half: bool = True,
    readme: str = "",
) -> None:
    """Write a bundle; the same input gives the same bytes.

    Parameters
    ----------
    folder : Path
        Made if it does not exist; its three files are replaced.
    card : Mapping
        Plain numbers, texts, lists and mappings with the keys of `REQUIRED`; a
        `weights_sha256` in it is replaced by that of the written weights.
    state_dict : Mapping
        Weights by name, as `torch.nn.Module.state_dict` gives them.
    half : bool
        Keep kernels and matrices in half precision. Vectors (biases, BatchNorm statistics) stay
        in single precision: they are few, and a variance may lie outside half's range.
    readme : str
        The card for people, in Markdown; none is written if empty.
    """
    _check_card(card, str(folder / CARD))
    folder.mkdir(parents=True, exist_ok=True)
    stored = {name: _stored(tensor, half) for name, tensor in state_dict.items()}
    with replacing(folder / WEIGHTS) as path:
        path.write_bytes(save(stored))
    complete = {**card, "weights_sha256": sha256_of_file(folder / WEIGHTS)}
    with replacing(folder / CARD) as path:
        text = yaml.safe_dump(complete, sort_keys=False, allow_unicode=True, width=100)
        path.write_text(text, encoding="utf-8")
    if readme:
        with replacing(folder / README) as path:
            path.write_text(readme, encoding="utf-8")


def _stored(tensor: torch.Tensor, half: bool) -> torch.Tensor:
    """Return a tensor as it goes to disk: on the CPU, contiguous, halved where that is safe."""
    tensor = tensor.detach().cpu().contiguous()
    if half and tensor.is_floating_point() and tensor.ndim > 1:
        halved = tensor.half()
        return halved if bool(torch.isfinite(halved).all()) else tensor
    return tensor.clone()


def _read_card(path: Path) -> Mapping[str, Any]:
    try:
        card = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BundleError(f"{path}: cannot be read as YAML: {error}") from error
    _check_card(card, str(path))
    if not isinstance(card.get("weights_sha256"), str):
        raise BundleError(f"{path}: weights_sha256 is missing")
    return card


def _check_card(card: Any, where: str) -> None:
    if not isinstance(card, Mapping):
        raise BundleError(f"{where}: a card is a mapping, this is {type(card).__name__}")
    missing = [key for key in REQUIRED if key not in card]
    if missing:
        raise BundleError(f"{where}: {', '.join(missing)} missing")
    if card["task"] not in TASKS:
        raise BundleError(f"{where}: task is {card['task']!r}, allowed are {', '.join(TASKS)}")
