"""Pictures of the gallery."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from nanocensus.report import (
    GallerySettings,
    draw_micrograph,
    outlines_for_display,
    write_gallery_picture,
)
from nanocensus.report.drawing import draw_outlines

NM = SimpleNamespace(x_nm=2.0, y_nm=2.0)


def micrograph(shape=(300, 400), pixel_size=NM, noise=0.0):
    rng = np.random.default_rng(3)
    pixels = 100.0 + noise * rng.standard_normal(shape)
    pixels[: shape[0] // 2] += 40.0
    overlay = np.zeros(shape, dtype=bool)
    return SimpleNamespace(pixels=pixels, overlay=overlay, pixel_size=pixel_size)


def circle(y, x, radius, vertices=80):
    angle = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    ring = np.column_stack([y + radius * np.sin(angle), x + radius * np.cos(angle)])
    return np.concatenate([ring, ring[:1]])


def around(ring, y, x):
    """Return the distances of points on a closed polygon's sides from (x, y), px."""
    ring = ring / 10.0
    along = np.linspace(0, 1, 50)[:, None]
    sides = [a + along * (b - a) for a, b in zip(ring, np.roll(ring, -1, axis=0), strict=True)]
    return np.hypot(*(np.concatenate(sides) - [x, y]).T)


@pytest.mark.parametrize(("shape", "factor"), [((300, 400), 1.6), ((1500, 2000), 0.512)])
def test_an_outline_lies_where_the_contour_does(shape, factor):
    outlines = outlines_for_display({7: (circle(100.0, 250.0, 60.0),)}, shape)
    assert (outlines.columns_px, outlines.rows_px) == (shape[1] * factor, shape[0] * factor)
    (ring,) = outlines.particles[7]
    # The middle of pixel 0 is half a pixel from the frame.
    radius = around(ring, 100.5 * factor, 250.5 * factor)
    # A third of a drawn pixel, and half a tenth of rounding along each axis.
    assert np.abs(radius - 60.0 * factor).max() < 1 / 3 + 0.08
    assert 8 <= len(ring) < 50  # of 80


def test_a_particle_of_few_drawn_pixels_keeps_its_form():
    outlines = outlines_for_display({1: (circle(1000.0, 1000.0, 4.0),)}, (4096, 4096))
    (ring,) = outlines.particles[1]
    assert len(ring) >= 6
    assert around(ring, 1000.5 / 4, 1000.5 / 4).min() > 0.6


def test_parts_stay_apart_and_labels_ascend():
    parts = {5: (circle(50, 50, 20), circle(50, 120, 20)), 2: (circle(150, 50, 20),)}
    outlines = outlines_for_display(parts, (300, 400))
    assert list(outlines.particles) == [2, 5]
    assert [len(rings) for rings in outlines.particles.values()] == [1, 2]


def test_many_outlines_are_simplified_further():
    parts = {k + 1: (circle(8 + 25 * (k // 40), 12 + 25 * (k % 40), 8.0),) for k in range(900)}
    many = outlines_for_display(parts, (768, 1024))
    few = outlines_for_display({1: parts[1]}, (768, 1024))
    assert many.n_vertices <= GallerySettings().outline_vertices
    assert 5 <= len(many.particles[1][0]) < len(few.particles[1][0])


def test_the_scale_bar_is_as_long_as_its_label_says():
    drawn = draw_micrograph(micrograph((400, 800), SimpleNamespace(x_nm=2.5, y_nm=2.5)))
    # 0.24 of 2000 nm allows 200 nm; 200 nm are 80 raw px, drawn 1.0 times as large.
    corner = drawn[-80:, :300] == 255
    assert corner.sum(axis=1).max() == 80


@pytest.mark.parametrize("shape", [(1, 1), (2000, 30), (30, 2000), (1500, 1500)])
@pytest.mark.parametrize("pixel_size", [None, NM])
def test_pictures_of_any_shape_can_be_drawn(shape, pixel_size):
    drawn = draw_micrograph(micrograph(shape, pixel_size))
    assert max(drawn.shape) <= 1024
    assert drawn.dtype == np.uint8


def test_pixels_that_are_not_finite_and_a_constant_picture_do_no_harm():
    strange = micrograph()
    strange.pixels[:] = 7.0
    strange.pixels[0, :5] = np.nan, np.inf, -np.inf, 1e30, -1e30
    assert draw_micrograph(strange).shape == (480, 640)


@pytest.mark.parametrize("particles", [1, 400])
def test_a_noisy_picture_stays_within_its_bytes_and_is_the_same_twice(tmp_path, particles):
    shape = (1200, 1600)
    drawn = draw_micrograph(micrograph(shape, noise=30.0))
    parts = {k + 1: (circle(40 * (k // 20), 60 * (k % 20), 30.0),) for k in range(particles)}
    outlines = outlines_for_display(parts, shape)
    for name in ("a.jpg", "b.jpg"):
        write_gallery_picture(tmp_path / name, drawn, outlines)
    data = (tmp_path / "a.jpg").read_bytes()
    assert data == (tmp_path / "b.jpg").read_bytes()
    table = pd.DataFrame({"particle": list(parts), "status": "counted", "shape": "sphere"})
    svg = draw_outlines(outlines, table, ["sphere"])
    assert len(data) + len(svg) <= 75_000, "200 of them are 15 MB"
    with Image.open(tmp_path / "a.jpg") as written:
        assert max(written.size) >= 512
        assert written.mode == "L"
