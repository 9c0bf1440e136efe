"""Batches of patches: batch k of a run is a function of the run's seed and k alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import Dataset

from nanocensus.segmentation import targets_from_labels

from .appearance import vary_appearance
from .patches import Material, Patch, draw_patch, draw_zoom, load_material
from .settings import PatchSettings, WeightMapSettings
from .sheet import LabelledPicture
from .weight_maps import weight_map

_TRIES = 8
_PICTURES_IN_MEMORY = 1024
_MOST_PARTICLES_THAT_WEIGH = 100


@dataclass(frozen=True)
class Source:
    """Labelled pictures of one kind and the share of patches that they give."""

    pictures: tuple[LabelledPicture, ...]
    share: float


class Batches(Dataset):
    """Item k is batch k: dict of pixels (N, 1, S, S), targets (N, 3, S, S), weights (N, 1, S, S).

    Every batch is drawn anew from the pictures, so that no two epochs see the same patches, and
    a resumed run sees what an uninterrupted one would have seen.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        *,
        settings: PatchSettings,
        weights: WeightMapSettings | None = None,
        seed: int,
        steps: int,
    ) -> None:
        if not any(source.pictures for source in sources):
            raise ValueError("no picture to train on: the sheets have no row of split train")
        self._sources = tuple(source for source in sources if source.pictures)
        self._settings, self._seed, self._steps = settings, seed, steps
        self._weight_map = weights or WeightMapSettings()
        self._materials: dict[Path, Material] = {}
        shares = np.array([source.share for source in self._sources], dtype=float)
        self._shares = shares / shares.sum()
        self._weights: dict[int, np.ndarray] = {}

    def __len__(self) -> int:
        return self._steps

    def __getitem__(self, step: int) -> dict[str, torch.Tensor]:
        """Draw batch `step`."""
        rng = np.random.default_rng([self._seed, step])
        side_px = int(rng.choice(self._settings.sides_px))
        n_patches = max(1, self._settings.pixels_per_batch // side_px**2)
        parts = [self._draw(side_px, rng) for _ in range(n_patches)]
        return {
            name: torch.from_numpy(np.stack([part[name] for part in parts]))
            for name in ("pixels", "targets", "weights")
        }

    def _draw(self, side_px: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
        for _ in range(_TRIES):
            material = self._draw_material(rng)
            zoom, fits = draw_zoom(material, side_px, self._settings, rng)
            if fits:
                break
        patch = draw_patch(material, zoom, side_px, rng)
        return example_of(patch, rng, self._weight_map)

    def _draw_material(self, rng: np.random.Generator) -> Material:
        source = int(rng.choice(len(self._sources), p=self._shares))
        if source not in self._weights:
            self._weights[source] = self._picture_weights(source)
        pictures = self._sources[source].pictures
        row = pictures[int(rng.choice(len(pictures), p=self._weights[source]))]
        return self._load(row)

    def _load(self, row: LabelledPicture) -> Material:
        if row.picture not in self._materials:
            if len(self._materials) >= _PICTURES_IN_MEMORY:
                self._materials.pop(next(iter(self._materials)))
            self._materials[row.picture] = load_material(row)
        return self._materials[row.picture]

    def _picture_weights(self, source: int) -> np.ndarray:
        """Weigh a picture by the root of its particles, and a specimen's pictures together.

        Between a weight per picture and one per particle: a few pictures hold most particles.
        """
        rows = self._sources[source].pictures
        counts = np.array([len(self._load(row).centres) for row in rows])
        specimens = [row.specimen for row in rows]
        alike = np.array([specimens.count(specimen) for specimen in specimens])
        weights = np.sqrt(np.clip(counts, 1, _MOST_PARTICLES_THAT_WEIGH) / alike)
        return weights / weights.sum()


def example_of(
    patch: Patch, rng: np.random.Generator, weights: WeightMapSettings
) -> dict[str, np.ndarray]:
    """Turn a patch into network input, targets and weights, with a drawn appearance."""
    targets = targets_from_labels(patch.labels)
    targets[2] = np.where(patch.labels > 0, patch.distance, 0)
    weight = weight_map(patch.labels, weights) * patch.inside
    return {
        "pixels": vary_appearance(patch.pixels, rng)[None],
        "targets": targets,
        "weights": weight.astype(np.float32)[None],
    }
