"""Labelled pictures of discs for the tests of training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from skimage.io import imsave

from nanocensus.training import LabelledPicture
from nanocensus.training.splits import SPLITS

TINY = {
    "decoder": "Unet",
    "encoder": "tu-mobilenetv3_small_050",
    "encoder_depth": 3,
    "decoder_channels": [16, 8, 8],
}

CARD = {
    "name": "discs",
    "version": "1",
    "task": "segmentation",
    "architecture": TINY,
    "input": {},
    "decoding": {},
    "classes": [],
    "licence": "MIT",
    "training_data": "none",
    "date": "2026-01-01",
    "seed": 1,
    "libraries": {},
    "metrics": {},
}
"""Of a bundle that holds `TINY`."""


def disc_picture(seed: int, side_px: int = 64) -> tuple[np.ndarray, np.ndarray]:
    """Draw two bright discs: pixels uint8, labels uint8."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side_px, :side_px]
    labels = np.zeros((side_px, side_px), np.uint8)
    for number, column in ((1, side_px // 4), (2, 3 * side_px // 4)):
        row = rng.uniform(0.3, 0.7) * side_px
        labels[np.hypot(y - row, x - column) < rng.uniform(7, 11)] = number
    pixels = 60 + 120 * (labels > 0) + rng.normal(0, 4, labels.shape)
    return pixels.clip(0, 255).astype(np.uint8), labels


def write_disc_pictures(folder: Path, count: int, split: str) -> tuple[LabelledPicture, ...]:
    """Write pictures and their labels."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for number in range(count):
        # no picture stands in two splits
        pixels, labels = disc_picture(number + 100 * SPLITS.index(split))
        picture, truth = folder / f"{split}{number}.png", folder / f"{split}{number}.labels.png"
        imsave(picture, pixels, check_contrast=False)
        imsave(truth, labels, check_contrast=False)
        rows.append(LabelledPicture(picture, truth, f"{split}{number}", split, "labels"))
    return tuple(rows)


def squares(*boxes: tuple[int, ...], shape: tuple[int, int] = (40, 40)) -> np.ndarray:
    """Draw squares (row, column, side) with the numbers 1..n."""
    labels = np.zeros(shape, np.int32)
    for number, (row, column, side) in enumerate(boxes, start=1):
        labels[row : row + side, column : column + side] = number
    return labels


def random_pair(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw overlapping squares and a damaged copy: moved, merged, lost, invented."""
    rng = np.random.default_rng(seed)
    boxes = [(*rng.integers(0, 90, 2), rng.integers(1, 22)) for _ in range(rng.integers(1, 30))]
    truth = squares(*boxes, shape=(100, 110))
    moved = [
        (max(0, r + rng.integers(-2, 3)), max(0, c + rng.integers(-2, 3)), max(1, s - 1))
        for r, c, s in boxes
        if rng.random() < 0.8
    ]
    return truth, squares(*moved, (0, 80, 9), shape=(100, 110))
