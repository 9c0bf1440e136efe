"""Writing rendered micrographs as the files that instruments and programs write.

Notes
-----
Tags as real files have them: Zeiss SmartSEM text in tag 34118, FEI/Thermo INI text in tag 34682,
ImageJ and OME in ImageDescription. No time stamp, no random identifier: equal arguments give equal
bytes with equal library versions.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from nanocensus.campaign import replacing

from .lettering import Acquisition, Pixels

VENDORS = ("zeiss", "fei", "imagej", "ome", "none")

_ZEISS_TAG, _FEI_TAG = 34118, 34682
_ASCII = 2


def write_vendor_tiff(
    path: Path,
    pixels: Pixels,
    pixel_size_nm: float,
    *,
    vendor: str,
    acquisition: Acquisition,
    info_bar_rows: int = 0,
) -> None:
    """Write a picture as a TIFF with a vendor's metadata, Deflate-compressed.

    Parameters
    ----------
    path : pathlib.Path
    pixels : (H, W) uint8 or uint16
        Including the info bar, if any.
    pixel_size_nm : float, nm
    vendor : str
        "zeiss" (8-bit palette, tag 34118), "fei" (tag 34682), "imagej", "ome", or "none" (no pixel
        size at all, 96 dpi).
    acquisition : Acquisition
    info_bar_rows : int, px
        Rows of `pixels` below the micrograph. FEI declares the picture without them.

    """
    tags = {
        "zeiss": _zeiss_tags,
        "fei": _fei_tags,
        "imagej": _imagej_tags,
        "ome": _ome_tags,
        "none": _no_tags,
    }
    if vendor not in tags:
        raise ValueError(f"vendor is {vendor!r}; allowed are {', '.join(VENDORS)}")
    if vendor == "zeiss" and pixels.dtype != np.uint8:
        raise ValueError("SmartSEM's palette files hold 8 bits; give uint8 pixels")
    arguments = tags[vendor](pixels, pixel_size_nm, acquisition, info_bar_rows)
    with replacing(path) as unfinished:
        tifffile.imwrite(
            unfinished,
            pixels,
            compression="zlib",
            compressionargs={"level": 9},
            predictor=True,
            metadata=None,
            software=False,
            rowsperstrip=pixels.shape[0],
            **arguments,
        )


def _zeiss_tags(
    pixels: Pixels, pixel_size_nm: float, acquisition: Acquisition, info_bar_rows: int
) -> dict[str, Any]:
    text = zeiss_text(pixels.shape, pixel_size_nm, acquisition)
    greys = np.arange(256, dtype=np.uint16) * np.uint16(257)
    return {
        "photometric": "palette",
        "colormap": np.stack([greys] * 3),
        "resolution": (1, 1),
        "resolutionunit": "NONE",
        "extratags": [_text_tag(_ZEISS_TAG, text)],
    }


def zeiss_text(shape: tuple[int, int], pixel_size_nm: float, acquisition: Acquisition) -> str:
    """Return SmartSEM's text: four unlabelled blocks of SI numbers, then labelled pairs.

    The unlabelled pixel size and AP_PIXEL_SIZE belong to a display of 1024 columns;
    AP_IMAGE_PIXEL_SIZE to the stored picture. Lengths below 1 nm are printed in pm.
    """
    rows, columns = shape
    display_nm = pixel_size_nm * columns / 1024
    date, time = acquisition.acquired.split()
    block = [
        f"{display_nm * 1e-9:.6e}",
        f"{acquisition.magnification:.6e}",
        "6",
        f"{acquisition.voltage_kv * 1e3:.6e}",
        "2.340000e+000",
        "1.474665e-009",
        f"{acquisition.working_distance_mm * 1e-3:.6e}",
    ]
    lines = ["0", "0", "0", *block, "1", *block, "2", *block, "3", *block, "778"]
    pairs = {
        "DP_SEM": f"SEM = {acquisition.instrument}",
        "DP_IMAGE_STORE": f"Store resolution = {columns} * {rows}",
        "DP_PIXEL_SIZE": "Pix Size state = calibrated",
        "DP_DETECTOR_CHANNEL": f"Signal A = {acquisition.detector}",
        "DP_DETECTOR_TYPE": f"Detector = {acquisition.detector}",
        "DP_TILT_CORRECTION": "Tilt Corrn. = Off",
        "DP_USE_REF_MAG": "Reference Mag = Polaroid 545",
        "DP_DWELL_TIME": f"Dwell Time = {acquisition.dwell_time_us * 1e3:.0f} ns",
        "DP_FIB_IMAGING": "FIB Imaging = SEM",
        "AP_MAG": f"Mag = {acquisition.magnification / 1e3:7.2f} K X",
        "AP_WD": f"WD = {acquisition.working_distance_mm:4.1f} mm",
        "AP_ACTUALKV": f"EHT = {acquisition.voltage_kv:.2f} kV",
        "AP_PIXEL_SIZE": f"Pixel Size = {_zeiss_length(display_nm)}",
        "AP_IMAGE_PIXEL_SIZE": f"Image Pixel Size = {_zeiss_length(pixel_size_nm)}",
        "AP_FIB_PIXEL_SIZE": "FIB Pixel Size = 0.0 fm",
        "AP_WIDTH": f"Width = {_zeiss_length(pixel_size_nm * columns)}",
        "AP_HEIGHT": f"Height = {_zeiss_length(pixel_size_nm * rows)}",
        "AP_STAGE_AT_X": f"Stage at X = {acquisition.stage_x_mm:8.4f} mm",
        "AP_STAGE_AT_Y": f"Stage at Y = {acquisition.stage_y_mm:8.4f} mm",
        "AP_STAGE_AT_T": "Stage at T =  0.0 °",
        "AP_DATE": f"Date :{date}",
        "AP_TIME": f"Time :{time}",
    }
    for key, value in pairs.items():
        lines += [key, value]
    return "\r\n".join(lines) + "\r\n"


def _zeiss_length(length_nm: float) -> str:
    """Return a length with four digits in the unit that SmartSEM chooses."""
    for unit, size_nm in (("mm", 1e6), ("µm", 1e3), ("nm", 1.0), ("pm", 1e-3)):
        if length_nm >= size_nm:
            value = length_nm / size_nm
            return f"{value:.{max(0, 3 - int(math.log10(value)))}f} {unit}"
    return f"{length_nm * 1e6:.1f} fm"


def _fei_tags(
    pixels: Pixels, pixel_size_nm: float, acquisition: Acquisition, info_bar_rows: int
) -> dict[str, Any]:
    shape = (pixels.shape[0] - info_bar_rows, pixels.shape[1])
    text = fei_text(shape, pixel_size_nm, acquisition, info_bar_rows)
    return {
        "photometric": "minisblack",
        "resolution": (96, 96),
        "resolutionunit": "INCH",
        "extratags": [_text_tag(_FEI_TAG, text)],
    }


def fei_text(
    shape: tuple[int, int], pixel_size_nm: float, acquisition: Acquisition, info_bar_rows: int
) -> str:
    """Return FEI/Thermo's INI text; `shape` is the picture without its info bar.

    Lengths are in metres, the tilt in radians, the voltage in volts.
    """
    rows, columns = shape
    pixel_m = f"{pixel_size_nm * 1e-9:.9g}"
    width_m = f"{pixel_size_nm * columns * 1e-9:.9g}"
    height_m = f"{pixel_size_nm * rows * 1e-9:.9g}"
    dwell_s = f"{acquisition.dwell_time_us * 1e-6:.6g}"
    distance_m = f"{acquisition.working_distance_mm * 1e-3:.6g}"
    voltage = f"{acquisition.voltage_kv * 1e3:.0f}"
    date, time = acquisition.acquired.split()
    scan = {
        "InternalScan": "true",
        "PixelWidth": pixel_m,
        "PixelHeight": pixel_m,
        "HorFieldsize": width_m,
        "VerFieldsize": height_m,
    }
    stage: dict[str, object] = {
        "StageX": f"{acquisition.stage_x_mm * 1e-3:.6g}",
        "StageY": f"{acquisition.stage_y_mm * 1e-3:.6g}",
        "StageT": "0",
        "WorkingDistance": distance_m,
    }
    sections: dict[str, dict[str, object]] = {
        "User": {"Date": date, "Time": time},
        "System": {"Type": "SEM", "SystemType": acquisition.instrument},
        "Beam": {"HV": voltage, "ScanRotation": "0", "Beam": "EBeam", "Scan": "EScan"},
        "EBeam": {
            "HV": voltage,
            "HFW": width_m,
            "VFW": height_m,
            "WD": distance_m,
            "TiltCorrectionIsOn": "no",
            "StageTa": "0",
        },
        "Scan": {**scan, "Dwelltime": dwell_s},
        "EScan": {**scan, "Dwell": dwell_s},
        "Stage": stage,
        "Image": {
            "ResolutionX": columns,
            "ResolutionY": rows,
            "MagCanvasRealWidth": f"{acquisition.magnification * float(width_m):.4g}",
        },
        "Detectors": {
            "Number": 1,
            "Name": acquisition.detector,
            "Mode": acquisition.signal,
        },
        "PrivateFei": {"DatabarHeight": info_bar_rows},
    }
    blocks = [
        "\r\n".join([f"[{name}]", *(f"{key}={value}" for key, value in fields.items())])
        for name, fields in sections.items()
    ]
    return "\r\n\r\n".join(blocks) + "\r\n"


def _imagej_tags(
    pixels: Pixels, pixel_size_nm: float, acquisition: Acquisition, info_bar_rows: int
) -> dict[str, Any]:
    return {
        "photometric": "minisblack",
        "resolution": (1 / pixel_size_nm, 1 / pixel_size_nm),
        "resolutionunit": "NONE",
        "description": "ImageJ=1.54f\nunit=nm\n",
    }


def _ome_tags(
    pixels: Pixels, pixel_size_nm: float, acquisition: Acquisition, info_bar_rows: int
) -> dict[str, Any]:
    rows, columns = pixels.shape
    size = f'PhysicalSizeX="{pixel_size_nm:.9g}" PhysicalSizeXUnit="nm" '
    size += f'PhysicalSizeY="{pixel_size_nm:.9g}" PhysicalSizeYUnit="nm"'
    description = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xsi:schemaLocation="http://www.openmicroscopy.org/Schemas/OME/2016-06 '
        'http://www.openmicroscopy.org/Schemas/OME/2016-06/ome.xsd">'
        '<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" '
        f'Type="{pixels.dtype.name}" SizeX="{columns}" SizeY="{rows}" SizeC="1" SizeZ="1" '
        f'SizeT="1" {size}><Channel ID="Channel:0:0" SamplesPerPixel="1"/>'
        '<TiffData IFD="0" PlaneCount="1"/></Pixels></Image></OME>'
    )
    return {"photometric": "minisblack", "description": description}


def _no_tags(
    pixels: Pixels, pixel_size_nm: float, acquisition: Acquisition, info_bar_rows: int
) -> dict[str, Any]:
    return {"photometric": "minisblack", "resolution": (96, 96), "resolutionunit": "INCH"}


def _text_tag(code: int, text: str) -> tuple[int, int, int, bytes, bool]:
    raw = text.encode("cp1252") + b"\0"
    return code, _ASCII, len(raw), raw, True
