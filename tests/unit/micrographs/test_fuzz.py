"""Damaged files give a result or a refusal, whatever bytes were hit."""

from __future__ import annotations

import io
import logging
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

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
]


@st.composite
def damaged(draw) -> bytes:
    data = bytearray(draw(st.sampled_from(FILES)))
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
    max_examples=150,
    # Reading takes milliseconds; the limit catches endless loops and gigabytes, on busy machines.
    deadline=timedelta(seconds=5),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=damaged())
def test_damaged_files_are_read_or_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "damaged"
    path.write_bytes(data)
    refused, found = None, None
    try:
        found = read_micrograph(path)
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
