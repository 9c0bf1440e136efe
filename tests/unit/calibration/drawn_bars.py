"""Pictures with scale bars drawn at known places, and a reader that knows their text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from nanocensus.calibration.scale_bar.text import Box, TextLine
from nanocensus.rendering.lettering import font

HEIGHT, WIDTH = 512, 640
FINE = 8
"""Bars are drawn this much larger and reduced, so that ends may lie between pixels."""


@dataclass
class Told:
    """A TextReader that is told what stands where, sees it at once, and reads every cut alike."""

    lines: Sequence[TextLine]
    looks: int = 0

    def read(self, grey):
        self.looks += 1
        return list(self.lines) if self.looks == 1 else []

    def recognise(self, crops):
        return [(self.lines[0].text if self.lines else "", 0.99) for _ in crops]


def ground(seed: int = 1, level: float = 110.0, noise: float = 9.0) -> NDArray[np.float32]:
    """Return noise with some round particles."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    picture = np.full((HEIGHT, WIDTH), level, dtype=np.float32)
    for _ in range(14):
        y, x, radius = rng.uniform(0, 330), rng.uniform(0, WIDTH), rng.uniform(12, 45)
        picture[(rows - y) ** 2 + (columns - x) ** 2 < radius**2] = rng.uniform(60, 190)
    return (picture + rng.normal(0, noise, picture.shape)).astype(np.float32)


def draw(
    picture: NDArray[np.float32], boxes: Sequence[tuple[float, float, float, float, float]]
) -> NDArray[np.float32]:
    """Draw filled boxes (top, bottom, left, right, grey), whose edges may lie between pixels."""
    drawn = picture.copy()
    for top, bottom, left, right, grey in boxes:
        fine = np.zeros((HEIGHT * FINE, WIDTH * FINE), dtype=bool)
        fine[round(top * FINE) : round(bottom * FINE), round(left * FINE) : round(right * FINE)] = 1
        share = fine.reshape(HEIGHT, FINE, WIDTH, FINE).mean(axis=(1, 3))
        drawn = drawn * (1 - share) + grey * share
    return np.asarray(drawn, dtype=np.float32)


def write(
    picture: NDArray[np.float32], text: str, left: int, top: int, grey: int, size: int = 24
) -> tuple[NDArray[np.float32], TextLine]:
    """Write a line; return the picture and the line as an engine finds it, with some margin."""
    page = Image.new("L", (WIDTH, HEIGHT), 0)
    ImageDraw.Draw(page).text((left, top), text, 255, font=font(size))
    share = np.asarray(page, dtype=np.float32) / 255
    rows, columns = np.nonzero(share > 0.5)
    margin = 0.2 * size
    box = Box(
        float(rows.min() - margin),
        float(rows.max() + 1 + margin),
        float(columns.min() - margin),
        float(columns.max() + 1 + margin),
    )
    written = picture * (1 - share) + grey * share
    return np.asarray(written, dtype=np.float32), TextLine(text, 0.98, box)


def grey8(picture: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)
