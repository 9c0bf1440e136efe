"""The Miles-Lantuéjoul weight by sliding particles through all places of a frame."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage, signal

from nanocensus.measurement.edges import cut_by_overlay, inclusion_weights, touches_frame

FRAME = (23, 31)


def disc(diameter: int) -> np.ndarray:
    y, x = np.mgrid[:diameter, :diameter] - (diameter - 1) / 2
    return np.hypot(y, x) <= diameter / 2


def crooked() -> np.ndarray:
    mask = np.zeros((7, 4), bool)
    mask[0, 3] = mask[1:5, 2] = mask[4:, 0:2] = True
    return mask


SHAPES = {"pixel": disc(1), "disc": disc(9), "rod": np.ones((2, 12), bool), "crooked": crooked()}


def share_of_places_uncut(mask: np.ndarray, overlay: np.ndarray) -> float:
    """Slide a mask over the frame, a place for each visible pixel; return the share uncut.

    A place is a position of the mask relative to the frame; those at which it sticks out
    are cut. There are as many places as the frame has pixels: each particle has one
    reference pixel, and those of the particles counted in a frame lie in it.
    """
    rows, columns = mask.shape
    uncut = 0
    for top in range(overlay.shape[0] - rows + 1):
        for left in range(overlay.shape[1] - columns + 1):
            labels = np.zeros(overlay.shape, int)
            labels[top : top + rows, left : left + columns] = mask
            cut = touches_frame(labels, np.array([1])) | cut_by_overlay(
                labels, overlay, np.array([1])
            )
            uncut += not cut[0]
    return uncut / (~overlay).sum()


@pytest.mark.parametrize("name", SHAPES)
def test_weight_is_one_over_the_share_of_uncut_places(name):
    mask = SHAPES[name]
    overlay = np.zeros(FRAME, bool)
    weight = inclusion_weights(overlay, np.array([mask.shape[0]]), np.array([mask.shape[1]]))
    assert weight[0] == pytest.approx(1 / share_of_places_uncut(mask, overlay), rel=1e-12)


@pytest.mark.parametrize("name", ["pixel", "rod"])
def test_weight_beside_overlays_is_exact_for_boxes(name):
    mask = SHAPES[name]
    overlay = np.zeros(FRAME, bool)
    overlay[17:20, 2:9] = True
    overlay[1:4, 25:] = True
    weight = inclusion_weights(overlay, np.array([mask.shape[0]]), np.array([mask.shape[1]]))
    assert weight[0] == pytest.approx(1 / share_of_places_uncut(mask, overlay), rel=1e-12)


def test_weight_beside_overlays_for_a_disc():
    overlay = np.zeros((200, 260), bool)
    overlay[170:186, 20:90] = True
    overlay[12:30, 220:244] = True
    diameter = 25
    weight = inclusion_weights(overlay, np.array([diameter]), np.array([diameter]))[0]
    mask = disc(diameter)
    near = ndimage.binary_dilation(overlay, np.ones((3, 3)))
    near[[0, -1]] = True
    near[:, [0, -1]] = True
    hits = signal.fftconvolve(near.astype(float), mask[::-1, ::-1].astype(float), mode="valid")
    exact = (~overlay).sum() / (hits < 0.5).sum()
    # As the docstring says: (1 - pi/4) d² / (H W) for each overlay, here 0.26 % each.
    assert exact <= weight <= exact * (1 + 2 * 0.0030)


def test_weights_of_many_extents_at_once_equal_those_one_by_one():
    generator = np.random.default_rng(3)
    overlay = np.zeros((60, 80), bool)
    overlay[50:55, 5:30] = overlay[4:9, 60:75] = True
    rows, columns = generator.integers(1, 25, (2, 40))
    together = inclusion_weights(overlay, rows, columns)
    alone = [inclusion_weights(overlay, rows[i : i + 1], columns[i : i + 1])[0] for i in range(40)]
    assert together.tolist() == alone


def test_overlay_only_raises_weights_by_what_it_hides():
    rows, columns = np.array([1, 10, 30]), np.array([1, 20, 30])
    empty = np.zeros((100, 120), bool)
    some = empty.copy()
    some[90:, :50] = True
    assert (inclusion_weights(some, rows, columns) > inclusion_weights(empty, rows, columns)).all()


def test_weighted_count_is_unbiased():
    """Particles of random size thrown on a plane: the weighted mean size is the true one."""
    generator = np.random.default_rng(11)
    height, width = 120, 160
    overlay = np.zeros((height, width), bool)
    overlay[100:108, 10:60] = True
    near = ndimage.binary_dilation(overlay, np.ones((3, 3)))
    count = 40_000
    side = generator.integers(2, 50, count)
    top = generator.integers(-49, height, count)
    left = generator.integers(-49, width, count)
    inside = (top >= 1) & (left >= 1) & (top + side < height) & (left + side < width)
    blocked = np.pad(near.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    index = np.flatnonzero(inside)
    y0, x0 = top[index], left[index]
    y1, x1 = y0 + side[index], x0 + side[index]
    hit = blocked[y1, x1] - blocked[y0, x1] - blocked[y1, x0] + blocked[y0, x0]
    seen = side[index[hit == 0]]
    weights = inclusion_weights(overlay, seen, seen)
    naive, weighted = seen.mean(), np.average(seen, weights=weights)
    # Standard error of the weighted mean is below 0.3 (14 / sqrt(3000)); the naive mean is
    # 2 to 3 px too small.
    assert weighted == pytest.approx(side.mean(), abs=0.9)
    assert naive < side.mean() - 1.5


def test_flags():
    labels = np.zeros((20, 20), int)
    labels[0, 3:5] = 1  # at the frame
    labels[1:4, 8:11] = 2  # one row from it
    labels[10:13, 10:13] = 3  # meets the overlay at a corner
    labels[10:13, 2:5] = 4  # one pixel apart from the overlay
    labels[16:19, 10:13] = 5  # under the overlay
    overlay = np.zeros((20, 20), bool)
    overlay[13:16, 13:16] = overlay[14:16, 2:5] = overlay[17, 11] = True
    values = np.arange(1, 6)
    assert touches_frame(labels, values).tolist() == [True, False, False, False, False]
    assert cut_by_overlay(labels, overlay, values).tolist() == [False, False, True, False, True]


def test_weight_is_what_discs_thrown_at_random_show():
    """Discs with centres anywhere in the plane: the share that neither frame nor hole touches."""
    generator = np.random.default_rng(5)
    height, width, diameter = 300, 400, 31
    overlay = np.zeros((height, width), bool)
    overlay[250:290, 30:170] = True
    near = ndimage.binary_dilation(overlay, np.ones((3, 3)))
    near[[0, -1]] = True
    near[:, [0, -1]] = True
    away = ndimage.distance_transform_edt(~near)
    # The label of a disc that is centred on a pixel reaches (diameter - 1) / 2 to each side.
    rows, columns = (generator.integers(0, size, 400_000) for size in (height, width))
    uncut = float(np.mean(away[rows, columns] > (diameter - 1) / 2))
    visible = float(np.mean(~overlay))
    weight = inclusion_weights(overlay, np.array([diameter]), np.array([diameter]))[0]
    # Three standard errors of the share are 0.4 %; boxes instead of discs make the weight too
    # large by (1 - pi/4) d² / (H W) of the share of places, 0.3 % here.
    assert visible / weight == pytest.approx(uncut, rel=0.008)
    assert weight > inclusion_weights(np.zeros_like(overlay), np.array([31]), np.array([31]))[0]
