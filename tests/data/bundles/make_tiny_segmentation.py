"""Train the tiny segmentation bundle of the workflow tests: bright discs on 96 px.

    python tests/data/bundles/make_tiny_segmentation.py FOLDER_FOR_WORK

Takes a few minutes on one core.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import numpy as np
import torch
from skimage.io import imsave

from nanocensus.bundles import write_bundle
from nanocensus.rendering import Recipe, render_micrograph
from nanocensus.segmentation import DecodingParameters
from nanocensus.training import (
    LabelledPicture,
    PatchSettings,
    Source,
    TrainingSettings,
    scorer,
    train,
    views_of,
)

SIDE_PX = 96
SEED = 20261121
N_PICTURES = 120
ARCHITECTURE = {
    "decoder": "Unet",
    "encoder": "tu-mobilenetv3_small_050",
    "encoder_depth": 3,
    "decoder_channels": [32, 16, 8],
}


def rendered_spheres(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Render a few spheres, bright on a quiet support."""
    recipe = Recipe(
        mode=str(rng.choice(["se", "stem"])),
        height_px=SIDE_PX,
        width_px=SIDE_PX,
        median_ecd_nm=float(rng.uniform(10, 26)),
        coverage=float(rng.uniform(0.05, 0.25)),
        arrangement=str(rng.choice(["isolated", "touching"])),
        rim=float(rng.uniform(0, 0.5)),
    )
    rendered = render_micrograph(recipe, rng)
    return rendered.pixels, rendered.labels


def flat_discs(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw up to eight flat discs apart from each other."""
    y, x = np.mgrid[:SIDE_PX, :SIDE_PX]
    pixels = np.full((SIDE_PX, SIDE_PX), rng.uniform(20, 90))
    labels = np.zeros(pixels.shape, np.int32)
    for _ in range(rng.integers(0, 9)):
        radius = rng.uniform(4, 14)
        row, column = rng.uniform(0, SIDE_PX, 2)
        distance = np.hypot(y - row, x - column)
        if labels[distance < radius + 1].any():
            continue
        pixels += rng.uniform(70, 140) * np.clip(radius - distance + 0.5, 0, 1)
        labels[distance < radius] = labels.max() + 1
    pixels += rng.normal(0, rng.uniform(1, 15), pixels.shape)
    return pixels.clip(0, 255).astype(np.uint8), labels


def write_pictures(folder: Path) -> tuple[LabelledPicture, ...]:
    """Write the labelled pictures; every tenth is for validation."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for number in range(N_PICTURES):
        rng = np.random.default_rng([SEED, number])
        pixels, labels = (rendered_spheres if number % 2 else flat_discs)(rng)
        picture, mask = folder / f"{number}.png", folder / f"{number}.labels.png"
        imsave(picture, pixels, check_contrast=False)
        imsave(mask, labels.astype(np.uint8), check_contrast=False)
        split = "validation" if number % 10 in (0, 5) else "train"
        rows.append(LabelledPicture(picture, mask, str(number), split, "labels"))
    return tuple(rows)


def main(folder: Path) -> None:
    """Render, train, and write the bundle beside this script."""
    torch.set_num_threads(1)
    rows = write_pictures(folder / "pictures")
    decoding = DecodingParameters(min_area_px=12)
    settings = TrainingSettings(
        architecture=ARCHITECTURE,
        seed=SEED,
        steps=600,
        rate=4e-3,
        encoder_rate_factor=1.0,
        average_decay=0.98,
        validate_every=60,
        half_precision=False,
        patches=PatchSettings(sides_px=(96,), pixels_per_batch=12 * 96 * 96, particle_px=(9, 30)),
    )
    views = views_of([row for row in rows if row.split == "validation"], particle_px=16)
    score = scorer(views, decoding, half_precision=False)
    train_rows = tuple(row for row in rows if row.split == "train")
    weights, history = train([Source(train_rows, 1.0)], settings, folder=folder, score=score)
    best = max(history, key=lambda row: row["validation_score"])
    card = {
        "name": "tiny_segmentation",
        "version": "1",
        "task": "segmentation",
        "architecture": ARCHITECTURE,
        "input": {"smallest_ecd_px": 10.0, "largest_ecd_px": 30.0, "halo_px": 32},
        "decoding": decoding.as_mapping(),
        "classes": [],
        "licence": "MIT",
        "training_data": f"{len(train_rows)} pictures of bright discs and spheres, rendered",
        "date": "2026-11-21",
        "seed": SEED,
        "libraries": {"torch": torch.__version__.split("+")[0]},
        "metrics": {"validation_f1_50": round(best["validation_f1_50"], 3)},
    }
    write_bundle(Path(__file__).parent / "tiny_segmentation", card, weights)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    main(Path(sys.argv[1]))
