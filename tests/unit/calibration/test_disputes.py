"""Sources that contradict each other or themselves, and what the user is told to do."""

from __future__ import annotations

import pytest
from tests.unit.calibration.stated import codes, resolve, tag


@pytest.mark.parametrize(
    ("deviation", "status", "code"),
    [
        (0.01, "ok", None),
        (-0.019, "ok", None),
        (0.05, "warn", "pixel_size_deviates"),
        (-0.05, "warn", "pixel_size_deviates"),
        (0.2, "review", "pixel_size_disputed"),
        (-0.5, "review", "pixel_size_disputed"),
    ],
)
def test_sheet_against_tag(deviation: float, status: str, code: str | None) -> None:
    found = resolve(tag(5.0 * (1 + deviation)), sheet=5.0)
    assert found.pixel_size is not None
    assert (found.pixel_size.x_nm, found.pixel_size.source) == (5.0, "sheet")
    assert found.status == status
    assert codes(found) == ([code] if code else [])
    assert found.second_source == "zeiss_tag"
    assert found.disagreement_rel == pytest.approx(deviation)


@pytest.mark.parametrize(
    ("ratio", "word"), [(2, "binned by 2"), (0.1, "decimal"), (1000, "1000"), (25.4, "inch")]
)
def test_the_likely_cause_is_named(ratio: float, word: str) -> None:
    found = resolve(tag(5.0 * ratio), sheet=5.0)
    assert word in found.findings[-1].message


def test_a_tag_that_contradicts_itself() -> None:
    assert resolve(tag(width_nm=5.0 * 1024 * 1.004)).status == "ok"
    found = resolve(tag(width_nm=5.0 * 1024 * 1.006))
    assert found.status == "review"
    assert codes(found) == ["pixel_size_disputed"]
    assert found.pixel_size is not None


def test_the_sheet_resolves_a_tag_that_contradicts_itself() -> None:
    # 5 nm per pixel by one field, 10 nm by the other: whichever is right, the sheet says so.
    torn = tag(5.0, width_nm=10.0 * 1024)
    assert resolve(torn).status == "review"
    assert "give pixel_size_nm in the sample sheet" in resolve(torn).findings[0].message
    for sheet in (5.0, 10.0):
        found = resolve(torn, sheet=sheet)
        assert found.status == "warn"
        assert found.pixel_size is not None
        assert found.pixel_size.x_nm == sheet
        assert set(codes(found)) == {"pixel_size_deviates"}
    # A consistent tag does likewise for a lesser source that contradicts itself.
    assert resolve(tag(5.0), tag(10.0, source="ome", width_nm=1.0)).status == "warn"


def test_a_sheet_against_a_consistent_tag_is_told_what_helps() -> None:
    found = resolve(tag(5.0), sheet=8.0)
    assert found.status == "review"
    assert "correct pixel_size_nm" in found.findings[-1].message
    assert "remove it there" in found.findings[-1].message
    assert resolve(tag(5.0), sheet=5.0).status == resolve(tag(5.0)).status == "ok"


def test_the_sheet_decides_between_two_sources_of_the_file() -> None:
    stated = (tag(5.0), tag(8.0, source="ome"))
    found = resolve(*stated)
    assert found.status == "review"
    assert "the right one of the two as pixel_size_nm" in found.findings[-1].message
    for sheet in (5.0, 8.0):
        assert resolve(*stated, sheet=sheet).status == "warn"
    assert resolve(*stated, sheet=6.5).status == "review"


def test_a_reason_overrides_a_consistent_tag_and_the_dispute_stays_visible() -> None:
    against = tag(5.0, width_nm=5.0 * 1024)
    assert resolve(against, sheet=6.0).status == "review"
    found = resolve(against, sheet=6.0, pixel_size_reason="grating of 2026")
    assert (found.status, found.pixel_size.x_nm) == ("warn", 6.0)
    assert codes(found) == ["pixel_size_overridden"]
    assert "grating of 2026" in found.findings[0].message
    assert found.disagreement_rel == pytest.approx(5 / 6 - 1)


def test_a_contradiction_counts_against_a_source_that_says_the_same() -> None:
    halved = tag(2.5, source="ome", width_nm=2.5 * 2048)
    found = resolve(tag(2.5, source="dm", declared=None), halved)
    assert found.status == "review"


def test_sheet_on_a_resized_copy() -> None:
    assert resolve(tag(), shape=(384, 512), sheet=10.0).status == "ok"
    found = resolve(tag(), shape=(384, 512), sheet=5.0)
    assert (found.status, codes(found)) == ("review", ["pixel_size_disputed"])
    assert "binned by 2" in found.findings[0].message


def test_every_remedy_names_the_column_and_the_row() -> None:
    torn = tag(5.0, width_nm=10.0 * 1024)
    bar = tag(5.0, source="scale_bar", declared=None)
    for found in (
        resolve(),
        resolve(torn),
        resolve(torn, tag(5.0, source="ome")),
        resolve(tag(5.0), tag(5.3, source="ome")),
        resolve(tag(5.0), tag(8.0, source="ome")),
        resolve(tag(5.3), sheet=5.0),
        resolve(tag(8.0), sheet=5.0),
        resolve(tag(), shape=(384, 512)),
        resolve(tag(), shape=(384, 512), sheet=5.0),
        resolve(tag(), shape=(300, 1000)),
        resolve(tag(), shape=(1024, 1024)),
        resolve(tag(source="imagej", declared=None)),
        resolve(tag(0.001)),
        resolve(tag(4.0, y_nm=4.4)),
        resolve(bar),
    ):
        assert found.findings
        for finding in found.findings:
            assert "pixel_size_nm" in finding.message, finding
            assert "row" in finding.message, finding
            assert "this file" in finding.message, finding
