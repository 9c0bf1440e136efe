"""The info bar is found where it is and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile

from nanocensus.calibration.info_bar import find_info_bar


def _picture(rows=300, columns=400, *, dtype=np.uint8, seed=1):
    """Noise around mid grey with bright discs, in the dtype's full range."""
    rng = np.random.default_rng(seed)
    grey = rng.normal(0.35, 0.05, (rows, columns))
    y, x = np.mgrid[:rows, :columns]
    for _ in range(12):
        cy, cx, r = rng.uniform(0, rows), rng.uniform(0, columns), rng.uniform(8, 25)
        grey[(y - cy) ** 2 + (x - cx) ** 2 < r * r] += 0.4
    top = np.iinfo(dtype).max
    return (np.clip(grey, 0.05, 0.95) * top).astype(dtype)


def _strip(rows, columns, ground, ink, dtype):
    """A strip with two lines of glyph-like blocks and a scale bar."""
    strip = np.full((rows, columns), ground, dtype)
    for column in range(10, columns - 20, 9):
        strip[rows // 5 : rows // 5 + 6, column : column + 3] = ink
        strip[rows // 2 : rows // 2 + 6, column + 2 : column + 6] = ink
    strip[rows // 2 + 8 : rows // 2 + 10, columns // 2 : columns // 2 + 60] = ink
    return strip


@pytest.mark.parametrize(("ground", "ink"), [(0, 255), (255, 0), (52, 255)])
@pytest.mark.parametrize("rows", [24, 60])
def test_finds_an_appended_strip_of_any_ground(ground, ink, rows):
    picture = _picture()
    bar = find_info_bar(
        np.vstack([picture, _strip(rows, 400, ground, ink, np.uint8)]), declared_rows=None
    )
    assert (bar.rows_cut_top, bar.rows_cut_bottom) == (0, rows)
    assert bar.evidence.startswith("pixels")
    assert bar.rows == slice(0, 300)


def test_finds_a_strip_burned_into_a_picture_that_goes_on_below_and_beside():
    file = _picture(320, 400)
    file[270:317, :397] = _strip(47, 397, 0, 255, np.uint8)
    assert abs(find_info_bar(file, declared_rows=None).rows_cut_bottom - 50) <= 1


def test_finds_a_strip_in_16_bit_and_at_the_head():
    strip = _strip(40, 400, 0, 65535, np.uint16)
    file = np.vstack([strip, _picture(dtype=np.uint16)])
    bar = find_info_bar(file, declared_rows=None)
    assert (bar.rows_cut_top, bar.rows_cut_bottom) == (40, 0)


def test_cuts_the_frame_line_of_a_strip_too():
    strip = _strip(40, 400, 250, 0, np.uint8)
    strip[0] = 0
    bar = find_info_bar(np.vstack([_picture(), strip]), declared_rows=None)
    assert bar.rows_cut_bottom == 40


@pytest.mark.parametrize("seed", range(5))
def test_leaves_a_picture_without_a_strip_alone(seed):
    picture = _picture(seed=seed)
    for pixels in (picture, 255 - picture):
        bar = find_info_bar(pixels, declared_rows=None)
        assert (bar.rows_cut_top, bar.rows_cut_bottom) == (0, 0)
        assert bar.evidence.startswith("none")


def test_a_scale_bar_on_a_dark_flat_ground_is_no_strip():
    picture = np.zeros((300, 400), np.uint8)
    picture[100:150, 100:150] = 180
    picture[270:278, 200:380] = 255
    assert find_info_bar(picture, declared_rows=None).rows_cut_bottom == 0


def test_a_blank_picture_has_no_strip():
    bar = find_info_bar(np.full((64, 64), 7, np.uint8), declared_rows=None)
    assert (bar.first_row, bar.last_row) == (0, 63)


def test_metadata_goes_before_pixels_where_it_declares_fewer_rows():
    file = np.vstack([_picture(), _strip(40, 400, 0, 255, np.uint8)])
    bar = find_info_bar(file, declared_rows=290)
    assert bar.rows_cut_bottom == 50
    assert bar.evidence.startswith("metadata")
    # Hitachi declares the file's own height and still writes the strip inside.
    assert find_info_bar(file, declared_rows=340).rows_cut_bottom == 40


def test_cuts_every_real_zeiss_strip_of_bam_at_row_712(shared):
    files = sorted((shared / "data" / "bam").glob("*sem/*.tif"))
    assert len(files) == 56
    cuts = [find_info_bar(tifffile.imread(f), declared_rows=None).last_row + 1 for f in files]
    assert all(abs(cut - 712) <= 2 for cut in cuts)
