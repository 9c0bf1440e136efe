"""Scale bars with the text recognised: rendered info bars, and some real pictures."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.calibration.drawn_bars import HEIGHT, WIDTH, draw, grey8, ground, write

from nanocensus.calibration.scale_bar import read_scale_bar, text_reader
from nanocensus.calibration.scoring.labelled_bars import read_labels, verdict
from nanocensus.micrographs import read_micrograph
from nanocensus.rendering.lettering import INFO_BAR_STYLES, Acquisition, add_info_bar

pytest.importorskip("rapidocr", reason="no OCR engine is installed")

ACQUISITION = Acquisition(
    "SEM 1", "InLens", "SE", 5.0, 4.1, 50_000, 1.0, 0.0, 0.0, "2026-03-17 14:05:00"
)
SOME = ("00655d9628", "1206963ed7", "4ec7671d11", "0a30487a4e", "b19f6f3309", "2c6c108b4d")
"""Of the tuning papers: plain, a lone digit, ticks, no number, no bar, small type."""


@pytest.mark.parametrize("style", INFO_BAR_STYLES)
def test_the_info_bars_that_the_renderer_draws(style) -> None:
    """Drawn to whole pixels; caps of one pixel count to their middle."""
    labelled = add_info_bar(grey8(np.tile(ground(), (2, 2))), 1.7, ACQUISITION, style=style)
    found = read_scale_bar(labelled.pixels).bar
    assert found is not None
    assert found.bar_nm == labelled.scale_bar_nm
    caps_px = 1 if style in ("zeiss", "fei") else 0
    assert found.bar_px == pytest.approx(labelled.scale_bar_px - caps_px, abs=0.5)


@pytest.mark.parametrize("text", ["200 nm", "1 µm", "0.5 µm", "0,5 µm", "20 nm", "2 µm"])
def test_labels_in_words(text) -> None:
    picture = draw(ground(level=70), [(470, 477, 420, 571, 255.0)])
    picture, _ = write(picture, text, 450, 432, 255, 28)
    found = read_scale_bar(grey8(picture)).bar
    number, unit = text.replace(",", ".").split()
    assert found is not None
    assert found.bar_nm == float(number) * {"nm": 1, "µm": 1000}[unit]
    assert found.bar_px == pytest.approx(151, abs=0.4)


def test_picometres_are_told_from_micrometres() -> None:
    picture = draw(ground(level=70), [(470, 477, 420, 520, 255.0)])
    for text, bar_nm in (("500 pm", 0.5), ("500 µm", 500_000.0)):
        found = read_scale_bar(grey8(write(picture, text, 425, 432, 255, 24)[0])).bar
        assert found is not None
        assert found.bar_nm == bar_nm


def test_other_text_is_no_label() -> None:
    picture = ground()
    for place, text in enumerate(("Sample 5", "(a)", "WD 5 mm", "20 kV")):
        picture, _ = write(picture, text, 40 + 120 * place, 460, 255)
    assert read_scale_bar(grey8(picture)).bar is None


def test_the_engine_is_loaded_once_and_repeats_itself() -> None:
    assert text_reader() is text_reader()
    picture, _ = write(ground(), "100 nm", 450, 432, 255)
    assert picture.shape == (HEIGHT, WIDTH)
    first, second = (text_reader().read(grey8(picture)) for _ in range(2))
    assert first == second


def test_some_real_pictures(shared) -> None:
    folder = shared / "data"
    if not (folder / "scalebars/developers.csv").is_file():
        pytest.skip("labelled scale bars (../shared/data/scalebars) are not on this machine")
    labels = {one.name: one for one in read_labels(folder / "scalebars/developers.csv")}
    for name in SOME:
        label = labels[name]
        assert label.tuning
        pixels = read_micrograph(folder / "emps/images" / f"{name}.png").pixels
        wanted = "none" if label.pixel_size_nm is None else "right"
        assert verdict(label, read_scale_bar(pixels)) == wanted, name


def test_bam_agrees_with_its_tag(shared) -> None:
    for name in ("sem/1908248", "tsem/1908265"):
        found = read_scale_bar(read_micrograph(shared / "data/bam" / f"{name}.tif").pixels)
        assert found.bar is not None
        deviation = found.bar.pixel_size_nm / 7.34375 - 1
        assert abs(deviation) <= 1.5 / found.bar.bar_px
