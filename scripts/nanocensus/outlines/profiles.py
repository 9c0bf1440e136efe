"""Grey values across the outlines of a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from nanocensus.segmentation.strips import strips

from .contours import Contours, contours_of
from .edge_models import OUTSIDE_REACH, RADIAL_BELOW, profile_depths

FloatArray = NDArray[np.float64]

_RADII_PER_OCTAVE = 4
"""Bins of radii that share templates, for time: a template is at most 9 % off in its radius."""
_FEWEST_FREE, _FEWEST_FREE_SHARE = 6, 0.1
"""Free vertices that an average is made of, at least; chosen on rendered pictures."""
_FAINTEST = 3.0
"""An edge is seen from three standard deviations of the mean profile's noise."""
_FALL_SHARE, _FALL_NOISE = 0.2, 5.0
"""How far a hollow body's level falls back: that of no solid one of 10 to 20 px of the bench does
(seed 1, STEM and TEM)."""
_CORRELATED = 1.5
"""Neighbouring vertices share pixels: their mean's variance over that of independent ones."""
_BLOCK = 1 << 14
"""Vertices whose places are held at once: some 20 MB."""
_MAD_SQUARED = 0.455
"""Median of the square of a standard normal deviate."""


@dataclass(frozen=True)
class RingProfile:
    """What lies across one ring; lengths in units.

    Attributes
    ----------
    where : slice
        Its vertices.
    profiles : (k, s) float32
        Grey values across each vertex, at `profile_depths(radius)`.
    mean : (s,) float64
        Their mean where the ring is free and straight.
    free : (k,) bool
        Where only background lies outside.
    noise : float
        Standard deviation of single profiles about the mean.
    variance : float
        Of a value of the mean.
    radius, circularity, perimeter : float
        The radius is that of the bin whose templates are used.
    """

    where: slice
    profiles: NDArray[np.float32]
    mean: FloatArray
    free: NDArray[np.bool_]
    noise: float
    variance: float
    radius: float
    circularity: float
    perimeter: float

    @property
    def compact(self) -> bool:
        """Whether blur reaches the edge from all sides."""
        return self.radius < RADIAL_BELOW and self.circularity > 0.7

    @property
    def shows_an_edge(self) -> bool:
        """Whether the mean profile stands out of its noise."""
        return bool(np.ptp(self.mean) > _FAINTEST * np.sqrt(self.variance) + 1e-6)

    @property
    def is_hollow(self) -> bool:
        """Whether the level falls back from its extreme inside by more than its noise.

        Seen in transmission such a body has two edges (a shell, or a core of another material).
        """
        depths = profile_depths(self.radius)
        level = (self.mean - self.mean[depths < -2].mean())[depths > 0]
        level = level * np.sign(level[np.abs(level).argmax()])
        deepest = level[-max(2, len(level) // 4) :].mean()
        fall = level.max() - deepest
        return bool(
            fall > _FALL_SHARE * level.max() and fall > _FALL_NOISE * np.sqrt(self.variance)
        )


def grey_of(pixels: NDArray[np.generic]) -> NDArray[np.float32]:
    """Return grey values from 0 to 1, for which all least noises and levels here are made."""
    low, high = math.inf, -math.inf
    for rows in strips(pixels.shape):
        finite = pixels[rows][np.isfinite(pixels[rows])]
        if finite.size:
            low, high = min(low, float(finite.min())), max(high, float(finite.max()))
    if not low < high:
        low, high = 0.0, 1.0
    grey = np.empty(pixels.shape, dtype=np.float32)
    for rows in strips(pixels.shape):
        grey[rows] = (pixels[rows].astype(np.float64) - low) / (high - low)
    return grey


def look_across(
    grey: NDArray[np.float32], contours: Contours, offset: FloatArray, unit_px: float
) -> list[RingProfile]:
    """Return the profiles of all rings with enough free vertices.

    Parameters
    ----------
    grey : (H, W) float32
    contours : Contours
    offset : (k,) float64
        How far each vertex has moved outwards so far, in units.
    unit_px : float

    Notes
    -----
    Area and perimeter follow the offset by Steiner's formulas.
    """
    chosen: dict[float, list[int]] = {}
    slices = contours.slices()
    if not slices:
        return []
    perimeters = np.zeros(len(slices))
    all_free = np.add.reduceat(contours.free, contours.rings.ring_starts[:-1], dtype=np.int64)
    for number, (where, free) in enumerate(zip(slices, all_free, strict=True)):
        out = float(offset[where].mean())
        perimeters[number] = contours.perimeter[number] / unit_px + 2 * np.pi * out
        area = contours.area[number] / unit_px**2 + contours.perimeter[number] / unit_px * out
        radius = 2 * area / max(perimeters[number], 1e-9)
        if radius < 1 or free < max(_FEWEST_FREE, _FEWEST_FREE_SHARE * (where.stop - where.start)):
            continue
        binned = 2 ** (round(_RADII_PER_OCTAVE * np.log2(radius)) / _RADII_PER_OCTAVE)
        chosen.setdefault(binned, []).append(number)
    rings = []
    for radius, numbers in chosen.items():
        vertices = np.concatenate([np.r_[slices[n]] for n in numbers])
        profiles = _sample(grey, contours, vertices, offset, radius, unit_px)
        ends = np.cumsum([slices[n].stop - slices[n].start for n in numbers])
        for number, own in zip(numbers, np.split(profiles, ends[:-1]), strict=True):
            where = slices[number]
            rings.append(_ring(contours, where, own, radius, number, float(perimeters[number])))
    return sorted(rings, key=lambda ring: ring.where.start)


def _sample(
    grey: NDArray[np.float32],
    contours: Contours,
    vertices: NDArray[np.int64],
    offset: FloatArray,
    radius: float,
    unit_px: float,
) -> NDArray[np.float32]:
    """Return grey values across vertices, (k, s); by blocks, as places take four times as much."""
    depths = profile_depths(radius)
    found = np.empty((len(vertices), len(depths)), dtype=np.float32)
    for first in range(0, len(vertices), _BLOCK):
        some = vertices[first : first + _BLOCK]
        outwards = (offset[some][:, None] - depths) * unit_px
        at = np.empty((2, *outwards.shape))
        for axis in (0, 1):
            np.multiply(contours.normals[some, axis][:, None], outwards, out=at[axis])
            at[axis] += contours.rings.points[some, axis][:, None]
        ndimage.map_coordinates(
            grey, at, order=1, mode="nearest", output=found[first : first + _BLOCK]
        )
    return found


def _ring(
    contours: Contours,
    where: slice,
    profiles: NDArray[np.float32],
    radius: float,
    number: int,
    perimeter: float,
) -> RingProfile:
    free = contours.free[where]
    seen = free & contours.straight[where]
    if seen.sum() < max(_FEWEST_FREE, _FEWEST_FREE_SHARE * len(free)):
        seen = free
    own = profiles[seen]
    mean = own.mean(axis=0, dtype=np.float64)
    noise = float(np.sqrt(np.median((own - mean) ** 2) / _MAD_SQUARED)) + 1e-6
    return RingProfile(
        where,
        profiles,
        mean,
        free,
        noise,
        noise**2 * _CORRELATED / len(own),
        radius,
        float(contours.circularity[number]),
        perimeter,
    )


def grouped(rings: Sequence[RingProfile]) -> list[NDArray[np.int64]]:
    """Return the numbers of the rings that share their templates."""
    groups: dict[tuple[float, bool], list[int]] = {}
    for number, ring in enumerate(rings):
        groups.setdefault((ring.radius, ring.compact), []).append(number)
    return [np.array(numbers) for numbers in groups.values()]


def half_height_depths(
    pixels: NDArray[np.generic],
    labels: NDArray[np.int32],
    probability: NDArray[np.float32],
    *,
    unit_px: float = 1.0,
) -> dict[int, float]:
    """Return how deep inside each outline the half-height line of its mean profile lies, px.

    Half height is midway between the level outside and the extreme next to the edge, as a
    threshold sees it; no model enters. Only of particles whose profile shows an edge.
    """
    nothing = np.zeros(labels.shape, dtype=bool)
    contours = contours_of(labels, probability, nothing, unit_px)
    grey = grey_of(pixels)
    found = {}
    for ring in look_across(grey, contours, np.zeros(len(contours.owner)), unit_px):
        if not ring.shows_an_edge:
            continue
        depths = profile_depths(ring.radius)
        level = ring.mean - ring.mean[depths < -OUTSIDE_REACH / 2].mean()
        near = depths <= OUTSIDE_REACH
        sign = np.sign(level[near][np.abs(level[near]).argmax()])
        top = int((sign * level[near]).argmax())
        rising = np.maximum.accumulate(sign * level[: top + 1])
        half = float(np.interp(rising[-1] / 2, rising, depths[: top + 1]))
        found[int(contours.owner[ring.where.start])] = half * unit_px
    return found
