"""Recognition by content, the other formats, and every refusal."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from nanocensus.micrographs import (
    Finding,
    MicrographError,
    micrograph_record,
    read_micrograph,
    worst_level,
)


def code_of(path) -> str:
    with pytest.raises(MicrographError) as caught:
        read_micrograph(path)
    return caught.value.finding.code


def save(path, picture: Image.Image, kind: str, **how):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **how)
    path.write_bytes(buffer.getvalue())
    return path


@pytest.mark.parametrize(("kind", "name"), [("PNG", "a.jpg"), ("BMP", "a.tif"), ("TIFF", "a.png")])
def test_recognised_by_content(tmp_path, grey, kind: str, name: str) -> None:
    found = read_micrograph(save(tmp_path / name, Image.fromarray(grey), kind))
    assert found.format == kind
    np.testing.assert_array_equal(found.pixels, grey)


def test_jpeg(tmp_path, grey) -> None:
    smooth = np.sort(grey, axis=1)
    found = read_micrograph(save(tmp_path / "a.png", Image.fromarray(smooth), "JPEG", quality=95))
    assert found.format == "JPEG"
    assert np.abs(found.pixels.astype(int) - smooth).max() < 16


@pytest.mark.parametrize("kind", ["PNG", "BMP", "JPEG"])
def test_rgb(tmp_path, grey, kind: str) -> None:
    picture = Image.fromarray(np.stack([np.sort(grey, axis=1)] * 3, axis=-1))
    found = read_micrograph(save(tmp_path / "a", picture, kind))
    assert found.pixels.shape == grey.shape
    assert found.findings == ()


@pytest.mark.parametrize("kind", ["PNG", "BMP"])
def test_palette(tmp_path, grey, kind: str) -> None:
    picture = Image.fromarray(255 - grey, "L").convert("P")
    picture.putpalette([level for value in range(256) for level in (255 - value,) * 3])
    np.testing.assert_array_equal(read_micrograph(save(tmp_path / "a", picture, kind)).pixels, grey)


def test_png_of_16_bits_and_with_alpha(tmp_path, grey) -> None:
    deep = grey.astype(np.uint16) * 257
    found = read_micrograph(save(tmp_path / "a", Image.fromarray(deep), "PNG"))
    assert found.pixels.dtype == np.uint16
    np.testing.assert_array_equal(found.pixels, deep)
    opaque = Image.fromarray(np.stack([grey, np.full_like(grey, 255)], axis=-1), "LA")
    np.testing.assert_array_equal(read_micrograph(save(tmp_path / "b", opaque, "PNG")).pixels, grey)


def test_print_resolution_is_no_calibration(tmp_path, grey) -> None:
    for kind in ("PNG", "JPEG", "BMP"):
        path = save(tmp_path / kind, Image.fromarray(grey), kind, dpi=(300, 300))
        assert read_micrograph(path).evidence == ()


@pytest.mark.parametrize("kind", ["PNG", "BMP", "JPEG"])
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_truncated(tmp_path, kind: str, share: float) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (90, 80)).astype(np.uint8)
    path = save(tmp_path / "a", Image.fromarray(noise), kind)
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    assert code_of(path) == "truncated"


@pytest.mark.parametrize("kind", ["PNG", "BMP", "JPEG"])
def test_absurd_size_is_refused(tmp_path, grey, kind: str) -> None:
    path = save(tmp_path / "a", Image.fromarray(grey), kind)
    data = bytearray(path.read_bytes())
    if kind == "PNG":
        data[16:24] = (60000).to_bytes(4, "big") * 2
    elif kind == "BMP":
        data[18:26] = (60000).to_bytes(4, "little") * 2
    else:
        frame = data.index(b"\xff\xc0")
        data[frame + 5 : frame + 9] = (65000).to_bytes(2, "big") * 2
    path.write_bytes(data)
    assert code_of(path) in {"too_large", "truncated", "unreadable"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"sample;particles\n1;2\n" * 20, "not_a_picture"),
        (b"BMW and other texts that begin like a bitmap" * 5, "not_a_picture"),
        (bytes(range(256)) * 4, "not_a_picture"),
        (b"II*\0", "truncated"),
        (b"II*\0\x08\0\0\0", "truncated"),
        (b"\x89PNG\r\n\x1a\n", "truncated"),
        (b"\xff\xd8\xff\xe0", "unreadable"),
        (b"\0\0\0\x03" + b"\0" * 99, "no_micrograph"),
        (b"\x89HDF\r\n\x1a\n" + b"\0" * 99, "unreadable"),
        (b"AAMVHFSS" + b"\0" * 99, "truncated"),
        (b"\x34\0\0\0" + b"\0" * 99, "unsupported_format"),
        (b"BZh9" + b"\0" * 99, "unreadable"),
        (b"GIF89a" + b"\0" * 99, "unsupported_format"),
    ],
)
def test_files_that_hold_no_picture(tmp_path, content: bytes, code: str) -> None:
    path = tmp_path / "renamed.tif"
    path.write_bytes(content)
    assert code_of(path) == code


def test_vanished_file_and_folder(tmp_path) -> None:
    assert code_of(tmp_path / "gone.tif") == "vanished"
    assert code_of(tmp_path) == "unreadable"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_non_finite(write_tiff, grey, value: float) -> None:
    values = grey.astype(np.float32)
    values[3, 4] = value
    assert code_of(write_tiff(values)) == "non_finite_pixels"


def test_record_has_the_columns_that_reading_fills(write_tiff, grey, zeiss_text) -> None:
    record = micrograph_record(read_micrograph(write_tiff(grey, {34118: zeiss_text()})))
    assert " ".join(record) == (
        "format rows_raw columns_raw modality instrument detector voltage_kv working_distance_mm "
        "magnification dwell_time_us tilt_rad stage_x_mm stage_y_mm acquired"
    )
    assert (record["rows_raw"], record["columns_raw"]) == grey.shape
    assert record["voltage_kv"] == 20


def test_worst_level_is_a_micrographs_status() -> None:
    warn, review = Finding("a", "warn", "."), Finding("b", "review", ".")
    assert worst_level([]) == "ok"
    assert worst_level([warn, review, warn]) == "review"
    assert warn.as_dict() == {"code": "a", "level": "warn", "message": "."}
    with pytest.raises(ValueError, match="level"):
        Finding("a", "ok", ".")
