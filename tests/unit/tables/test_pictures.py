"""Micrographs as the stages recorded them."""

import pytest

from nanocensus.micrographs import Finding
from nanocensus.tables import PictureRecord, TablesError
from nanocensus.tables.pictures import add_findings, pictures_of


def record(sample="A", name="m", records=None, findings=()):
    return PictureRecord(sample, name, "raw/m.tif", records or {}, findings)


def test_micrographs_stand_in_the_order_of_the_tables():
    pictures = pictures_of([record("B", "x"), record("A", "z"), record("A", "y")])
    assert [picture.label for picture in pictures] == ["A/y", "A/z", "B/x"]


def test_the_first_stage_that_knows_a_fact_states_it():
    (picture,) = pictures_of(
        [
            record(
                records={"prepare": {"rows": 5, "polarity": None}, "segment": {"polarity": "dark"}}
            )
        ]
    )
    assert picture.number("rows") == 5.0
    assert picture.text("polarity") == "dark"
    assert picture.text("detector") == ""
    assert picture.number("tilt_rad") != picture.number("tilt_rad")  # NaN


def test_status_is_the_worst_level_and_only_ok_and_warn_count():
    warn = {"code": "charging", "level": "warn", "message": "charges"}
    review = {"code": "pixel_size_disputed", "level": "review", "message": "disputed"}
    (fine,) = pictures_of([record(findings=(warn,))])
    (doubtful,) = pictures_of([record(findings=(review, warn))])
    assert (fine.status, fine.counted) == ("warn", True)
    assert (doubtful.status, doubtful.counted, doubtful.readable) == ("review", False, True)
    (later,) = add_findings([fine], {0: [Finding("truncated", "failed", "broken")]})
    assert [finding.code for finding in later.findings] == ["charging", "truncated"]
    assert not later.readable


def test_a_micrograph_that_comes_twice_is_refused():
    with pytest.raises(TablesError, match="'A/m' was handed over twice"):
        pictures_of([record(), record()])
