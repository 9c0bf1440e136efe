"""The score of masks counts strokes, and the marked boxes are sound."""

from __future__ import annotations

import csv
import hashlib
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nanocensus.calibration.scoring.overlay_scores import (
    OverlayBox,
    drawn_pixels,
    hidden_pixels,
    pooled,
    read_marked_pictures,
    score_overlays,
)

BOXES = Path(__file__).parents[2] / "data" / "overlay_boxes.csv"


def test_drawn_pixels_are_those_nearer_to_the_ink():
    pixels = np.full((40, 60), 100, np.uint8)
    pixels[10:20, 10:40] = 120  # noise and particles within the box
    pixels[12:14, 10:40] = 250
    pixels[16:18, 10:40] = 5
    box = OverlayBox("text", 10, 10, 20, 40, (255.0, 0.0))
    assert drawn_pixels(pixels, box).any(axis=1).nonzero()[0].tolist() == [2, 3, 6, 7]
    whole = OverlayBox("bar", 10, 10, 20, 40, ())
    assert drawn_pixels(pixels, whole).all()


def test_ink_of_its_grounds_grey_shows_by_its_missing_noise():
    pixels = np.random.default_rng(1).normal(100, 20, (60, 80)).clip(0, 255).astype(np.uint8)
    pixels[20:40, 20:60] = 100
    drawn = drawn_pixels(pixels, OverlayBox("bar", 10, 10, 50, 70, (100.0,), noiseless=True))
    truth = np.zeros_like(drawn)
    truth[10:30, 10:50] = True
    assert drawn[truth].mean() > 0.85  # all but the outermost pixels
    assert drawn[~truth].mean() < 0.1


def test_the_score_counts_strokes_and_leaves_a_margin_around_boxes():
    pixels = np.full((100, 100), 60, np.uint8)
    pixels[20:30, 20:60] = 255
    boxes = [OverlayBox("bar", 20, 20, 30, 60, ())]
    hidden = np.zeros(pixels.shape, bool)
    hidden[16:25, 16:64] = True  # half of the bar, and 4 px beyond it
    hidden[80, :] = True
    score = score_overlays(pixels, hidden, boxes)
    assert (score.drawn_px, score.found_px) == (400, 200)
    assert (score.free_px, score.masked_px) == (100 * 100 - 18 * 48, 100)
    assert pooled([score, score]).recall == score.recall == 0.5
    assert math.isnan(score_overlays(pixels, hidden, []).recall)


def test_the_marked_pictures_are_sixty_of_papers_kept_apart():
    pictures = read_marked_pictures(BOXES)
    parts = [picture.part for picture in pictures]
    assert (parts.count("tuning"), parts.count("reporting")) == (30, 30)
    assert sum(not picture.boxes for picture in pictures) == 12
    with BOXES.open(newline="", encoding="utf-8") as lines:
        part_of = {row["doi"]: row["part"] for row in csv.DictReader(lines)}
    for doi, part in part_of.items():
        even = hashlib.sha256(doi.encode()).digest()[0] % 2 == 0
        assert part == ("tuning" if even else "reporting")


@pytest.mark.parametrize("part", ["tuning", "reporting"])
def test_overlays_of_marked_figures_are_found(shared, part):
    """Every fifth figure; the whole score stands in docs/benchmarks.md."""
    scores = []
    for marked in [p for p in read_marked_pictures(BOXES) if p.part == part and p.boxes][::5]:
        path = shared / "data" / "emps" / "images" / f"{marked.name}.png"
        pixels = np.asarray(Image.open(path).convert("L"))
        height, width = pixels.shape
        assert all(box.bottom <= height and box.right <= width for box in marked.boxes)
        scores.append(score_overlays(pixels, hidden_pixels(pixels), marked.boxes))
    assert pooled(scores).recall > 0.85
    assert pooled(scores).false_share < 0.005
