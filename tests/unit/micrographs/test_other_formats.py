"""Formats other than TIFF: DigitalMicrograph, TIA, EMD, MRC."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest
from tests.unit.micrographs.vendor_files import (
    PICTURE,
    bcf_bytes,
    dm_bytes,
    dm_image,
    mrc_bytes,
    ncem_bytes,
    ser_bytes,
    velox_bytes,
    velox_tags,
)

from nanocensus.calibration import examine_file
from nanocensus.micrographs import MicrographError, read_micrograph


@pytest.fixture
def write(tmp_path):
    def write(data: bytes, name: str = "renamed.tif"):
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    return write


def code_of(path) -> str:
    with pytest.raises(MicrographError) as caught:
        read_micrograph(path)
    assert caught.value.finding.level in {"refused", "failed"}
    return caught.value.finding.code


def codes(path) -> list[str]:
    found = examine_file(path)
    return [one.code for one in (*found.micrograph.findings, *found.calibration.findings)]


MICROSCOPE = {
    "Microscope Info": {
        "Voltage": 200000.0,
        "Indicated Magnification": 225000.0,
        "Illumination Mode": "STEM NANOPROBE",
        "Imaging Mode": "DIFFRACTION",
        "Stage Position": {"Stage Alpha": 2.0, "Stage X": 100.0},
        "Microscope": "FEI Titan",
    },
    "DataBar": {"Acquisition Date": "1/2/2020", "Acquisition Time": "3:04"},
    "DigiScan": {"Sample Time": 10.0},
}


@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "f4", "i4"])
def test_dm(write, version: int, order: str, dtype: str) -> None:
    image = dm_image(PICTURE.astype(dtype), tags=MICROSCOPE)
    found = examine_file(write(dm_bytes(image, version=version, order=order)))
    np.testing.assert_array_equal(found.micrograph.pixels, PICTURE)
    assert (found.calibration.status, found.calibration.pixel_size.x_nm) == ("warn", 0.5)
    assert found.modality == "stem"
    instrument = found.micrograph.instrument
    assert (instrument.voltage_kv, instrument.magnification) == (200, 225000)
    assert (instrument.dwell_time_us, instrument.stage_x_mm) == (10, 0.1)
    assert instrument.tilt_rad == pytest.approx(math.radians(2))
    assert (instrument.instrument, instrument.acquired) == ("FEI Titan", "1/2/2020 3:04")


@pytest.mark.parametrize(
    ("unit", "nm"),
    [("nm", 1), ("µm", 1e3), ("μm", 1e3), ("um", 1e3), ("pm", 1e-3), ("Å", 0.1), ("m", 1e9)],
)
def test_dm_units(write, unit: str, nm: float) -> None:
    found = read_micrograph(write(dm_bytes(dm_image(scale=-0.5, units=(unit, unit)))))
    assert found.evidence[0].x_nm == pytest.approx(0.5 * nm)


@pytest.mark.parametrize(
    ("image", "code"),
    [
        (dm_image(units=("1/nm", "1/nm")), "diffraction_pattern"),
        (dm_image(units=("nm^-1", "nm^-1")), "diffraction_pattern"),
        (dm_image(units=("mrad", "mrad")), "diffraction_pattern"),
        (dm_image(units=("eV", "nm")), "no_micrograph"),
        (dm_image(data_type=3), "diffraction_pattern"),
        (dm_image(np.zeros((1, 900), np.uint8)), "no_micrograph"),
        (dm_image(np.zeros((9, 20, 20), np.uint8), units=("nm", "nm", "nm")), "no_micrograph"),
        (dm_image(np.zeros((9, 20, 20), np.uint8), units=("nm", "nm", "eV")), "no_micrograph"),
        (dm_image(np.zeros((3, 3, 20, 20), np.uint8), units=("",) * 4), "no_micrograph"),
        (dm_image(data_type=23), "no_micrograph"),
    ],
)
def test_dm_without_a_micrograph(write, image, code: str) -> None:
    assert code_of(write(dm_bytes(image))) == code


@pytest.mark.parametrize("units", [("", ""), ("pixel", "pixel")])
def test_dm_uncalibrated(write, units) -> None:
    assert examine_file(write(dm_bytes(dm_image(units=units)))).calibration.status == "none"


def test_dm_picture_beside_a_spectrum_and_another_picture(write) -> None:
    path = write(
        dm_bytes(
            dm_image(units=("eV", "nm")),
            dm_image(PICTURE[::-1].copy(), units=("", "")),
            dm_image(scale=0.25),
        )
    )
    found = read_micrograph(path)
    assert found.evidence[0].x_nm == 0.25
    assert [one.code for one in found.findings] == ["further_pictures"]


def test_dm_damage(write) -> None:
    data = bytearray(dm_bytes())
    assert code_of(write(bytes(data[:200]))) == "truncated"
    hostile = data.replace(struct.pack("<I", 48), struct.pack("<I", 1 << 30))
    assert code_of(write(bytes(hostile))) in {"too_large", "truncated", "unreadable"}


@pytest.mark.parametrize("version", [0x210, 0x220])
@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "i4", "f4"])
def test_ser(write, version: int, dtype: str) -> None:
    found = examine_file(write(ser_bytes(PICTURE.astype(dtype), version=version)))
    np.testing.assert_array_equal(found.micrograph.pixels, PICTURE)
    assert found.calibration.pixel_size.y_nm == found.calibration.pixel_size.x_nm == 2.0
    assert found.calibration.status == "warn"


def test_ser_without_a_micrograph(write) -> None:
    assert code_of(write(ser_bytes(x_m=2e7))) == "diffraction_pattern"
    assert code_of(write(ser_bytes(PICTURE.astype("c8")))) == "diffraction_pattern"
    assert code_of(write(ser_bytes(kind=0x4120))) == "no_micrograph"
    assert code_of(write(ser_bytes(valid=0))) == "no_micrograph"
    assert code_of(write(ser_bytes()[:300])) == "truncated"
    # Points and scans that were not taken are written with steps of 1.
    assert examine_file(write(ser_bytes(x_m=1.0, y_m=1.0))).calibration.status == "none"
    assert codes(write(ser_bytes(valid=4)))[0] == "further_pictures"


def test_velox(write) -> None:
    found = examine_file(write(velox_bytes()))
    np.testing.assert_array_equal(found.micrograph.pixels, PICTURE)
    assert (found.calibration.status, found.calibration.pixel_size.x_nm) == ("ok", 2.0)
    instrument = found.micrograph.instrument
    assert (instrument.voltage_kv, instrument.dwell_time_us) == (300, 40)
    assert (instrument.tilt_rad, instrument.stage_x_mm) == (0.01, 0.4)
    assert (instrument.instrument, instrument.detector) == ("Titan Spectra", "HAADF")
    assert instrument.acquired == "2022-09-28T00:27:07+00:00"
    assert found.modality == "stem"


def test_velox_halved(write) -> None:
    half = np.ascontiguousarray(PICTURE[::2, ::2])
    found = examine_file(write(velox_bytes((half, velox_tags()))))
    assert found.calibration.status == "refused"


def test_velox_transform_map_and_further_detectors(write) -> None:
    transform = np.zeros((40, 25), [("realFloatHalfEven", "<f4"), ("imagFloatHalfEven", "<f4")])
    reciprocal = velox_tags(unit="1/m", pixel_m=5e5)
    element_map = velox_tags(detector="SuperXG21", kind="AnalyticalDetector")
    assert code_of(write(velox_bytes((transform, reciprocal)))) == "diffraction_pattern"
    assert code_of(write(velox_bytes((PICTURE, reciprocal)))) == "diffraction_pattern"
    assert code_of(write(velox_bytes((PICTURE, element_map)))) == "no_micrograph"
    path = write(
        velox_bytes(
            (transform, reciprocal),
            (PICTURE[::-1].copy(), velox_tags(detector="BF")),
            (PICTURE, velox_tags()),
        )
    )
    found = read_micrograph(path)
    np.testing.assert_array_equal(found.pixels, PICTURE)
    assert [one.code for one in found.findings] == ["further_pictures"]


def test_velox_series_and_part_of_a_scan(write) -> None:
    series = np.stack([PICTURE, 255 - PICTURE], axis=-1)
    found = read_micrograph(write(velox_bytes((series, velox_tags()))))
    np.testing.assert_array_equal(found.pixels, PICTURE)
    assert [one.code for one in found.findings] == ["further_pictures"]
    tags = velox_tags(shape=(80, 96))
    tags["Scan"]["ScanArea"] = {"left": "0.25", "top": "0.25", "right": "0.75", "bottom": "0.75"}
    part = examine_file(write(velox_bytes((PICTURE, tags))))
    assert (part.calibration.status, part.calibration.pixel_size.x_nm) == ("ok", 2.0)


@pytest.mark.parametrize(
    ("units", "steps", "status"),
    [
        (("[n_m]", "[n_m]"), (0.5, 0.5), "warn"),
        (("[u_m]", "[u_m]"), (5e-4, 5e-4), "warn"),
        (("[]", "[]"), (0.5, 0.5), "none"),
        (("a.u.", "a.u."), (0.5, 0.5), "none"),
        (("[n_m]", "[n_m]"), (1.0, 1.0), "none"),
    ],
)
def test_ncem(write, units, steps, status: str) -> None:
    found = examine_file(write(ncem_bytes(units=units, steps=steps)))
    np.testing.assert_array_equal(found.micrograph.pixels, PICTURE)
    assert found.calibration.status == status
    assert found.micrograph.instrument.voltage_kv == 300
    if status == "warn":
        assert found.calibration.pixel_size.x_nm == pytest.approx(0.5)


def test_ncem_without_a_micrograph(write) -> None:
    assert code_of(write(ncem_bytes(units=("[n_m^-1]",) * 2))) == "diffraction_pattern"
    volume = np.zeros((20, 20, 20), np.uint8)
    assert code_of(write(ncem_bytes(volume, units=("[n_m]",) * 3, steps=(1.0,) * 3))) == (
        "no_micrograph"
    )
    scans = np.zeros((2, 2, 20, 20), np.uint8)
    assert code_of(write(ncem_bytes(scans, units=("",) * 4, steps=(1.0,) * 4))) == "no_micrograph"


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("dtype", ["i1", "i2", "f4", "u2", "f2"])
@pytest.mark.parametrize("mark", [b"MAP ", b""])
def test_mrc(write, order: str, dtype: str, mark: bytes) -> None:
    pixels = (PICTURE // 2).astype(dtype)
    found = examine_file(write(mrc_bytes(pixels, order=order, mark=mark)))
    np.testing.assert_array_equal(found.micrograph.pixels, pixels.astype(np.float64))
    assert (found.calibration.status, found.calibration.pixel_size.x_nm) == ("warn", 1.25)


def test_mrc_of_unsigned_bytes(write) -> None:
    data = bytearray(mrc_bytes(PICTURE.astype(np.int8)))
    struct.pack_into("<2f", data, 76, 0.0, 250.0)
    np.testing.assert_array_equal(read_micrograph(write(bytes(data))).pixels, PICTURE)


@pytest.mark.parametrize("cell", [(0.0, 0.0), (-480.0, -400.0), (48.0, 40.0), (math.nan, 1.0)])
def test_mrc_placeholders(write, cell) -> None:
    assert examine_file(write(mrc_bytes(cell=cell))).calibration.status == "none"


def test_mrc_pixel_is_of_the_intervals(write) -> None:
    # Cropped to less than a tenth: the cell still counts by its intervals.
    found = examine_file(write(mrc_bytes(cell=(1280.0, 1280.0), intervals=(512, 512))))
    assert found.micrograph.evidence[0].x_nm == 0.25
    assert found.calibration.status == "warn"
    half = examine_file(write(mrc_bytes(cell=(1200.0, 1000.0), intervals=(96, 80))))
    assert half.calibration.status == "refused"


def test_mrc_extended_header(write) -> None:
    extended = bytearray(768)
    struct.pack_into("<d", extended, 84, 300e3)
    struct.pack_into("<d", extended, 100, 3.0)
    struct.pack_into("<2d", extended, 156, 1.25e-9, 1.25e-9)
    found = examine_file(write(mrc_bytes(extended=bytes(extended), extended_type=b"FEI1")))
    assert found.micrograph.instrument.voltage_kv == 300
    assert found.micrograph.instrument.tilt_rad == pytest.approx(math.radians(3))
    assert found.calibration.second_pixel_size_nm == pytest.approx(1.25)
    assert found.calibration.status == "warn"


def test_mrc_without_a_micrograph(write) -> None:
    assert code_of(write(mrc_bytes(mode=4))) == "diffraction_pattern"
    assert code_of(write(mrc_bytes(sections=9, space_group=1))) == "no_micrograph"
    assert codes(write(mrc_bytes(sections=9)))[0] == "further_pictures"
    assert code_of(write(mrc_bytes()[:2000])) == "truncated"
    data = bytearray(mrc_bytes())
    struct.pack_into("<2i", data, 0, 60000, 60000)
    assert code_of(write(bytes(data))) in {"too_large", "truncated"}


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("block", [1100, 2048, 1 << 16])
@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_bcf(write, compressed: bool, block: int, dtype: str) -> None:
    data = bcf_bytes(pixels=PICTURE.astype(dtype), compressed=compressed, block=block)
    found = examine_file(write(data))
    np.testing.assert_array_equal(found.micrograph.pixels, PICTURE)
    assert (found.calibration.status, found.calibration.pixel_size.x_nm) == ("warn", 2.5)
    instrument = found.micrograph.instrument
    assert (instrument.voltage_kv, instrument.magnification) == (20, 500.5)
    assert instrument.working_distance_mm is None
    assert instrument.acquired == "1.2.2020 3:04:05"


def test_bcf_without_calibration_or_picture(write) -> None:
    assert examine_file(write(bcf_bytes(dx="1"))).calibration.status == "none"
    assert examine_file(write(bcf_bytes(dx=""))).calibration.status == "none"
    assert code_of(write(bcf_bytes(root="TRTOther"))) == "unsupported_format"
    assert code_of(write(bcf_bytes(pixels=np.zeros((20, 20), np.uint8)))) == "no_micrograph"
    assert code_of(write(bcf_bytes()[:3000])) == "truncated"
