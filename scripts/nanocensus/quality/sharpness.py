"""How sharp the edges of particles are: error functions fitted across them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.special import erf

Floats = NDArray[np.float64]

_MOST_PROFILES = 240
_HALF_LENGTH_PX = 10.0
_STEP_PX = 0.5
_FEWEST_SAMPLES = 6  # on each side of the edge
_FIRST_SIGMA_PX = 1.5
_SIGMA_LIMITS_PX = (0.2, 12.0)
_LARGEST_OFFSET_PX = 5.0  # hand-drawn and predicted outlines lie this near to the edge
_FIT_ROUNDS = 15
# An edge counts when it is this many times as high as the fit's residual: else it is noise.
_SMALLEST_HEIGHT = 4.0
_FEWEST_EDGES = 5
# From the 10 % to the 90 % point of an error function of sigma 1.
_WIDTH_PER_SIGMA = 2.5631


def edge_width_px(pixels: NDArray[np.generic], labels: NDArray[np.integer]) -> float | None:
    """Return the median 10-90 % width of the particles' edges towards the background.

    Parameters
    ----------
    pixels : (H, W) uint8, uint16 or float32
    labels : (H, W) int
        0 is background.

    Returns
    -------
    float or None, px
        None with fewer than five usable edges.

    Notes
    -----
    Up to 240 profiles, evenly drawn from all borders between particle and background, run
    along the normal of the smoothed label; each is the mean of three parallel lines 1 px
    apart. A profile ends where another particle or the other side of its own begins. An
    error function (level, height, place, sigma) is fitted by Levenberg-Marquardt to all
    profiles at once.
    """
    points, normals = _edge_points(labels)
    profiles, weights, along = _profiles(pixels, labels, points, normals)
    if len(profiles) < _FEWEST_EDGES:
        return None
    fitted, residual = _fit_edges(profiles, weights, along)
    height, place = 2 * np.abs(fitted[:, 1]), np.abs(fitted[:, 2])
    sigma = np.exp(fitted[:, 3])
    usable = (height > _SMALLEST_HEIGHT * residual) & (place < _LARGEST_OFFSET_PX)
    usable &= sigma < 0.99 * _SIGMA_LIMITS_PX[1]
    if np.count_nonzero(usable) < _FEWEST_EDGES:
        return None
    return float(np.median(sigma[usable]) * _WIDTH_PER_SIGMA)


def _edge_points(labels: NDArray[np.integer]) -> tuple[Floats, Floats]:
    """Return points midway between particle and background, and unit normals inwards."""
    particle = labels > 0
    points = []
    for axis in (0, 1):
        first, second = (
            np.take(particle, range(start, particle.shape[axis] - 1 + start), axis)
            for start in (0, 1)
        )
        found = np.argwhere(first != second).astype(np.float64)
        found[:, axis] += 0.5
        points.append(found)
    every = np.concatenate(points)
    every = every[np.lexsort(every.T[::-1])]
    drawn = np.linspace(0, max(len(every) - 1, 0), min(_MOST_PROFILES, len(every)))
    every = every[drawn.astype(np.int64)]
    smooth = ndimage.gaussian_filter(particle.astype(np.float32), 2.0)
    slope = np.stack(
        [
            _sampled(smooth, every + step) - _sampled(smooth, every - step)
            for step in (np.array([0.5, 0]), np.array([0, 0.5]))
        ],
        axis=1,
    )
    length = np.hypot(slope[:, 0], slope[:, 1])
    clear = length > 1e-3
    return every[clear], slope[clear] / length[clear, None]


def _sampled(picture: NDArray[np.generic], points: Floats) -> Floats:
    """Return the picture at points (..., 2), linear between pixels."""
    places = points.reshape(-1, 2).T
    values = ndimage.map_coordinates(picture, places, order=1, mode="nearest", output=np.float64)
    return values.reshape(points.shape[:-1])


def _profiles(
    pixels: NDArray[np.generic], labels: NDArray[np.integer], points: Floats, normals: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return profiles (n, k), their weights 0 or 1 (n, k) and the places along them (k,)."""
    along = np.arange(-_HALF_LENGTH_PX, _HALF_LENGTH_PX + _STEP_PX / 2, _STEP_PX)
    lines = points[:, None] + along[:, None] * normals[:, None]
    beside = np.stack([-normals[:, 1], normals[:, 0]], axis=1)[:, None]
    profiles = np.mean([_sampled(pixels, lines + shift * beside) for shift in (-1, 0, 1)], axis=0)
    places = np.rint(lines).astype(np.int64)
    limits = np.array(labels.shape) - 1
    framed = ((places >= 0) & (places <= limits)).all(axis=-1)
    places = np.clip(places, 0, limits)
    under = np.where(framed, labels[places[..., 0], places[..., 1]], -1)
    middle = along.size // 2
    own = under[:, middle + int(1.5 / _STEP_PX)]
    fits = np.where(along < 0, under == 0, under == own[:, None])
    # Within a pixel of the border the label's rounding decides, not the particle.
    fits |= (np.abs(along) <= 1) & framed
    inner = np.minimum.accumulate(fits[:, middle:], axis=1)
    outer = np.minimum.accumulate(fits[:, middle::-1], axis=1)
    weights = np.concatenate([outer[:, :0:-1], inner], axis=1).astype(np.float64)
    enough = (inner.sum(axis=1) > _FEWEST_SAMPLES) & (outer.sum(axis=1) > _FEWEST_SAMPLES)
    enough &= own > 0
    return profiles[enough], weights[enough], along


def _fit_edges(profiles: Floats, weights: Floats, along: Floats) -> tuple[Floats, Floats]:
    """Fit level + height/2 * erf((t - place) / (sigma sqrt 2)) to each profile.

    Returns
    -------
    parameters : (n, 4) float64
        Level, half height, place, ln sigma.
    residual : (n,) float64
        Root mean square of the rest.
    """
    fitted = _first_guess(profiles, weights, along)
    damping = np.full(len(profiles), 1e-2)
    model, slopes = _edge_model(fitted, along)
    cost = (weights * (profiles - model) ** 2).sum(axis=1)
    for _ in range(_FIT_ROUNDS):
        weighted = slopes * weights[..., None]
        normal = np.swapaxes(weighted, 1, 2) @ slopes
        right = np.swapaxes(weighted, 1, 2) @ (profiles - model)[..., None]
        diagonal = np.einsum("nii->ni", normal)
        damped = normal + (damping[:, None] * (diagonal + 1e-9))[..., None] * np.eye(4)
        step = np.linalg.solve(damped, right)[..., 0]
        step[:, 2:] = np.clip(step[:, 2:], -1.0, 1.0)
        tried = fitted + step
        tried[:, 2] = np.clip(tried[:, 2], -_HALF_LENGTH_PX, _HALF_LENGTH_PX)
        tried[:, 3] = np.clip(tried[:, 3], *np.log(_SIGMA_LIMITS_PX))
        tried_model, tried_slopes = _edge_model(tried, along)
        tried_cost = (weights * (profiles - tried_model) ** 2).sum(axis=1)
        better = tried_cost < cost
        fitted[better], cost[better] = tried[better], tried_cost[better]
        model[better], slopes[better] = tried_model[better], tried_slopes[better]
        damping = np.where(better, damping / 5, np.minimum(damping * 5, 1e6))
    return fitted, np.sqrt(cost / weights.sum(axis=1))


def _first_guess(profiles: Floats, weights: Floats, along: Floats) -> Floats:
    """Return parameters from the mean grey values of the two sides."""
    sides = [
        (profiles * weights * side).sum(axis=1) / (weights * side).sum(axis=1)
        for side in (along < -1, along > 1)
    ]
    fitted = np.zeros((len(profiles), 4))
    fitted[:, 0] = (sides[0] + sides[1]) / 2
    fitted[:, 1] = (sides[1] - sides[0]) / 2
    fitted[:, 3] = np.log(_FIRST_SIGMA_PX)
    return fitted


def _edge_model(fitted: Floats, along: Floats) -> tuple[Floats, Floats]:
    """Return the edges (n, k) and their derivatives by the parameters (n, k, 4)."""
    level, half, place, ln_sigma = (fitted[:, i : i + 1] for i in range(4))
    reduced = (along - place) / np.exp(ln_sigma)
    shape = erf(reduced / np.sqrt(2))
    slope = np.sqrt(2 / np.pi) * np.exp(-(reduced**2) / 2)
    derivatives = [np.ones_like(shape), shape, -half * slope / np.exp(ln_sigma)]
    derivatives.append(-half * slope * reduced)
    return level + half * shape, np.stack(derivatives, axis=2)
