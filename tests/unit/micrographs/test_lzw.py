"""LZW streams: whole ones pass, damaged ones are refused before the decoder can fall over them."""

from __future__ import annotations

import imagecodecs
import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st

from nanocensus.micrographs import MicrographError, read_micrograph
from nanocensus.micrographs.lzw import refuse_damaged_lzw

GENERATOR = np.random.default_rng(3)
CONTENTS = {
    "nothing": b"",
    "a byte": b"a",
    "noise": GENERATOR.integers(0, 256, 60_000).astype(np.uint8).tobytes(),
    "few greys": GENERATOR.integers(0, 4, 200_000).astype(np.uint8).tobytes(),
    "zeros": bytes(300_000),
    "ramp": np.arange(50_000, dtype=np.uint16).tobytes(),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_whole_streams_pass(name: str) -> None:
    stored = imagecodecs.lzw_encode(CONTENTS[name])
    refuse_damaged_lzw(stored)
    backwards = np.packbits(np.unpackbits(np.frombuffer(stored, np.uint8), bitorder="little"))
    refuse_damaged_lzw(backwards.tobytes(), reversed_bits=True)


@given(data=st.binary(max_size=2000))
def test_any_content_passes(data: bytes) -> None:
    refuse_damaged_lzw(imagecodecs.lzw_encode(data))


@settings(max_examples=300)
@given(st.data())
def test_what_passes_does_not_end_the_process(data) -> None:
    name = data.draw(st.sampled_from(["noise", "few greys", "ramp"]))
    stored = bytearray(imagecodecs.lzw_encode(CONTENTS[name][:9000]))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(stored) - 1))
        stored[place] ^= 1 << data.draw(st.integers(0, 7))
    try:
        refuse_damaged_lzw(bytes(stored))
        imagecodecs.lzw_decode(bytes(stored), out=9000)
    except (MicrographError, RuntimeError, ValueError):
        pass


def test_the_stream_that_ended_the_process(tmp_path) -> None:
    # The code after the clear is 412: nothing so early in a stream.
    stored = bytes.fromhex("806720503824160d0784426150b864361d0f8844625138a4562d178c452020")
    with pytest.raises(MicrographError, match="unreadable"):
        refuse_damaged_lzw(stored)
    path = tmp_path / "p.tif"
    tifffile.imwrite(path, np.arange(1024, dtype=np.uint8).reshape(32, 32), compression="lzw")
    with tifffile.TiffFile(path) as tiff:
        place = tiff.pages.first.dataoffsets[0]
    data = bytearray(path.read_bytes())
    data[place + 1] ^= 0x40
    path.write_bytes(data)
    with pytest.raises(MicrographError, match="unreadable"):
        read_micrograph(path)


def test_endless_clears_are_refused_soon() -> None:
    clears = np.unpackbits(np.array([1, 0], np.uint8))[7:]
    stream = np.packbits(np.tile(clears, 200_000)).tobytes()
    with pytest.raises(MicrographError, match="cleared"):
        refuse_damaged_lzw(stream)
