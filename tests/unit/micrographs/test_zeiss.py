"""Zeiss SmartSEM's tag."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nanocensus.calibration import examine_file
from nanocensus.micrographs import read_micrograph

TAG = 34118


def read(write_tiff, pixels, text):
    return read_micrograph(write_tiff(pixels, {TAG: text}))


def test_all_fields(write_tiff, grey, zeiss_text) -> None:
    found = read(write_tiff, grey, zeiss_text())
    (evidence,) = found.evidence
    assert (evidence.source, evidence.x_nm, evidence.y_nm) == ("zeiss_tag", 20.0, 20.0)
    assert evidence.field_width_nm == pytest.approx(1280)
    assert evidence.declared_shape == (48, 64)
    assert found.picture_rows is None
    assert found.format == "TIFF (Zeiss SmartSEM)"
    assert found.modality == "se"
    instrument = found.instrument
    assert instrument.instrument == "Supra 40"
    assert instrument.voltage_kv == 20
    assert instrument.working_distance_mm == 4.04  # the unlabelled number has more digits
    assert instrument.magnification == 4530
    assert instrument.dwell_time_us == 0.1
    assert instrument.tilt_rad == pytest.approx(math.pi / 4)
    assert instrument.tilt_corrected is False
    assert (instrument.stage_x_mm, instrument.stage_y_mm) == (64.3933, 65.531)
    assert instrument.acquired == "19 Jul 2019 9:53:14"
    assert found.findings == ()


def test_rounded_value_gets_the_digits_of_the_unlabelled_one(write_tiff, grey, zeiss_text) -> None:
    text = zeiss_text(AP_IMAGE_PIXEL_SIZE="Image Pixel Size = 20.01 nm")
    assert read(write_tiff, grey, text).evidence[0].x_nm == 20.0
    text = zeiss_text(AP_IMAGE_PIXEL_SIZE="Image Pixel Size = 21.00 nm")
    assert read(write_tiff, grey, text).evidence[0].x_nm == 21.0


@pytest.mark.parametrize("columns", [512, 1024, 2048])
def test_old_software_gives_the_size_for_1024_columns(write_tiff, zeiss_text, columns: int) -> None:
    text = zeiss_text(AP_IMAGE_PIXEL_SIZE=None, DP_IMAGE_STORE=None)
    found = read(write_tiff, np.arange(columns * columns * 3 // 4).reshape(-1, columns) % 99, text)
    assert found.evidence[0].x_nm == pytest.approx(1.25 * 1024 / columns)
    # The picture's own size declares nothing, and times it the value is one width for all copies.
    assert (found.evidence[0].declared_shape, found.evidence[0].field_width_nm) == (None, None)
    assert [one.code for one in found.findings] == ["size_not_declared"]


def test_a_size_that_is_not_declared_is_not_taken_from_the_picture(write_tiff, zeiss_text) -> None:
    text = zeiss_text(DP_IMAGE_STORE=None, AP_WIDTH=None)
    found = examine_file(write_tiff(np.zeros((384, 512), np.uint8), {TAG: text}), scale_bar=False)
    assert found.micrograph.evidence[0].declared_shape is None
    assert "pixel_size_unconfirmed" in [one.code for one in found.calibration.findings]


def test_old_software_with_a_size_never_stored_warns(write_tiff, grey, zeiss_text) -> None:
    found = read(write_tiff, grey, zeiss_text(AP_IMAGE_PIXEL_SIZE=None, DP_IMAGE_STORE=None))
    assert [finding.code for finding in found.findings] == ["unusual_size"]
    assert found.evidence[0].declared_shape is None


@pytest.mark.parametrize(
    ("written", "nm"),
    [
        ("950.0 pm", 0.95),
        ("1.117 µm", 1117.0),
        ("1.117 um", 1117.0),
        ("1.117 ?m", 1117.0),
        ("20,5 nm", 20.5),
        ("0.02 mm", 20000.0),
    ],
)
def test_units(write_tiff, grey, zeiss_text, written: str, nm: float) -> None:
    text = zeiss_text(AP_IMAGE_PIXEL_SIZE=f"Image Pixel Size = {written}")
    assert read(write_tiff, grey, text).evidence[0].x_nm == pytest.approx(nm)


@pytest.mark.parametrize("written", ["0.0 fm", "calibrated", "-3 nm", "7 apples", ""])
def test_no_size_where_none_is_written(write_tiff, grey, zeiss_text, written: str) -> None:
    text = zeiss_text(AP_IMAGE_PIXEL_SIZE=f"Image Pixel Size = {written}", AP_PIXEL_SIZE=None)
    assert read(write_tiff, grey, text).evidence == ()


def test_missing_fields_stay_missing(write_tiff, grey) -> None:
    found = read(write_tiff, grey, "DP_ZOOM\r\nZoom = Off\r\nAP_PIXEL_SIZE\r\n")
    assert found.evidence == ()
    assert set(vars(found.instrument).values()) == {None}


@pytest.mark.parametrize(
    ("detector", "modality"),
    [("InLens", "se"), ("SE2", None), ("aSTEM", "stem"), ("HDBSD", None)],
)
def test_modality_only_where_certain(write_tiff, grey, zeiss_text, detector, modality) -> None:
    text = zeiss_text(DP_DETECTOR_TYPE=f"Detector = {detector}")
    assert read(write_tiff, grey, text).modality == modality


def test_state_of_calibration_and_ion_beam_warn(write_tiff, grey, zeiss_text) -> None:
    text = zeiss_text(
        DP_PIXEL_SIZE="Pix Size state = uncalibrated", DP_FIB_IMAGING="FIB Imaging = FIB"
    )
    codes = [finding.code for finding in read(write_tiff, grey, text).findings]
    assert codes == ["uncalibrated_instrument", "ion_beam"]


def test_grey_palette_with_overlay_colours(write_tiff, grey, zeiss_text) -> None:
    palette = np.repeat(np.arange(256, dtype=np.uint16)[None] * 257, 3, axis=0)
    palette[:, 18] = (0, 65535, 0)
    indices = np.where(grey == 18, 17, grey).astype(np.uint8)
    text = {TAG: zeiss_text()}
    how = {"photometric": "palette", "colormap": palette}
    found = read_micrograph(write_tiff(indices, text, **how))
    np.testing.assert_array_equal(found.pixels, indices)
    assert found.coloured is None
    indices[40, 5:20] = 18
    found = read_micrograph(write_tiff(indices, text, **how))
    assert found.coloured is not None
    np.testing.assert_array_equal(found.coloured, indices == 18)
    assert found.pixels[40, 5] == 150  # luminance of green, 0.587 * 255
    assert found.findings == ()
