"""What a particle's edge looks like in a profile across it, by the physics of the picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, special

from .shifts import SHIFT_STEP, SHIFTS

Family = Literal["step", "rim", "thickness"]
FloatArray = NDArray[np.float64]

# The grids of lengths go by factors of 1.4 to 2, `finer` fills them in. Factors of implausibility
# were chosen on rendered pictures (the bench with seed 1) without a study that was kept.
_BLURS = (0.5, 0.7, 1.0, 1.4, 2.0, 2.8)
_ESCAPE_DEPTHS = (1.0, 2.0, 4.0, 8.0)
_RIM_EXCESSES = (0.25, 0.5, 1.0, 2.0)
_EXPONENTS = (0.5, 1.0)
_ABSORPTIONS = (0.0, 0.7, 1.5, 3.0)
_FINER = 2**0.25
"""Half the step between neighbouring blurs, as a factor."""
_ABSORPTION_STEP = 0.35
"""Half the first step between absorptions."""

_UNLIKELY = 1.3
_RATHER_UNLIKELY = 1.2
_NO_RIM = 9.0
"""A rim as wide as its particle: taken only where nothing else explains the picture."""
_WIDEST_RIM_SHARE = 0.4
"""Of a particle's radius."""
_ROUND_FROM, _LONG_BELOW = 0.9, 0.72
"""Circularity: a hexagon has 0.91, a square 0.79, a rod twice as long as wide 0.70."""
_SHARPEST = 0.65
"""Blur in px below which a pixel's own width (standard deviation 0.29) and a beam hardly go."""
_LINEAR, _ABSORBING = 0.5, 2.0
"""Largest usual absorption in a dark and a bright field: 1/e^2 of the beam is left."""
_FINE_STEP = 0.25
"""Units between the radii of a blurred disc: half the smallest blur."""
_REACH = 14.0
"""Units beyond a particle that models are made for: 6 of profile, 4 of shift, 4 of blur."""
_COMPACT_BLUR_END = 2.0
"""Units at the end of this reach that lack what is blurred into them."""
_NOTHING = 1e-9
"""Lengths of vectors of grey levels (0..1) below it are rounding."""
RADIAL_BELOW = 14.0
"""Radius below which the middle of a compact particle is not far from any edge: above it blur
draws the edge in by less than 0.15 px in radius (blur^2 / 2 R, blur 2)."""
OUTSIDE_REACH, INSIDE_REACH, PROFILE_STEP = 6.0, 16.0, 0.5
"""How far a profile reaches out of the particle (the farthest shift and a blur of 2) and into it
(twice the widest rim), and the distance of its samples (half a pixel)."""


@dataclass(frozen=True)
class EdgeModel:
    """A profile across an edge but for its levels; lengths in the profile's unit.

    Attributes
    ----------
    family : str
        step: grey level changes at the edge (plates, facets along the beam). rim: it also rises
        towards the edge with 1/e length `escape_depth` (secondary electrons). thickness: it
        follows the thickness that the beam passes (transmission).
    blur : float
        Standard deviation of the point spread.
    escape_depth : float
        Of a rim.
    rim_excess : float
        Of a rim: how far it rises over the level further inside, relative to that level. One for
        the picture, because a particle that is free to have its own follows its noise inwards.
    exponent : float
        Of thickness: (1 - (1 - depth / radius)^2) ^ exponent; 1/2 is a sphere or a cylinder, 1
        thins out like a wedge.
    absorption : float
        Of thickness t (0..1): signal (1 - exp(-absorption t)) / (1 - exp(-absorption)), the
        law of Lambert and Beer; 0 is linear (dark field).
    """

    family: Family
    blur: float
    escape_depth: float = 0.0
    rim_excess: float = 0.0
    exponent: float = 0.0
    absorption: float = 0.0

    def in_px(self, unit_px: float) -> EdgeModel:
        """Return the model with lengths in px, of one whose lengths are in a unit."""
        return replace(
            self,
            blur=round(self.blur * unit_px, 4),
            escape_depth=round(self.escape_depth * unit_px, 4),
        )

    def signal(self, depth: FloatArray, radius: float) -> FloatArray:
        """Return the signal, free of blur, at depths (inside positive) of a particle."""
        if self.family == "rim":
            rim = np.exp(-np.maximum(depth, 0) / self.escape_depth)
            return _inside(depth) * (1 + self.rim_excess * rim)
        if self.family == "step":
            return _inside(depth)
        share = np.clip(depth / radius, 0, 1)
        thickness = (1 - (1 - share) ** 2) ** self.exponent
        if self.absorption == 0:
            return thickness
        return (1 - np.exp(-self.absorption * thickness)) / (1 - np.exp(-self.absorption))


def _inside(depth: FloatArray) -> FloatArray:
    return (depth > 0) + 0.5 * (np.abs(depth) < 1e-9)


def candidates(modality: str | None) -> tuple[EdgeModel, ...]:
    """Return the models that are tried for a modality (se, stem, tem; None if unknown)."""
    steps = [EdgeModel("step", blur) for blur in _BLURS]
    rims = [
        EdgeModel("rim", blur, escape_depth=depth, rim_excess=excess)
        for depth in _ESCAPE_DEPTHS
        for excess in _RIM_EXCESSES
        for blur in _BLURS
    ]
    thick = [
        EdgeModel("thickness", blur, exponent=exponent, absorption=absorption)
        for exponent in _EXPONENTS
        for absorption in _ABSORPTIONS
        for blur in _BLURS
    ]
    by_modality = {"se": steps + rims, "stem": steps + thick, "tem": steps + thick}
    return tuple(by_modality.get(modality or "", steps + rims + thick))


def finer(model: EdgeModel, share: float = 1.0) -> Iterator[EdgeModel]:
    """Yield a model and its neighbours between those of `candidates`, or nearer by a share."""
    wider = _FINER**share
    for blur in (model.blur / wider, model.blur, model.blur * wider):
        near = replace(model, blur=round(blur, 4))
        yield near
        if model.family == "rim":
            for factor in (1 / wider, wider):
                yield replace(near, escape_depth=round(model.escape_depth * factor, 4))
                yield replace(near, rim_excess=round(model.rim_excess * factor**2, 4))
        elif model.family == "thickness":
            for step in (-_ABSORPTION_STEP * share, _ABSORPTION_STEP * share):
                yield replace(near, absorption=round(max(0.0, model.absorption + step), 4))


def implausibility(
    model: EdgeModel, modality: str | None, *, circularity: float, radius: float
) -> float:
    """Return the factor by which a model has to fit better than others to be believed.

    Small particles do not tell a blurred step from a blurred sphere. A round outline in
    transmission is rather a sphere than a plate, an angular one rather has facets, a long one may
    be either; particles that thin out like wedges, such as hardly let the beam through, and edges
    sharper than a pixel are rare. A dark field is linear in the thickness. A rim has one more
    length than a step, and one that is as wide as the particle is no rim.
    """
    sharp = _RATHER_UNLIKELY if model.blur < _SHARPEST else 1.0
    if model.family == "rim":
        narrow = model.escape_depth <= max(_ESCAPE_DEPTHS[0], _WIDEST_RIM_SHARE * radius)
        return sharp * (_RATHER_UNLIKELY if narrow else _NO_RIM)
    if modality == "se":
        return sharp
    is_round, is_angular = circularity > _ROUND_FROM, _LONG_BELOW < circularity <= _ROUND_FROM
    if model.family == "step":
        return sharp * (_UNLIKELY if is_round and modality in ("stem", "tem") else 1.0)
    factor = sharp * (_UNLIKELY if model.exponent == 1.0 or is_angular else 1.0)
    most = _LINEAR if modality == "stem" else _ABSORBING
    return factor * (_RATHER_UNLIKELY if model.absorption > most else 1.0)


@dataclass(frozen=True)
class Template:
    """A model with its edge at each of `SHIFTS`, ready for least squares.

    A profile is a constant, a slope outside (shadows, neighbours) and the model's signal, each
    weighted.

    Attributes
    ----------
    outside, signal : (d, s) float64
        Slope and signal for each shift.
    basis : (d, 2, s) float64
        Orthonormal rows, without a mean, that span the same but for the constant; the last one
        has the sign of the signal's weight.
    """

    outside: FloatArray
    signal: FloatArray
    basis: FloatArray

    def fitted(self, mean: FloatArray, at: int) -> FloatArray:
        """Return the profiles at all shifts with the levels that fit a profile at one of them.

        Parameters
        ----------
        mean : (s,) float64
        at : int
            Number of the shift.

        Returns
        -------
        (d, s) float64
        """
        first, last = self.basis[at]
        outside, signal = self.outside[at], self.signal[at]
        height = (last @ mean) / max(float(last @ signal), _NOTHING)
        slope = (first @ mean - height * (first @ signal)) / max(float(first @ outside), _NOTHING)
        level = mean.mean() - slope * outside.mean() - height * signal.mean()
        return level + slope * self.outside + height * self.signal


def profile_depths(radius: float) -> FloatArray:
    """Return the depths (inside positive) at which profiles of particles are sampled."""
    inside = min(max(0.9 * radius, 1.5), INSIDE_REACH)
    return np.arange(-OUTSIDE_REACH, inside + 1e-9, PROFILE_STEP)


@lru_cache(maxsize=4_000)  # 30 to 50 kB each
def template(model: EdgeModel, radius: float, compact: bool) -> Template:
    """Return a model's profiles with the edge moved outwards by each of `SHIFTS`.

    Parameters
    ----------
    model : EdgeModel
    radius : float
        Twice the area over the perimeter: half the width of a rod, the radius of a disc.
    compact : bool
        Whether the blur reaches the edge from all sides (a small disc): then it is taken in two
        dimensions, else across the edge only.
    """
    fine, signal = (_radial if compact else _straight)(model, radius)
    depths, at = _grid(radius)
    outside, first = _outside(model.blur, radius)
    shifted = np.interp(depths, fine, signal)[at]
    last = shifted - shifted.mean(axis=1, keepdims=True)
    last -= np.einsum("ds,ds->d", first, last)[:, None] * first
    return Template(outside, shifted, np.stack([first, _normed(last)], axis=1))


@lru_cache(maxsize=100)
def _grid(radius: float) -> tuple[FloatArray, NDArray[np.int64]]:
    """Return all depths that profiles have at any shift, and which one each sample has: (d, s)."""
    samples, per_sample = len(profile_depths(radius)), round(PROFILE_STEP / SHIFT_STEP)
    at = np.arange(len(SHIFTS))[:, None] + per_sample * np.arange(samples)
    return SHIFTS[0] - OUTSIDE_REACH + SHIFT_STEP * np.arange(at[-1, -1] + 1), at


@lru_cache(maxsize=1_000)
def _outside(blur: float, radius: float) -> tuple[FloatArray, FloatArray]:
    """Return the slope outside for each shift, and it without mean and of length 1: (d, s)."""
    depths, at = _grid(radius)
    slope = np.minimum(depths + blur, 0)[at]
    return slope, _normed(slope - slope.mean(axis=1, keepdims=True))


def _normed(rows: FloatArray) -> FloatArray:
    length = np.sqrt(np.einsum("ds,ds->d", rows, rows))
    return rows / np.maximum(length, _NOTHING)[:, None]


def _straight(model: EdgeModel, radius: float) -> tuple[FloatArray, FloatArray]:
    depth = np.arange(-_REACH, min(radius, INSIDE_REACH) + _REACH, _FINE_STEP / 2)
    sigma = 2 * model.blur / _FINE_STEP
    return depth, ndimage.gaussian_filter1d(model.signal(depth, radius), sigma, mode="nearest")


def _radial(model: EdgeModel, radius: float) -> tuple[FloatArray, FloatArray]:
    """Blur a disc's profile in two dimensions."""
    source, r, kernel = _radial_kernel(model.blur, radius)
    return (radius - r)[::-1], (kernel @ model.signal(radius - source, radius))[::-1]


@lru_cache(maxsize=500)
def _radial_kernel(blur: float, radius: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return radii before and after blurring, and what carries the ones into the others.

    The Gaussian of a function of the radius r is the integral of f(s) s / b^2
    exp(-(r^2 + s^2) / 2 b^2) I0(r s / b^2) ds. The edge lies between two of the radii s.
    """
    within, beyond = int(radius / _FINE_STEP), int(_REACH / _FINE_STEP)
    source = radius + _FINE_STEP * (np.arange(-within, beyond) + 0.5)
    r: FloatArray = np.arange(0, radius + _REACH - _COMPACT_BLUR_END, _FINE_STEP)
    variance = blur**2
    product = r[:, None] * source / variance
    kernel = np.exp(-((r[:, None] - source) ** 2) / (2 * variance)) * special.ive(0, product)
    kernel *= source / variance * _FINE_STEP
    return source.astype(np.float64), r, np.asarray(kernel, dtype=np.float64)
