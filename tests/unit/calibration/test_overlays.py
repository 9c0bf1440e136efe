"""Drawn marks are masked; particles, saturated ones too, are not."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from nanocensus.calibration.overlays import find_overlays


def _particles(seed=3, *, inverted=False):
    """Blurred saturated discs on a noisy ground: what must stay unmasked."""
    rng = np.random.default_rng(seed)
    grey = np.full((400, 500), 0.35)
    y, x = np.mgrid[:400, :500]
    for _ in range(25):
        cy, cx, r = rng.uniform(60, 340), rng.uniform(20, 480), rng.uniform(5, 22)
        grey[(y - cy) ** 2 + (x - cx) ** 2 < r * r] = 1.15
    grey = ndimage.gaussian_filter(grey, 1.0) + rng.normal(0, 0.04, grey.shape)
    pixels = (np.clip(grey, 0, 1) * 255).astype(np.uint8)
    return 255 - pixels if inverted else pixels


def _write(pixels, draw_with):
    """Draw on a copy; return it and the mask of the pixels that were drawn."""
    page = Image.fromarray(np.zeros_like(pixels))
    draw_with(ImageDraw.Draw(page), ImageFont.load_default(size=26))
    ink = np.asarray(page)
    return np.where(ink > 127, ink, pixels), ink > 127


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("inverted", [False, True])
def test_saturated_particles_are_left_alone(seed, inverted):
    assert find_overlays(_particles(seed, inverted=inverted)).mean() < 0.005


@pytest.mark.parametrize("ink", [255, 0])
def test_masks_a_scale_bar_with_its_text(ink):
    def draw(pen, font):
        pen.text((380, 340), "200 nm", fill=255, font=font)
        pen.rectangle((370, 376, 480, 381), fill=255)

    pixels, drawn = _write(_particles(inverted=ink == 0), draw)
    pixels = np.where(drawn, np.uint8(ink), pixels)
    mask = find_overlays(pixels)
    # anti-aliased rims of 26 px letters are not all of the ink's value, so 90 %, not all
    assert (mask & drawn).sum() / drawn.sum() > 0.9
    beyond = mask & ~ndimage.binary_dilation(drawn, iterations=4)
    assert beyond.mean() < 0.002


def test_masks_a_panel_letter_in_the_corner():
    def draw(pen, font):
        pen.text((12, 8), "(a)", fill=255, font=font, stroke_width=1)

    pixels, drawn = _write(_particles(), draw)
    mask = find_overlays(pixels)
    assert (mask & drawn).sum() / drawn.sum() > 0.8


def test_masks_a_label_box_as_a_whole():
    pixels = _particles().copy()
    page = Image.fromarray(pixels)
    pen = ImageDraw.Draw(page)
    pen.rectangle((360, 350, 495, 395), fill=255)
    pen.text((380, 356), "1 µm", fill=0, font=ImageFont.load_default(size=22))
    mask = find_overlays(np.asarray(page))
    assert mask[350:396, 360:496].all()


def test_a_flat_or_tiny_picture_has_no_overlay():
    assert not find_overlays(np.full((100, 100), 3, np.uint8)).any()
    assert not find_overlays(np.arange(100, dtype=np.uint8).reshape(10, 10)).any()


def test_bam_pictures_without_any_overlay_stay_unmasked(shared):
    files = sorted((shared / "data" / "bam").glob("*sem/*.tif"))[::4]
    shares = [float(find_overlays(tifffile.imread(f)[:712]).mean()) for f in files]
    assert max(shares) < 0.005
