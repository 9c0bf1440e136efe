"""Tiles: together they are the whole picture, and their borders cannot be seen."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from nanocensus.segmentation import NetworkOnTiles, build_network, predict_tiled, stride_of
from nanocensus.segmentation.tiling import plan_axis


def blurred(tiles):
    """A network that looks 12 px around."""
    answers = [ndimage.gaussian_filter(tile, 4, truncate=3, mode="constant") for tile in tiles]
    return np.repeat(np.array(answers)[:, None], 3, axis=1)


def picture(shape):
    return np.random.default_rng(5).normal(size=shape).astype(np.float32)


def tiled(predict, values, *, tile_px, halo_px=12, batch=2, stride_px=8):
    return predict_tiled(
        predict, values, tile_px=tile_px, halo_px=halo_px, batch=batch, stride_px=stride_px
    )


@given(
    st.integers(1, 5000),
    st.integers(64, 1200),
    st.integers(1, 128),
    st.sampled_from([1, 8, 32]),
)
def test_weights_add_up_to_one_everywhere(length, tile_px, halo_px, stride_px):
    plan = plan_axis(length, tile_px, halo_px, stride_px)
    total = np.zeros(plan.starts[-1] + plan.side)
    for start, weights in zip(plan.starts, plan.weights, strict=True):
        assert start % stride_px == 0
        total[start : start + plan.side] += weights
    assert plan.side % stride_px == 0
    assert len(total) >= length + 64  # mirrored margins of 32 px
    np.testing.assert_allclose(total[32 : 32 + length], 1, atol=1e-6)


@given(st.integers(1500, 5000), st.integers(256, 1200), st.integers(8, 48))
def test_rims_as_wide_as_the_halo_count_nothing(length, tile_px, halo_px):
    plan = plan_axis(length, tile_px, halo_px, 8)
    assert plan.side <= max(tile_px, 2 * (2 * halo_px + halo_px // 3 + 8))
    assert not plan.weights[1:, : halo_px - 1].any()
    assert not plan.weights[:-1, -halo_px + 1 :].any()


def test_tile_borders_cannot_be_seen():
    values = picture((200, 333))
    whole = tiled(blurred, values, tile_px=1000)
    cut = tiled(blurred, values, tile_px=80)
    # The halo is as wide as the filter: nothing but float32 rounding is left.
    np.testing.assert_allclose(cut, whole, atol=1e-6)


def test_the_frame_is_mirrored():
    values = picture((40, 40))
    expected = ndimage.gaussian_filter(values, 4, truncate=3, mode="reflect")
    np.testing.assert_allclose(tiled(blurred, values, tile_px=500)[0], expected, atol=1e-6)


def test_memory_is_bounded_by_the_batch():
    seen = []

    def predict(tiles):
        seen.append(tiles.shape)
        return blurred(tiles)

    tiled(predict, picture((300, 500)), tile_px=96, batch=3)
    assert max(n for n, _, _ in seen) == 3
    assert max(max(h, w) for _, h, w in seen) <= 96


@pytest.mark.parametrize("shape", [(1, 1), (1, 70), (33, 2)])
def test_small_pictures(shape):
    assert tiled(blurred, picture(shape), tile_px=96).shape == (3, *shape)


def test_tiles_of_a_real_network():
    torch.manual_seed(2)
    torch.set_num_threads(1)
    network = build_network(
        {
            "decoder": "Unet",
            "encoder": "tu-mobilenetv2_050",
            "encoder_depth": 3,
            "decoder_channels": [16, 16, 16],
        }
    )
    on_tiles = NetworkOnTiles(network, torch.device("cpu"))
    values = ndimage.gaussian_filter(picture((150, 260)), 2) * 4
    whole = tiled(on_tiles, values, tile_px=1000, stride_px=stride_of(network))
    cut = tiled(on_tiles, values, tile_px=192, halo_px=48, stride_px=stride_of(network))
    again = tiled(on_tiles, values, tile_px=192, halo_px=48, stride_px=stride_of(network))
    assert whole.std() > 1e-3  # the network says something
    assert np.array_equal(cut, again)
    # Beyond 48 px the influence of a pixel on an untrained network's answer is below 1e-4. At
    # the frame the mirrored margin of 32 px is followed by as many more as the tile needs.
    np.testing.assert_allclose(cut[:, 16:-16, 16:-16], whole[:, 16:-16, 16:-16], atol=1e-4)
    np.testing.assert_allclose(cut, whole, atol=1e-2)
