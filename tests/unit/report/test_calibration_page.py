"""The calibration page: what it says, and in which order, whatever a campaign lacks."""

from __future__ import annotations

import re
from dataclasses import asdict

import pytest

from nanocensus.report import ReportSettings, write_report
from nanocensus.report import calibration_grids as grids
from nanocensus.report import calibration_words as words
from nanocensus.report.agreement import EDGE_PERCENT, draw_agreement, points_of
from nanocensus.report.calibration_states import odd_first, other_sources
from nanocensus.report.results import read_results, records

AGED = 730.0
DISPUTED = ("pixel_size_disputed", "review", "Tag and bar differ by 12.8 %.")
DEVIATES = ("pixel_size_deviates", "warn", "Tag and bar differ by 4.0 %.")
MISSING = ("no_pixel_size", "warn", "No pixel size in the file.")
SATURATED = ("saturated", "warn", "Grey values are cut off.")
TRUNCATED = ("truncated", "failed", "The file ends early.")


@pytest.fixture(scope="module")
def mixed(campaigns, tmp_path_factory):
    """One micrograph of each state, the odd ones last in the table."""
    sample = campaigns.MadeUpSample(
        "s",
        micrographs=9,
        particles=12,
        findings={0: TRUNCATED, 1: SATURATED, 3: MISSING, 5: DEVIATES, 7: DISPUTED},
        facts={"magnification": 80_000.0, "print_width_mm": 102.4},
        facts_of={
            1: campaigns.other_source(1.25, "ome", 1.2501),
            3: {"pixel_size_nm": None, "pixel_size_source": None, "print_width_mm": None},
            4: {"print_width_mm": 110.0, "pixel_size_u_rel": None},
            5: campaigns.other_source(1.25, "ome", 1.3),
            6: campaigns.other_source(1.25, "scale_bar", 1250.0) | {"instrument": "Other"},
            7: campaigns.other_source(1.25, "scale_bar", 1.41),
            8: campaigns.other_source(1.25, "scale_bar", 1.252),
        },
    )
    folder = campaigns.write_campaign(
        tmp_path_factory.mktemp("mixed") / "c", (sample,), pictures=False
    )
    return read_results(folder)


@pytest.fixture(scope="module")
def bare(campaigns, tmp_path_factory):
    """Micrographs of which nothing is known."""
    sample = campaigns.MadeUpSample("s", micrographs=2, particles=5, pixel_size_nm=None)
    folder = campaigns.write_campaign(tmp_path_factory.mktemp("bare") / "c", (sample,))
    return read_results(folder)


def texts(grid, column):
    place = [head.text for head in grid.headers].index(column)
    return [row[place].text for row in grid.rows]


def numbers_of(rows):
    return [int(re.search(r"field (\d+)", text)[1]) for text in rows]


def said(sentences):
    return " ".join(sentence.text for sentence in sentences)


def test_the_odd_ones_come_first_each_with_reasons_on_calibration_alone(mixed):
    grid = grids.micrographs(mixed)
    assert texts(grid, "state") == [
        *("review", "warned", "warned", "none", "unconfirmed"),
        *("consistent", "consistent", "confirmed", "failed"),
    ]
    assert numbers_of(texts(grid, "file")) == [7, 4, 5, 3, 2, 1, 6, 8, 0]
    reasons = texts(grid, "reasons")
    assert reasons[0] == DISPUTED[2]
    assert "pixel size x width x magnification is 110 mm" in reasons[1]
    assert SATURATED[2] not in " ".join(reasons)
    orders = [row[0].order for row in grid.rows]
    assert orders == sorted(orders), "the state sorts by oddity, not by its letters"


def test_many_micrographs_are_cut_and_the_odd_ones_kept(mixed, monkeypatch):
    monkeypatch.setattr(grids, "MOST_ROWS", 2)
    assert texts(grids.micrographs(mixed), "state") == ["review", "warned"]


def test_states_are_counted_in_words(mixed):
    assert words.lead(mixed) == "7 of 8 micrographs have a pixel size; 1 more could not be read."
    assert [card.value for card in words.cards(mixed)] == ["1", "2", "1", "2", "1", "1"]
    text = said(words.sentences(mixed, AGED))
    assert "7 from the Zeiss tag" in text
    assert "5 micrographs have a second source: 2 of them agree within 2 %" in text
    assert "3 differ by more, 2 by over 10 %" in text
    assert "2 micrographs are consistent within the file only" in text
    assert "1 micrograph rests on one source alone" in text
    assert "1 micrograph is under review" in text
    assert "1 micrograph has no pixel size" in text
    assert "names no calibration certificate" in text
    assert "not stated for 1 of 7 pixel sizes" in text


def test_of_a_campaign_without_pixel_sizes_no_sentence_is_empty(bare):
    text = said(words.sentences(bare, AGED))
    assert "2 micrographs have no pixel size" in text
    assert "not stated" not in text, "of pixel sizes that do not exist nothing is missing"
    assert grids.print_widths(bare).rows == []
    assert grids.reviewed(bare).rows == []
    assert grids.certificates(bare, AGED).rows == []
    assert draw_agreement(bare) is None


def test_certificates_are_told_with_their_age(campaigns, tmp_path):
    certified = {
        "scale_standard": "Planotec 642-1",
        "scale_date": "2023-03-01",
        "scale_factor": 1.002,
        "certificate_age_days": 900,
    }
    sample = campaigns.MadeUpSample(
        "s", micrographs=3, particles=5, facts=certified, facts_of={2: {"scale_u": 0.01}}
    )
    results = read_results(campaigns.write_campaign(tmp_path / "c", (sample,), pictures=False))
    grid = grids.certificates(results, AGED)
    assert sorted(texts(grid, "standard uncertainty")) == ["1.0 %", "not stated"]
    assert sorted(texts(grid, "micrographs")) == ["1", "2"]
    assert {row[-1].more for row in grid.rows} == {"old"}
    assert {row[-1].more for row in grids.certificates(results, 1000.0).rows} == {""}
    assert "for 3 it is more than 730 days away" in said(words.sentences(results, AGED))
    settings = ReportSettings(configuration={"quality": {"max_certificate_age_days": 1000}})
    assert settings.oldest_certificate_days == 1000.0
    assert ReportSettings().oldest_certificate_days == AGED


def test_print_widths_name_the_odd_pictures_of_each_instrument(mixed):
    grid = grids.print_widths(mixed)
    assert texts(grid, "instrument") == ["Made-up 55", "Other"]
    assert texts(grid, "micrographs") == ["6", "1"]
    assert texts(grid, "print width K") == ["102.4", "102.4"]
    assert texts(grid, "largest deviation") == ["+7.4 %", "0.0 %"]
    (odd, none) = texts(grid, "more than 2 % off")
    assert odd.startswith("s/field_04-")
    assert none == "none"


def test_both_results_of_a_sample_under_review_stand_side_by_side(mixed):
    grid = grids.reviewed(mixed)
    (row,) = grid.rows
    cells = {head.text: cell for head, cell in zip(grid.headers, row, strict=True)}
    sample = mixed.samples[0].row
    assert cells["under review"].text == "1"
    assert cells["D50,n without"].order == pytest.approx(sample["d50_n_nm"])
    assert cells["D50,n with"].order == pytest.approx(sample["d50_n_nm_with_review"])
    assert cells["particles with"].order > cells["particles without"].order


def test_every_other_source_is_a_point_and_those_far_off_lie_at_the_edge(mixed):
    points = points_of(mixed)
    assert {source: len(of_source) for source, of_source in points.items()} == {
        "ome": 2,
        "scale_bar": 3,
    }
    far, near, _ = points["scale_bar"]
    assert far.is_beyond
    assert far.drawn_percent == EDGE_PERCENT
    assert near.deviation_percent == pytest.approx(12.8)
    figure = draw_agreement(mixed)
    assert {line.y0 for line in figure.layout.shapes} == {-10.0, -2.0, 2.0, 10.0}
    (bars,) = [trace for trace in figure.data if trace.name == "scale bar"]
    assert bars.marker.symbol[0] == "triangle-up"
    assert "+99900 %" in bars.text[0]
    assert all("s/field_0" in text for text in bars.text)


def test_every_other_source_of_a_micrograph_is_told_as_it_was_recorded(campaigns, tmp_path):
    others = [
        {"source": "ome", "pixel_size_nm": 1.2501, "deviation_rel": 0.00008, "confirms": False},
        {"source": "imagej", "pixel_size_nm": 1000.0, "deviation_rel": 799.0, "confirms": False},
    ]
    refused = [
        {"source": "zeiss_tag", "pixel_size_nm": 2.5, "deviation_rel": None, "confirms": False}
    ]
    sample = campaigns.MadeUpSample(
        "007",
        micrographs=3,
        particles=5,
        facts_of={
            0: {"other_pixel_sizes": others},
            1: {
                "pixel_size_nm": None,
                "pixel_size_source": None,
                "other_pixel_sizes": refused,
            },
        },
    )
    results = read_results(campaigns.write_campaign(tmp_path / "c", (sample,), pictures=False))
    told = other_sources(results)
    assert [[asdict(other) for other in told.of(row)] for row in records(results.micrographs)] == [
        others,
        refused,
        [],
    ]
    cells = dict(
        zip(
            numbers_of(texts(grids.micrographs(results), "file")),
            [row[4] for row in grids.micrographs(results).rows],
            strict=True,
        )
    )
    assert "+79900 %" in cells[0].text
    assert cells[0].order == 799.0
    assert cells[1].text == "zeiss tag 2.500 nm"
    assert {point.source for points in points_of(results).values() for point in points} == {
        *("ome", "imagej"),
    }


def test_the_order_within_a_state_is_that_of_the_table(mixed):
    table = odd_first(mixed.micrographs)
    warned = table[table["state"] == "warned"]["micrograph"].tolist()
    assert warned == sorted(warned)


def test_page_and_figures_are_written_and_say_what_is_missing(mixed, bare):
    for results, there in ((mixed, True), (bare, False)):
        write_report(results.folder, ReportSettings())
        report = results.folder / "report"
        page = (report / "calibration.html").read_text(encoding="utf-8")
        for suffix in (".png", ".svg"):
            assert (report / "figures" / f"agreement{suffix}").is_file() == there
            assert (f"figures/agreement{suffix}" in page) == there
        assert (words.NO_PAIRS in page) == (not there)
        assert (words.NO_PRINT_WIDTHS in page) == (not there)
        assert words.NO_BARS in page
        assert ("scale_bar_ok" in page) == there, "how to accept what is under review"
        assert "calibration.html" in (report / "index.html").read_text(encoding="utf-8")
        sample = (report / "samples" / "s.html").read_text(encoding="utf-8")
        assert 'href="../calibration.html"' in sample
