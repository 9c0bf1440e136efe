"""Damaged files give a result or a refusal, whatever bytes were hit."""

from __future__ import annotations

import io
import logging
import os
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.unit.micrographs import vendor_files
from tests.unit.micrographs.vendor_files import tag

from nanocensus.calibration import resolve_pixel_size
from nanocensus.micrographs import MicrographError, read_micrograph

PICTURE = (np.arange(40 * 48, dtype=np.int64).reshape(40, 48) * 7 % 251).astype(np.uint8)
ZEISS = "0\r\n0\r\n0\r\n1e-9\r\nAP_IMAGE_PIXEL_SIZE\r\nImage Pixel Size = 5 nm\r\n"
FEI = "[Scan]\r\nPixelWidth=1e-9\r\nPixelHeight=1e-9\r\n[Image]\r\nResolutionX=48\r\n"
OME = '<OME><Image><Pixels SizeX="48" SizeY="40" PhysicalSizeX="2"/></Image></OME>'


def tiff_bytes(**how) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, PICTURE, metadata=None, **how)
    return buffer.getvalue()


def other_bytes(kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(PICTURE).save(buffer, kind)
    return buffer.getvalue()


FILES = [
    tiff_bytes(extratags=[(34118, 2, 0, ZEISS, True)]),
    tiff_bytes(extratags=[(34682, 2, 0, FEI, True)], compression="lzw"),
    tiff_bytes(description=OME, compression="zlib", tile=(16, 16)),
    tiff_bytes(description="ImageJ=1.5\nunit=nm\n", resolution=(3, 3), resolutionunit="NONE"),
    tiff_bytes(compression="jpeg"),
    tiff_bytes(bigtiff=True, byteorder=">", compression="packbits", rowsperstrip=8),
    other_bytes("PNG"),
    other_bytes("JPEG"),
    other_bytes("BMP"),
    tiff_bytes(
        extratags=[
            tag(34683, vendor_files.PHENOM_XML.format(unit="nm", value=5).encode()),
            tag(50431, vendor_files.ini_text(vendor_files.tescan_text()).encode()),
            tag(51023, b"<Fibics><Scan><FOV_X>1</FOV_X><Ux>0.02</Ux><Vy>1</Vy></Scan></Fibics>"),
            tag(65000, b"<ImageTags><Fov><Value>1 um</Value></Fov></ImageTags>"),
            (65003, 2, 0, b"nm\0", True),
            (65009, 12, 1, 0.5, True),
        ],
        resolution=(93, 93),
        description="<TemReporter><ImageFormingSystem><SelectorString>X150k</SelectorString>"
        "</ImageFormingSystem></TemReporter>",
    ),
    vendor_files.dm_bytes(),
    vendor_files.dm_bytes(version=4, order=">"),
    vendor_files.ser_bytes(),
    vendor_files.mrc_bytes(),
    vendor_files.velox_bytes(),
    vendor_files.ncem_bytes(),
    vendor_files.bcf_bytes(),
    vendor_files.bcf_bytes(compressed=False),
    vendor_files.elid_bytes(
        tiff_bytes(
            extratags=[tag(34683, vendor_files.PHENOM_XML.format(unit="nm", value=5).encode())]
        )
    ),
]
SIDECARS = [
    vendor_files.jeol_text().encode(),
    vendor_files.hitachi_text().encode("utf-16"),
    vendor_files.ini_text(vendor_files.tescan_text()).encode(),
    vendor_files.emi_bytes(),
    b"PixelSpacing = 12.5\nImageSize = 48 40\n[ZValue = 0]\nTiltAngle = 2\n",
]


@st.composite
def damaged(draw, files: list[bytes]) -> bytes:
    data = bytearray(draw(st.sampled_from(files)))
    for _ in range(draw(st.integers(0, 4))):
        # Half of the hits go where headers and tables lie.
        limit = draw(st.sampled_from([min(len(data), 300), len(data)]))
        place = draw(st.integers(0, limit - 1))
        kind = draw(st.sampled_from(["flip", "byte", "word"]))
        if kind == "flip":
            data[place] ^= 1 << draw(st.integers(0, 7))
        elif kind == "byte":
            data[place] = draw(st.integers(0, 255))
        else:
            word = draw(st.sampled_from([0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x10000]))
            data[place : place + 4] = word.to_bytes(4, draw(st.sampled_from(["little", "big"])))
    return bytes(data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data)


@pytest.fixture(autouse=True)
def _quiet_tifffile():
    logger = logging.getLogger("tifffile")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    yield
    logger.setLevel(level)


@settings(
    max_examples=int(os.environ.get("NANOCENSUS_FUZZ_EXAMPLES", "150")),
    # Reading takes milliseconds; the limit catches endless loops and gigabytes, on busy machines.
    deadline=timedelta(seconds=5),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=damaged(FILES), beside=damaged(SIDECARS))
def test_damaged_files_are_read_or_refused(tmp_path: Path, data: bytes, beside: bytes) -> None:
    path, sidecar = tmp_path / "damaged", tmp_path / "damaged.txt"
    path.write_bytes(data)
    sidecar.write_bytes(beside)
    refused, found = None, None
    try:
        found = read_micrograph(path, [sidecar])
    except MicrographError as error:
        refused = error.finding
    if refused is not None:
        assert refused.level in {"refused", "failed"}
        assert refused.message
    if found is not None:
        assert found.pixels.ndim == 2
        assert found.pixels.dtype in (np.uint8, np.uint16, np.float32)
        assert found.pixels.size < 1 << 27
        assert np.isfinite(found.pixels).all()
        # Whatever numbers the damage left, the resolver takes them.
        resolve_pixel_size(
            found.evidence,
            actual_shape=found.pixels.shape,
            modality=found.modality,
            instrument=found.instrument,
        )


@settings(
    max_examples=int(os.environ.get("NANOCENSUS_FUZZ_EXAMPLES", "60")),
    deadline=timedelta(seconds=5),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(beside=damaged(SIDECARS))
def test_damaged_sidecars_say_nothing_or_refuse(tmp_path: Path, beside: bytes) -> None:
    path, sidecar = tmp_path / "whole.png", tmp_path / "whole.txt"
    path.write_bytes(other_bytes("PNG"))
    sidecar.write_bytes(beside)
    try:
        found = read_micrograph(path, [sidecar])
    except MicrographError:
        return
    np.testing.assert_array_equal(found.pixels, PICTURE)
    resolve_pixel_size(found.evidence, actual_shape=PICTURE.shape, instrument=found.instrument)
