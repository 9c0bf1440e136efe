from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from nanocensus.rendering import VENDORS, Acquisition, write_vendor_tiff

ACQUISITION = Acquisition(
    "Rendered SEM", "InLens", "SE", 5.0, 3.1, 71440.0, 0.4, 61.2, -48.7, "2026-03-17 14:05:00"
)
PIXELS = np.random.default_rng(0).integers(0, 256, (130, 200), dtype=np.uint8)


def written(folder: Path, vendor: str, pixel_size_nm: float, rows: int = 0) -> Path:
    path = folder / f"{vendor}.tif"
    write_vendor_tiff(
        path,
        PIXELS,
        pixel_size_nm,
        vendor=vendor,
        acquisition=ACQUISITION,
        info_bar_rows=rows,
    )
    return path


@pytest.mark.parametrize("vendor", VENDORS)
def test_bytes_repeat_and_pixels_return(tmp_path: Path, vendor: str) -> None:
    path = written(tmp_path, vendor, 2.5)
    once = path.read_bytes()
    assert written(tmp_path, vendor, 2.5).read_bytes() == once
    assert np.array_equal(tifffile.imread(path), PIXELS)
    assert np.array_equal(np.asarray(Image.open(path).convert("L")), PIXELS)


@pytest.mark.parametrize(
    ("pixel_size_nm", "shown", "unit"),
    [(2.5, 2.5, "nm"), (0.625, 625.0, "pm"), (12.34, 12.34, "nm")],
)
def test_zeiss_tags_are_those_of_smartsem(
    tmp_path: Path, pixel_size_nm: float, shown: float, unit: str
) -> None:
    with tifffile.TiffFile(written(tmp_path, "zeiss", pixel_size_nm)) as file:
        fields = file.sem_metadata
        assert file.pages[0].photometric == tifffile.PHOTOMETRIC.PALETTE
    assert fields is not None
    assert fields["ap_image_pixel_size"] == ("Image Pixel Size", shown, unit)
    # The unlabelled value belongs to a display 1024 wide.
    assert fields[""][3] * 1024 / 200 == pytest.approx(pixel_size_nm * 1e-9)
    assert fields["dp_image_store"] == ("Store resolution", "200 * 130")
    assert fields["ap_width"][1] == pytest.approx(
        200 * pixel_size_nm / (1e3 if fields["ap_width"][2] == "µm" else 1), rel=1e-3
    )
    assert fields["ap_actualkv"] == ("EHT", 5.0, "kV")
    assert fields["ap_wd"] == ("WD", 3.1, "mm")


def test_fei_tags_are_those_of_xt(tmp_path: Path) -> None:
    with tifffile.TiffFile(written(tmp_path, "fei", 0.5, rows=30)) as file:
        fields = file.fei_metadata
    assert fields is not None
    assert fields["Scan"]["PixelWidth"] == pytest.approx(0.5e-9)
    assert fields["Scan"]["HorFieldsize"] == pytest.approx(100e-9)
    assert fields["Image"]["ResolutionX"] == 200
    assert fields["Image"]["ResolutionY"] == 100
    assert fields["Beam"]["HV"] == 5000
    assert fields["EBeam"]["WD"] == pytest.approx(3.1e-3)
    assert fields["Stage"]["StageY"] == pytest.approx(-48.7e-3)
    assert fields["Detectors"] == {"Number": 1, "Name": "InLens", "Mode": "SE"}


def test_imagej_and_ome_tell_the_pixel_size(tmp_path: Path) -> None:
    with tifffile.TiffFile(written(tmp_path, "imagej", 0.8)) as file:
        assert file.is_imagej
        assert file.imagej_metadata["unit"] == "nm"
        per_nm = file.pages[0].tags["XResolution"].value
        assert per_nm[1] / per_nm[0] == pytest.approx(0.8)
    with tifffile.TiffFile(written(tmp_path, "ome", 0.8)) as file:
        assert file.is_ome
        assert 'PhysicalSizeX="0.8" PhysicalSizeXUnit="nm"' in file.ome_metadata


def test_unknown_vendors_and_deep_palettes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="allowed are zeiss"):
        written(tmp_path, "nobody", 1.0)
    with pytest.raises(ValueError, match="8 bits"):
        write_vendor_tiff(
            tmp_path / "deep.tif",
            PIXELS.astype(np.uint16),
            1.0,
            vendor="zeiss",
            acquisition=ACQUISITION,
        )
    assert list(tmp_path.iterdir()) == []
