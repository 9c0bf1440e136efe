"""Sub-pixel outlines of particles from the label picture and the soft probability map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from skimage.measure import points_in_poly

# Outward directions of a pixel's four sides, clockwise as seen: up, right, down, left (y, x).
_DIRECTIONS = np.array([[-1, 0], [0, 1], [1, 0], [0, -1]])
_OUTSIDE = -1  # the label of everything beyond the frame
_LEVEL = 0.5
# A crossing keeps this distance (px) from the pixel centres, so that no ring collapses.
_MARGIN_PX = 0.02
# Where label and probability disagree by this much the outline follows the label alone.
_DISAGREEMENT = 0.1
# The blur that makes a border between two labels smooth (px): the narrowest with which the
# length of a straight border is right within 1 % at any angle (test_outlines.py).
_BORDER_SIGMA_PX = 1.0
_BORDER_RADIUS_PX = 3


@dataclass(frozen=True)
class OutlineRings:
    """Closed rings of all particles of a picture, one after the other.

    Attributes
    ----------
    labels : (n,) int64
        The particles' labels, ascending.
    points : (k, 2) float64, px
        Vertices (y, x); a ring's first vertex is not repeated at its end.
    ring_starts : (r + 1,) int64
        Ring i has the vertices `points[ring_starts[i]:ring_starts[i + 1]]`.
    ring_owners : (r,) int64
        Index into `labels`, ascending: the parts of a particle are neighbours.
    """

    labels: NDArray[np.int64]
    points: NDArray[np.float64]
    ring_starts: NDArray[np.int64]
    ring_owners: NDArray[np.int64]

    def scaled(self, y: float, x: float) -> OutlineRings:
        """Return the rings with coordinates multiplied by (y, x)."""
        return OutlineRings(
            self.labels, self.points * np.array([y, x]), self.ring_starts, self.ring_owners
        )

    def parts(self) -> dict[int, tuple[NDArray[np.float64], ...]]:
        """Return, for each label, its rings as closed contours (first vertex repeated)."""
        found: dict[int, list[NDArray[np.float64]]] = {int(label): [] for label in self.labels}
        for owner, start, end in zip(
            self.ring_owners, self.ring_starts[:-1], self.ring_starts[1:], strict=True
        ):
            ring = self.points[start:end]
            found[int(self.labels[owner])].append(np.concatenate([ring, ring[:1]]))
        return {label: tuple(rings) for label, rings in found.items()}


def particle_outlines(
    labels: NDArray[np.integer], probability: NDArray[np.floating]
) -> dict[int, NDArray[np.float64]]:
    """Return each particle's outline as one closed contour.

    Parameters
    ----------
    labels : (H, W) int
        0 is background.
    probability : (H, W) float
        Probability of being on a particle, 0...1.

    Returns
    -------
    dict of int to (k, 2) float64, px
        Vertices (y, x), pixel centres at integers, clockwise as seen, the first repeated
        at the end. The parts of a particle that another one crosses are joined by lines
        there and back, which enclose no area; `particle_parts` keeps them apart.

    See Also
    --------
    trace_outlines : how the outline is found.
    """
    return {
        label: parts[0] if len(parts) == 1 else _joined(parts)
        for label, parts in trace_outlines(labels, probability).parts().items()
    }


def particle_parts(
    labels: NDArray[np.integer], probability: NDArray[np.floating]
) -> dict[int, tuple[NDArray[np.float64], ...]]:
    """Return each particle's outline as closed contours, one for each part that is seen."""
    return trace_outlines(labels, probability).parts()


def trace_outlines(labels: NDArray[np.integer], probability: NDArray[np.floating]) -> OutlineRings:
    """Trace the outline of every label.

    Parameters
    ----------
    labels : (H, W) int
        0 is background.
    probability : (H, W) float
        Probability of being on a particle, 0...1.

    Returns
    -------
    OutlineRings
        Outer rings only: holes are closed.

    Notes
    -----
    The label decides which pixels belong to a particle, the probability where between two
    pixels its edge lies. Every side between a pixel of the label and a pixel outside gives
    one vertex on the line that joins the two centres, so no vertex is more than half a pixel
    from the label's border and the contour tells the label's area to that.

    - Towards the background it is where the linearly interpolated probability is 0.5
      (marching squares).
    - Where the probability contradicts the label there (no 0.5 between the two pixels), it
      is the smoothed border of the label; between the two rules it changes continuously
      while the contradiction grows to 0.1.
    - Towards another label it is the border, smoothed: where the two labels, each blurred
      (sigma 1 px), are equal. Both particles get the same vertices, so neighbours neither
      overlap nor leave a gap; where three regions meet, a gap below half a pixel remains.
    - At the frame it is the outer side of the border pixel.

    Pixels that meet at a corner only are not joined (4-connectivity). A particle lying
    wholly inside the outline of another is the one case in which two outlines overlap: the
    outer one is closed, as the particle behind goes on.
    """
    if labels.shape != probability.shape:
        raise ValueError(
            f"labels {labels.shape} and probability {probability.shape} differ in shape"
        )
    pad = _BORDER_RADIUS_PX + 1
    padded = np.pad(labels.astype(np.int32, copy=False), pad, constant_values=_OUTSIDE)
    sides = _sides(padded)
    along = _vertices(padded, np.pad(probability, pad, mode="edge"), sides)
    pixels = np.stack(np.divmod(sides // 4, padded.shape[1]), axis=1) - pad
    vertices = pixels + along[:, None] * _DIRECTIONS[sides % 4]
    successors, turns = _successors(padded, sides)
    rings = _outer_rings(successors, turns)
    return _assemble(rings, vertices, padded.ravel()[sides // 4])


def _sides(padded: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the sorted keys, 4 * flat pixel + direction, of all sides of labels."""
    # One pixel less on each side: the outermost pixels are _OUTSIDE and have no sides.
    inner = padded[1:-1, 1:-1]
    keys = []
    for direction, (dy, dx) in enumerate(_DIRECTIONS):
        neighbour = padded[1 + dy : padded.shape[0] - 1 + dy, 1 + dx : padded.shape[1] - 1 + dx]
        rows, columns = np.nonzero((inner > 0) & (inner != neighbour))
        keys.append(((rows + 1) * padded.shape[1] + columns + 1) * 4 + direction)
    return np.sort(np.concatenate(keys))


def _steps(padded: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return what each direction adds to a flat index."""
    return _DIRECTIONS @ np.array([padded.shape[1], 1])


def _vertices(
    padded: NDArray[np.int32], probability: NDArray[np.floating], sides: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return for each side where the outline crosses it: 0 inner centre ... 1 outer centre."""
    inner = sides // 4
    outer = inner + _steps(padded)[sides % 4]
    outer_label = padded.ravel()[outer]
    inside = probability.ravel()[inner].astype(np.float64)
    outside = probability.ravel()[outer].astype(np.float64)
    agree = (inside >= _LEVEL) & (outside < _LEVEL)
    drop = np.where(agree, inside - outside, 1.0)
    # Contradicting pixels: the crossing has run into the pixel centre on the wrong side.
    limit = ((inside >= _LEVEL) * 1.0 + (outside >= _LEVEL)) / 2
    along = np.where(agree, (inside - _LEVEL) / drop, limit)
    contradiction = np.maximum(_LEVEL - inside, 0) + np.maximum(outside - _LEVEL, 0)
    by_label = np.where(outer_label > 0, 1.0, np.minimum(contradiction / _DISAGREEMENT, 1.0))
    needed = (by_label > 0) & (outer_label != _OUTSIDE)
    border = np.full(sides.size, 0.5)
    border[needed] = _smooth_border(padded, inner[needed], outer[needed])
    along = (1 - by_label) * along + by_label * border
    along[outer_label == _OUTSIDE] = 0.5
    return np.clip(along, _MARGIN_PX, 1 - _MARGIN_PX)


def _smooth_border(
    padded: NDArray[np.int32], inner: NDArray[np.int64], outer: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return where, between two pixels of different labels, the two blurred labels are equal."""
    flat = padded.ravel()
    own, other = flat[inner], flat[outer]
    reach = np.arange(-_BORDER_RADIUS_PX, _BORDER_RADIUS_PX + 1)
    weight = np.exp(-(reach**2) / (2 * _BORDER_SIGMA_PX**2))
    balance_inner = np.zeros(inner.size)
    balance_outer = np.zeros(inner.size)
    for dy in reach:
        for dx in reach:
            step = dy * padded.shape[1] + dx
            factor = weight[dy + _BORDER_RADIUS_PX] * weight[dx + _BORDER_RADIUS_PX]
            for balance, pixel in ((balance_inner, inner), (balance_outer, outer)):
                near = flat[pixel + step]
                balance += factor * ((near == own) * 1.0 - (near == other))
    # Thin labels can lose their own pixel to the blur: then the crossing stays at the pixel.
    balance_inner = np.maximum(balance_inner, 0.0)
    balance_outer = np.minimum(balance_outer, 0.0)
    drop = balance_inner - balance_outer
    return np.divide(balance_inner, drop, out=np.full(inner.size, 0.5), where=drop > 0)


def _successors(
    padded: NDArray[np.int32], sides: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return for each side the next one, clockwise, and the turn to it (1, 0, -1)."""
    flat, steps = padded.ravel(), _steps(padded)
    pixel, direction = sides // 4, sides % 4
    own = flat[pixel]
    forward = pixel + steps[(direction + 1) % 4]
    diagonal = forward + steps[direction]
    convex = flat[forward] != own
    straight = ~convex & (flat[diagonal] != own)
    next_pixel = np.where(convex, pixel, np.where(straight, forward, diagonal))
    turns = np.where(convex, 1, np.where(straight, 0, -1))
    return np.searchsorted(sides, next_pixel * 4 + (direction + turns) % 4), turns


def _outer_rings(
    successors: NDArray[np.int64], turns: NDArray[np.int64]
) -> list[NDArray[np.int64]]:
    """Follow the successors round every ring; keep the rings that turn clockwise (no holes)."""
    following, turning = successors.tolist(), turns.tolist()
    seen = bytearray(len(following))
    rings = []
    for start in range(len(following)):
        if seen[start]:
            continue
        ring, side, turned = [], start, 0
        while not seen[side]:
            seen[side] = 1
            ring.append(side)
            turned += turning[side]
            side = following[side]
        if turned > 0:
            rings.append(np.array(ring))
    return rings


def _assemble(
    rings: list[NDArray[np.int64]],
    vertices: NDArray[np.float64],
    side_labels: NDArray[np.int32],
) -> OutlineRings:
    """Sort the rings by label and drop those inside another ring of the same label."""
    owner_labels = np.array([side_labels[ring[0]] for ring in rings], dtype=np.int64)
    order = np.argsort(owner_labels, kind="stable")
    labels, counts = np.unique(owner_labels, return_counts=True)
    outlines = [vertices[rings[i]] for i in order]
    owners = np.repeat(np.arange(labels.size), counts)
    kept = [
        not (counts[owner] > 1 and _is_inside_another(i, outlines, owners))
        for i, owner in enumerate(owners)
    ]
    outlines = [outline for outline, keep in zip(outlines, kept, strict=True) if keep]
    return OutlineRings(
        labels,
        np.concatenate([*outlines, np.empty((0, 2))]),
        np.cumsum([0, *(len(outline) for outline in outlines)], dtype=np.int64),
        owners[np.array(kept, dtype=bool)],
    )


def _is_inside_another(
    ring: int, outlines: list[NDArray[np.float64]], owners: NDArray[np.int64]
) -> bool:
    """Return whether a ring is an island in a closed hole of its own label."""
    others = np.flatnonzero(owners == owners[ring])
    return any(
        bool(points_in_poly(outlines[ring][:1], outlines[other])[0])
        for other in others
        if other != ring
    )


def _joined(parts: tuple[NDArray[np.float64], ...]) -> NDArray[np.float64]:
    """Join closed contours by lines from the first one's start to each and back."""
    home = parts[0][:1]
    pieces = [parts[0]]
    for part in parts[1:]:
        nearest = int(np.argmin(((part[:-1] - home) ** 2).sum(axis=1)))
        turned = np.roll(part[:-1], -nearest, axis=0)
        pieces += [turned, turned[:1], home]
    return np.concatenate(pieces)
