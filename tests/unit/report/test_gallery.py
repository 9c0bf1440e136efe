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
    palette,
    write_gallery_picture,
)

NM = SimpleNamespace(x_nm=2.0, y_nm=2.0)


def micrograph(shape=(300, 400), pixel_size=NM, noise=0.0):
    rng = np.random.default_rng(3)
    pixels = 100.0 + noise * rng.standard_normal(shape)
    pixels[: shape[0] // 2] += 40.0
    overlay = np.zeros(shape, dtype=bool)
    return SimpleNamespace(pixels=pixels, overlay=overlay, pixel_size=pixel_size)


def circle(y, x, radius):
    angle = np.linspace(0, 2 * np.pi, 80, endpoint=False)
    return np.column_stack([y + radius * np.sin(angle), x + radius * np.cos(angle)])


def classes(**shapes):
    rows = [(int(key[1:]), shape) for key, shape in shapes.items()]
    return pd.DataFrame(rows, columns=["particle", "shape"])


def coloured(picture, colour):
    """Return where a picture has about a colour."""
    return np.abs(picture.astype(int) - palette.rgb(colour)).max(axis=2) < 40


def test_the_outline_lies_where_the_contour_does():
    plain = SimpleNamespace(long_side_px=400, short_of_px=0)
    settings = GallerySettings(plain.long_side_px, plain.short_of_px)
    drawn = draw_micrograph(
        micrograph(), {1: circle(100.0, 250.0, 60.0)}, classes(p1="cube"), settings=settings
    )
    rows, columns = np.nonzero(coloured(drawn, palette.SHAPE_COLOURS["cube"]))
    radius = np.hypot(rows - 100.0, columns - 250.0)
    # A line 2 px wide around radius 60, its edge pixels mixed.
    assert np.abs(radius - 60.0).max() < 2.0
    assert abs(radius.mean() - 60.0) < 0.3


def test_shapes_have_different_colours_and_a_particle_without_a_row_is_unknown():
    outlines = {1: circle(100, 80, 40), 2: circle(100, 200, 40), 3: circle(100, 320, 40)}
    drawn = draw_micrograph(micrograph(), outlines, classes(p1="sphere", p2="rod"))
    half = drawn.shape[1] / 400
    for particle, shape in ((1, "sphere"), (2, "rod"), (3, "unknown")):
        where = coloured(drawn, palette.SHAPE_COLOURS[shape])
        middle = half * outlines[particle][:, 1].mean()
        around = np.nonzero(where[: drawn.shape[0] // 2])[1]
        assert np.sum(np.abs(around - middle) < 50 * half) > 100


def test_particles_set_aside_are_dashed():
    table = classes(p1="cube", p2="cube").assign(excluded_by=["", "cut"])
    outlines = {1: circle(150, 110, 60), 2: circle(150, 290, 60)}
    drawn = draw_micrograph(micrograph(), outlines, table)
    light = coloured(drawn, palette.SET_ASIDE_COLOUR)
    solid = coloured(drawn, palette.SHAPE_COLOURS["cube"])
    scale = drawn.shape[1] / 400
    angles = np.linspace(0, 2 * np.pi, 720, endpoint=False)

    def share(mask, x):
        near = [
            mask[
                np.round((150 + r * np.sin(angles)) * scale).astype(int),
                np.round((x + r * np.cos(angles)) * scale).astype(int),
            ]
            for r in (59.0, 59.5, 60.0, 60.5)
        ]
        return np.mean(np.any(near, axis=0))

    assert share(solid, 110) > 0.95
    assert share(solid, 290) == 0
    assert 0.3 < share(light, 290) < 0.75


def test_the_scale_bar_is_as_long_as_its_label_says():
    drawn = draw_micrograph(
        micrograph((400, 800), SimpleNamespace(x_nm=2.5, y_nm=2.5)), {}, classes()
    )
    # 0.24 of 2000 nm allows 200 nm; 200 nm are 80 raw px, drawn 1.0 times as large.
    corner = (drawn[-80:, :300] == 255).all(axis=2)
    assert corner.sum(axis=1).max() == 80


@pytest.mark.parametrize("shape", [(1, 1), (2000, 30), (30, 2000), (1500, 1500)])
@pytest.mark.parametrize("pixel_size", [None, NM])
def test_pictures_of_any_shape_can_be_drawn(shape, pixel_size):
    drawn = draw_micrograph(micrograph(shape, pixel_size), {}, classes())
    assert max(drawn.shape) <= 1024
    assert drawn.dtype == np.uint8


def test_pixels_that_are_not_finite_and_a_constant_picture_do_no_harm():
    strange = micrograph()
    strange.pixels[:] = 7.0
    strange.pixels[0, :5] = np.nan, np.inf, -np.inf, 1e30, -1e30
    assert draw_micrograph(strange, {}, classes()).shape[2] == 3


def test_a_noisy_picture_stays_within_its_bytes_and_is_the_same_twice(tmp_path):
    drawn = draw_micrograph(
        micrograph((1200, 1600), noise=30.0), {1: circle(600, 800, 200)}, classes(p1="rod")
    )
    for name in ("a.jpg", "b.jpg"):
        write_gallery_picture(tmp_path / name, drawn)
    data = (tmp_path / "a.jpg").read_bytes()
    assert data == (tmp_path / "b.jpg").read_bytes()
    assert len(data) <= GallerySettings().file_bytes
    with Image.open(tmp_path / "a.jpg") as written:
        assert max(written.size) >= 512
