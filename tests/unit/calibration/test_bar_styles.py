"""Bars as instruments and figures draw them, one by one; text is told, not recognised."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from tests.unit.calibration.drawn_bars import HEIGHT, WIDTH, Told, draw, grey8, ground, write

from nanocensus.calibration.scale_bar import read_scale_bar
from nanocensus.calibration.scale_bar.labels import lengths_in
from nanocensus.calibration.scale_bar.text import Box, TextLine

STRIP = (440.0, 512.0, 0.0, float(WIDTH), 0.0)


def read(picture, *lines):
    return read_scale_bar(grey8(picture), reader=Told(lines))


def uprights(top, bottom, left, right, width, grey=255.0):
    """Return the two caps of a bar whose outer edges are left and right."""
    return [(top, bottom, left, left + width, grey), (top, bottom, right - width, right, grey)]


def test_a_broken_bar_with_stubs_counts_to_the_middle_of_its_stubs() -> None:
    """FEI, reduced by a publisher: caps 5 px wide that stand out of the line by 1.5 px only."""
    lines = [(478, 482, 300, 375, 170.0), (478, 482, 445, 520, 170.0)]
    caps = uprights(476.5, 483.5, 300, 520, 5, 200.0)
    picture, line = write(draw(ground(), [STRIP, *lines, *caps]), "4 µm", 386, 469, 200, 16)
    found = read(picture, line).bar
    assert found is not None
    assert (found.style, found.bar_nm) == ("split", 4000.0)
    assert found.bar_px == pytest.approx(215, abs=1.0)


@pytest.mark.parametrize("stub", [4, 9])
def test_a_label_between_two_caps_with_short_stubs(stub) -> None:
    """FEI at a low magnification: the label leaves a few pixels of the line only."""
    picture, line = write(draw(ground(), [STRIP]), "200 nm", 300, 469, 255, 20)
    left, right = round(line.box.left) - stub, round(line.box.right) + stub
    row = round(line.box.centre_y)
    caps = uprights(row - 12, row + 13, left, right, 1)
    halves = [(row, row + 1, left, left + stub, 255.0), (row, row + 1, right - stub, right, 255.0)]
    found = read(draw(picture, [*caps, *halves]), line).bar
    assert found is not None
    assert (found.style, found.bar_nm) == ("split", 200.0)
    assert found.bar_px == pytest.approx(right - left - 1, abs=0.3)


def test_caps_of_unlike_height_or_without_stubs_flank_no_bar() -> None:
    picture, line = write(draw(ground(), [STRIP]), "200 nm", 300, 469, 255, 20)
    left, right, row = round(line.box.left) - 8, round(line.box.right) + 8, line.box.centre_y
    frame = uprights(round(row) - 12, round(row) + 13, left, right, 1)
    assert read(draw(picture, frame), line).bar is None
    half = [(round(row), round(row) + 1, left, left + 8, 255.0)]
    assert read(draw(picture, frame + half), line).bar is None


def test_a_bracket_below_its_label() -> None:
    """Zeiss: lines of one pixel, half as high as long."""
    picture, line = write(draw(ground(), [STRIP]), "200 nm", 40, 446, 255, 18)
    bracket = [(500, 501, 40, 158, 255.0), *uprights(482, 501, 40, 158, 1)]
    found = read(draw(picture, bracket), line).bar
    assert found is not None
    assert (found.style, found.bar_nm) == ("caps", 200.0)
    assert found.bar_px == pytest.approx(117, abs=0.3)


def test_thick_caps_count_to_their_outer_edges() -> None:
    """TVIPS: caps of 5 px in a white box, drawn inside the length."""
    box = [(440, 500, 20, 180, 0.0), (443, 497, 23, 177, 255.0)]
    bar = [(455, 459, 30, 171, 0.0), *uprights(450, 464, 30, 171, 5, 0.0)]
    picture, line = write(draw(ground(), [*box, *bar]), "200 nm", 66, 470, 0, 18)
    found = read(picture, line).bar
    assert found is not None
    assert found.style == "caps"
    assert found.bar_px == pytest.approx(141, abs=0.3)
    # the other convention is 5 px shorter
    assert found.u_rel * found.bar_px > 0.5


@pytest.mark.parametrize(("head", "half"), [(8, 6), (10, 7)])
def test_a_double_arrow_counts_from_tip_to_tip(head, half) -> None:
    """Heads stand out of the shaft as caps do, but the shaft's line goes on to the tips."""
    boxes = [(472, 475, 421, 569, 255.0)]
    for step in range(head):
        high = half * (step + 1) / head
        boxes.append((473.5 - high, 473.5 + high, 420 + step, 421 + step, 255.0))
        boxes.append((473.5 - high, 473.5 + high, 569 - step, 570 - step, 255.0))
    picture, line = write(draw(ground(), boxes), "200 nm", 455, 432, 255)
    found = read(picture, line).bar
    assert found is not None
    assert found.bar_px == pytest.approx(149, abs=1.5)


def test_a_label_in_a_longer_line() -> None:
    """The engine's box covers both texts; the label's part of it is found."""
    picture = draw(ground(), [(440, 512, 0, WIDTH, 255.0), (473, 478, 10, 128, 0.0)])
    picture, line = write(picture, "200 nm    SEM 1", 138, 462, 0, 24)
    told = Told([line])
    told.recognise = lambda crops: [("200 nm", 0.99) for _ in crops]
    found = read_scale_bar(grey8(picture), reader=told).bar
    assert found is not None
    assert found.bar_nm == 200.0
    assert found.bar_px == pytest.approx(118, abs=0.4)


def test_a_mark_in_another_line_of_text_is_less_of_a_bar() -> None:
    """A solid mark below the label, but inside what the engine read as other text."""
    picture = draw(ground(), [STRIP, (490, 496, 430, 520, 255.0)])
    picture, line = write(picture, "200 nm", 440, 452, 255, 20)
    other = TextLine("SEI WD 7.9", 0.9, Box(486, 500, 400, 560))
    alone, inside = (read(picture, *lines).bar for lines in ([line], [line, other]))
    assert alone is not None
    assert inside is None or 1 - inside.confidence > 10 * (1 - alone.confidence)


def test_a_bar_that_is_read_as_a_letter_is_a_bar() -> None:
    picture = draw(ground(), [STRIP, (490, 496, 430, 520, 255.0)])
    picture, line = write(picture, "200 nm", 440, 452, 255, 20)
    letter = TextLine("H", 0.9, Box(486, 500, 425, 525))
    alone, beside = (read(picture, *lines).bar for lines in ([line], [line, letter]))
    assert alone is not None
    assert beside is not None
    assert beside.confidence == alone.confidence


def test_the_side_of_a_box_is_no_bar() -> None:
    box = [(440, 500, 400, 560, 255.0), (442, 498, 402, 558, 0.0)]
    picture, line = write(draw(ground(), box), "200 nm", 440, 458, 255, 20)
    assert read(picture, line).bar is None


def test_picometres_only_where_a_microscope_reaches() -> None:
    assert [one.value_nm for one in lengths_in("500 pm")] == [0.5]
    assert [one.value_nm for one in lengths_in("2 pm")] == [2000.0]


@pytest.mark.parametrize(
    "text", ["HFW 18. 6 µm", "Width = 7. 5 µm", "WD=5 .2 mm", "WD: 5 2 mm", "FOV 7 5 µm"]
)
def test_the_rest_of_a_named_length_is_no_label(text) -> None:
    assert lengths_in(text) == []


def test_of_two_numbers_in_a_row_the_last_whole_one_is_the_label() -> None:
    for text in ("X1,000 2 50 nm", "X50,000 250 nm"):
        assert [(one.value_nm, one.exact) for one in lengths_in(text)] == [(250.0, True)]


@pytest.mark.parametrize(
    ("text", "value_nm", "sure"),
    [("1 50 nm", 150, False), ("1 200 nm", 1200, False), ("2 00 nm", 200, True)],
)
def test_a_stroke_before_a_label_may_be_its_bars_end(text, value_nm, sure) -> None:
    assert [(one.value_nm, one.exact) for one in lengths_in(text)] == [(value_nm, sure)]


@pytest.mark.parametrize(("text", "sure"), [("1,000 nm", False), ("0,125 µm", True)])
def test_a_comma_that_may_part_thousands_is_never_beyond_doubt(text, sure) -> None:
    assert [one.exact for one in lengths_in(text)] == [sure]


@dataclass
class Divided(Told):
    """Reads every second cut of a label in another way."""

    otherwise: str = ""

    def recognise(self, crops):
        told = super().recognise(crops)
        return [(self.otherwise, 0.9) if at % 2 else one for at, one in enumerate(told)]


@pytest.mark.parametrize(("otherwise", "status"), [("20 nm", "candidate"), ("20 µm", "read")])
def test_readings_of_pm_have_to_agree_on_what_it_stands_for(otherwise, status) -> None:
    picture, line = write(draw(ground(), [(470, 477, 420, 571, 255.0)]), "20 pm", 455, 436, 255)
    found = read_scale_bar(grey8(picture), reader=Divided([line], otherwise=otherwise))
    assert found.status == status


def test_a_bar_of_picometres() -> None:
    picture = draw(ground(), [(470, 477, 420, 520, 255.0)])
    found = read(*write(picture, "500 pm", 430, 436, 255, 24)).bar
    assert found is not None
    assert found.pixel_size_nm == pytest.approx(0.005, rel=0.01)


def test_a_closer_look_is_taken_only_where_nothing_was_read() -> None:
    picture = draw(ground(), [(470, 477, 420, 571, 255.0)])
    picture, line = write(picture, "200 nm", 455, 436, 255)
    told = Told([line])
    assert read_scale_bar(grey8(picture), reader=told).bar is not None
    assert told.looks == 1
    blind = Told([])
    assert read_scale_bar(grey8(picture), reader=blind).bar is None
    # the whole, its foot, and what surrounds the one mark that looks like a bar
    assert blind.looks == 3


def test_a_label_that_only_a_closer_look_shows_is_put_in_its_place() -> None:
    picture = draw(ground(), [(470, 477, 420, 571, 255.0)])
    picture, line = write(picture, "200 nm", 455, 436, 255)

    class Nearsighted(Told):
        def read(self, grey: np.ndarray) -> list[TextLine]:
            if grey.shape == (HEIGHT, WIDTH):
                return []
            top = HEIGHT - grey.shape[0]
            box = line.box
            moved = Box(box.top - top, box.bottom - top, box.left, box.right)
            return [TextLine(line.text, line.score, moved)]

    found = read_scale_bar(grey8(picture), reader=Nearsighted([line])).bar
    assert found is not None
    assert found.label_box.top == pytest.approx(line.box.top)
    assert found.bar_px == pytest.approx(151, abs=0.4)
