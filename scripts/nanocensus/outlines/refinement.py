"""Moving outlines onto the edges that the picture itself shows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from nanocensus.micrographs import Finding
from nanocensus.segmentation import NETWORK_MASK
from nanocensus.segmentation.strips import areas_of

from .choice import PictureFit, RingFit, choose_model
from .contours import Contours, contours_of
from .edge_models import PROFILE_STEP, EdgeModel, Template, profile_depths, template
from .memory import refuse_too_large
from .profiles import RingProfile, grey_of, look_across
from .redrawing import redraw
from .shifts import SHIFT_STEP, SHIFTS, lowest

FloatArray = NDArray[np.float64]

# Unless something else is said, chosen on rendered pictures (the bench with seed 1 and a campaign
# with seed 42) without a study that was kept.
_LARGEST_MOVE_SHARE = 0.3
"""Of a particle's radius, beside half a unit: farther no vertex moves, or small ones vanish."""
_LARGEST_WAY_SHARE, _LEAST_RADIUS_SHARE = 0.05, 0.5
"""A network is taken to err by two units and this share of the radius at most, and not to take
a body of twice the radius."""
_WANTED_SD = 0.1
"""Of a vertex's shift, units: a fifth of the spread of diameters that is wanted."""
_INDEPENDENT = 3.5
"""Vertices that a window averages, over its standard deviation: 2 sqrt(pi) of a Gaussian."""
_LARGEST_WINDOW_SHARE = 0.08
"""Of the outline: a longer window would round off a square."""
_SMALLEST_WINDOW = 1.5
"""Vertices: what shares a pixel is averaged in any case."""
_LEAST_FREE = 0.3
"""Share of a window: with less of it free a vertex goes with its particle."""
_BLIND = 0.1
"""A ring explained worse than this shows no edge that could be measured."""


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
        Share of the mean profiles' variance that model and noise leave unexplained; NaN without.
    doubt_px : float
        Standard deviation of the edge's place over models that fit nearly as well; NaN without.
    shift_px : dict of int to float
        Mean way of each label's outline, outwards positive: area won over perimeter. Only of those
        that were refined; the others keep the outline that they had.
    unit_px : float
        Length in which edges were looked at.
    findings : tuple of Finding
    """

    labels: NDArray[np.int32]
    probability: NDArray[np.float32]
    model: EdgeModel | None
    misfit: float
    doubt_px: float = float("nan")
    shift_px: dict[int, float] = field(default_factory=dict)
    unit_px: float = 1.0
    findings: tuple[Finding, ...] = ()

    @property
    def kind(self) -> str:
        """Whose outlines these are, for a file's description."""
        if self.model is None:
            return NETWORK_MASK
        return f"edge in the picture ({self.model.family}), {NETWORK_MASK} where none was measured"


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
    kept = RefinedOutlines(labels, probability, None, float("nan"), unit_px=unit_px)
    too_large = refuse_too_large(labels)
    if too_large:
        return replace(kept, findings=(too_large,))
    contours = contours_of(labels, probability, overlay, unit_px)
    placed = _placed(grey_of(pixels), contours, modality, unit_px)
    if placed is None:
        return kept
    picture, offset, refined = placed
    kept = replace(kept, misfit=picture.misfit, doubt_px=picture.doubt * unit_px)
    if not picture.is_believed:
        return kept
    moved_to = redraw(labels, probability, contours, offset * unit_px)
    ways, lost = _ways(labels, moved_to[0], contours, refined, unit_px)
    if not ways:
        return kept
    if lost:
        offset[np.isin(contours.owner, lost)] = 0
        moved_to = redraw(labels, probability, contours, offset * unit_px)
    return replace(
        kept,
        labels=moved_to[0],
        probability=moved_to[1],
        model=picture.model.in_px(unit_px),
        shift_px=ways,
    )


def _placed(
    grey: NDArray[np.float32], contours: Contours, modality: str | None, unit_px: float
) -> tuple[PictureFit, FloatArray, set[int]] | None:
    """Return the picture's edge, how far each vertex moves (units) and the refined labels.

    None where no particle shows an edge.
    """
    offset = np.zeros(len(contours.owner))
    known: tuple[EdgeModel, ...] = ()
    for one in _PASSES:
        rings = [r for r in look_across(grey, contours, offset, unit_px) if r.shows_an_edge]
        if not rings:
            return None
        # whoever shows no edge here goes back to the mask: nobody would check where it went
        seen = np.zeros(len(offset), dtype=bool)
        for ring in rings:
            seen[ring.where] = True
        offset[~seen] = 0
        picture = choose_model(rings, modality, known=known)
        known = (picture.model, *picture.others)
        refined = set[int]()
        for ring, fit in zip(rings, picture.rings, strict=True):
            moved = _ring_shifts(ring, contours, fit, picture, one)
            if moved is None:
                offset[ring.where] = 0
                continue
            refined.add(int(contours.owner[ring.where.start]))
            offset[ring.where] = _bounded(offset[ring.where] + moved, ring, contours, unit_px)
        del rings, ring  # before the next look: profiles are most of the memory
    return picture, offset, refined


def _ring_shifts(
    ring: RingProfile, contours: Contours, fit: RingFit, picture: PictureFit, one: _Pass
) -> FloatArray | None:
    """Return how far each vertex of a ring moves, in units; None if its mask stays: (k,)."""
    if one is not _PASSES[-1]:
        return _vertex_shifts(ring, contours, fit, one)
    two_edges = fit.model.family != "rim" and ring.is_hollow
    if two_edges or fit.misfit > _BLIND:
        return None
    moved = _vertex_shifts(ring, contours, fit, one)
    if not ring.compact:
        moved += np.pi * fit.model.blur**2 / ring.perimeter * ring.free
    if fit.model == picture.model:
        moved += picture.compromise * ring.free
    return moved


def _vertex_shifts(ring: RingProfile, contours: Contours, fit: RingFit, one: _Pass) -> FloatArray:
    """Return how far each vertex of a ring lies inside the edge, in units: (k,) float64."""
    form = template(fit.model, ring.radius, ring.compact)
    near = _near(fit.shift, one.farthest)
    shifts = SHIFTS[near]
    at = near.start + int(np.abs(shifts - fit.shift).argmin())
    expected = form.fitted(ring.mean, at)
    window = _window(ring, form, expected, at)
    explained, seen = _explained(ring, form.basis[near], window)
    variance = max(ring.noise**2 / max(1.0, _INDEPENDENT * window), 1e-13)
    # what a vertex's profile has in all is the same at each shift
    cost = (shifts - fit.shift) ** 2 / (2 * one.prior_sd**2) - explained / (4 * variance)
    moved = np.where(seen > _LEAST_FREE, lowest(cost, shifts), fit.shift)
    moved = np.clip(moved, fit.shift - one.farthest, fit.shift + one.farthest)
    beside = ~ring.free
    if beside.any():
        inside = _shift_by_inside(ring, expected[near], shifts, window, fit.model)
        low = min(fit.shift, 0.0) - one.squeeze
        moved = np.where(beside, np.clip(inside, low, 0.0), moved)
    return np.where(contours.on_frame[ring.where], 0.0, moved)


def _near(shift: float, farthest: float) -> slice:
    """Return which of `SHIFTS` a vertex may have, with two more on either side."""
    shift = min(max(shift, SHIFTS[0]), SHIFTS[-1])
    within = np.flatnonzero(np.abs(SHIFTS - shift) <= farthest + 2 * SHIFT_STEP)
    return slice(int(within[0]), int(within[-1]) + 1)


def _window(ring: RingProfile, form: Template, expected: FloatArray, at: int) -> float:
    """Return the standard deviation (vertices) of the window along the outline.

    It is as long as it must be for a shift's standard deviation of `_WANTED_SD`: the information
    is that of the profile's slope, without what levels can explain.
    """
    before, after = max(at - 1, 0), min(at + 1, len(expected) - 1)
    slope = (expected[after] - expected[before]) / (SHIFT_STEP * (after - before))
    slope = slope - slope.mean()
    slope -= form.basis[at].T @ (form.basis[at] @ slope)
    information = float(slope @ slope) * PROFILE_STEP + 1e-12
    wanted = ring.noise**2 / (information * _INDEPENDENT * _WANTED_SD**2)
    longest = _LARGEST_WINDOW_SHARE * len(ring.free) + _SMALLEST_WINDOW
    return min(max(wanted, _SMALLEST_WINDOW), longest)


def _explained(
    ring: RingProfile, basis: FloatArray, window: float
) -> tuple[FloatArray, FloatArray]:
    """Return what of the free profiles, averaged along the outline, each shift explains.

    Projected first and averaged then, which is the same and less work. Also returned is the share
    of the average that was free.

    Returns
    -------
    (k, d) and (k,) float64
    """
    free = ring.free.astype(np.float64)[:, None]
    found = (ring.profiles * free) @ basis.reshape(-1, basis.shape[2]).T
    found = ndimage.gaussian_filter1d(np.hstack([found, free]), window, axis=0, mode="wrap")
    seen = found[:, -1]
    explained = found[:, :-1:2] ** 2 + found[:, 1:-1:2] ** 2
    return explained / np.maximum(seen, 1e-3)[:, None] ** 2, seen


def _shift_by_inside(
    ring: RingProfile, expected: FloatArray, shifts: FloatArray, window: float, model: EdgeModel
) -> FloatArray:
    """Compare the inside alone with the particle's own levels, averaged along the outline.

    Of the squares of differences, what is the same at each shift is left out.
    """
    depths = profile_depths(ring.radius)
    near = (depths >= 0) & (depths <= max(4.0, 3 * model.blur))
    expected = expected[:, near]
    level = expected.mean()
    found = (ring.profiles[:, near] - level) @ (expected - level).T
    found = ndimage.gaussian_filter1d(found, max(1.0, window / 2), axis=0, mode="wrap")
    return lowest(((expected - level) ** 2).sum(axis=1) - 2 * found, shifts)


def _bounded(
    moved: FloatArray, ring: RingProfile, contours: Contours, unit_px: float
) -> FloatArray:
    """Smooth shifts a little and keep them off the neighbours and within the particle's size."""
    farthest = _LARGEST_MOVE_SHARE * ring.radius + 0.5
    smooth = ndimage.gaussian_filter1d(moved, 0.7, mode="wrap")
    half_gap = contours.gap_px[ring.where] / unit_px / 2
    return np.minimum(np.clip(smooth, -farthest, farthest), half_gap)


def _ways(
    before: NDArray[np.integer],
    after: NDArray[np.int32],
    contours: Contours,
    refined: set[int],
    unit_px: float,
) -> tuple[dict[int, float], list[int]]:
    """Return how far outlines moved, px, and the labels that moved farther than a network errs.

    The mean way is the area won over the perimeter before, of all rings of a label.
    """
    count = int(contours.owner.max(initial=0)) + 1
    area_before, area = areas_of(before, count - 1), areas_of(after, count - 1)
    owners = contours.owner[contours.rings.ring_starts[:-1]]
    perimeter = np.bincount(owners, contours.perimeter, minlength=count)
    ways, lost = {}, []
    for n in sorted(refined):
        way = float(area[n] - area_before[n]) / perimeter[n]
        farthest = _LARGEST_WAY_SHARE * np.sqrt(area_before[n] / np.pi) + 2 * unit_px
        if abs(way) > farthest or area[n] < _LEAST_RADIUS_SHARE**2 * area_before[n]:
            lost.append(n)
        else:
            ways[n] = float(way)
    return ways, lost
