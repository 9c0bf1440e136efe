"""Batches of particle crops, drawn and varied; each a function of its number alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from .shape_samples import UNKNOWN, ShapeSamples

_GREY_LIMIT = 1.5  # where `particle_crop` clips


@dataclass(frozen=True)
class CropBatch:
    """Crops for the network and their classes (`UNKNOWN` where a sample has none)."""

    crops: torch.Tensor
    shape: torch.Tensor
    completeness: torch.Tensor


class ShapeBatches:
    """Draws batches from several sources of samples.

    Parameters
    ----------
    sources : sequence of (ShapeSamples, share of a batch)
    side_px : of the crops that the network is given.
    inner : share of a sample's side that is seen by the network without zoom; samples are cut
        wider, so that turned and shifted crops show micrograph up to their corners.
    per_batch : int
    seed : int
    """

    def __init__(
        self,
        sources: Sequence[tuple[ShapeSamples, float]],
        *,
        side_px: int,
        inner: float,
        per_batch: int,
        seed: int,
    ) -> None:
        self._sources = [(samples, share, _weights(samples)) for samples, share in sources]
        self._side_px, self._inner = side_px, inner
        self._per_batch, self._seed = per_batch, seed

    def batch(self, number: int) -> CropBatch:
        """Return batch `number`, the same at every call."""
        rng = np.random.default_rng([self._seed, number])
        parts = []
        shares = np.array([share for _, share, _ in self._sources])
        counts = rng.multinomial(self._per_batch, shares / shares.sum())
        for (samples, _, weights), count in zip(self._sources, counts, strict=True):
            parts.append(samples.chosen(rng.choice(len(samples), count, p=weights)))
        planes = torch.cat([planes_of(part) for part in parts])
        crops = _varied(planes, self._side_px, self._inner, rng)
        return CropBatch(
            crops,
            torch.from_numpy(np.concatenate([part.shape for part in parts])),
            torch.from_numpy(np.concatenate([part.completeness for part in parts])),
        )


def planes_of(samples: ShapeSamples) -> torch.Tensor:
    """Return (n, 2, side, side) float32 planes of stored samples."""
    grey = torch.from_numpy(samples.grey).float() / 85 - _GREY_LIMIT
    mask = torch.from_numpy(samples.mask).float() / 255
    return torch.stack([grey, mask], dim=1)


def centred(planes: torch.Tensor, side_px: int, inner: float) -> torch.Tensor:
    """Return the crops that the network is given where nothing is varied."""
    affine = torch.tensor([[inner, 0.0, 0.0], [0.0, inner, 0.0]]).repeat(len(planes), 1, 1)
    crops = _seen_through(planes, affine, side_px)
    crops[:, 0] = _grey_range(crops[:, 0])
    return crops


def _weights(samples: ShapeSamples) -> NDArray[np.float64]:
    """Draw rare classes more often: a sample's weight falls with its classes' square root."""
    weights = np.ones(len(samples))
    for classes in (samples.shape, samples.completeness):
        counts = np.bincount(classes + 1)
        weights /= np.sqrt(counts[classes + 1])
        weights[classes == UNKNOWN] *= 0.7
    return weights / weights.sum()


def _varied(
    planes: torch.Tensor, side_px: int, inner: float, rng: np.random.Generator
) -> torch.Tensor:
    """Turn, mirror, zoom and shift; then vary what a microscope and a segmentation vary."""
    count = len(planes)
    angle_rad = rng.uniform(0, 2 * np.pi, count)
    zoom = inner * np.exp(rng.uniform(-0.15, 0.12, count))
    stretch = np.exp(rng.uniform(-0.04, 0.04, count))
    mirror = rng.choice([-1.0, 1.0], count)
    affine = np.zeros((count, 2, 3), np.float32)
    affine[:, 0, 0] = zoom * stretch * np.cos(angle_rad) * mirror
    affine[:, 0, 1] = -zoom / stretch * np.sin(angle_rad)
    affine[:, 1, 0] = zoom * stretch * np.sin(angle_rad) * mirror
    affine[:, 1, 1] = zoom / stretch * np.cos(angle_rad)
    affine[:, :, 2] = rng.uniform(-0.05, 0.05, (count, 2))
    crops = _seen_through(planes, torch.from_numpy(affine), side_px)
    crops[:, 0] = _varied_grey(crops[:, 0], rng)
    crops[:, 1] = _varied_mask(crops[:, 1], rng)
    return crops


def _seen_through(planes: torch.Tensor, affine: torch.Tensor, side_px: int) -> torch.Tensor:
    size = [len(planes), 2, side_px, side_px]
    grid = functional.affine_grid(affine, size, align_corners=False)
    return functional.grid_sample(planes, grid, padding_mode="reflection", align_corners=False)


def _varied_grey(grey: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Blur, sharpen, bend, shade, invert and add noise, each for some of the crops."""
    count, side_px = len(grey), grey.shape[-1]

    def some(probability: float) -> torch.Tensor:
        return torch.from_numpy(rng.random(count) < probability)[:, None, None]

    def drawn(low: float, high: float) -> torch.Tensor:
        return torch.from_numpy(rng.uniform(low, high, count).astype(np.float32))[:, None, None]

    smooth = functional.avg_pool2d(grey[:, None], 5, 1, 2, count_include_pad=False)[:, 0]
    grey = torch.where(some(0.4), grey + drawn(-0.8, 1.0) * (smooth - grey), grey)
    unit = ((grey + _GREY_LIMIT) / (2 * _GREY_LIMIT)).clamp(0, 1)
    bent = (2 * unit ** torch.exp(drawn(-0.6, 0.6)) - 1) * _GREY_LIMIT
    grey = torch.where(some(0.5), bent, grey)
    axis = torch.linspace(-1, 1, side_px)
    slope = drawn(-0.4, 0.4) * axis[:, None] + drawn(-0.4, 0.4) * axis[None]
    grey = torch.where(some(0.3), grey + slope, grey)
    # the polarity that a segmentation hands over is wrong at times
    grey = torch.where(some(0.12), -grey, grey)
    grain = torch.from_numpy(rng.standard_normal((count, side_px, side_px), dtype=np.float32))
    coarse = functional.avg_pool2d(grain[:, None], 3, 1, 1)[:, 0] * 3
    grain = torch.where(some(0.5), coarse, grain)
    grey = torch.where(some(0.6), grey + torch.exp(drawn(-4.0, -0.9)) * grain, grey)
    return _grey_range(grey)


def _varied_mask(mask: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Grow, shrink and roughen masks, as predicted ones are not drawn ones."""
    count, side_px = len(mask), mask.shape[-1]
    smooth = functional.avg_pool2d(mask[:, None], 5, 1, 2, count_include_pad=False)
    field = rng.standard_normal((count, 1, 8, 8), dtype=np.float32)
    size = (side_px, side_px)
    waves = functional.interpolate(torch.from_numpy(field), size, mode="bicubic")
    strength = torch.from_numpy(rng.uniform(0, 0.3, (count, 1, 1, 1)).astype(np.float32))
    offset = torch.from_numpy(rng.uniform(-0.3, 0.3, (count, 1, 1, 1)).astype(np.float32))
    rough = 10 * (smooth + strength * waves * (smooth - smooth.square()) * 4 + offset - 0.5) + 0.5
    kept = torch.from_numpy(rng.random(count) < 0.25)[:, None, None, None]
    return torch.where(kept, mask[:, None], rough.clamp(0, 1))[:, 0]


def _grey_range(grey: torch.Tensor) -> torch.Tensor:
    """Do what `nanocensus.classification.grey_range` does."""
    levels = torch.tensor([0.02, 0.98])
    low, high = torch.quantile(grey.flatten(1), levels, dim=1)[:, :, None, None]
    unit = (grey - low) / (high - low).clamp(min=1e-6)
    return (2 * unit - 1).clamp(-_GREY_LIMIT, _GREY_LIMIT)
