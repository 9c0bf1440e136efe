"""A copy with every second pixel dropped, its metadata kept, never passes as ``ok``."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.unit.micrographs.conftest import fei_text, zeiss_text
from tests.unit.micrographs.test_tiff_vendors import (
    AFFINE,
    FIBICS,
    ORION,
    SCALING,
    TITAN_XML,
    sightx,
    tvips_bytes,
    xt,
)
from tests.unit.micrographs.vendor_files import (
    PHENOM_XML,
    PICTURE,
    bcf_bytes,
    dm_bytes,
    dm_image,
    elid_bytes,
    hitachi_text,
    ini_text,
    jeol_text,
    mrc_bytes,
    ncem_bytes,
    ser_bytes,
    tag,
    tescan_text,
    tiff_bytes,
    velox_bytes,
    velox_tags,
)

from nanocensus.calibration import examine_file
from nanocensus.micrographs import MicrographError, find_sidecars

HALF = np.ascontiguousarray(PICTURE[::2, ::2])
HALF_OF_48_64 = np.ascontiguousarray(np.tile(PICTURE, (2, 2))[:48:2, :64:2])
HALF_OF_40_64 = np.ascontiguousarray(np.tile(PICTURE, (2, 2))[:40:2, :64:2])
LEAF = re.compile(r"<([\w.]+)\b[^<>]*>[^<>]*</\1>")

Files = dict[str, bytes]
"""Name -> content of a picture, the first, and its sidecars."""


def without_each_line(text: str) -> Iterator[str]:
    lines = text.split("\r\n")
    yield text
    for index, line in enumerate(lines):
        if line:
            yield "\r\n".join([*lines[:index], *lines[index + 1 :]])


def without_each_element(xml: str) -> Iterator[str]:
    yield xml
    for match in LEAF.finditer(xml):
        yield xml[: match.start()] + xml[match.end() :]


def without_each_key(tree: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield tree
    for key, value in tree.items():
        yield {name: other for name, other in tree.items() if name != key}
        if isinstance(value, dict):
            for less in list(without_each_key(value))[1:]:
                changed = copy.deepcopy(tree)
                changed[key] = less
                yield changed


def tiff_of(code: int, text: str, pixels: Any = HALF) -> Files:
    return {"p.tif": tiff_bytes(pixels, extratags=[tag(code, text.encode())])}


def zeiss() -> Iterator[Files]:
    for pixels in (HALF_OF_48_64, np.zeros((384, 512), np.uint8)):
        width = pixels.shape[1] * 2
        store = f"Store resolution = {width} * {width * 3 // 4}"
        # 20 nm; the display's pixel and the width follow from the columns.
        changed: dict[str, str | None] = {
            "DP_IMAGE_STORE": store,
            "AP_WIDTH": f"Width = {width * 20} nm",
            "AP_PIXEL_SIZE": f"Pixel Size = {width * 20 / 1024} nm",
        }
        keys = (None, "AP_IMAGE_PIXEL_SIZE", "DP_IMAGE_STORE", "AP_WIDTH", "AP_PIXEL_SIZE")
        for one in keys:
            for other in keys:
                removed = dict.fromkeys(key for key in (one, other) if key)
                yield tiff_of(34118, zeiss_text(**changed | removed), pixels)


def fei() -> Iterator[Files]:
    for text in without_each_line(fei_text()):
        yield tiff_of(34682, text, HALF_OF_40_64)


def thermo_xml() -> Iterator[Files]:
    for xml in (xt(), TITAN_XML.format(mode="TEM uP SA Zoom Image")):
        for text in without_each_element(xml):
            yield tiff_of(34683, text)


def phenom() -> Iterator[Files]:
    for text in without_each_element(PHENOM_XML.format(unit="nm", value=975.5)):
        yield tiff_of(34683, text)
        yield {"p.elid": elid_bytes(tiff_of(34683, text)["p.tif"])}


def orion() -> Iterator[Files]:
    for text in without_each_element(ORION.format(fov="0.096", more=SCALING)):
        yield tiff_of(65000, text)


def fibics() -> Iterator[Files]:
    for affine in (AFFINE, ""):
        for text in without_each_element(FIBICS.format(width=48, affine=affine)):
            yield {"p.tif": tiff_bytes(HALF, extratags=[tag(51023, text.encode("latin-1"))])}


def tescan() -> Iterator[Files]:
    for text in without_each_line(ini_text(tescan_text())):
        yield tiff_of(50431, text)
        yield {"p.tif": tiff_bytes(HALF), "p.hdr": text.encode()}


def tvips() -> Iterator[Files]:
    # Its picture of 48 x 40 is the half of the size that it declares here.
    whole: dict[str, Any] = {"ImageSizeX": 96, "ImageSizeY": 80}
    keys = ("ImageSizeX", "ImageSizeY", "TemMagnification", "PhysicalPixelSizeX", "BinningX")
    for removed in ((), *((key,) for key in (*keys, "PixelSizeY")), keys[:2], keys[:3]):
        yield {"p.tif": tvips_bytes(**whole | dict.fromkeys(removed, 0))}


def jeol() -> Iterator[Files]:
    for dpi in (None, 1280 * 25.4 / 120):
        for text in without_each_line(jeol_text()):
            yield {"p.tif": printed((480, 640), dpi), "p.txt": text.encode()}


def hitachi() -> Iterator[Files]:
    for dpi in (None, 256.007):
        for text in without_each_line(hitachi_text()):
            yield {"p.tif": printed((480, 640), dpi), "p.txt": text.encode()}


def printed(shape: tuple[int, int], dpi: float | None) -> bytes:
    pixels = np.resize(PICTURE, shape)
    return tiff_bytes(pixels, **({"resolution": (dpi, dpi), "resolutionunit": 2} if dpi else {}))


def velox() -> Iterator[Files]:
    for tags in without_each_key(velox_tags()):
        yield {"p.emd": velox_bytes((HALF, tags))}


def mrc() -> Iterator[Files]:
    pixels, whole = HALF.astype(np.int16), {"cell": (600.0, 500.0), "intervals": (48, 40)}
    mdoc = "PixelSpacing = 12.5\r\nImageSize = 48 40\r\n\r\n[ZValue = 0]\r\nPixelSpacing = 12.5\r\n"
    for cell in (whole, {"cell": (300.0, 250.0)}, {"cell": (0.0, 0.0)}):
        yield {"p.mrc": mrc_bytes(pixels, **cell)}
    for text in without_each_line(mdoc):
        yield {"p.mrc": mrc_bytes(pixels, **whole), "p.mrc.mdoc": text.encode()}


def others() -> Iterator[Files]:
    yield {"p.dm3": dm_bytes(dm_image(HALF))}
    yield {"p.ser": ser_bytes(HALF)}
    yield {"p.emd": ncem_bytes(HALF)}
    yield {"p.bcf": bcf_bytes(pixels=PICTURE)}
    yield {"p.tif": sightx()}


VENDORS = (
    *(zeiss, fei, thermo_xml, phenom, orion, fibics, tescan, tvips),
    *(jeol, hitachi, velox, mrc, others),
)


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.__name__)
def test_halved_copies_never_pass(tmp_path: Path, vendor: Callable[[], Iterator[Files]]) -> None:
    statuses = []
    for index, files in enumerate(vendor()):
        folder = tmp_path / str(index)
        folder.mkdir()
        for name, data in files.items():
            (folder / name).write_bytes(data)
        picture = folder / next(iter(files))
        try:
            found = examine_file(picture, tuple(find_sidecars(picture)), scale_bar=False)
            # A tilt is no word about the copy.
            told = [one.level for one in found.calibration.findings if one.code != "tilted"]
            statuses.append(found.calibration.status if told else "ok")
        except MicrographError as error:
            statuses.append(error.finding.level)
    assert "ok" not in statuses
    assert set(statuses) & {"warn", "review", "none", "refused"}
