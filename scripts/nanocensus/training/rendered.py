"""Rendered micrographs as training material: their truth is exact where drawn labels are not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from skimage.io import imsave

from nanocensus.campaign import replacing
from nanocensus.rendering import random_recipe, render_micrograph

from .sheet import LabelledPicture
from .splits import split_of


def render_set(
    folder: Path, *, count: int, seed: int, height_px: int = 512, width_px: int = 512
) -> tuple[LabelledPicture, ...]:
    """Render labelled micrographs of random recipes; what is there already is kept.

    Parameters
    ----------
    folder : Path
        Gets images/ and labels/ (PNG, 8 and 16 bits).
    count : int
    seed : int
        Picture k is a function of the seed and k, so a larger set begins with the smaller one.
    height_px, width_px : int

    Returns
    -------
    tuple of LabelledPicture
        Every recipe is a specimen of its own.
    """
    rows = []
    for number in range(count):
        name = f"rendered-{seed}-{number:05d}"
        picture, labels = folder / "images" / f"{name}.png", folder / "labels" / f"{name}.png"
        if not (picture.is_file() and labels.is_file()):
            rng = np.random.default_rng([seed, number])
            recipe = random_recipe(rng, height_px=height_px, width_px=width_px)
            rendered = render_micrograph(recipe, rng)
            _write_png(picture, _to_eight_bits(rendered.pixels))
            _write_png(labels, rendered.labels.astype(np.uint16))
        rows.append(LabelledPicture(picture, labels, name, split_of(name, seed=seed), "labels"))
    return tuple(rows)


def _to_eight_bits(pixels: np.ndarray) -> np.ndarray:
    return pixels if pixels.dtype == np.uint8 else (pixels >> 8).astype(np.uint8)


def _write_png(path: Path, values: np.ndarray) -> None:
    with replacing(path) as unfinished:
        imsave(unfinished, values, check_contrast=False)
