"""Which folder a model's name means, what its card says, and the hash that decides a stage."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from nanocensus.campaign.files import sha256_of_file, sha256_of_json
from nanocensus.paths import BUNDLE_CARD, BUNDLE_WEIGHTS, MODELS

# The card for people (README.md) does not decide any result.
_DECIDING_FILES = (BUNDLE_CARD, BUNDLE_WEIGHTS)


def shipped_bundles() -> list[str]:
    """Return the names of the bundles in resources/models."""
    return sorted(folder.name for folder in MODELS.glob("*") if _is_bundle(folder))


def bundle_folder(name: str, path: Path) -> Path | None:
    """Return the folder of a bundle in resources/models, else the path, else None."""
    if name in shipped_bundles():
        return MODELS / name
    return path if _is_bundle(path) else None


def read_card(folder: Path) -> Mapping[str, Any]:
    """Return what a bundle's card says.

    Raises
    ------
    ValueError
        If it is no YAML of keys and values.
    """
    try:
        card = yaml.safe_load((folder / BUNDLE_CARD).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ValueError(f"{BUNDLE_CARD} cannot be read: {error}") from error
    if not isinstance(card, Mapping):
        raise ValueError(f"{BUNDLE_CARD} holds no keys")
    return card


def bundle_digest(folder: Path) -> str:
    """Return one SHA-256 of a bundle's card and weights."""
    return sha256_of_json([sha256_of_file(folder / file) for file in _DECIDING_FILES])


def _is_bundle(folder: Path) -> bool:
    return all((folder / file).is_file() for file in _DECIDING_FILES)
