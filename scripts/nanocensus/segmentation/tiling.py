"""Running a network over a picture of any size in bounded memory, tile borders invisible.

The arithmetic is float32 on the CPU, so that processors agree but for rounding, and float16 on a
GPU. Where the quality is `fast` it is bfloat16 on processors that multiply it natively: half the
time, and the choice of the resolution moves in some pictures (docs/benchmarks.md, Speed).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch

from .fused import fuse_activations

TileFunction = Callable[[np.ndarray], np.ndarray]
"""(N, h, w) float32 normalised grey values -> (N, C, h, w) float32, 0..1, of C channels."""

_MARGIN_PX = 32
"""Mirrored surroundings beyond the picture's frame, so that no convolution sees padding there."""


@dataclass(frozen=True)
class TilingPlan:
    """How tiles lie on one axis: starts in the padded picture, side, and blending weights."""

    starts: tuple[int, ...]
    side: int
    weights: np.ndarray


class NetworkOnTiles:
    """A network on a device as a function from normalised tiles to predictions.

    Parameters
    ----------
    network : torch.nn.Module
        As built by `build_network`; taken over: moved to the device, in evaluation mode, on the
        CPU in this arithmetic and in bfloat16 fused (`fuse_activations`; in float32 that would
        save a tenth of the time and cost 0.2 GB).
    device : torch.device
    arithmetic : torch.dtype
        What is computed in; on a GPU weights and sums stay float32. Answers are float32.
    """

    def __init__(
        self,
        network: torch.nn.Module,
        device: torch.device,
        arithmetic: torch.dtype = torch.float32,
    ) -> None:
        network = network.to(device).to(memory_format=torch.channels_last).eval()
        self._cast = device.type != "cpu" and arithmetic != torch.float32
        self._network = network if self._cast else network.to(arithmetic)
        if arithmetic == torch.bfloat16 and not self._cast:
            fuse_activations(self._network)
        self._device = device
        self._arithmetic = arithmetic

    def __call__(self, tiles: np.ndarray) -> np.ndarray:
        """Predict: (N, h, w) float32 -> (N, C, h, w) float32, 0..1."""
        given = torch.from_numpy(tiles[:, None]).to(self._device, memory_format=torch.channels_last)
        halves = torch.autocast(self._device.type, self._arithmetic, enabled=self._cast)
        with torch.inference_mode(), halves:
            logits = self._network(given if self._cast else given.to(self._arithmetic))
        return torch.sigmoid(logits.float()).cpu().contiguous().numpy()


def predict_tiled(
    predict: TileFunction,
    values: np.ndarray,
    *,
    tile_px: int,
    halo_px: int,
    batch: int,
    stride_px: int,
) -> np.ndarray:
    """Predict a whole picture tile by tile.

    Parameters
    ----------
    predict : callable
        The network; see `TileFunction`. It is given tiles of this one picture only.
    values : (H, W) float32
        Normalised grey values.
    tile_px : int
        Longest side of a tile, px. A picture that fits in one tile is not cut.
    halo_px : int
        Width of the rim of a tile that counts nothing, because the network would have needed
        what lies beyond; between two rims neighbours blend over a third of it.
    batch : int
        Tiles in one call; with `tile_px` it bounds the memory beside the result's.
    stride_px : int
        Sides and starts of tiles are multiples of it (`stride_of`), so that a pixel has the same
        place in the encoder's grid in every tile and tiled equals untiled.

    Returns
    -------
    (C, H, W) float32, 0..1
        With the network's channels: 3, or the foreground alone.
    """
    rows = plan_axis(values.shape[0], tile_px, halo_px, stride_px)
    columns = plan_axis(values.shape[1], tile_px, halo_px, stride_px)
    mirrored = [_mirrored(n, plan) for n, plan in zip(values.shape, (rows, columns), strict=True)]
    shape = tuple(len(places) for places in mirrored)
    result = np.zeros((0, *shape), dtype=np.float32)
    for group in _groups(rows, columns, batch):
        tiles = np.stack(
            [
                values[mirrored[0][y : y + rows.side, None], mirrored[1][x : x + columns.side]]
                for _, y, _, x in group
            ]
        )
        answers = predict(tiles)
        if not len(result):  # the first answer tells the number of channels
            result = np.zeros((answers.shape[1], *shape), dtype=np.float32)
        for (i, y, j, x), answer in zip(group, answers, strict=True):
            weight = np.outer(rows.weights[i], columns.weights[j]).astype(np.float32)
            result[:, y : y + rows.side, x : x + columns.side] += answer * weight
    top, left = _MARGIN_PX, _MARGIN_PX
    return result[:, top : top + values.shape[0], left : left + values.shape[1]]


def plan_axis(length_px: int, tile_px: int, halo_px: int, stride_px: int) -> TilingPlan:
    """Lay the fewest tiles of equal side over one axis.

    The weights of all tiles add up to 1 at every pixel of the picture.
    """
    needed = length_px + 2 * _MARGIN_PX
    overlap = _up_to(2 * halo_px + max(1, halo_px // 3), stride_px)
    largest = max(tile_px // stride_px * stride_px, 2 * overlap)
    if needed <= largest:
        return TilingPlan((0,), _up_to(needed, stride_px), np.ones((1, _up_to(needed, stride_px))))
    count = 1 + math.ceil((needed - largest) / (largest - overlap))
    step = _up_to(math.ceil((needed - overlap) / count), stride_px)
    return TilingPlan(
        tuple(step * i for i in range(count)), step + overlap, _blending(count, step, overlap)
    )


def _up_to(value: int, multiple: int) -> int:
    """Return the smallest multiple that is not below a value."""
    return -(-value // multiple) * multiple


def _blending(count: int, step: int, overlap: int) -> np.ndarray:
    """Return (count, step + overlap) weights: 1, ramps amid the overlaps, 0 in the rims."""
    ramp = max(1, overlap // 7)  # overlap = rim + ramp + rim with ramp = rim / 3
    rim = (overlap - ramp) // 2
    rising = np.zeros(overlap)
    rising[rim : rim + ramp] = (np.arange(ramp) + 0.5) / ramp
    rising[rim + ramp :] = 1
    weights = np.ones((count, step + overlap))
    weights[1:, :overlap] *= rising
    weights[:-1, step:] *= 1 - rising
    return weights


def _mirrored(length_px: int, plan: TilingPlan) -> np.ndarray:
    """Return which pixel stands at each place of the padded axis, mirrored beyond the frame."""
    after = plan.starts[-1] + plan.side - length_px - _MARGIN_PX
    return np.pad(np.arange(length_px), (_MARGIN_PX, after), mode="symmetric")


def _groups(
    rows: TilingPlan, columns: TilingPlan, batch: int
) -> Iterator[list[tuple[int, int, int, int]]]:
    """Give tiles (row index, start, column index, start) in groups of `batch`, row by row."""
    tiles = [(i, y, j, x) for i, y in enumerate(rows.starts) for j, x in enumerate(columns.starts)]
    for first in range(0, len(tiles), batch):
        yield tiles[first : first + batch]
