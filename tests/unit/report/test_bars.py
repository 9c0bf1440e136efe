"""The contact sheet of scale bars."""

from __future__ import annotations

import re

import pytest
from PIL import Image

from nanocensus.report import ReportSettings, pages, site, write_report
from nanocensus.report import bars as bars_module
from nanocensus.report.bars import bars_of
from nanocensus.report.results import read_results


@pytest.fixture(scope="module")
def results(campaigns, tmp_path_factory):
    bar, other = campaigns.scale_bar, campaigns.other_source
    read_alone = {"pixel_size_source": "scale_bar", "pixel_size_nm": 1.25}
    sample = campaigns.MadeUpSample(
        "s",
        micrographs=8,
        particles=5,
        findings={3: ("pixel_size_disputed", "review", "Tag and bar differ.")},
        facts_of={
            0: bar(200.0, 160.0, "200 nm", confidence=0.99) | other(1.25, "scale_bar", 1.25),
            1: bar(200.0, 160.0, "200 nm", confidence=0.92) | other(1.25, "scale_bar", 1.25),
            2: bar(200.0, 154.0, "200 nm") | other(1.25, "scale_bar", 200 / 154),
            3: bar(200.0, 141.84, "200nm") | other(1.25, "scale_bar", 1.41),
            4: bar(200.0, 160.0, "200 nm") | read_alone,
            5: bar(500.0, 99.5, "5OO nm", confidence=0.4, reason="no unit"),
            6: bar(200.0, 161.0, "200 n", confidence=0.2, reason="no unit")
            | {"pixel_size_nm": None, "pixel_size_source": None},
        },
    )
    return read_results(campaigns.write_campaign(tmp_path_factory.mktemp("bars") / "c", (sample,)))


def numbers(bars):
    return [int(re.match(r"field_(\d+)", bar.micrograph)[1]) for bar in bars]


def test_the_odd_ones_come_first_and_the_least_sure(results):
    read, candidates = bars_of(results)
    assert numbers(read) == [3, 2, 4, 1, 0]
    assert [bar.is_odd for bar in read] == [True, True, False, False, False]
    assert numbers(candidates) == [6, 5], "those without a pixel size are waited for"


def test_a_bar_says_what_follows_from_it_and_how_that_compares(results):
    bar, *_, alone, _, agrees = bars_of(results)[0]
    assert bar.reading == "200 nm / 141.8 px = 1.410 nm"
    assert bar.compared == "+12.8 % from the Zeiss tag"
    assert agrees.compared == "0.0 % from the Zeiss tag"
    assert agrees.confidence == "confidence 99 %"
    assert alone.compared == "nothing to compare with"
    assert bars_of(results)[1][1].remedy == "pixel_size_nm = 5.0251"


def test_a_short_bar_may_be_off_by_what_its_ends_explain(campaigns, tmp_path):
    facts = campaigns.scale_bar(50.0, 38.6, "50 nm")  # 3.6 % off; 1.5 px of it are 3.9 %
    sample = campaigns.MadeUpSample("s", micrographs=1, particles=5, facts=facts)
    folder = campaigns.write_campaign(tmp_path / "c", (sample,))
    ((bar,), _) = bars_of(read_results(folder))
    assert bar.deviation_rel == pytest.approx(0.036, abs=1e-3)
    assert not bar.is_odd


@pytest.mark.parametrize(
    ("u_px", "odd"),
    [(0.41, True), (1.2, False), (8.0, True)],
    ids=["sharp ends", "ends seen less well", "beyond 10 % nothing explains it"],
)
def test_a_bar_may_be_off_by_what_is_stated_of_its_ends(campaigns, tmp_path, u_px, odd):
    px = 160 / (1.12 if u_px > 5 else 1.025)
    facts = campaigns.scale_bar(200.0, px, "200 nm", u_px=u_px)
    sample = campaigns.MadeUpSample("s", micrographs=1, particles=5, facts=facts)
    folder = campaigns.write_campaign(tmp_path / "c", (sample,))
    ((bar,), _) = bars_of(read_results(folder))
    assert bar.is_odd == odd


def test_the_factor_of_a_certificate_holds_for_the_bar_as_well(campaigns, tmp_path):
    facts = {"scale_factor": 1.002} | campaigns.scale_bar(200.0, 160.0, "200 nm")
    sample = campaigns.MadeUpSample("s", micrographs=1, particles=5, facts=facts)
    folder = campaigns.write_campaign(tmp_path / "c", (sample,))
    ((bar,), _) = bars_of(read_results(folder))
    assert bar.pixel_size_nm == pytest.approx(1.2525)
    assert "× 1.002" in bar.reading


def test_lines_lie_on_the_ends_of_the_bar_in_its_crop(results):
    for bar in bars_of(results)[0]:
        frame = bar.frame
        with Image.open(frame.source) as crop:
            assert crop.size == (frame.columns, frame.rows)
            columns = [x for x in range(crop.width) if crop.getpixel((x, int(frame.y))) == 255]
        # The line of an end runs along the outer edge of the bar's last pixel.
        assert (columns[0], columns[-1] + 1) == (frame.left, pytest.approx(frame.right, abs=0.5))
        ends = [float(x) for x in re.findall(r"M([\d.]+) [-\d.]+V", frame.lines)]
        assert ends == pytest.approx([frame.left, frame.right], abs=0.006)
        assert frame.label_y > frame.rows, "the label hides nothing of the picture"
        assert 0 < frame.label_x < frame.columns


def test_lines_do_not_leave_a_crop_whose_bar_lies_at_its_edge(campaigns, tmp_path):
    facts = campaigns.scale_bar(200.0, 160.0, "200 nm") | {"bar_y_px": 747.5}
    sample = campaigns.MadeUpSample("s", micrographs=1, particles=5, facts=facts)
    folder = campaigns.write_campaign(tmp_path / "c", (sample,))
    ((bar,), _) = bars_of(read_results(folder))
    assert bar.frame.rows == 60
    heights = [float(y) for y in re.findall(r"V([-\d.]+)", bar.frame.lines)]
    assert heights == [60.0, 60.0]


def test_the_sheet_is_loaded_lazily_and_holds_copies(results):
    write_report(results.folder, ReportSettings())
    report = results.folder / "report"
    page = (report / "calibration.html").read_text(encoding="utf-8")
    pictures = re.findall(r'<img class="ground" src="([^"]+)" loading="lazy"', page)
    assert len(pictures) == page.count("<img") == 7
    for picture in pictures:
        crop = results.folder / "gallery" / "s" / picture.rpartition("/")[2]
        gallery = crop.with_name(crop.name.replace(".png", ".bar.png"))
        assert (report / picture).read_bytes() == gallery.read_bytes()
    assert page.index("pixel_size_nm = 5.0251") > page.index('id="candidates"')
    assert "no unit" in page


def test_a_bar_whose_crop_is_gone_is_told_without_it(results):
    gone = next((results.folder / "gallery").rglob("field_02*.bar.png"))
    content = gone.read_bytes()
    gone.unlink()
    try:
        read, _ = bars_of(results)
        assert [bar.frame is None for bar in read] == [False, True, False, False, False]
        write_report(results.folder, ReportSettings())
    finally:
        gone.write_bytes(content)


def test_very_many_bars_are_cut_to_the_odd_ones(results, monkeypatch):
    for module in (bars_module, pages, site):
        monkeypatch.setattr(module, "MOST_BARS", 2)
    write_report(results.folder, ReportSettings())
    report = results.folder / "report"
    page = (report / "calibration.html").read_text(encoding="utf-8")
    assert "3 more lie in gallery/ beside the report." in page
    assert len(list((report / "assets" / "bars").rglob("*.png"))) == 4
