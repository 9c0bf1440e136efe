"""Moving outlines onto the edges that the picture itself shows."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from nanocensus.segmentation import NETWORK_MASK

from .contours import Contours, contours_of
from .edge_models import (
    PROFILE_STEP,
    RADIAL_BELOW,
    EdgeModel,
    Template,
    candidates,
    finer,
    implausibility,
    profile_depths,
    template,
)

FloatArray = NDArray[np.float64]

_SHIFTS = tuple(float(shift) for shift in np.arange(-4.0, 4.01, 0.25))
_SHIFT_STEP = 0.25
_RADII_PER_OCTAVE = 4
_FEWEST_FREE, _FEWEST_FREE_SHARE = 6, 0.1
_LARGEST_MOVE_SHARE = 0.3
_LARGEST_WAY_SHARE, _LEAST_RADIUS_SHARE = 0.05, 0.5
_WANTED_SD = 0.1
_LARGEST_WINDOW_SHARE = 0.08
_SMALLEST_WINDOW = 1.5
_BLIND = 0.2
"""A ring whose mean profile is explained worse than this shows no edge that could be measured."""
_FAINTEST = 3.0
"""Nor does one whose contrast is below this many standard errors of the mean profile."""
_NEIGHBOURS = 6


@dataclass(frozen=True)
class _Pass:
    """One pass: every pass begins where the last one ended, and moves less.

    Attributes
    ----------
    prior_sd : float
        Spread that is expected of a vertex's shift about its particle's.
    farthest : float
        No vertex deviates further: a shaded side of a particle is no edge.
    squeeze : float
        How far a vertex beside another particle may move in beyond its particle's shift.
    """

    prior_sd: float
    farthest: float
    squeeze: float


_PASSES = (
    _Pass(1.5, 1.0, 0.2),
    _Pass(1.0, 0.5, 0.0),
    _Pass(0.6, 0.25, 0.0),
    _Pass(0.5, 0.25, 0.0),
)


@dataclass(frozen=True)
class RefinedOutlines:
    """Labels and soft map whose outlines (`trace_outlines`) lie on the picture's edges.

    Attributes
    ----------
    labels : (H, W) int32
    probability : (H, W) float32
        0.5 on the outline, rising by 1 per px inwards: no probability any more, but read as one.
    model : EdgeModel or None
        The picture's edge; lengths in px. None where no particle shows one.
    misfit : float
        Share of the mean profiles' variance that the model leaves unexplained; NaN without.
    shift_px : dict of int to float
        Mean way of each label's outline, outwards positive; only of those that were refined. The
        others keep the outline that they had.
    """

    labels: NDArray[np.int32]
    probability: NDArray[np.float32]
    model: EdgeModel | None
    misfit: float
    shift_px: dict[int, float] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """Whose outlines these are, for a file's description."""
        if self.model is None:
            return NETWORK_MASK
        return f"edge in the picture ({self.model.family}), {NETWORK_MASK} where none was measured"


@dataclass(frozen=True)
class _Ring:
    """One ring with what lies across it, lengths in units.

    Attributes
    ----------
    where : slice
        Its vertices.
    profiles : (k, s) float64
        Grey values across each vertex.
    mean : (s,) float64
        Their mean where the ring is free and straight.
    free : (k,) bool
    radius, circularity, perimeter : float
    compact : bool
    """

    where: slice
    profiles: FloatArray
    mean: FloatArray
    free: NDArray[np.bool_]
    radius: float
    circularity: float
    perimeter: float

    @property
    def compact(self) -> bool:
        return self.radius < RADIAL_BELOW and self.circularity > 0.7

    def template(self, model: EdgeModel) -> Template:
        return template(model, self.radius, self.compact, _SHIFTS)


def refine_outlines(
    pixels: NDArray[np.generic],
    labels: NDArray[np.int32],
    probability: NDArray[np.float32],
    overlay: NDArray[np.bool_],
    *,
    modality: str | None,
    unit_px: float = 1.0,
) -> RefinedOutlines:
    """Move the outlines of particles onto their edges in the picture.

    Parameters
    ----------
    pixels : (H, W) grey values
    labels : (H, W) int32
    probability : (H, W) float32
        Of the network: where the search begins.
    overlay : (H, W) bool
    modality : "se", "stem", "tem" or None
        Which edge models are tried; None tries all.
    unit_px : float
        Length in which edges are looked at: 1 finds edges up to 4 px away that are blurred by up
        to 3 px; a picture with coarse outlines needs a larger one.

    Returns
    -------
    RefinedOutlines

    Notes
    -----
    Grey values across the outline are compared with models of an edge (`EdgeModel`), which have
    the true edge as a parameter: half height is not the edge of a sphere in transmission, nor of
    a bright rim. Which model, its blur and its other lengths hold for the whole picture and come
    from the mean profiles of its particles; each particle then has levels and a shift of its own,
    and each vertex may deviate from it as far as its surroundings' profiles carry. Windows along
    the outline are as long as noise demands, because an outline that follows the noise sharpens
    the next pass's mean profile. Blur draws the half-height line of a convex outline inwards: on
    the average by blur^2 / 2 times its curvature, which is given back.
    Next to another particle there is no background to look at: such vertices keep to the border,
    or move in with their particle where its inside shows that the edge is passed.
    """
    grey = np.asarray(pixels, dtype=np.float32)
    first_labels, first_probability = labels, probability
    model, misfit, refined = None, float("nan"), set[int]()
    for number, one in enumerate(_PASSES):
        contours = contours_of(labels, probability, overlay, unit_px)
        rings = _rings(grey, contours, unit_px)
        shown = [ring for ring in rings if _shows_an_edge(ring)]
        if not shown:
            break
        model, misfit, at = _choose_model(shown, modality if number else "step")
        last = number == len(_PASSES) - 1
        shift = np.zeros(len(contours.owner))
        refined = set()
        for ring, place in zip(shown, at, strict=True):
            if place.misfit > _BLIND:
                continue
            refined.add(int(contours.owner[ring.where.start]))
            moved = _vertex_shifts(ring, contours, model, place.shift, one, unit_px)
            if last and not ring.compact:
                moved = moved + np.pi * model.blur**2 / ring.perimeter * ring.free
            shift[ring.where] = _bounded(moved, ring, contours, unit_px)
        labels, probability = _move(labels, probability, contours, shift * unit_px)
    labels, probability, ways = _accepted(
        (first_labels, first_probability), (labels, probability), refined, unit_px
    )
    if model is None or not ways:
        return RefinedOutlines(first_labels, first_probability, None, float("nan"))
    return RefinedOutlines(labels, probability, model.in_px(unit_px), misfit, ways)


@dataclass(frozen=True)
class _Place:
    """Where the edge of one ring's mean profile lies, and what the model leaves unexplained."""

    shift: float
    misfit: float


def _rings(grey: NDArray[np.float32], contours: Contours, unit_px: float) -> list[_Ring]:
    """Look across the rings that have enough free vertices."""
    rings = []
    radius = contours.radius_px / unit_px
    for number, where in enumerate(contours.slices()):
        free = contours.free[where]
        enough = max(_FEWEST_FREE, _FEWEST_FREE_SHARE * len(free))
        if free.sum() < enough or radius[number] < 1:
            continue
        binned = 2 ** (round(_RADII_PER_OCTAVE * np.log2(radius[number])) / _RADII_PER_OCTAVE)
        depths = profile_depths(binned) * unit_px
        points, normals = contours.rings.points[where], contours.normals[where]
        at = points[:, None, :] - normals[:, None, :] * depths[None, :, None]
        profiles = ndimage.map_coordinates(
            grey, [at[..., 0], at[..., 1]], order=1, mode="nearest", output=np.float64
        )
        seen = free & contours.straight[where]
        mean = profiles[seen if seen.sum() >= enough else free].mean(axis=0)
        rings.append(
            _Ring(
                where,
                profiles,
                mean,
                free,
                binned,
                float(contours.circularity[number]),
                float(contours.perimeter[number]) / unit_px,
            )
        )
    return rings


def _shows_an_edge(ring: _Ring) -> bool:
    """Tell whether the mean profile stands out of its own noise."""
    spread = ring.profiles[ring.free] - ring.mean
    noise = np.sqrt(np.median(spread**2) / 0.455)
    return bool(np.ptp(ring.mean) > _FAINTEST * noise / np.sqrt(ring.free.sum()) + 1e-6)


def _choose_model(
    rings: list[_Ring], modality: str | None
) -> tuple[EdgeModel, float, list[_Place]]:
    """Find the model that explains the mean profiles best, each at its own shift.

    Rings weigh by their free vertices up to the median; slivers do not count, since their radius
    says nothing.
    """
    free = np.array([float(ring.free.sum()) for ring in rings])
    radii = np.array([ring.radius for ring in rings])
    weights = np.minimum(free, np.median(free)) * (radii > 0.5 * np.median(radii))
    weights = weights / weights.sum() if weights.any() else np.full(len(rings), 1 / len(rings))
    circularity = float(np.average([ring.circularity for ring in rings], weights=weights))
    radius = float(np.median(radii))
    best: tuple[float, float, EdgeModel, list[_Place]] | None = None
    for search in (candidates(modality), None):
        models = search if search is not None else tuple(finer(best[2])) if best else ()
        for model in models:
            places = [_place(ring, model) for ring in rings]
            misfit = float(np.dot(weights, [place.misfit for place in places]))
            factor = implausibility(model, modality, circularity=circularity, radius=radius)
            if best is None or misfit * factor < best[0]:
                best = (misfit * factor, misfit, model, places)
    assert best is not None  # there is always a candidate
    return best[2], best[1], best[3]


def _place(ring: _Ring, model: EdgeModel) -> _Place:
    values = ring.mean - ring.mean.mean()
    total = float((values**2).sum()) + 1e-12
    form = ring.template(model)
    explained = ((form.basis @ values) ** 2).sum(axis=1)
    if model.family == "rim":  # on a bright particle: a dark one with it would be a thickness
        level, rim = (form.weighing @ values)[:, :2].T
        explained = np.where((rim > 0) & (level > 0), explained, 0.0)
    best = int(explained.argmax())
    return _Place(_SHIFTS[best], max(total - float(explained[best]), 0.0) / total)


def _vertex_shifts(
    ring: _Ring,
    contours: Contours,
    model: EdgeModel,
    shift: float,
    one: _Pass,
    unit_px: float,
) -> FloatArray:
    """Return how far each vertex of a ring lies inside the edge, in units: (k,) float64."""
    shifts = np.array(_SHIFTS)
    form = ring.template(model)
    at = _SHIFTS.index(shift)
    weights = np.linalg.lstsq(form.design[at], ring.mean, rcond=None)[0]
    expected = form.design @ weights
    spread = ring.profiles[ring.free] - expected[at]
    noise = float(np.sqrt(np.median((spread - spread.mean(axis=0)) ** 2) / 0.455)) + 1e-6
    window = _window(ring, form, expected, at, noise)
    smoothed, seen = _along(ring.profiles, ring.free, window)
    centred = smoothed - smoothed.mean(axis=1, keepdims=True)
    explained = ((form.basis[None] @ centred[:, None, :, None])[..., 0] ** 2).sum(axis=2)
    left = (centred**2).sum(axis=1)[:, None] - explained
    variance = max(noise**2 / max(1.0, 3.5 * window), 1e-9)
    cost = left / (4 * variance) + (shifts - shift) ** 2 / (2 * one.prior_sd**2)
    moved = np.where(seen > 0.3, _lowest(cost), shift)
    moved = np.clip(moved, shift - one.farthest, shift + one.farthest)
    beside = ~ring.free
    if beside.any():
        inside = _shift_by_inside(ring, expected, noise, window, model)
        low = min(shift, 0.0) - one.squeeze
        moved = np.where(beside, np.clip(inside, low, 0.0), moved)
    return np.where(contours.at_frame[ring.where], 0.0, moved)


def _window(ring: _Ring, form: Template, expected: FloatArray, at: int, noise: float) -> float:
    """Return the standard deviation (vertices) of the window along the outline.

    It is as long as it must be for a shift's standard deviation of `_WANTED_SD`: the information
    is that of the profile's slope, without what levels can explain.
    """
    slope = np.gradient(expected, _SHIFT_STEP, axis=0)[at]
    slope = slope - form.basis[at].T @ (form.basis[at] @ slope)
    information = float((slope**2).sum()) * PROFILE_STEP + 1e-12
    wanted = noise**2 / (information * 3.5 * _WANTED_SD**2)
    longest = _LARGEST_WINDOW_SHARE * len(ring.free) + _SMALLEST_WINDOW
    return float(np.clip(wanted, _SMALLEST_WINDOW, longest))


def _along(
    profiles: FloatArray, free: NDArray[np.bool_], window: float
) -> tuple[FloatArray, FloatArray]:
    """Average profiles of free vertices along the outline; also the share that was free."""
    seen = ndimage.gaussian_filter1d(free.astype(np.float64), window, mode="wrap")
    centred = (profiles - profiles.mean(axis=1, keepdims=True)) * free[:, None]
    total = ndimage.gaussian_filter1d(centred, window, axis=0, mode="wrap")
    return total / np.maximum(seen, 1e-3)[:, None], seen


def _shift_by_inside(
    ring: _Ring, expected: FloatArray, noise: float, window: float, model: EdgeModel
) -> FloatArray:
    """Compare the inside alone with the particle's own levels."""
    depths = profile_depths(ring.radius)
    near = (depths >= 0) & (depths <= max(4.0, 3 * model.blur))
    smoothed = ndimage.gaussian_filter1d(
        ring.profiles[:, near], max(1.0, window / 2), axis=0, mode="wrap"
    )
    left = ((smoothed[:, None, :] - expected[None, :, near]) ** 2).sum(axis=2)
    return _lowest(left)


def _lowest(cost: FloatArray) -> FloatArray:
    """Return the shift of the lowest cost of each vertex, between the shifts by a parabola."""
    at = np.clip(cost.argmin(axis=1), 1, len(_SHIFTS) - 2)
    row = np.arange(len(at))
    below, here, above = cost[row, at - 1], cost[row, at], cost[row, at + 1]
    bend = below - 2 * here + above
    aside = np.where(bend > 0, (below - above) / (2 * np.maximum(bend, 1e-12)), 0)
    return np.array(_SHIFTS)[at] + np.clip(aside, -1, 1) * _SHIFT_STEP


def _bounded(moved: FloatArray, ring: _Ring, contours: Contours, unit_px: float) -> FloatArray:
    """Smooth shifts a little and keep them off the neighbours and within the particle's size."""
    farthest = _LARGEST_MOVE_SHARE * ring.radius + 0.5
    smooth = ndimage.gaussian_filter1d(moved, 0.7, mode="wrap")
    half_gap = contours.gap_px[ring.where] / unit_px / 2
    return np.minimum(np.clip(smooth, -farthest, farthest), half_gap)


def _move(
    labels: NDArray[np.integer],
    probability: NDArray[np.floating],
    contours: Contours,
    shift_px: FloatArray,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Write labels and soft map anew around outlines whose vertices move along their normals."""
    reach = int(np.ceil(np.abs(shift_px).max(initial=0))) + 2
    yx = np.argwhere(ndimage.distance_transform_edt(~_borders(labels)) <= reach)
    own = labels[yx[:, 0], yx[:, 1]]
    points = contours.rings.points
    _, near = cKDTree(points).query(yx, k=min(_NEIGHBOURS, len(points)))
    near = np.atleast_2d(near.T).T
    # a pixel of a particle asks that particle's outline, the background the nearest one
    own_first = ((contours.owner[near] == own[:, None]) | (own[:, None] == 0)).argmax(axis=1)
    nearest = near[np.arange(len(yx)), own_first]
    outside_px = ((yx - points[nearest]) * contours.normals[nearest]).sum(axis=1)
    soft = np.clip(0.5 - outside_px + shift_px[nearest], 0, 1)
    fixed = contours.at_frame[nearest]
    fixed |= (contours.gap_px[nearest] <= 0) & (shift_px[nearest] > -0.05)
    fixed |= shift_px[nearest] == 0
    soft = np.where(fixed, probability[yx[:, 0], yx[:, 1]], soft)
    owner = np.where(soft >= 0.5, contours.owner[nearest], 0)
    new_labels = labels.astype(np.int32)
    new_labels[yx[:, 0], yx[:, 1]] = np.where(fixed, own, owner)
    new_probability = (labels > 0).astype(np.float32)
    new_probability[yx[:, 0], yx[:, 1]] = soft
    return new_labels, new_probability


def _accepted(
    before: tuple[NDArray[np.int32], NDArray[np.float32]],
    after: tuple[NDArray[np.int32], NDArray[np.float32]],
    refined: set[int],
    unit_px: float,
) -> tuple[NDArray[np.int32], NDArray[np.float32], dict[int, float]]:
    """Take back what moved farther than a network errs, and tell how far the others moved."""
    (labels_before, soft_before), (labels, soft) = before, after
    radius_before, radius = _radii(labels_before), _radii(labels)
    ways = {n: radius.get(n, 0.0) - radius_before[n] for n in sorted(refined)}
    farthest = {n: _LARGEST_WAY_SHARE * radius_before[n] + 2 * unit_px for n in ways}
    lost = [n for n in ways if abs(ways[n]) > farthest[n]]
    lost += [n for n in ways if radius.get(n, 0.0) < _LEAST_RADIUS_SHARE * radius_before[n]]
    if lost:
        here = np.isin(labels_before, lost) & ((labels == 0) | np.isin(labels, lost))
        gone = np.isin(labels, lost) & ~here
        around = ndimage.binary_dilation(here | gone, iterations=2) & (labels == 0)
        labels = np.where(here, labels_before, np.where(gone, 0, labels))
        soft = np.where(here | gone | around, soft_before, soft)
        soft = np.where(gone, np.minimum(soft, 0.499), soft)
    return labels, soft, {n: way for n, way in ways.items() if n not in lost}


def _borders(labels: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Mark pixels with a 4-neighbour of another value."""
    marked = np.zeros(labels.shape, dtype=bool)
    for axis in (0, 1):
        differs = np.diff(labels, axis=axis) != 0
        first = [slice(None), slice(None)]
        second = [slice(None), slice(None)]
        first[axis], second[axis] = slice(None, -1), slice(1, None)
        marked[tuple(first)] |= differs
        marked[tuple(second)] |= differs
    return marked


def _radii(labels: NDArray[np.integer]) -> dict[int, float]:
    """Return the radius of the disc with each label's area, px."""
    areas = np.bincount(labels.ravel())
    return {int(n): float(np.sqrt(areas[n] / np.pi)) for n in np.flatnonzero(areas) if n > 0}
