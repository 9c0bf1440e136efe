"""Every kind of TIFF that holds a micrograph, and those that hold none."""

from __future__ import annotations

import struct

import numpy as np
import pytest
import tifffile

from nanocensus.micrographs import MicrographError, read_micrograph


def code_of(path) -> str:
    with pytest.raises(MicrographError) as caught:
        read_micrograph(path)
    return caught.value.finding.code


@pytest.mark.parametrize("dtype", ["u1", "u2", "u4", "i1", "i2", "i4", "f2", "f4", "f8"])
@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_number_types_keep_their_values(write_tiff, grey, dtype: str, byteorder: str) -> None:
    values = (grey.astype(np.int64) // 2).astype(dtype)
    found = read_micrograph(write_tiff(values, byteorder=byteorder))
    expected = {"u1": "u1", "i1": "u1", "u2": "u2", "u4": "u2", "i2": "u2", "i4": "u2"}
    assert found.pixels.dtype == np.dtype(expected.get(dtype, "f4"))
    np.testing.assert_array_equal(found.pixels, values.astype(np.float64))


@pytest.mark.parametrize("dtype", ["i2", "i4", "u4"])
def test_values_beyond_16_bits_become_float(write_tiff, grey, dtype: str) -> None:
    values = grey.astype(np.int64) - 100 if dtype == "i2" else grey.astype(np.int64) * 1000
    found = read_micrograph(write_tiff(values.astype(dtype)))
    assert found.pixels.dtype == np.float32
    np.testing.assert_array_equal(found.pixels, values.astype(np.float64))


@pytest.mark.parametrize(
    "how",
    [
        {"compression": "lzw"},
        {"compression": "zlib"},
        {"compression": "zlib", "predictor": True},
        {"compression": "packbits"},
        {"compression": "lzma"},
        {"compression": "zstd"},
        {"tile": (16, 32)},
        {"tile": (16, 32), "compression": "zlib"},
        {"bigtiff": True},
        {"bigtiff": True, "byteorder": ">"},
        {"rowsperstrip": 7},
        {"rowsperstrip": 7, "compression": "lzw"},
    ],
)
def test_storage(write_tiff, grey, how) -> None:
    found = read_micrograph(write_tiff(grey, **how))
    np.testing.assert_array_equal(found.pixels, grey)
    assert found.format == "TIFF"
    assert found.evidence == ()


def test_jpeg_compression(write_tiff, grey) -> None:
    smooth = np.sort(grey, axis=1)
    path = write_tiff(smooth, compression="jpeg", compressionargs={"level": 95})
    # JPEG is lossy: a few grey levels at this quality.
    assert np.abs(read_micrograph(path).pixels.astype(int) - smooth).max() < 16


def test_white_is_zero_is_turned_round(write_tiff, grey) -> None:
    found = read_micrograph(write_tiff(grey, photometric="miniswhite"))
    np.testing.assert_array_equal(found.pixels, 255 - grey)
    found = read_micrograph(write_tiff(grey.astype(np.float32), photometric="miniswhite"))
    np.testing.assert_array_equal(found.pixels, -grey.astype(np.float32))


def test_one_bit(write_tiff, grey) -> None:
    found = read_micrograph(write_tiff(grey > 99, compression="packbits"))
    np.testing.assert_array_equal(found.pixels, np.where(grey > 99, 255, 0))


@pytest.mark.parametrize("planarconfig", ["contig", "separate"])
@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_equal_channels_become_grey_silently(write_tiff, grey, planarconfig, dtype) -> None:
    values = grey.astype(dtype)
    stacked = np.stack([values] * 3, axis=-1 if planarconfig == "contig" else 0)
    found = read_micrograph(write_tiff(stacked, photometric="rgb", planarconfig=planarconfig))
    np.testing.assert_array_equal(found.pixels, values)
    assert found.pixels.dtype == values.dtype
    assert found.findings == ()


def test_alpha_is_dropped(write_tiff, grey) -> None:
    stacked = np.stack([grey, grey, grey, 255 - grey], axis=-1)
    path = write_tiff(stacked, photometric="rgb", extrasamples=["unassalpha"])
    np.testing.assert_array_equal(read_micrograph(path).pixels, grey)


def test_colours_become_luminance_and_are_told(write_tiff, grey) -> None:
    stacked = np.stack([grey] * 3, axis=-1)
    stacked[3:6, 4:9] = (255, 255, 0)
    found = read_micrograph(write_tiff(stacked, photometric="rgb"))
    assert found.pixels[4, 5] == round(0.886 * 255)
    np.testing.assert_array_equal(found.pixels[10:], grey[10:])
    assert [finding.code for finding in found.findings] == ["colour_picture"]
    assert found.coloured is not None
    assert found.coloured.sum() == 15


def test_false_colour_picture_has_no_annotation(write_tiff, grey) -> None:
    stacked = np.stack([grey, grey // 2, grey // 4], axis=-1)
    found = read_micrograph(write_tiff(stacked, photometric="rgb"))
    assert found.coloured is None
    assert [finding.code for finding in found.findings] == ["colour_picture"]


def test_picture_behind_a_preview_is_taken(tmp_path, grey) -> None:
    with tifffile.TiffWriter(tmp_path / "p.tif") as tiff:
        tiff.write(np.zeros((12, 16, 3), np.uint8), photometric="rgb", metadata=None)
        tiff.write(grey, photometric="minisblack", metadata=None)
    np.testing.assert_array_equal(read_micrograph(tmp_path / "p.tif").pixels, grey)


def test_page_with_a_vendors_tag_is_taken_before_a_preview_of_equal_size(tmp_path, grey) -> None:
    with tifffile.TiffWriter(tmp_path / "p.tif") as tiff:
        tiff.write(np.zeros((*grey.shape, 3), np.uint8), photometric="rgb", metadata=None)
        tag = (50431, 7, 12, b"NoKnownKey=1", True)
        tiff.write(grey, photometric="minisblack", metadata=None, extratags=[tag])
    found = read_micrograph(tmp_path / "p.tif")
    np.testing.assert_array_equal(found.pixels, grey)
    assert [finding.code for finding in found.findings] == ["vendor_not_read"]


def test_reduced_copy_is_skipped(tmp_path, grey) -> None:
    with tifffile.TiffWriter(tmp_path / "p.tif") as tiff:
        tiff.write(np.repeat(grey, 2, axis=0), subfiletype=1, metadata=None)
        tiff.write(grey, metadata=None)
    np.testing.assert_array_equal(read_micrograph(tmp_path / "p.tif").pixels, grey)


def test_first_picture_of_a_stack_is_taken_and_told(write_tiff, grey) -> None:
    found = read_micrograph(write_tiff(np.stack([grey, grey // 2, grey // 3])))
    np.testing.assert_array_equal(found.pixels, grey)
    assert [finding.code for finding in found.findings] == ["further_pictures"]
    assert "2 further" in found.findings[0].message


def test_circle_of_pages_ends(write_tiff, grey) -> None:
    path = write_tiff(np.stack([grey] * 3))
    data = bytearray(path.read_bytes())
    with tifffile.TiffFile(path) as tiff:
        last = tiff.pages[2]
        place = last.offset + 2 + 12 * len(last.tags)
        first = tiff.pages[0].offset
    data[place : place + 4] = struct.pack("<I", first)
    path.write_bytes(data)
    np.testing.assert_array_equal(read_micrograph(path).pixels, grey)


@pytest.mark.parametrize("compression", [None, "zlib", "lzw", "jpeg"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.98])
def test_truncated(write_tiff, grey, compression, share: float) -> None:
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 255, (80, 90)).astype(np.uint8)
    path = write_tiff(noise, compression=compression)
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    assert code_of(path) == "truncated"


def test_missing_strip_is_not_filled_with_zeros(write_tiff, grey) -> None:
    path = write_tiff(grey, rowsperstrip=8, compression="zlib")
    with tifffile.TiffFile(path, mode="r+b") as tiff:
        tag = tiff.pages.first.tags["StripByteCounts"]
        tag.overwrite((*tag.value[:-1], 0))
    assert code_of(path) == "truncated"


@pytest.mark.parametrize(
    ("columns", "rows"), [(2**31 - 1, 2**31 - 1), (60000, 60000), (30000, 30000), (1 << 20, 48)]
)
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_absurd_size_is_refused_before_memory_is_taken(
    write_tiff, grey, columns: int, rows: int, compression
) -> None:
    path = write_tiff(grey, compression=compression)
    with tifffile.TiffFile(path, mode="r+b") as tiff:
        tags = tiff.pages.first.tags
        tags["ImageWidth"].overwrite(columns, dtype="I")
        tags["ImageLength"].overwrite(rows, dtype="I")
        tags["RowsPerStrip"].overwrite(rows, dtype="I")
    assert code_of(path) in {"too_large", "truncated", "unreadable"}


def test_complex_values_are_a_fourier_transform(write_tiff, grey) -> None:
    assert code_of(write_tiff(grey.astype(np.complex64))) == "diffraction_pattern"


def test_kinds_that_are_not_read_are_named(write_tiff, grey) -> None:
    assert code_of(write_tiff(np.stack([grey] * 7, axis=-1), planarconfig="contig")) == (
        "unsupported_format"
    )
    assert code_of(write_tiff(np.stack([grey] * 4, axis=-1), photometric="separated")) == (
        "unsupported_format"
    )
