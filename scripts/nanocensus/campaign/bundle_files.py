"""Which folder a model's name means, and the hash that decides a stage's fingerprint."""

from __future__ import annotations

from pathlib import Path

from nanocensus.campaign.faults import nearest
from nanocensus.campaign.files import sha256_of_file, sha256_of_json
from nanocensus.paths import MODELS

# The card for people (README.md) does not decide any result.
_DECIDING_FILES = ("card.yaml", "weights.safetensors")


def bundle_folder(name: str) -> Path:
    """Return the folder of a bundle, given its name in resources/models or its path.

    Raises
    ------
    ValueError
        If there is no such bundle; the message names the nearest one.
    """
    for folder in (MODELS / name, Path(name).absolute()):
        if all((folder / file).is_file() for file in _DECIDING_FILES):
            return folder
    shipped = [card.parent.name for card in MODELS.glob("*/card.yaml")] or ["(none)"]
    raise ValueError(f"there is no model bundle {name!r}. {nearest(name, shipped)}")


def bundle_digest(folder: Path) -> str:
    """Return one SHA-256 of a bundle's card and weights."""
    return sha256_of_json([sha256_of_file(folder / file) for file in _DECIDING_FILES])
