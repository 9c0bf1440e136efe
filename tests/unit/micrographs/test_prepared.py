"""The prepared picture's files: exact, calibrated, the same bytes each time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st

from nanocensus.micrographs import (
    PixelSize,
    PreparedMicrograph,
    read_micrograph,
    read_prepared,
    write_prepared,
)

SIZES = [
    None,
    PixelSize(7.34375, 7.34375, "zeiss_tag", 1e-4),
    PixelSize(1 / 3, 2e-2, 'sheet <"µm">&', None),
]


def prepared_picture(dtype: str, size: PixelSize | None) -> PreparedMicrograph:
    rng = np.random.default_rng(5)
    pixels = rng.integers(0, 256, (37, 53)).astype(dtype)
    return PreparedMicrograph(pixels, rng.random((37, 53)) < 0.1, size)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("size", SIZES)
def test_reading_gives_what_was_written(tmp_path: Path, dtype: str, size: PixelSize | None) -> None:
    written = prepared_picture(dtype, size)
    write_prepared(written, tmp_path / "p.ome.tif", tmp_path / "p.overlay.png")
    read = read_prepared(tmp_path / "p.ome.tif", tmp_path / "p.overlay.png")
    assert read.pixels.dtype == written.pixels.dtype
    np.testing.assert_array_equal(read.pixels, written.pixels)
    np.testing.assert_array_equal(read.overlay, written.overlay)
    assert read.pixel_size == size


@settings(max_examples=25, deadline=None)
@given(
    value=st.floats(1e-3, 1e6),
    u_rel=st.none() | st.floats(0, 1),
    source=st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF), min_size=1).map(str.strip),
)
def test_pixel_size_survives_exactly(tmp_path_factory, value, u_rel, source) -> None:
    folder = tmp_path_factory.mktemp("p")
    size = PixelSize(value, value * 1.01, source or "x", u_rel)
    write_prepared(prepared_picture("uint8", size), folder / "a.ome.tif", folder / "a.png")
    assert read_prepared(folder / "a.ome.tif", folder / "a.png").pixel_size == size


def test_same_picture_gives_same_bytes_and_another_another_uuid(tmp_path: Path) -> None:
    for name in "ab":
        write_prepared(
            prepared_picture("uint16", SIZES[1]), tmp_path / f"{name}.tif", tmp_path / f"{name}.png"
        )
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    write_prepared(prepared_picture("uint16", None), tmp_path / "c.tif", tmp_path / "c.png")
    uuids = [
        tifffile.tiffcomment(tmp_path / name).split('UUID="')[1][:45] for name in ("a.tif", "c.tif")
    ]
    assert uuids[0] != uuids[1]


def test_other_readers_find_calibrated_ome(tmp_path: Path) -> None:
    write_prepared(prepared_picture("uint8", SIZES[1]), tmp_path / "p.ome.tif", tmp_path / "p.png")
    with tifffile.TiffFile(tmp_path / "p.ome.tif") as tiff:
        assert tiff.is_ome
        pixels = tifffile.xml2dict(tiff.ome_metadata)["OME"]["Image"]["Pixels"]
        assert tiff.series[0].shape == (37, 53)
        numerator, denominator = tiff.pages.first.tags["XResolution"].value
        compression = tiff.pages.first.compression
    assert pixels["PhysicalSizeX"] == 7.34375
    assert pixels["PhysicalSizeXUnit"] == "nm"
    # Rational numbers of 32 bits hold the pixels per centimetre to better than 1e-6.
    assert numerator / denominator == pytest.approx(1e7 / 7.34375, rel=1e-6)
    assert compression == tifffile.COMPRESSION.ADOBE_DEFLATE


def test_prepared_picture_is_a_micrograph_with_its_pixel_size(tmp_path: Path) -> None:
    size = PixelSize(2.5, 2.0, "sheet", None)
    write_prepared(prepared_picture("uint16", size), tmp_path / "p.ome.tif", tmp_path / "p.png")
    (evidence,) = read_micrograph(tmp_path / "p.ome.tif").evidence
    assert (evidence.source, evidence.y_nm, evidence.x_nm) == ("ome", 2.5, 2.0)
    assert evidence.declared_shape == (37, 53)


def test_uncalibrated_file_states_no_size(tmp_path: Path) -> None:
    write_prepared(prepared_picture("uint8", None), tmp_path / "p.ome.tif", tmp_path / "p.png")
    assert "PhysicalSize" not in tifffile.tiffcomment(tmp_path / "p.ome.tif")


@pytest.mark.parametrize("shape", [(5, 4), (5, 5, 1)])
def test_frame_of_overlay_must_be_that_of_the_picture(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="overlay"):
        PreparedMicrograph(np.zeros((5, 5), np.uint8), np.zeros(shape, bool), None)


def test_pixel_size_must_be_positive() -> None:
    with pytest.raises(ValueError, match="positive"):
        PixelSize(0.0, 1.0, "sheet", None)
