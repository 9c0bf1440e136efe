"""Real files: the pixel size that was checked by hand, or none and a word about it."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import tifffile

from nanocensus.calibration import Calibration, resolve_pixel_size
from nanocensus.micrographs import MicrographError, PixelSize, read_micrograph

READ_TODAY = {
    "fei_teneo_rbc.tif",
    "fei_helios_etd_8bit.tif",
    "zeiss_ultra55_512.tif",
    "imagej_micron.tif",
}
"""Of `truth.csv`; the other vendors' metadata are not read yet and must give no number."""


def calibrate(path: Path) -> Calibration:
    found = read_micrograph(path)
    return resolve_pixel_size(
        found.evidence,
        actual_shape=found.pixels.shape,
        modality=found.modality,
        instrument=found.instrument,
    )


def rows_of_truth(shared: Path) -> list[dict[str, str]]:
    with (shared / "data/vendors/truth.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_vendors_files_are_right_or_silent(shared) -> None:
    right, refused = set(), {}
    for row in rows_of_truth(shared):
        name = row["file"]
        try:
            found = calibrate(shared / "data/vendors" / name)
        except MicrographError as error:
            refused[name] = error.finding.code
            continue
        assert row["expect"] in {"read", "none"}, name
        if found.pixel_size is None:
            assert found.findings, name
            continue
        expected = float(row["pixel_size_nm"])
        assert found.pixel_size.x_nm == pytest.approx(expected, rel=float(row["rel_tol"])), name
        assert found.status in {"ok", "warn"}, name
        right.add(name)
    assert set(refused.values()) == {"unsupported_format", "navigation_camera"}
    assert refused["fei_helios_navcam.tif"] == "navigation_camera"
    assert right == READ_TODAY


def test_instrument_fields_of_the_vendors_files(shared) -> None:
    for row in rows_of_truth(shared):
        if row["file"] not in READ_TODAY:
            continue
        instrument = read_micrograph(shared / "data/vendors" / row["file"]).instrument
        for column in ("voltage_kv", "working_distance_mm", "magnification"):
            value = getattr(instrument, column)
            if row[column]:
                assert value == pytest.approx(float(row[column]), rel=1e-4), row["file"]
            else:
                assert value is None, row["file"]


@pytest.mark.parametrize("name", sorted(READ_TODAY))
def test_copies_with_every_second_pixel_dropped_do_not_pass(shared, tmp_path, name) -> None:
    source = shared / "data/vendors" / name
    full = calibrate(source).pixel_size
    with tifffile.TiffFile(source) as tiff:
        page = tiff.pages.first
        tags = []
        for tag in page.tags:
            if tag.code in (270, 282, 283) or tag.code > 30000:
                tiff.filehandle.seek(tag.valueoffset)
                stored = tiff.filehandle.read(tag.valuebytecount)
                # Rationals count in pairs of numbers; private tags are copied as bytes.
                kept = (tag.code, 5, 1, tag.value) if tag.dtype == 5 else None
                tags.append(kept or (tag.code, 7, len(stored), stored, True))
        pixels = page.asarray()[::2, ::2]
    copy = tmp_path / "half.tif"
    description = next((tag[3] for tag in tags if tag[0] == 270), None)
    resolution = next((tag[3] for tag in tags if tag[0] == 282), None)
    tifffile.imwrite(
        copy,
        np.ascontiguousarray(pixels),
        metadata=None,
        photometric="minisblack",
        extratags=[tag for tag in tags if tag[0] > 30000],
        description=description.rstrip(b"\0") if description else None,
        resolution=(resolution, resolution) if resolution else None,
        resolutionunit="NONE",
    )
    found = calibrate(copy)
    assert found.status != "ok" or found.pixel_size != full
    if found.pixel_size is not None and found.status == "ok":
        assert isinstance(full, PixelSize)
        assert found.pixel_size.x_nm == pytest.approx(2 * full.x_nm)


def test_bam_pixel_size(shared) -> None:
    files = sorted((shared / "data/bam").glob("*sem/*.tif"))
    assert files
    for file in files[::8]:
        found = calibrate(file)
        assert (found.status, found.findings) == ("ok", ())
        assert found.pixel_size == PixelSize(7.34375, 7.34375, "zeiss_tag", None)


def test_bam_palette_is_read_as_grey(shared) -> None:
    file = sorted((shared / "data/bam/sem").glob("*.tif"))[0]
    found = read_micrograph(file)
    np.testing.assert_array_equal(found.pixels[:712], tifffile.imread(file)[:712])
    assert found.coloured is None
