"""Where the repository keeps what the package reads: resources, schemas, models."""

from __future__ import annotations

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
RESOURCES = REPOSITORY / "resources"
MODELS = RESOURCES / "models"
SCHEMAS = REPOSITORY / "config" / "schemas"
GLOSSARY = RESOURCES / "glossary.tsv"

# A model's bundle is a folder with these two files.
BUNDLE_CARD = "card.yaml"
BUNDLE_WEIGHTS = "weights.safetensors"
