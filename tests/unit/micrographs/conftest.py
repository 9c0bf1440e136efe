"""Files as vendors write them, made by the tests themselves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

WritesTiff = Callable[..., Path]


@pytest.fixture
def grey() -> NDArray[np.uint8]:
    """Give a picture whose rows, columns and values cannot be mixed up."""
    rows, columns = np.indices((48, 64))
    return ((3 * rows + 2 * columns) % 251).astype(np.uint8)


@pytest.fixture
def write_tiff(tmp_path: Path) -> WritesTiff:
    """Give a function that writes pixels with private text tags (code -> text)."""

    def write(
        pixels: NDArray[Any], tags: dict[int, str] | None = None, *, name: str = "p.tif", **how: Any
    ) -> Path:
        extra = [
            (code, 2, 0, text.encode("cp1252") + b"\0", True) for code, text in (tags or {}).items()
        ]
        how = {"metadata": None, "photometric": "minisblack", **how}
        tifffile.imwrite(tmp_path / name, pixels, extratags=extra, **how)
        return tmp_path / name

    return write


def zeiss_text(**changed: str | None) -> str:
    """Return SmartSEM's text for a picture of 64 x 48 px of 20 nm; None leaves a line out."""
    # The unlabelled pixel size is for 1024 columns: 20 nm * 64 / 1024 = 1.25 nm.
    lines = [
        "0",
        "0",
        "0",
        "1.250000e-009",
        "1.0e+004",
        "6",
        "5.0e+003",
        "2.3",
        "2e-7",
        "4.04e-003",
    ]
    values: dict[str, str | None] = {
        "DP_DETECTOR_TYPE": "Detector = InLens",
        "DP_IMAGE_STORE": "Store resolution = 64 * 48",
        "DP_TILT_CORRECTION": "Tilt Corrn. = Off",
        "DP_DWELL_TIME": "Dwell Time = 100 ns",
        "DP_PIXEL_SIZE": "Pix Size state = calibrated",
        "DP_SEM": "Sem = Supra 40",
        "AP_FIB_PIXEL_SIZE": "FIB Pixel Size = 0.0 fm",
        "AP_PIXEL_SIZE": "Pixel Size = 1.250 nm",
        "AP_IMAGE_PIXEL_SIZE": "Image Pixel Size = 20.00 nm",
        "AP_WIDTH": "Width = 1.280 µm",
        "AP_WD": "WD =  4.0 mm",
        "AP_MAG": "Mag =   4.53 K X",
        "AP_ACTUALKV": "EHT = 20.00 kV",
        "AP_STAGE_AT_T": "Stage at T =  45.0 °",
        "AP_STAGE_AT_X": "Stage at X = 64.3933 mm",
        "AP_STAGE_AT_Y": "Stage at Y = 65.5310 mm",
        "AP_DATE": "Date :19 Jul 2019",
        "AP_TIME": "Time :9:53:14",
    }
    values |= changed
    for key, value in values.items():
        if value is not None:
            lines += [key, value]
    return "\r\n".join(lines)


def fei_text(sections: dict[str, dict[str, str | None]] | None = None) -> str:
    """Return xT's text for a picture of 64 x 40 px of 2.5 nm; None leaves a key out."""
    values: dict[str, dict[str, str | None]] = {
        "User": {"Date": "10/27/2016", "Time": "01:16:51 PM"},
        "System": {"SystemType": "Teneo"},
        "Beam": {"HV": "2000", "Beam": "EBeam", "Scan": "EScan"},
        "EBeam": {"HFW": "1.6e-007", "WD": "0.00965589", "TiltCorrectionIsOn": "no"},
        "Scan": {
            "PixelWidth": "2.5e-009",
            "PixelHeight": "2.5e-009",
            "HorFieldsize": "1.6e-007",
            "Dwelltime": "1e-005",
        },
        "Stage": {"StageX": "-0.0241488", "StageY": "0.00092", "StageT": "0.5"},
        "Image": {"ResolutionX": "64", "ResolutionY": "40", "MagCanvasRealWidth": "0.4"},
        "Detectors": {"Name": "ETD", "Mode": "SE"},
        "PrivateFei": {"DatabarHeight": "0"},
    }
    for section, changed in (sections or {}).items():
        values[section] = {**values.get(section, {}), **changed}
    lines = []
    for section, keys in values.items():
        lines += [f"[{section}]", *(f"{k}={v}" for k, v in keys.items() if v is not None), ""]
    return "\r\n".join(lines)


@pytest.fixture(name="zeiss_text")
def give_zeiss_text() -> Callable[..., str]:
    """Give `zeiss_text`."""
    return zeiss_text


@pytest.fixture(name="fei_text")
def give_fei_text() -> Callable[..., str]:
    """Give `fei_text`."""
    return fei_text
