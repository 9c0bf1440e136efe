"""Where particles lie: apart, touching, overlapping, in heaps, in close-packed layers."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from .outlines import FloatArray, support

ARRANGEMENTS = ("isolated", "touching", "overlapping", "clustered", "packed")

_DIRECTIONS = 64
_ANGLES = np.arange(_DIRECTIONS) * 2 * np.pi / _DIRECTIONS
_UNIT = np.stack([np.sin(_ANGLES), np.cos(_ANGLES)], axis=1)
_CANDIDATES = 16
_ROUNDS = 4
_NEAR_PX = 4.0


class _Layout:
    """Particles placed so far and the reach of all of them in fixed directions."""

    def __init__(
        self, reach: FloatArray, low: FloatArray, high: FloatArray, *, centred: bool
    ) -> None:
        self.reach = reach
        quarter = (high - low) / 4 if centred else 0
        self.free_low, self.free_high = low + quarter, high - quarter
        self.farthest = reach.max(1)
        self.low = low
        self.high = high
        self.count = 0
        self.placed = np.zeros(len(reach), dtype=np.intp)
        self.centres = np.zeros((len(reach), 2))

    def separation(self, particle: int, positions: FloatArray) -> FloatArray:
        """Return the least gap to the placed particles for each candidate position, in px.

        The gap is taken along the line of the centres; where it is positive, a line across that
        direction parts the two convex hulls; gaps that surely exceed `_NEAR_PX` count as infinite.
        """
        gaps = np.full(len(positions), np.inf)
        others = self.placed[: self.count]
        difference = self.centres[None, : self.count] - positions[:, None]
        distance = np.hypot(difference[..., 0], difference[..., 1])
        far = self.farthest[particle] + self.farthest[others] + _NEAR_PX
        candidate, other = np.nonzero(distance < far)
        step = difference[candidate, other]
        ahead = np.rint(np.arctan2(step[:, 0], step[:, 1]) / (2 * np.pi / _DIRECTIONS))
        ahead = ahead.astype(int) % _DIRECTIONS
        back = (ahead + _DIRECTIONS // 2) % _DIRECTIONS
        gap = distance[candidate, other] - self.reach[particle, ahead]
        np.minimum.at(gaps, candidate, gap - self.reach[others[other], back])
        return gaps

    def anywhere(self, rng: Generator) -> FloatArray:
        return rng.uniform(self.free_low, self.free_high, (_CANDIDATES, 2))

    def beside(self, particle: int, gap_px: FloatArray, rng: Generator) -> FloatArray:
        """Return positions at which a particle meets one of the placed ones with a given gap."""
        partner = rng.integers(self.count, size=_CANDIDATES)
        ahead = rng.integers(_DIRECTIONS, size=_CANDIDATES)
        back = (ahead + _DIRECTIONS // 2) % _DIRECTIONS
        reach = self.reach[self.placed[partner], ahead] + self.reach[particle, back]
        return self.centres[partner] + _UNIT[ahead] * (reach + gap_px)[:, None]

    def put(self, particle: int, position: FloatArray) -> None:
        self.placed[self.count] = particle
        self.centres[self.count] = position
        self.count += 1

    def inside(self, positions: FloatArray) -> NDArray[np.bool_]:
        above = np.min(positions - self.low, axis=1) >= 0
        below = np.min(self.high - positions, axis=1) >= 0
        return np.logical_and(above, below)


def arrange(
    outlines: list[FloatArray],
    arrangement: str,
    frame_px: tuple[int, int],
    rng: Generator,
    *,
    margin_px: float,
    centred: bool = False,
) -> list[tuple[int, FloatArray]]:
    """Place particles in the frame and a margin around it.

    Parameters
    ----------
    outlines : list of (k, 2) float, px
        Outlines around the origin.
    arrangement : str
        One of `ARRANGEMENTS`.
    frame_px : (int, int)
        Rows and columns.
    rng : numpy.random.Generator
    margin_px : float, px
        How far beyond the frame centres may lie.
    centred : bool
        Whether places that are drawn freely come from the middle half of the frame.

    Returns
    -------
    list of (int, (2,) float)
        Index and centre (y, x) of those that found a place, from the lowest to the topmost.

    """
    if not outlines:
        return []
    layout = _Layout(
        np.array([support(outline, _UNIT) for outline in outlines]),
        np.array([-margin_px, -margin_px]),
        np.array(frame_px) - 1 + margin_px,
        centred=centred,
    )
    if arrangement == "clustered":
        _heap(layout, rng)
    elif arrangement == "packed":
        _pack(layout, rng)
    else:
        _place_one_by_one(layout, arrangement, rng)
    return [(int(layout.placed[k]), layout.centres[k]) for k in range(layout.count)]


def _place_one_by_one(layout: _Layout, arrangement: str, rng: Generator) -> None:
    new_cluster = rng.uniform(0.1, 0.5)
    overlap = rng.uniform(0.1, 0.5)
    for particle in range(len(layout.reach)):
        radius = float(layout.reach[particle].mean())
        alone = arrangement == "isolated" or layout.count == 0 or rng.random() < new_cluster
        for _ in range(_ROUNDS):
            if alone:
                positions = layout.anywhere(rng)
                least = 3.0
            elif arrangement == "touching":
                positions = layout.beside(particle, rng.uniform(-0.5, 1.0, _CANDIDATES), rng)
                least = -1.0
            else:
                gap = -2 * radius * overlap * rng.uniform(0.1, 1, _CANDIDATES)
                positions = layout.beside(particle, gap, rng)
                least = -2 * radius * overlap
            good = layout.inside(positions) & (layout.separation(particle, positions) >= least)
            if good.any():
                layout.put(particle, positions[int(np.argmax(good))])
                break


def _heap(layout: _Layout, rng: Generator) -> None:
    """Normal clouds of particles, dense enough to lie on each other."""
    count = len(layout.reach)
    heaps = max(1, round(count / rng.uniform(5, 40)))
    middles = rng.uniform(layout.free_low, layout.free_high, (heaps, 2))
    home = rng.integers(heaps, size=count)
    radius = layout.reach.mean(1)
    members = np.bincount(home, minlength=heaps)
    spread = rng.uniform(0.5, 1.1, heaps) * radius.mean() * np.sqrt(members)
    stretch = rng.uniform(0.5, 1, (heaps, 2))
    for particle in range(count):
        heap = home[particle]
        positions = middles[heap] + rng.normal(0, spread[heap], (_CANDIDATES, 2)) * stretch[heap]
        gap = layout.separation(particle, positions)
        # The candidate that overlaps least but still touches: a heap, not a point.
        touching = np.where(gap <= 1, gap, -np.inf)
        best = int(np.argmax(touching)) if np.isfinite(touching).any() else int(np.argmin(gap))
        if layout.inside(positions[best : best + 1])[0]:
            layout.put(particle, positions[best])


def _pack(layout: _Layout, rng: Generator) -> None:
    """Close-packed layer with jitter and gaps, in one or a few islands."""
    pitch = 2 * float(np.quantile(layout.reach.mean(1), 0.6)) * rng.uniform(1.0, 1.15)
    angle = rng.uniform(0, np.pi / 3)
    reach = int(np.ceil(np.linalg.norm(layout.high - layout.low) / pitch)) + 1
    i, j = np.mgrid[-reach : reach + 1, -reach : reach + 1].reshape(2, -1)
    lattice = np.column_stack([i * np.sqrt(3) / 2, j + i / 2]) * pitch
    cos, sin = np.cos(angle), np.sin(angle)
    middle = rng.uniform(layout.free_low, layout.free_high)
    nodes = lattice @ np.array([[cos, -sin], [sin, cos]]) + middle
    nodes += rng.normal(0, 0.05 * pitch, nodes.shape)
    nodes = nodes[layout.inside(nodes)]
    order = np.argsort(np.hypot(*(nodes - middle).T))
    nodes = nodes[order][rng.random(len(nodes)) > 0.03]
    for particle, node in zip(range(len(layout.reach)), nodes, strict=False):
        gap = layout.separation(particle, node[None])[0]
        if gap > -0.15 * pitch:
            layout.put(particle, node)
