"""Labels and soft map are drawn anew around outlines that were moved."""

import numpy as np
import pytest

from nanocensus.outlines.contours import contours_of
from nanocensus.outlines.redrawing import _around, redraw

RADIUS_PX = 20.0
DISTANCE_PX = np.hypot(*(np.mgrid[:80, :80] - 40))
LABELS = (DISTANCE_PX <= RADIUS_PX).astype(np.int32)
SOFT = np.clip(0.5 + RADIUS_PX - DISTANCE_PX, 0, 1).astype(np.float32)


def moved(way_px):
    contours = contours_of(LABELS, SOFT, np.zeros(LABELS.shape, bool), 1.0)
    return redraw(LABELS, SOFT, contours, np.full(len(contours.owner), way_px))


@pytest.mark.parametrize("way_px", [-3.0, 2.5])
def test_the_soft_map_is_a_half_on_the_moved_outline_and_rises_by_one_a_px(way_px):
    labels, soft = moved(way_px)
    expected = np.clip(0.5 + RADIUS_PX + way_px - DISTANCE_PX, 0, 1)
    assert np.abs(soft - expected).max() < 0.1
    assert (labels == 1).sum() == pytest.approx(np.pi * (RADIUS_PX + way_px) ** 2, rel=0.025)
    assert ((soft >= 0.5) == (labels == 1)).all()


def test_outlines_that_do_not_move_stay_as_they_are():
    labels, soft = moved(0.0)
    near = np.abs(DISTANCE_PX - RADIUS_PX) < 2
    assert (labels == LABELS).all()
    assert np.allclose(soft[near], SOFT[near])


@pytest.mark.parametrize("angle", [0.0, 30.0, 45.0])
def test_pixels_within_reach_are_marked_in_all_directions(angle) -> None:
    way = 10.0 * np.array([np.sin(np.radians(angle)), np.cos(np.radians(angle))])
    y, x = np.rint(20 + way).astype(int)
    assert _around(np.array([[20.0, 20.0]]), np.array([10.0]), (41, 41))[y, x]
