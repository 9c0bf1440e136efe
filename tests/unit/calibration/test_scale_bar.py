"""Scale bars of every style, drawn here at known lengths; text is told, not recognised."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.calibration.drawn_bars import HEIGHT, WIDTH, Told, draw, grey8, ground, write

from nanocensus.calibration import UserStatement, resolve_pixel_size
from nanocensus.calibration.scale_bar import read_scale_bar, scale_bar_evidence, scale_bar_record
from nanocensus.micrographs import PixelSizeEvidence

TOP, LEFT, LENGTH = 470.0, 420.0, 151.0
RIGHT = LEFT + LENGTH


def read(picture, *lines):
    return read_scale_bar(grey8(picture), reader=Told(lines))


def plain(grey=255, *, left=LEFT, length=LENGTH, thick=7.0, seed=1, text="200 nm", ink=None):
    picture = draw(ground(seed), [(TOP, TOP + thick, left, left + length, grey)])
    ink = grey if ink is None else ink
    return write(picture, text, round(left + length / 2 - 40), round(TOP) - 34, ink)


@pytest.mark.parametrize("grey", [255, 0, 215, 30])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_plain_bar_of_any_grey(grey, seed) -> None:
    found = read(*plain(grey, seed=seed)).bar
    assert found is not None
    assert (found.bar_nm, found.style) == (200.0, "plain")
    assert found.bar_px == pytest.approx(LENGTH, abs=0.4)
    assert found.y_px == pytest.approx(TOP + 3, abs=1)
    assert found.pixel_size_nm == pytest.approx(200 / LENGTH, rel=0.003)


@pytest.mark.parametrize("left", [400.0, 400.25, 400.5, 400.75])
def test_ends_between_pixels(left) -> None:
    """Noise of 9 levels on an edge of 145, averaged over five rows, moves it by 0.03 px."""
    found = read(*plain(left=left, length=120.5)).bar
    assert found is not None
    assert found.left_px == pytest.approx(left - 0.5, abs=0.15)
    assert found.bar_px == pytest.approx(120.5, abs=0.2)


def test_text_and_bar_of_different_grey() -> None:
    found = read(*plain(255, ink=0)).bar
    assert found is not None
    assert found.bar_px == pytest.approx(LENGTH, abs=0.4)


@pytest.mark.parametrize("below", [True, False])
def test_text_above_and_below(below) -> None:
    picture = draw(ground(), [(440, 446, LEFT, RIGHT, 255)])
    found = read(*write(picture, "50 nm", 460, 450 if below else 406, 255)).bar
    assert found is not None
    assert found.bar_px == pytest.approx(LENGTH, abs=0.4)


def test_a_bar_in_a_box_of_its_own() -> None:
    box = [(420, 500, 400, 600, 255.0), (480, 486, LEFT, RIGHT, 0.0)]
    found = read(*write(draw(ground(), box), "100 nm", 450, 440, 0)).bar
    assert found is not None
    assert found.bar_px == pytest.approx(LENGTH, abs=0.4)


def test_end_caps_count_from_middle_to_middle() -> None:
    """Two caps of 3 px: 151 px from outer edge to outer edge are 148 px of length."""
    strip = [(450, 512, 0, WIDTH, 0.0), (485, 487, 40, 191, 255.0)]
    caps = [(478, 494, 40, 43, 255.0), (478, 494, 188, 191, 255.0)]
    found = read(*write(draw(ground(), strip + caps), "2 µm", 90, 454, 255, 16)).bar
    assert found is not None
    assert found.style == "caps"
    assert found.bar_nm == 2000.0
    assert found.bar_px == pytest.approx(148, abs=0.3)


def test_a_bar_broken_by_its_label() -> None:
    strip = [(470, 512, 0, WIDTH, 0.0)]
    lines = [(490, 492, 300, 375, 255.0), (490, 492, 445, 520, 255.0)]
    caps = [(484, 498, 300, 302, 255.0), (484, 498, 518, 520, 255.0)]
    picture, line = write(draw(ground(), strip + lines + caps), "4 µm", 386, 481, 255, 16)
    found = read(picture, line).bar
    assert found is not None
    assert found.style == "split"
    assert found.bar_px == pytest.approx(218, abs=0.5)


@pytest.mark.parametrize("missing", [None, 4])
def test_eleven_ticks_are_ten_intervals(missing) -> None:
    strip = [(460, 512, 0, WIDTH, 0.0)]
    ticks = [(464, 474, 360 + 22 * n, 363 + 22 * n, 255.0) for n in range(11) if n != missing]
    picture, line = write(draw(ground(), strip + ticks), "50.0um", 500, 480, 255, 18)
    found = read(picture, line).bar
    assert found is not None
    assert (found.style, found.bar_nm) == ("ticks", 50_000.0)
    assert found.bar_px == pytest.approx(220, abs=0.3)


def test_ten_ticks_are_a_ruler_that_is_cut() -> None:
    strip = [(460, 512, 0, WIDTH, 0.0)]
    ticks = [(464, 474, 430 + 22 * n, 433 + 22 * n, 255.0) for n in range(10)]
    picture, line = write(draw(ground(), strip + ticks), "50.0um", 500, 480, 255, 18)
    assert read(picture, line).bar is None


def test_an_outline_counts_half() -> None:
    outlined = [(466, 478, 416, 575, 0.0), (470, 474, 420, 571, 255.0)]
    picture, line = write(draw(ground(level=120), outlined), "20 nm", 450, 432, 255)
    reading = read(picture, line)
    found = reading.bar or reading.candidate
    assert found is not None
    assert found.style == "outlined"
    assert found.bar_px == pytest.approx(155, abs=0.6)
    # fill or outline: half the difference is part of the uncertainty
    assert found.u_rel > 2 * 0.41 / found.bar_px


def test_a_picture_without_text_has_no_bar() -> None:
    reading = read(draw(ground(), [(TOP, TOP + 7, LEFT, RIGHT, 255.0)]))
    assert (reading.bar, reading.candidate, reading.status) == (None, None, "none")
    assert reading.reason == "no text that labels a bar"


@pytest.mark.parametrize("seed", range(12))
def test_a_label_without_a_bar_is_no_reading(seed) -> None:
    picture, line = write(ground(seed), "20 nm", 450, 440, 255)
    assert read(picture, line).bar is None


def test_a_bar_that_runs_into_the_picture_edge_is_cut() -> None:
    assert read(*plain(left=WIDTH - 100.0, length=110.0)).bar is None


def test_a_second_label_of_another_length_makes_it_doubtful() -> None:
    picture, line = plain()
    picture, other = write(picture, "5 µm", 60, 60, 255)
    told = Told([line, other])
    told.recognise = lambda crops: [
        (line.text if number < 3 else other.text, 0.99) for number in range(len(crops))
    ]
    reading = read_scale_bar(grey8(picture), reader=told)
    assert reading.bar is None
    assert "another label" in (reading.reason or "")


@pytest.mark.parametrize("text", ["50 rm", "10m", "100 pm"])
def test_a_text_in_doubt_is_left_to_a_person(text) -> None:
    reading = read(*plain(text=text))
    assert reading.bar is None


@pytest.mark.parametrize("text", ["5 nm-1", "10 1/nm", "2 nm^-1"])
def test_reciprocal_labels_are_told(text) -> None:
    reading = read(*plain(text=text))
    assert reading.reciprocal
    assert reading.bar is None
    assert scale_bar_evidence(reading, (HEIGHT, WIDTH)) == ()


def test_all_text_is_handed_on() -> None:
    picture, line = plain()
    assert line in read(picture, line).lines


def test_a_flat_or_tiny_picture() -> None:
    for pixels in (np.full((100, 100), 7, np.uint8), np.zeros((4, 400), np.uint16)):
        assert read_scale_bar(pixels, reader=Told([])).status == "none"


def test_sixteen_bits_read_as_eight() -> None:
    picture, line = plain()
    deep = (grey8(picture).astype(np.uint16)) * 257
    one = read_scale_bar(deep, reader=Told([line])).bar
    other = read(picture, line).bar
    assert one is not None
    assert other is not None
    assert one.bar_px == pytest.approx(other.bar_px, abs=0.02)


def calibrated(reading, *evidence, sheet=None, scale_bar_ok=False):
    return resolve_pixel_size(
        (*evidence, *scale_bar_evidence(reading, (HEIGHT, WIDTH))),
        actual_shape=(HEIGHT, WIDTH),
        user=UserStatement(pixel_size_nm=sheet, scale_bar_ok=scale_bar_ok),
    )


def tag(value_nm):
    return PixelSizeEvidence("zeiss_tag", value_nm, value_nm, "tag", declared_shape=(HEIGHT, WIDTH))


def test_a_bar_alone_waits_for_a_person_and_the_sheet_accepts_it() -> None:
    reading = read(*plain())
    alone = calibrated(reading)
    assert alone.status == "review"
    assert [finding.code for finding in alone.findings] == ["read_by_machine"]
    assert alone.pixel_size is not None
    assert alone.pixel_size.source == "scale_bar"
    looked_at = calibrated(reading, scale_bar_ok=True)
    assert (looked_at.status, looked_at.pixel_size) == ("warn", alone.pixel_size)
    accepted = calibrated(reading, sheet=200 / LENGTH)
    assert (accepted.status, accepted.second_source) == ("ok", "scale_bar")
    overruled = calibrated(reading, sheet=2 * 200 / LENGTH)
    assert overruled.status == "warn"


@pytest.mark.parametrize(("ratio", "status"), [(1.01, "ok"), (1.06, "warn"), (2.0, "review")])
def test_a_tag_against_the_bar(ratio, status) -> None:
    found = calibrated(read(*plain()), tag(ratio * 200 / LENGTH))
    assert (found.status, found.second_source) == (status, "scale_bar")
    assert found.pixel_size is not None
    assert found.pixel_size.source == "zeiss_tag"


def test_a_short_bar_has_a_wide_tolerance() -> None:
    """1.5 px of 30 are 5 %: what is less does not contradict a tag."""
    reading = read(*plain(length=30.0, text="5 nm"))
    assert reading.bar is not None
    assert calibrated(reading, tag(1.04 * 5 / 30)).status == "ok"
    assert calibrated(reading, tag(1.07 * 5 / 30)).status == "warn"


def test_a_written_field_width_is_evidence() -> None:
    picture, line = plain()
    picture, field = write(picture, "Width = 847.7 nm", 40, 485, 255, 18)
    reading = read(picture, line, field)
    sources = {one.source: one for one in scale_bar_evidence(reading, (HEIGHT, WIDTH))}
    assert set(sources) == {"scale_bar", "field_label"}
    assert sources["field_label"].x_nm == pytest.approx(847.7 / WIDTH)


def test_the_record_can_be_drawn() -> None:
    record = scale_bar_record(read(*plain()))
    assert record["bar_status"] == "read"
    assert record["bar_nm"] == 200.0
    assert record["bar_right_px"] - record["bar_left_px"] == pytest.approx(record["bar_px"])
    assert scale_bar_record(None)["bar_status"] is None
