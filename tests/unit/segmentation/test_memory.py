"""The memory that a picture takes: bounded per pixel, and refused beyond the stated one."""

import tracemalloc

import numpy as np
import pytest

from nanocensus.micrographs import MicrographError
from nanocensus.segmentation import (
    DecodingParameters,
    InputParameters,
    SegmentationSettings,
    Segmenter,
)
from nanocensus.segmentation.memory import (
    BYTES_PER_PX,
    BYTES_PER_WORKING_PX,
    MEMORY_PER_PICTURE,
    check_scale,
    largest_scale,
)


def cones(side, pitch=36, radius=19):
    """Touching cones on a lattice: all foreground is one piece, which is the worst case."""
    at = (np.arange(side) % pitch - pitch / 2).astype(np.float32)
    distance = np.hypot(at[:, None], at)
    return np.clip(255 * (1 - 0.7 * distance / radius), 0, 255).astype(np.uint8)


def network(tiles):
    """Answer pixel by pixel, in little memory."""
    answer = np.full((len(tiles), 3, *tiles.shape[1:]), 0.1, dtype=np.float32)
    answer[:, 0] = np.clip(2 * tiles + 0.8, 0, 1)
    answer[:, 2] = np.clip(0.5 * tiles + 0.5, 0, 1)
    return answer


def peak_bytes(side, scale):
    settings = SegmentationSettings(working_scale=scale, tile_px=512)
    decoding = DecodingParameters(smoothing_px=2, boundary_weight=0)
    segmenter = Segmenter(network, 32, InputParameters(), decoding, settings)
    pixels = cones(side)
    overlay = np.zeros(pixels.shape, dtype=bool)
    overlay[:100, :200] = True
    tracemalloc.start()
    try:
        found = segmenter.segment(pixels, overlay)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(found.particle_probability) > 0.9 * (side // 36) ** 2
    return peak


@pytest.mark.parametrize("scale", [0.5, 1.0])
def test_bytes_per_pixel(monkeypatch, scale):
    monkeypatch.setattr("nanocensus.segmentation.strips.STRIP_PX", 1 << 15)
    side = 1440
    bound = side**2 * (BYTES_PER_PX + BYTES_PER_WORKING_PX * scale**2)
    # What is not proportional to the picture, tiles and looks, takes less than 40 MB here.
    assert peak_bytes(side, scale) < bound


def test_the_largest_scale_fills_the_memory():
    for side in (4096, 9000, 12000):
        scale = largest_scale((side, side))
        needed = side**2 * (BYTES_PER_PX + BYTES_PER_WORKING_PX * scale**2)
        assert 0.7 * MEMORY_PER_PICTURE < needed < MEMORY_PER_PICTURE
    assert largest_scale((6000, 8000)) > 1
    assert largest_scale((9216, 12288)) < 1


def test_what_does_not_fit_is_refused_with_a_remedy():
    with pytest.raises(MicrographError, match=r"30000 x 20000 pixels .* cut it") as refused:
        largest_scale((20000, 30000))
    assert (refused.value.finding.code, refused.value.finding.level) == ("too_large", "refused")
    check_scale((9216, 12288), 0.5)
    with pytest.raises(MicrographError, match=r"at working_scale 2 .* at most"):
        check_scale((9216, 12288), 2)
