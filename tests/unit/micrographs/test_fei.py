"""The INI text of FEI and Thermo Fisher."""

from __future__ import annotations

import numpy as np
import pytest

from nanocensus.micrographs import MicrographError, read_micrograph

BAR_ROWS = 6


@pytest.fixture
def picture() -> np.ndarray:
    return (np.arange(64 * 40, dtype=np.int64).reshape(40, 64) % 251).astype(np.uint8)


@pytest.mark.parametrize("tag", [34680, 34682])
def test_all_fields(write_tiff, picture, fei_text, tag: int) -> None:
    found = read_micrograph(write_tiff(picture, {tag: fei_text()}))
    (evidence,) = found.evidence
    assert (evidence.source, evidence.x_nm, evidence.y_nm) == ("fei_tag", 2.5, 2.5)
    assert evidence.field_width_nm == pytest.approx(160)
    assert evidence.declared_shape == (40, 64)
    assert found.modality == "se"
    instrument = found.instrument
    assert (instrument.instrument, instrument.detector) == ("Teneo", "ETD SE")
    assert instrument.voltage_kv == 2
    assert instrument.working_distance_mm == 9.65589
    assert instrument.magnification == pytest.approx(2.5e6)
    assert instrument.dwell_time_us == 10
    assert instrument.tilt_rad == 0.5
    assert instrument.tilt_corrected is False
    assert (instrument.stage_x_mm, instrument.stage_y_mm) == (-24.1488, 0.92)
    assert instrument.acquired == "10/27/2016 01:16:51 PM"


def test_empty_tag_before_a_full_one(write_tiff, picture, fei_text) -> None:
    found = read_micrograph(write_tiff(picture, {34680: "", 34682: fei_text()}))
    assert found.evidence[0].x_nm == 2.5


def test_rows_without_bar_come_from_the_declared_height(write_tiff, picture, fei_text) -> None:
    with_bar = np.vstack([picture, np.full((BAR_ROWS, 64), 9, np.uint8)])
    assert read_micrograph(write_tiff(with_bar, {34682: fei_text()})).picture_rows == 40
    assert read_micrograph(write_tiff(picture, {34682: fei_text()})).picture_rows == 40
    other_width = with_bar[:, :50]
    assert read_micrograph(write_tiff(other_width, {34682: fei_text()})).picture_rows is None


@pytest.mark.parametrize(
    "sections",
    [
        {"Detectors": {"Name": "Nav-Cam", "Mode": "None"}},
        {"IRBeam": {"HFW": "0.2"}, "Scan": None},
    ],
)
def test_navigation_camera_is_refused(write_tiff, picture, fei_text, sections) -> None:
    text = fei_text({name: keys for name, keys in sections.items() if keys})
    if "Scan" in sections:
        text = text.replace("[Scan]", "[NoScan]")
    with pytest.raises(MicrographError) as caught:
        read_micrograph(write_tiff(picture, {34682: text}))
    assert (caught.value.finding.code, caught.value.finding.level) == (
        "navigation_camera",
        "refused",
    )


def test_scan_of_the_beam_is_used_where_scan_is_silent(write_tiff, picture, fei_text) -> None:
    text = fei_text(
        {
            "Scan": {"PixelWidth": None, "PixelHeight": None, "HorFieldsize": None},
            "EScan": {"PixelWidth": "3e-9", "PixelHeight": "6e-9"},
        }
    )
    (evidence,) = read_micrograph(write_tiff(picture, {34682: text})).evidence
    assert (evidence.y_nm, evidence.x_nm) == (6.0, 3.0)


def test_clone_with_field_width_only(write_tiff, picture, fei_text) -> None:
    silent = {"PixelWidth": None, "PixelHeight": None, "HorFieldsize": None}
    text = fei_text({"Scan": silent, "EBeam": {"HFW": "3.2 um"}})
    (evidence,) = read_micrograph(write_tiff(picture, {34682: text})).evidence
    assert evidence.x_nm == pytest.approx(50)


def test_text_and_empty_values_are_missing(write_tiff, picture, fei_text) -> None:
    text = fei_text(
        {
            "Beam": {"HV": ""},
            "EBeam": {"WD": "n/a", "TiltCorrectionIsOn": ""},
            "Stage": {"StageT": "nan", "WorkingDistance": ""},
            "Scan": {"Dwelltime": "inf"},
            "Detectors": {"Name": "CBS", "Mode": "A+B"},
        }
    )
    found = read_micrograph(write_tiff(picture, {34682: text}))
    assert found.instrument.voltage_kv is None
    assert found.instrument.working_distance_mm is None
    assert found.instrument.tilt_rad is None
    assert found.instrument.tilt_corrected is None
    assert found.instrument.dwell_time_us is None
    assert found.modality is None


def test_ion_beam_warns(write_tiff, picture, fei_text) -> None:
    text = fei_text({"Beam": {"Beam": "IBeam"}, "IBeam": {"WD": "0.0165"}})
    found = read_micrograph(write_tiff(picture, {34682: text}))
    assert [finding.code for finding in found.findings] == ["ion_beam"]
    assert found.instrument.working_distance_mm == 16.5
    assert found.modality is None


def test_stem_detector(write_tiff, picture, fei_text) -> None:
    text = fei_text({"Detectors": {"Name": "STEM 3+", "Mode": "DF1"}})
    assert read_micrograph(write_tiff(picture, {34682: text})).modality == "stem"
