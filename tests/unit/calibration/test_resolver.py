"""One pixel size from what several sources state, or none."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.calibration.stated import SHAPE, codes, resolve, tag

from nanocensus.calibration import (
    EVIDENCE_KINDS,
    OTHER_PIXEL_SIZES,
    calibration_record,
    usable_for_sizes,
)
from nanocensus.micrographs import Instrument, PixelSizeEvidence, worst_level


def test_a_tag_that_nothing_speaks_against() -> None:
    found = resolve(tag(width_nm=5.0 * 1024))
    assert found.status == "ok"
    assert found.findings == ()
    assert found.pixel_size is not None
    assert (found.pixel_size.y_nm, found.pixel_size.x_nm) == (5.0, 5.0)
    assert found.pixel_size.source == "zeiss_tag"
    assert found.raw_text == "5.0 nm"
    assert (found.second_source, found.disagreement_rel) == (None, None)


def test_nothing_stated() -> None:
    found = resolve()
    assert (found.pixel_size, found.status) == (None, "none")
    assert codes(found) == ["no_pixel_size"]
    assert found.findings[0].level == "warn"


@pytest.mark.parametrize("value", [1.0, 0.0, -5.0, math.nan, math.inf, 2e6])
def test_placeholders_are_no_calibration(value: float) -> None:
    found = resolve(tag(value))
    assert (found.pixel_size, found.status) == (None, "none")
    assert codes(found) == ["not_a_calibration", "no_pixel_size"]


@pytest.mark.parametrize("source", ["ome", "imagej"])
def test_one_nm_that_was_stated_in_another_unit_holds(source: str) -> None:
    found = resolve(tag(1.0, source=source))
    assert found.pixel_size is not None
    assert found.pixel_size.x_nm == 1.0


def test_the_user_may_say_one() -> None:
    found = resolve(sheet=1.0)
    assert found.pixel_size is not None
    assert (found.pixel_size.x_nm, found.pixel_size.source, found.status) == (1.0, "sheet", "ok")


def test_order_of_trust() -> None:
    imagej, ome = tag(5.05, source="imagej", declared=None), tag(5.02, source="ome")
    found = resolve(ome, imagej, tag(5.0))
    assert found.pixel_size is not None
    assert found.pixel_size.source == "zeiss_tag"
    assert (found.second_source, found.second_pixel_size_nm) == ("ome", 5.02)
    assert found.disagreement_rel == pytest.approx(0.004)
    assert found.status == "ok"


def test_a_reading_that_is_unsure_may_deviate_more() -> None:
    # A bar of 20 px: u = 0.41 / 20, so 1.5 / 20 = 7.5 % pass.
    bar = tag(5.3, source="imagej", u_rel=0.41 / 20)
    assert resolve(tag(5.0), bar).status == "ok"
    assert resolve(tag(5.0), tag(5.4, source="imagej", u_rel=0.41 / 20)).status == "warn"


def test_appended_bar_and_cropped_copy() -> None:
    assert resolve(tag(), shape=(838, 1024)).status == "ok"
    for shape in ((700, 1024), (300, 1000), (768, 600)):
        found = resolve(tag(), shape=shape)
        assert (found.status, codes(found)) == ("warn", ["cropped_copy"])
        assert found.pixel_size is not None
        assert found.pixel_size.x_nm == 5.0


@pytest.mark.parametrize("shape", [(384, 512), (1536, 2048), (600, 800), (419, 512), (256, 341)])
def test_resized_copy_alone_gives_no_size(shape) -> None:
    found = resolve(tag(), shape=shape)
    assert (found.pixel_size, found.status) == (None, "refused")
    assert codes(found) == ["resized_copy"]
    assert found.findings[0].level == "review"
    assert found.second_pixel_size_nm == pytest.approx(5.0 * 1024 / shape[1])


@pytest.mark.parametrize("shape", [(1024, 1024), (2000, 1024), (900, 2048)])
def test_a_collage_gives_no_size(shape) -> None:
    found = resolve(tag(), shape=shape)
    assert (found.pixel_size, found.status) == (None, "refused")
    assert codes(found) == ["edited_copy"]


def test_resized_copy_confirmed_by_another_source() -> None:
    imagej = tag(10.1, source="imagej", declared=None)
    found = resolve(tag(), imagej, shape=(384, 512))
    assert found.pixel_size is not None
    assert found.pixel_size.x_nm == 10.0
    assert (found.status, codes(found)) == ("warn", ["resized_copy"])
    assert found.second_source == "imagej"


def test_resized_copy_against_another_source() -> None:
    found = resolve(tag(), tag(5.0, source="imagej", declared=None), shape=(384, 512))
    assert found.status == "review"
    assert found.pixel_size is not None
    assert found.pixel_size.source == "imagej"
    assert codes(found) == ["resized_copy", "pixel_size_unconfirmed", "pixel_size_disputed"]


def test_every_source_of_a_refused_copy_is_told() -> None:
    found = resolve(tag(), tag(5.1, source="ome"), shape=(384, 512))
    assert (found.status, found.pixel_size) == ("refused", None)
    assert [(other.source, other.pixel_size_nm) for other in found.others] == [
        ("zeiss_tag", 10.0),
        ("ome", 10.2),
    ]
    assert {other.deviation_rel for other in found.others} == {None}


def printed(value_nm: float) -> PixelSizeEvidence:
    return PixelSizeEvidence("print_size", value_nm, value_nm, "25.4 mm / 100 dpi / 1000")


def test_print_size_confirms_a_resized_copy_and_is_never_a_value() -> None:
    confirmed = resolve(tag(), printed(10.05), shape=(384, 512))
    assert confirmed.status == "warn"
    assert confirmed.pixel_size is not None
    assert confirmed.pixel_size.x_nm == pytest.approx(10.0)
    kept = resolve(tag(), printed(5.0), shape=(384, 512))
    assert (kept.status, kept.pixel_size) == ("refused", None)
    alone = resolve(printed(5.0))
    assert (alone.status, alone.pixel_size) == ("none", None)


def test_print_size_reset_by_a_copy_is_no_dispute() -> None:
    found = resolve(tag(), printed(88.0))
    assert (found.status, found.second_source) == ("ok", None)
    assert resolve(tag(), printed(5.01)).second_source == "print_size"


def test_sources_that_all_survive_copying_do_not_confirm_each_other() -> None:
    found = resolve(
        tag(source="imagej", declared=None), tag(source="dm_tag", declared=None), printed(5.0)
    )
    assert (found.status, codes(found)) == ("warn", ["pixel_size_unconfirmed"])
    assert resolve(tag(source="dm", declared=None), tag()).status == "ok"


def test_a_field_width_ties_a_value_to_the_picture() -> None:
    assert resolve(tag(declared=None, width_nm=5.0 * SHAPE[1])).status == "ok"
    assert resolve(tag(declared=None, width_nm=10.0 * SHAPE[1])).status == "review"


def test_a_calibration_that_names_no_size_of_picture_is_unconfirmed() -> None:
    found = resolve(tag(source="imagej", declared=None))
    assert (found.status, codes(found)) == ("warn", ["pixel_size_unconfirmed"])
    assert resolve(tag(source="imagej", declared=None), sheet=5.0).status == "ok"


@pytest.mark.parametrize(
    ("value_nm", "modality", "status"),
    [
        (0.1, "se", "review"),
        (0.1, "tem", "ok"),
        (300.0, "tem", "review"),
        (300.0, "se", "ok"),
        (300.0, None, "ok"),
        (0.001, None, "review"),
        (10_000.0, None, "review"),
    ],
)
def test_plausibility(value_nm: float, modality: str | None, status: str) -> None:
    # 10 µm x 1024 px is a field of more than 5 mm.
    assert resolve(tag(value_nm), modality=modality).status == status
    by_user = resolve(sheet=value_nm, modality=modality).status
    assert by_user == ("warn" if status == "review" else "ok")


@pytest.mark.parametrize(
    ("ratio", "status", "axes"),
    [(1.003, "ok", "averaged"), (1.007, "ok", "kept"), (1.05, "warn", "kept")],
)
def test_pixels_that_are_not_square(ratio: float, status: str, axes: str) -> None:
    found = resolve(tag(4.0, y_nm=4.0 * ratio))
    assert found.status == status
    size = found.pixel_size
    assert size is not None
    if axes == "averaged":
        assert size.y_nm == size.x_nm == pytest.approx(4.0 * (1 + ratio) / 2)
    else:
        assert (size.y_nm, size.x_nm) == (4.0 * ratio, 4.0)


@pytest.mark.parametrize(
    ("degrees", "corrected", "level"),
    [
        (0, False, "ok"),
        (4.9, None, "ok"),
        (-10, False, "warn"),
        (10, None, "warn"),
        (20, None, "review"),
        (-52, False, "review"),
        (8, True, "warn"),
        (12, True, "review"),
        (90, True, "review"),
    ],
)
def test_a_tilt_spoils_sizes_and_not_the_pixel_size(degrees, corrected, level) -> None:
    instrument = Instrument(tilt_rad=math.radians(degrees), tilt_corrected=corrected)
    found = resolve(tag(), instrument=instrument)
    assert worst_level(found.findings) == level
    assert found.status == ("ok" if level == "ok" else "warn")
    assert usable_for_sizes(found.findings) == (level != "review")
    assert found.pixel_size is not None
    assert found.pixel_size.x_nm == 5.0


def test_the_user_may_accept_a_tilt() -> None:
    found = resolve(tag(), instrument=Instrument(tilt_rad=math.radians(52)), tilt_ok=True)
    assert (found.status, usable_for_sizes(found.findings)) == ("warn", True)
    assert "the sample sheet accepts it" in found.findings[0].message


def test_a_standards_factor_corrects_what_the_files_state_and_not_the_sheet() -> None:
    stated = tag(5.0, width_nm=5.0 * 1024)
    found = resolve(stated, scale_factor=1.02)
    assert found.status == "ok"
    assert found.pixel_size.x_nm == pytest.approx(5.1)
    found = resolve(stated, sheet=5.1, scale_factor=1.02)
    assert (found.status, found.pixel_size.x_nm) == ("ok", 5.1)
    assert found.disagreement_rel == pytest.approx(0, abs=1e-12)
    assert resolve(tag(1.0), scale_factor=1.02).status == "none", "a placeholder stays one"


def test_what_is_read_coarsely_confirms_no_halved_copy() -> None:
    """A label of one digit, "HFW 1 µm", may be off by half of it and says nothing about 2 : 1."""
    halved = tag(5.0, declared=None)
    label = tag(10.0, source="field_label", declared=None, u_rel=0.29)
    found = resolve(halved, label)
    assert found.status == "review"
    close = resolve(halved, tag(5.4, source="field_label", declared=None, u_rel=0.29))
    assert (close.status, codes(close)) == ("warn", ["pixel_size_unconfirmed"])


def test_a_large_factor_of_a_standard_is_warned_about() -> None:
    assert resolve(tag(), scale_factor=1.04).status == "ok"
    found = resolve(tag(), scale_factor=1.2)
    assert (found.status, codes(found)) == ("warn", ["large_scale_factor"])
    assert "5 nm per pixel into 6 nm" in found.findings[0].message


def test_one_nm_that_was_read_from_the_picture_holds() -> None:
    found = resolve(tag(1.0, source="scale_bar", declared=None))
    assert (found.status, found.pixel_size.x_nm) == ("review", 1.0)


def test_a_bar_is_compared_along_the_rows() -> None:
    found = resolve(tag(5.0, y_nm=2.5), tag(5.0, source="scale_bar", declared=None))
    assert codes(found) == ["non_square_pixels"]
    assert found.disagreement_rel == pytest.approx(0)
    found = resolve(tag(5.0, y_nm=20.0), tag(10.0, source="scale_bar", declared=None))
    assert "pixel_size_disputed" in codes(found)


def test_accepting_bars_accepts_no_written_field_width() -> None:
    assert resolve(tag(source="scale_bar"), scale_bar_ok=True).status == "warn"
    assert resolve(tag(source="field_label"), scale_bar_ok=True).status == "review"


def test_uncertainty_is_stated_only_with_that_of_the_magnification() -> None:
    assert resolve(tag(u_rel=0.003)).pixel_size.u_rel is None
    found = resolve(tag(u_rel=0.003), scale_u=0.004)
    assert found.pixel_size is not None
    assert found.pixel_size.u_rel == pytest.approx(0.005)


def test_record() -> None:
    assert calibration_record(resolve(tag(4.0), sheet=5.0)) == {
        "pixel_size_nm": 5.0,
        "pixel_size_source": "sheet",
        "pixel_size_u_rel": None,
        "second_source": "zeiss_tag",
        "second_pixel_size_nm": 4.0,
        "disagreement_rel": pytest.approx(-0.2),
        "confirmed_by": None,
        "other_sources": "zeiss_tag 4 nm (-20.0%)",
        OTHER_PIXEL_SIZES: [
            {
                "source": "zeiss_tag",
                "pixel_size_nm": 4.0,
                "deviation_rel": pytest.approx(-0.2),
                "confirms": False,
            }
        ],
    }
    assert set(calibration_record(resolve()).values()) == {None}


values = st.floats(allow_nan=True, allow_infinity=True)
evidences = st.builds(
    tag,
    values,
    source=st.sampled_from(sorted(set(EVIDENCE_KINDS) - {"sheet"})),
    declared=st.none() | st.tuples(st.integers(1, 5000), st.integers(1, 5000)),
    width_nm=st.none() | values,
    y_nm=st.none() | values,
    u_rel=st.none() | st.floats(0, 1),
)


@given(
    evidence=st.lists(evidences, max_size=4),
    sheet=st.none() | st.floats(1e-3, 1e5),
    shape=st.tuples(st.integers(16, 5000), st.integers(16, 5000)),
)
def test_invariants_for_anything_stated(evidence, sheet, shape) -> None:
    found = resolve(*evidence, sheet=sheet, shape=shape)
    levels = {finding.level for finding in found.findings}
    assert (found.pixel_size is None) == (found.status in ("none", "refused"))
    assert (found.status == "ok") == (not levels)
    assert ("review" in levels) == (found.status in ("review", "refused"))
    for finding in found.findings:
        if finding.level == "review":
            assert re.search(r"pixel_size_nm.* row .*this file", finding.message)
    if sheet is not None:
        assert found.pixel_size is not None
        assert found.pixel_size.x_nm == sheet
    if found.pixel_size is not None and found.second_pixel_size_nm is not None:
        assert (
            found.disagreement_rel
            == pytest.approx(found.second_pixel_size_nm / found.pixel_size.mean_nm - 1)
            or found.pixel_size.y_nm != found.pixel_size.x_nm
        )


def test_a_field_width_of_zero_is_no_field_width() -> None:
    found = resolve(tag(width_nm=0.0))
    assert found.findings == ()
    assert found.pixel_size is not None
