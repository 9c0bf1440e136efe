"""What is not a label, and engines that fail: a picture with a good tag stays what it was."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.calibration.drawn_bars import HEIGHT, WIDTH, Told, draw, grey8, ground, write

from nanocensus.calibration import __main__ as command
from nanocensus.calibration import examine
from nanocensus.calibration.scale_bar import (
    NoTextReaderError,
    TextReaderError,
    ocr,
    read_scale_bar,
    scale_bar_evidence,
    text_reader,
)
from nanocensus.calibration.scale_bar.labels import agreed_field, field_labels, is_reciprocal
from nanocensus.calibration.scale_bar.text import Box, TextLine
from nanocensus.micrographs import Finding, MicrographError


def lines(*texts: str) -> list[TextLine]:
    return [TextLine(text, 0.9, Box(20 * n, 20 * n + 10, 0, 100)) for n, text in enumerate(texts)]


@pytest.mark.parametrize(
    "text",
    [
        *("I-500nm-I", "-4μm-l", "4μm-1", "100 nm -1 kV", "500nm-1024", "-500nm-1", "500 nm-1"),
        *("5 nm~1", "2 nm-l", "1/Amp", "20 nm"),
    ],
)
def test_bars_around_a_label_are_no_exponent(text) -> None:
    assert not is_reciprocal(text)


@pytest.mark.parametrize("text", ["5 nm-1", "5 nm⁻¹", "2 1/nm", "5 1/µm", "2 nm^-1", "10 mrad"])
def test_units_of_reciprocal_space(text) -> None:
    assert is_reciprocal(text, whole=True)


def test_a_text_elsewhere_does_not_make_a_pattern() -> None:
    picture = draw(ground(), [(470, 477, 420, 571, 255.0)])
    picture, label = write(picture, "200 nm", 450, 432, 255)
    for line in (TextLine("5 nm-1", 0.9, Box(480, 500, 20, 90)), lines("raster 1/nm of 3")[0]):
        reading = read_scale_bar(grey8(picture), reader=Told([label, line]))
        assert not reading.reciprocal
        assert reading.bar is not None


def test_a_lone_label_at_the_foot_makes_a_pattern_and_one_at_the_head_does_not() -> None:
    foot = TextLine("5 1/nm", 0.9, Box(480, 500, 20, 90))
    assert read_scale_bar(grey8(ground()), reader=Told([foot])).reciprocal
    head = TextLine("5 1/nm", 0.9, Box(10, 30, 20, 90))
    assert not read_scale_bar(grey8(ground()), reader=Told([head])).reciprocal


@pytest.mark.parametrize(
    ("text", "width_nm"),
    [
        *(("Width = 7.520 µm", 7520), ("HFW: 5,1 µm", 5100), ("View field: 20.0 µm", 20_000)),
        *(("HV: 5 kV View field: 4.15 µm", 4150), ("EHT = 5 kV | Width = 3 µm", 3000)),
        *(("Pixel width = 2.5 nm", None), ("Line width: 120 nm", None), ("bandwidth 3nm", None)),
        *(("Width = 7,520 µm", None), ("Width = 75,20 µm", 75_200)),
        *(("Linewidth 3 nm", None), ("Width = 0 nm", None), ("Width = 3 nm", None)),
    ],
)
def test_widths_that_are_the_pictures(text, width_nm) -> None:
    found = field_labels(lines(text), 1024)
    assert [label.width_nm for label in found] == ([] if width_nm is None else [width_nm])


def test_labels_of_different_widths_count_neither_as_evidence_nor_for_the_pair() -> None:
    alike = field_labels(lines("Width = 7.5 µm", "HFW 7.520 µm"), 1024)
    agreed = agreed_field(alike)
    assert agreed is not None
    assert agreed.width_nm == 7520
    assert agreed_field(field_labels(lines("Width = 7.5 µm", "HFW 7.60 µm"), 1024)) is None
    assert agreed_field([]) is None
    told = Told(lines("Width = 7.5 µm", "HFW 3.0 µm"))
    reading = read_scale_bar(grey8(ground()), reader=told)
    assert len(reading.fields) == 2
    assert scale_bar_evidence(reading, (HEIGHT, WIDTH)) == ()


@given(rows=st.integers(1, 200), columns=st.integers(1, 200), seed=st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_any_shape_is_read_or_said_why_not(rows, columns, seed) -> None:
    pixels = np.random.default_rng(seed).integers(0, 255, (rows, columns)).astype(np.uint8)
    box = Box(0.6 * rows, 0.8 * rows + 1, 0.2 * columns, 0.7 * columns + 1)
    reading = read_scale_bar(pixels, reader=Told([TextLine("20 nm", 0.9, box)]))
    assert reading.bar is not None or reading.reason


@given(rows=st.integers(1, 6000), columns=st.integers(1, 6000))
@settings(max_examples=100, deadline=None)
def test_detection_has_a_limit_of_pixels(rows, columns) -> None:
    scale = ocr.detection_scale((rows, columns))
    assert 0 < scale <= 2.5
    assert scale**2 * rows * columns <= 400_000 * (1 + 1e-9)


def test_a_foot_is_seen_more_finely_than_the_whole() -> None:
    assert ocr.detection_scale((768, 1024)) == pytest.approx(0.713, abs=0.001)
    assert ocr.detection_scale((292, 1024)) == pytest.approx(1.157, abs=0.001)


@pytest.mark.parametrize("shape", [(4000, 64), (64, 4000), (32, 5000), (3, 900)])
def test_strips_are_not_looked_at(shape) -> None:
    pixels = np.random.default_rng(1).integers(0, 255, shape).astype(np.uint8)
    reading = read_scale_bar(pixels, reader=Told([]))
    assert reading.bar is None
    assert "text is not looked for" in (reading.reason or "")


@pytest.mark.parametrize("shape", [(100, 2000), (2000, 100), (32, 640), (33, 40), (64, 1000)])
def test_the_engine_bears_long_pictures(shape) -> None:
    pytest.importorskip("rapidocr", reason="no OCR engine is installed")
    pixels = np.random.default_rng(1).integers(0, 255, shape).astype(np.uint8)
    assert read_scale_bar(pixels).bar is None


class Failing(Told):
    def read(self, grey):
        raise TextReaderError("the OCR engine failed at 64 x 64 px (ResizeImgError)")


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "picture.tif"
    tifffile.imwrite(path, grey8(ground()))
    return path


def test_an_engine_that_fails_is_a_finding(picture, monkeypatch, capsys) -> None:
    failing = Failing([])
    monkeypatch.setattr(
        examine, "read_scale_bar", lambda pixels: read_scale_bar(pixels, reader=failing)
    )
    found = examine.examine_file(picture)
    assert [(one.code, one.level) for one in found.findings] == [
        ("scale_bar_not_looked_for", "warn")
    ]
    assert "pixel_size_nm in the sample sheet" in found.findings[0].message
    assert command.main(["--json", str(picture)]) == 0
    assert "scale_bar_not_looked_for" in capsys.readouterr().out


def test_what_the_engine_raises_is_wrapped() -> None:
    pytest.importorskip("rapidocr", reason="no OCR engine is installed")
    reader = object.__new__(ocr.RapidTextReader)

    def engine(*_, **__):
        raise ValueError("a long traceback\nthe last line")

    reader._engine = engine
    with pytest.raises(TextReaderError, match=r"40 x 20 px \(ValueError: the last line\)"):
        reader.recognise([np.zeros((20, 40), np.uint8)])


def test_missing_models_are_not_downloaded(tmp_path) -> None:
    with pytest.raises(NoTextReaderError, match="det_small"):
        ocr._model_paths(tmp_path)
    pytest.importorskip("rapidocr", reason="no OCR engine is installed")
    assert isinstance(text_reader(), ocr.RapidTextReader)


def test_small_pictures_are_refused_before_their_text_is_read(tmp_path, monkeypatch) -> None:
    path = tmp_path / "small.tif"
    tifffile.imwrite(path, np.arange(15 * 40, dtype=np.uint16).reshape(15, 40))
    monkeypatch.setattr(examine, "read_scale_bar", lambda pixels: pytest.fail("text was read"))
    with pytest.raises(MicrographError, match="15 pixels"):
        examine.examine_file(path, refuse_small=True)


def test_the_command_goes_on_after_a_file_that_fails(picture, monkeypatch, capsys) -> None:
    def sidecars(path):
        if path.name == "bad.tif":
            raise MicrographError(Finding("made_up", "failed", "unreadable sidecar"))
        return []

    monkeypatch.setattr(command, "find_sidecars", sidecars)
    monkeypatch.setattr(
        examine, "read_scale_bar", lambda pixels: read_scale_bar(pixels, reader=Told([]))
    )
    bad = picture.with_name("bad.tif")
    assert command.main(["--json", str(bad), str(picture)]) == 1
    first, second = json.loads(capsys.readouterr().out)
    assert (first["status"], first["reasons"]) == ("failed", ["made_up: unreadable sidecar"])
    assert second["status"] == "none"
