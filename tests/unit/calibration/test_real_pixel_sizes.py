"""Real files: the pixel size that was checked by hand, or none and a word about it."""

from __future__ import annotations

import bz2
import csv
import shutil
import struct
from pathlib import Path

import h5py
import numpy as np
import pytest
import tifffile
from PIL import Image
from tests.conftest import REPOSITORY

from nanocensus.calibration import Calibration, examine_file
from nanocensus.calibration.__main__ import describe_file
from nanocensus.micrographs import (
    MicrographError,
    PixelSize,
    find_sidecars,
    read_micrograph,
    worst_level,
)
from nanocensus.micrographs.tiff import choose_page

PICTURE_ONLY = {"tescan_mira_100kx.jpg", "jeol_llnl_130kx.png"}
"""Of `truth.csv`; their only calibration is the scale bar drawn into them."""
REFUSED = {
    "fei_helios_navcam.tif": "navigation_camera",
    "gatan_diffraction.dm3": "diffraction_pattern",
}
NOT_IN_TRUTH = {
    ("jeol_sightx_tem.tif", "voltage_kv"),
    ("velox_haadf_and_fft.emd", "magnification"),
}
"""Which `truth.csv` leaves empty although the file holds them."""
HALVED = {
    "fei_helios_etd_8bit.tif": "refused",
    "fei_helios_navcam.tif": "refused",
    "fei_teneo_rbc.tif": "refused",
    "fib_resaved_none.tif": "none",
    "gatan_diffraction.dm3": "refused",
    "gatan_stem.dm3": "warn",
    "hitachi_tm4000_x600.tif": "refused",
    "imagej_micron.tif": "warn",
    "jeol_8530f_1000x_resized800.bmp": "refused",
    "jeol_8530f_95x.tif": "refused",
    "jeol_llnl_130kx.png": "none",
    "jeol_sightx_tem.tif": "warn",
    "olympus_sis.tif": "warn",
    "phenom_project.elid": "warn",
    "tescan_mira_100kx.jpg": "none",
    "tia_tem64_1.ser": "warn",
    "tvips_bin4.tif": "refused",
    "velox_haadf_and_fft.emd": "refused",
    "zeiss_ultra55_512.tif": "warn",
}
"""Status of the copies by their metadata alone, without a drawn scale bar."""
SHARED = REPOSITORY.parent / "shared" / "data" / "vendors"


def rows_of_truth() -> list[dict[str, str]]:
    if not (SHARED / "truth.csv").is_file():
        return []
    with (SHARED / "truth.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


TRUTH = {row["file"]: row for row in rows_of_truth()}
real_files = pytest.mark.skipif(not TRUTH, reason="real files (../shared/data/vendors) not here")


@real_files
@pytest.mark.parametrize("name", sorted(TRUTH) or ["none"])
def test_vendors_files(name: str) -> None:
    row = TRUTH[name]
    found = describe_file(SHARED / name)
    if row["expect"] == "refuse":
        assert (found["status"], found["pixel_size_nm"]) == ("refused", None)
        assert [reason.partition(":")[0] for reason in found["reasons"]] == [REFUSED[name]]
        return
    assert (found["rows"], found["columns"]) == (int(row["height"]), int(row["width"]))
    expected = row["pixel_size_nm"] and pytest.approx(
        float(row["pixel_size_nm"]), rel=float(row["rel_tol"])
    )
    if name in PICTURE_ONLY:
        assert (found["status"], found["pixel_size_source"]) == ("review", "scale_bar")
        assert found["pixel_size_nm"] == expected
        return
    if row["expect"] == "none":
        assert (found["status"], found["pixel_size_nm"]) == ("none", None)
        assert any("no_pixel_size" in reason for reason in found["reasons"])
        return
    assert found["status"] in {"ok", "warn"}
    assert found["pixel_size_nm"] == expected
    for column in ("voltage_kv", "working_distance_mm", "magnification"):
        if row[column]:
            assert found[column] == pytest.approx(float(row[column]), rel=1e-3), column
        elif (name, column) not in NOT_IN_TRUTH:
            assert found[column] is None, column


def halve_tiff(source: Path, copy: Path) -> None:
    """Put every second pixel behind the file's end and point to it; all tags stay."""
    shutil.copyfile(source, copy)
    copy.chmod(0o644)
    with tifffile.TiffFile(source) as tiff:
        page = choose_page(list(tiff.pages))
        pixels = np.ascontiguousarray(page.asarray()[::2, ::2])
        index = page.index
    with copy.open("ab") as stream:
        offset = stream.tell() + stream.tell() % 2
        stream.write(b"\0" * (stream.tell() % 2) + pixels.tobytes())
    with tifffile.TiffFile(copy, mode="r+b") as tiff:
        tags = tiff.pages[index].tags
        tags[256].overwrite(pixels.shape[1])
        tags[257].overwrite(pixels.shape[0])
        tags[273].overwrite(offset)
        tags[279].overwrite(pixels.nbytes)
        if 278 in tags:
            tags[278].overwrite(pixels.shape[0])
        if 259 in tags:
            tags[259].overwrite(1)


def halve_bitmap(source: Path, copy: Path) -> None:
    with Image.open(source) as picture:
        half = Image.fromarray(np.asarray(picture.convert("L"))[::2, ::2])
        half.save(copy, **({"dpi": picture.info["dpi"]} if "dpi" in picture.info else {}))


def halve_dm(source: Path, copy: Path) -> None:
    data = bytearray(source.read_bytes())
    row = TRUTH[source.name]
    place = data.rindex(b"Dimensions")
    for side in ("width", "height"):
        place = data.index(struct.pack("<I", int(row[side])), place)
        data[place : place + 4] = struct.pack("<I", int(row[side]) // 2)
    copy.write_bytes(data)


def halve_ser(source: Path, copy: Path) -> None:
    data = bytearray(source.read_bytes())
    (table,) = struct.unpack_from("<I", data, 22)
    (element,) = struct.unpack_from("<I", data, table)
    columns, rows = struct.unpack_from("<ii", data, element + 42)
    struct.pack_into("<ii", data, element + 42, columns // 2, rows // 2)
    copy.write_bytes(data)


def halve_emd(source: Path, copy: Path) -> None:
    shutil.copyfile(source, copy)
    copy.chmod(0o644)
    with h5py.File(copy, "r+") as file:
        for group in file["Data/Image"].values():
            pixels = group["Data"][::2, ::2]
            del group["Data"]
            group["Data"] = pixels


def halve_elid(source: Path, copy: Path) -> None:
    data = bz2.decompress(source.read_bytes())
    size = int.from_bytes(data[12:16], "little")
    first, half = copy.with_suffix(".tif"), copy.with_suffix(".half.tif")
    first.write_bytes(data[16 : 16 + size])
    halve_tiff(first, half)
    copy.write_bytes(bz2.compress(data[:16] + half.read_bytes() + data[16 + size :]))


HALVERS = {
    **dict.fromkeys((".tif",), halve_tiff),
    **dict.fromkeys((".bmp", ".png", ".jpg"), halve_bitmap),
    ".dm3": halve_dm,
    ".ser": halve_ser,
    ".emd": halve_emd,
    ".elid": halve_elid,
}


def status_without_bar(path: Path) -> str:
    """Return how sure the metadata make the pixel size; a tilt is left aside."""
    try:
        found = examine_file(path, tuple(find_sidecars(path)), scale_bar=False)
    except MicrographError as error:
        return error.finding.level
    if found.calibration.pixel_size is None:
        return found.calibration.status
    told = (*found.micrograph.findings, *found.calibration.findings)
    return worst_level(finding for finding in told if finding.code != "tilted")


@real_files
def test_every_file_of_the_truth_has_an_expectation() -> None:
    assert {name for name in TRUTH if Path(name).suffix in HALVERS} == set(HALVED)
    assert {name for name, row in TRUTH.items() if row["expect"] == "refuse"} == set(REFUSED)
    # As docs/benchmarks.md says.
    assert sum(status in {"refused", "none"} for status in HALVED.values()) == 12
    assert sum(status == "warn" for status in HALVED.values()) == 7


@real_files
@pytest.mark.parametrize(
    "name", sorted(name for name in TRUTH if Path(name).suffix in HALVERS) or ["none"]
)
def test_copies_with_every_second_pixel_dropped_never_pass(tmp_path, name: str) -> None:
    row = TRUTH[name]
    copy = tmp_path / name
    HALVERS[copy.suffix](SHARED / name, copy)
    if row["sidecar"]:
        shutil.copyfile(SHARED / row["sidecar"], tmp_path / row["sidecar"])
    assert status_without_bar(copy) == HALVED[name]
    found = describe_file(copy)
    assert found["status"] in {"warn", "review", "none", "refused"}
    if found["status"] != "refused":
        whole = describe_file(SHARED / name)
        assert found["columns"] in {whole["columns"] // 2, (whole["columns"] + 1) // 2}


def test_bam_pixel_size(shared) -> None:
    files = sorted((shared / "data/bam").glob("*sem/*.tif"))
    assert files
    for file in files[::8]:
        found: Calibration = examine_file(file).calibration
        assert (found.status, found.findings) == ("ok", ())
        assert found.pixel_size == PixelSize(7.34375, 7.34375, "zeiss_tag", None)


def test_bam_palette_is_read_as_grey(shared) -> None:
    file = sorted((shared / "data/bam/sem").glob("*.tif"))[0]
    found = read_micrograph(file)
    np.testing.assert_array_equal(found.pixels[:712], tifffile.imread(file)[:712])
    assert found.coloured is None
