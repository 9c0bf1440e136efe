"""Files beside pictures: JEOL, Hitachi, TESCAN, SerialEM and TIA."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image
from tests.unit.micrographs.vendor_files import (
    PICTURE,
    emi_bytes,
    hitachi_text,
    ini_text,
    jeol_text,
    mrc_bytes,
    ser_bytes,
    tescan_text,
)

from nanocensus.calibration import examine_file
from nanocensus.micrographs import MicrographError, find_sidecars, read_micrograph

JEOL_NM, HITACHI_NM = 93.75, 165.3646


def save(tmp_path, shape, *, dpi=None, name="p.tif"):
    rows, columns = np.indices(shape)
    pixels = ((3 * rows + 2 * columns) % 251).astype(np.uint8)
    how = {"dpi": (dpi, dpi)} if dpi else {}
    Image.fromarray(pixels).save(tmp_path / name, **how)
    return tmp_path / name


def examine(path):
    return examine_file(path, tuple(find_sidecars(path)))


def codes(examined):
    found = (*examined.micrograph.findings, *examined.calibration.findings)
    return [finding.code for finding in found]


@pytest.mark.parametrize("name", ["p.tif", "p.bmp", "p.png", "p.jpg"])
def test_jeol(tmp_path, name: str) -> None:
    path = save(tmp_path, (1024, 1280), name=name)
    path.with_suffix(".txt").write_text(jeol_text(), encoding="ascii")
    found = examine(path)
    assert found.calibration.status == "ok"
    assert found.calibration.pixel_size.x_nm == pytest.approx(JEOL_NM)
    assert found.calibration.pixel_size.source == "jeol_sidecar"
    micrograph = found.micrograph
    assert micrograph.picture_rows == 960
    assert micrograph.format.endswith("(JEOL SEM)")
    instrument = micrograph.instrument
    assert (instrument.voltage_kv, instrument.working_distance_mm) == (10.0, 10.6)
    assert (instrument.magnification, instrument.tilt_rad) == (1000, 0.0)
    assert (instrument.instrument, instrument.detector) == ("8530F", "COMPO")
    assert instrument.acquired == "2020/09/16 10:00:00"


def test_jeol_copy_of_another_size_needs_its_print_resolution(tmp_path) -> None:
    # 800 px printed 120 mm wide.
    path = save(tmp_path, (640, 800), dpi=800 * 25.4 / 120, name="p.bmp")
    path.with_suffix(".txt").write_text(jeol_text(), encoding="ascii")
    found = examine(path).calibration
    assert found.status == "warn"
    assert found.pixel_size.x_nm == pytest.approx(JEOL_NM * 1280 / 800, rel=1e-3)
    path = save(tmp_path, (640, 800), name="q.bmp")
    path.with_suffix(".txt").write_text(jeol_text(), encoding="ascii")
    assert (examine(path).calibration.status, examine(path).calibration.pixel_size) == (
        "refused",
        None,
    )


def test_jeol_of_another_print_width_falls_back_on_the_bar(tmp_path) -> None:
    path = save(tmp_path, (960, 1280))
    # A print of 128 mm: 100 nm a pixel, so 100 px for 10 µm.
    path.with_suffix(".txt").write_text(jeol_text(**{"$$SM_MICRON_BAR": "100"}), encoding="ascii")
    found = examine(path)
    assert "coarse_pixel_size" in codes(found)
    assert found.calibration.pixel_size.x_nm == pytest.approx(100, rel=0.01)


@pytest.mark.parametrize(
    ("marker", "nm"),
    [("100nm", 100), ("1um", 1e3), ("1µm", 1e3), ("1.0 um", 1e3), ("0,5um", 500), ("1mm", 1e6)],
)
def test_jeol_marker_units(tmp_path, marker: str, nm: float) -> None:
    path = save(tmp_path, (960, 1280))
    text = jeol_text(**{"$$SM_MICRON_MARKER": marker, "$CM_MAG": None})
    path.with_suffix(".txt").write_bytes(text.encode("latin-1"))
    assert examine(path).micrograph.evidence[0].x_nm == pytest.approx(nm / 106.5)


@pytest.mark.parametrize(
    "changed",
    [
        {"$$SM_MICRON_BAR": "0"},
        {"$$SM_MICRON_BAR": None},
        {"$$SM_MICRON_MARKER": "10"},
        {"$$SM_MICRON_MARKER": "\0\0"},
    ],
)
def test_jeol_without_bar_says_nothing(tmp_path, changed) -> None:
    path = save(tmp_path, (960, 1280))
    path.with_suffix(".txt").write_text(jeol_text(**changed), encoding="ascii")
    assert examine(path).calibration.status == "none"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8", "utf-8-sig", "cp932"])
def test_hitachi_in_any_encoding(tmp_path, encoding: str) -> None:
    path = save(tmp_path, (960, 1280), dpi=256.007)
    path.with_suffix(".txt").write_bytes(hitachi_text().encode(encoding))
    found = examine(path)
    assert (found.calibration.status, codes(found)) == ("ok", [])
    assert found.calibration.pixel_size.x_nm == pytest.approx(HITACHI_NM)
    assert found.calibration.second_source == "print_size"
    instrument = found.micrograph.instrument
    assert (instrument.voltage_kv, instrument.working_distance_mm) == (15.0, 7.8923)
    assert (instrument.magnification, instrument.tilt_rad) == (600, 0.0)
    assert (instrument.instrument, instrument.detector) == ("TM4000", "BSE")
    assert found.micrograph.picture_rows is None


@pytest.mark.parametrize("size", [None, "0", ""])
def test_hitachi_without_pixel_size_uses_the_magnification(tmp_path, size) -> None:
    path = save(tmp_path, (960, 1280))
    path.with_suffix(".txt").write_text(hitachi_text(PixelSize=size), encoding="utf-16")
    found = examine(path)
    assert found.calibration.pixel_size.x_nm == pytest.approx(HITACHI_NM)
    assert codes(found) == ["pixel_size_of_magnification"]
    # A magnification for the monitor says nothing.
    text = hitachi_text(PixelSize=size, MagnificationDisplay="1")
    path.with_suffix(".txt").write_text(text, encoding="utf-16")
    assert examine(path).calibration.status == "none"


@pytest.mark.parametrize(("unit", "times"), [(" x", 1), ("k", 1e3), (" kx", 1e3), ("k×", 1e3)])
def test_hitachi_magnification_in_thousands(tmp_path, unit, times) -> None:
    path = save(tmp_path, (960, 1280))
    text = hitachi_text(PixelSize=None, Magnification=f"60{unit}")
    path.with_suffix(".txt").write_text(text, encoding="utf-16")
    assert examine(path).micrograph.instrument.magnification == 60 * times


def test_hitachi_magnification_of_unknown_unit_is_none(tmp_path) -> None:
    path = save(tmp_path, (960, 1280))
    text = hitachi_text(PixelSize=None, Magnification="60 kilo")
    path.with_suffix(".txt").write_text(text, encoding="utf-16")
    assert examine(path).calibration.status == "none"


def test_hitachi_in_transmission(tmp_path) -> None:
    path = save(tmp_path, (960, 1280))
    text = hitachi_text(PixelSize="0.5").replace("Sem", "Tem")
    path.with_suffix(".txt").write_text(text, encoding="utf-16")
    found = examine(path)
    assert (found.modality, found.calibration.pixel_size.x_nm) == ("tem", 0.5)
    # Its magnification is for no print that is known.
    text = hitachi_text(PixelSize=None).replace("Sem", "Tem")
    path.with_suffix(".txt").write_text(text, encoding="utf-16")
    assert examine(path).calibration.status == "none"


def test_hitachi_text_of_another_picture_is_told(tmp_path) -> None:
    path = save(tmp_path, (960, 1280))
    text = hitachi_text(ImageName="D:\\SemImage\\花粉.tif")
    path.with_suffix(".txt").write_text(text, encoding="utf-16")
    assert codes(examine(path)) == ["renamed_picture"]


def test_hitachi_camera_is_refused(tmp_path) -> None:
    path = save(tmp_path, (960, 1280))
    path.with_suffix(".txt").write_text(hitachi_text(SignalName="Camera Navi"), encoding="utf-8")
    with pytest.raises(MicrographError, match="navigation_camera"):
        examine(path)


@pytest.mark.parametrize("name", ["p.hdr", "p-tif.hdr", "p.tif.HDR"])
def test_tescan_header(tmp_path, name: str) -> None:
    path = save(tmp_path, (44, 64))
    (tmp_path / name).write_text(ini_text(tescan_text()), encoding="utf-8")
    found = examine(path)
    # Nothing says for which width the pixel size is.
    assert (found.calibration.status, codes(found)) == ("warn", ["pixel_size_unconfirmed"])
    assert found.calibration.pixel_size.x_nm == 2.5
    assert found.calibration.pixel_size.source == "tescan_sidecar"
    assert found.micrograph.picture_rows == 40
    instrument = found.micrograph.instrument
    assert (instrument.voltage_kv, instrument.working_distance_mm) == (20.0, 15.44)
    assert (instrument.dwell_time_us, instrument.magnification) == (10.0, 100030)
    assert instrument.tilt_rad == pytest.approx(math.radians(3))
    assert instrument.tilt_corrected is False


def test_any_other_text_beside_a_picture_says_nothing(tmp_path) -> None:
    path = save(tmp_path, (44, 64))
    for name in ("p.txt", "p.hdr", "p.xml", "p.mdoc", "p.emi"):
        (tmp_path / name).write_bytes(b"notes\0 = 5 nm, $ and [SEM] \xff\xfe" * 9)
    assert examine(path).calibration.status == "none"


def test_serialem(tmp_path) -> None:
    path = tmp_path / "p.mrc"
    path.write_bytes(mrc_bytes())
    text = (
        "PixelSpacing = 12.5\nVoltage = 300\nImageFile = p.mrc\nImageSize = 48 40\n\n"
        "[T = SerialEM]\n\n[ZValue = 0]\nTiltAngle = 2\nMagnification = 5000\n"
        "StagePosition = 10 -20\nPixelSpacing = 12.5\nDateTime = 01-Jan-2020\n"
    )
    (tmp_path / "p.mrc.mdoc").write_text(text, encoding="ascii")
    found = examine(path)
    assert (found.calibration.status, found.calibration.pixel_size.x_nm) == ("ok", 1.25)
    assert found.calibration.second_source == "mdoc"
    instrument = found.micrograph.instrument
    assert (instrument.voltage_kv, instrument.magnification) == (300, 5000)
    assert (instrument.stage_x_mm, instrument.stage_y_mm) == (0.01, -0.02)
    diffraction = text.replace("Magnification = 5000", "CameraLength = 700")
    (tmp_path / "p.mrc.mdoc").write_text(diffraction, encoding="ascii")
    with pytest.raises(MicrographError, match="diffraction_pattern"):
        examine(path)


@pytest.mark.parametrize(
    ("mode", "modality"),
    [
        ("TEM uP SA Zoom Image", "tem"),
        ("STEM nP SA Zoom Diffraction", "stem"),
        ("TEM D", "refused"),
    ],
)
def test_tia_mode(tmp_path, mode: str, modality: str) -> None:
    path = tmp_path / "p_1.ser"
    path.write_bytes(ser_bytes())
    written = mode.replace("TEM D", "TEM uP Diffraction") if modality == "refused" else mode
    (tmp_path / "p.emi").write_bytes(emi_bytes(written))
    if modality == "refused":
        with pytest.raises(MicrographError, match="diffraction_pattern"):
            examine(path)
        return
    found = examine(path)
    assert found.modality == modality
    assert found.calibration.pixel_size.x_nm == 2.0
    instrument = found.micrograph.instrument
    assert (instrument.voltage_kv, instrument.magnification) == (200, 19500)
    assert instrument.tilt_rad == pytest.approx(math.radians(2))
    assert (instrument.detector, instrument.acquired) == ("Orius", "Sun Feb 21")


def test_two_sources_that_differ_are_told(tmp_path, write_tiff, fei_text) -> None:
    path = write_tiff(PICTURE, {34682: fei_text()}, name="p.tif")
    (tmp_path / "p.hdr").write_text(ini_text(tescan_text()), encoding="utf-8")
    assert "metadata_conflict" in [one.code for one in examine(path).micrograph.findings]
    assert read_micrograph(path).instrument.voltage_kv == 2
    assert examine(path).micrograph.instrument.voltage_kv == 2
