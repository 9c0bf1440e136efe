"""Whole reports: what their pages hold, whatever the samples lack."""

from __future__ import annotations

import json
import re
import shutil
from html.parser import HTMLParser
from urllib.parse import unquote

import pandas as pd
import pytest

from nanocensus.report import ReportSettings, palette, write_report
from nanocensus.report.figures import write_figures
from nanocensus.report.results import read_results
from nanocensus.report.wording import notes

MOST_BYTES = 15_000_000


class Page(HTMLParser):
    """What of a page matters here: its tags, links, texts, and JSON."""

    def __init__(self, path):
        super().__init__()
        self.path = path
        self.tags, self.links, self.data = [], [], []
        self.text = ""
        self._script = None
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append((tag, attributes))
        self._script = attributes if tag == "script" else None
        for name in ("href", "src"):
            if attributes.get(name):
                self.links.append(attributes[name])

    def handle_endtag(self, tag):
        self._script = None

    def handle_data(self, data):
        if self._script is None:
            self.text += data
        else:
            self.data.append(json.loads(data))


@pytest.fixture(scope="module")
def pages(odd_report):
    first = [odd_report / name for name in ("index.html", "calibration.html")]
    paths = [*first, *sorted((odd_report / "samples").glob("*.html"))]
    return {path.stem: Page(path) for path in paths}


def test_every_sample_has_a_page_and_the_campaign_has_one(pages):
    assert sorted(pages) == sorted(
        [
            *("index", "calibration", "1_many", "2_one_micrograph", "3_no_pixel_size"),
            *("4_nothing", "Größe_β+金"),
        ]
    )


def test_names_and_metadata_stay_text(pages):
    for page in pages.values():
        assert not [a for _, a in page.tags if any(name.startswith("on") for name in a)]
        assert ("img", {"src": "x"}) not in [(t, {"src": a.get("src")}) for t, a in page.tags]
        kinds = {a.get("type") for t, a in page.tags if t == "script" and "src" not in a}
        assert kinds <= {"application/json"}
    assert "{{7*7}}" in pages["index"].text
    assert "49" not in pages["1_many"].text.split("Sample of campaign")[1][:20]


def test_links_lead_to_files_of_the_report(pages, odd_report):
    checked = 0
    for page in pages.values():
        for target in page.links:
            assert not target.startswith(("http:", "https:", "//")), target
            if target.startswith(("#", "data:")):
                continue
            path = (page.path.parent / unquote(target.partition("#")[0])).resolve()
            assert path.is_file(), target
            assert odd_report.resolve() in path.parents
            checked += 1
    assert checked > 60


def test_anchors_of_the_navigation_are_there(pages):
    for page in pages.values():
        there = {a["id"] for _, a in page.tags if "id" in a}
        wanted = {target[1:] for target in page.links if target.startswith("#")}
        assert wanted <= there


def test_identifiers_are_unique(pages):
    for page in pages.values():
        there = [a["id"] for _, a in page.tags if "id" in a]
        assert len(there) == len(set(there))


def test_pages_are_small(pages):
    for page in pages.values():
        assert page.path.stat().st_size < MOST_BYTES


def test_charts_hold_plain_json_and_no_figure_is_empty(pages):
    assert len(pages["index"].data) >= 11  # five of sizes in nm, five in px, shapes
    for page in pages.values():
        for figure in page.data:
            assert set(figure) == {"data", "layout"}
            assert figure["data"]


def test_the_models_estimate_stands_in_the_table_of_micrographs(pages):
    page = pages["2_one_micrograph"]
    assert "estimated F1" in page.text
    cells = [a for tag, a in page.tags if tag == "td" and a.get("data-order")]
    assert "0.9375" in {cell["data-order"] for cell in cells}


def test_a_sample_without_pixel_size_is_shown_in_px(pages):
    page = pages["3_no_pixel_size"]
    axes = [f["layout"]["xaxis"]["title"]["text"] for f in page.data]
    assert "Area-equivalent diameter (px)" in axes
    assert "Area-equivalent diameter (nm)" not in axes
    assert "no pixel size is known" in page.text
    assert re.search(r"3_no_pixel_size.*?– \d+\.\d px", pages["index"].text, re.DOTALL)


def test_a_sample_without_particles_says_so(pages):
    page = pages["4_nothing"]
    assert not page.data
    assert "No particle counts" in page.text
    assert "No particle was found." in page.text


def test_one_micrograph_has_no_interval(pages):
    assert "not estimable" in pages["2_one_micrograph"].text
    band = [d for f in pages["2_one_micrograph"].data for d in f["data"] if d.get("fill")]
    assert not band


def test_pictures_are_no_more_than_asked_for(pages):
    thumbs = [a for _, a in pages["1_many"].tags if a.get("class") == "thumb"]
    assert len(thumbs) == 5
    assert "drawn by lot" in pages["1_many"].text


def test_true_values_stand_beside_measured_ones(pages):
    assert "Measured and true values" in pages["index"].text
    assert "true D50,n" in pages["index"].text
    assert "off by" in pages["index"].text


def test_texts_of_the_sheet_stay_as_they_are(pages):
    assert "007" in pages["1_many"].text


def test_figures_are_written_as_png_and_svg(odd_report):
    figures = {path.name for path in (odd_report / "figures").iterdir()}
    assert {"distributions.png", "distributions.svg", "sample-Größe_β+金.svg"} <= figures
    assert not [name for name in figures if "nothing" in name]
    svg = (odd_report / "figures" / "distributions.svg").read_text(encoding="utf-8")
    assert "<dc:date>" not in svg


def test_the_same_tables_give_the_same_bytes(campaigns, tmp_path):
    """Also into a folder that has a report already: what is of no sample any more goes."""
    bar = campaigns.scale_bar(200.0, 160.0, "200 nm")
    bar |= campaigns.other_source(1.25, "scale_bar", 1.25)
    small = campaigns.MadeUpSample("s", micrographs=3, particles=15, facts=bar)
    results = campaigns.write_campaign(tmp_path / "a" / "c", (small,))
    write_report(results, ReportSettings())
    fresh = _bytes(results / "report")
    assert {"figures/sample-s.png", "figures/sample-s.svg", "samples/s.html"} <= set(fresh)
    assert {"calibration.html", "figures/agreement.png", "figures/agreement.svg"} <= set(fresh)
    assert len([name for name in fresh if name.startswith("assets/bars/s/")]) == 3
    (results / "report" / "samples" / "gone.html").write_text("x")
    write_report(results, ReportSettings())
    assert _bytes(results / "report") == fresh
    moved = tmp_path / "b" / "c"
    for folder in ("tables", "gallery"):
        shutil.copytree(results / folder, moved / folder)
    write_report(moved, ReportSettings())
    assert _bytes(moved / "report") == fresh


def test_pictures_are_copied_and_only_those_that_are_shown(odd_report):
    gallery = odd_report.parent / "gallery" / "1_many"
    shown = odd_report / "assets" / "micrographs" / "1_many"
    copied = sorted(shown.glob("*.jpg"))
    assert len(copied) == 5 < len(list(gallery.glob("*.jpg")))
    drawn = {path.stem for path in shown.glob("*.svg")}
    assert drawn == {path.stem for path in copied}
    for picture in copied:
        assert not picture.is_symlink()
        assert picture.read_bytes() == (gallery / picture.name).read_bytes()


def test_outlines_of_a_micrograph_that_does_not_count_are_all_dashed(campaigns, tmp_path):
    """What the table sets aside is drawn so, whatever it was set aside for."""
    review = {0: ("pixel_size_disputed", "review", "Tag and bar differ by 12.8 %.")}
    small = campaigns.MadeUpSample("s", micrographs=2, particles=15, findings=review)
    results = campaigns.write_campaign(tmp_path / "c", (small,))
    write_report(results, ReportSettings())
    particles = pd.read_parquet(results / "tables" / "particles.parquet")
    statuses = pd.read_csv(results / "tables" / "micrographs.csv", index_col="micrograph")["status"]
    assert sorted(statuses) == ["ok", "review"]
    for name, status in statuses.items():
        svg = (results / f"report/assets/micrographs/s/{name}.svg").read_text(encoding="utf-8")
        solid = re.findall(r'<use [^>]*stroke="(#\w+)"(?![^>]*dasharray)', svg)
        counted = particles[(particles["micrograph"] == name) & (particles["status"] == "counted")]
        wanted = {palette.SHAPE_COLOURS[shape] for shape in counted["shape"]}
        assert set(solid) == wanted
        assert bool(wanted) == (status == "ok")


def test_files_that_were_passed_over_are_named(campaigns, tmp_path):
    small = campaigns.MadeUpSample("s", micrographs=1, particles=5)
    results = campaigns.write_campaign(tmp_path / "c", (small,))
    sentence = "3 files were passed over because their format is not read: 3 .dm4."
    for ignored, said in ({".dm4": 3}, True), ({}, False):
        write_report(results, ReportSettings(ignored_files=ignored))
        assert (sentence in Page(results / "report" / "index.html").text) == said


def test_pictures_to_take_away_are_the_same_bytes_when_drawn_again(odd_report, tmp_path):
    again = tmp_path / "figures"
    write_figures(read_results(odd_report.parent), again)
    drawn = _bytes(again)
    assert drawn == _bytes(odd_report / "figures")
    assert {name.rpartition(".")[2] for name in drawn} == {"png", "svg"}


def test_a_truth_outside_the_interval_is_said_on_top(pages, odd_report):
    sample = read_results(odd_report.parent).samples[0]
    assert sample.truth("d50_n_nm") == 50.0
    assert sample.truth("d90_n_nm") is None
    inside = sample.row["d50_n_nm_low"] <= 50.0 <= sample.row["d50_n_nm_high"]
    assert sample.holds_truth("d50_n_nm") == inside
    assert ("The true median lies outside" in pages["index"].text) == (not inside)
    assert "true: 50.00" in pages["1_many"].text


def test_notes_stand_once_with_their_samples(odd_report):
    found = notes(read_results(odd_report.parent))
    texts = [text for _, text in found]
    assert len(texts) == len(set(texts))
    assert ("2_one_micrograph", "Intervals not estimable: one micrograph.") in found


def _bytes(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_many_micrographs_are_cut_to_what_a_page_can_hold(pages, odd_report):
    table = pd.read_csv(odd_report / "tables" / "micrographs.csv")
    rows = [a for t, a in pages["index"].tags if t == "span" and "badge" in a.get("class", "")]
    assert len(rows) == len(table)
