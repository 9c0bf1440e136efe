import numpy as np
import pytest

from nanocensus.rendering.arrangement import ARRANGEMENTS, arrange

ANGLES = np.arange(128) * np.pi / 64
CIRCLE = np.stack([np.sin(ANGLES), np.cos(ANGLES)], axis=1)
RADII = np.random.default_rng(5).uniform(6, 18, 60)
DISCS = [radius * CIRCLE for radius in RADII]


def gaps(arrangement: str) -> np.ndarray:
    """Give each disc's gap to its nearest neighbour."""
    placed = arrange(DISCS, arrangement, (400, 500), np.random.default_rng(2), margin_px=10)
    index = np.array([k for k, _ in placed])
    centres = np.array([centre for _, centre in placed])
    assert len(index) > 25
    assert len(set(index.tolist())) == len(index)
    assert (centres >= -10).all()
    assert (centres <= [409, 509]).all()
    distance = np.linalg.norm(centres[:, None] - centres[None], axis=-1)
    between = distance - RADII[index][:, None] - RADII[index][None]
    np.fill_diagonal(between, np.inf)
    return between.min(1)


def test_isolated_particles_keep_apart() -> None:
    # The reach is tabulated in 64 directions; for discs that costs nothing.
    assert gaps("isolated").min() > 2.9


def test_touching_particles_meet_without_covering_each_other() -> None:
    nearest = gaps("touching")
    assert nearest.min() > -1.5
    assert (nearest < 1.5).mean() > 0.5


def test_overlapping_particles_cover_each_other() -> None:
    assert (gaps("overlapping") < -1).mean() > 0.4


def test_packed_particles_lie_close() -> None:
    assert np.median(gaps("packed")) < 8


def test_heaps_are_dense() -> None:
    assert (gaps("clustered") < 1).mean() > 0.8


@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
def test_nothing_to_place_gives_nothing(arrangement: str) -> None:
    assert arrange([], arrangement, (50, 50), np.random.default_rng(0), margin_px=1) == []
