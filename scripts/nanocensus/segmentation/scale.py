"""At which resolution the network should look at a picture: particles differ 100-fold in size."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .settings import InputParameters

_STEP = 2.0
_SHORTEST_SIDE_PX = 64
"""A picture is not shrunk below this, working px."""
_LARGEST_SCALE = 8.0
_LARGEST_ENLARGED_PX2 = 1 << 24
"""A picture is not enlarged beyond this many working px."""
_TOLERANCE = 1.25
"""Medians out of the trained range by less than this factor are not worth a second pass."""


@dataclass(frozen=True)
class Look:
    """What the network sees at one working scale.

    Attributes
    ----------
    scale : float
        Working px per px.
    ecd_px : (n,) float64
        Area-equivalent diameters of the instances, working px.
    quality : (n,) float64, 0..1
        How much like a particle seen at the right size each one looks.
    """

    scale: float
    ecd_px: np.ndarray
    quality: np.ndarray


def choose_working_scale(
    look: Callable[[float], Look], shape: tuple[int, int], parameters: InputParameters
) -> float:
    """Find the working scale of a picture.

    Parameters
    ----------
    look : callable
        Segments the picture, or a part of it, at a scale.
    shape : (int, int)
        The picture's.
    parameters : InputParameters
        Range of sizes that the network was trained for.

    Returns
    -------
    float
        Working px per px.

    Notes
    -----
    The network looks at the native resolution and at halves of it, and where particles are
    small at doubles. The scale whose instances look most like particles (`explained_area`) is
    kept, and corrected so that their median diameter lies in the trained range.
    """
    looks = [look(scale) for scale in _ladder(shape)]
    best = max(looks, key=lambda seen: explained_area(seen, parameters))
    while best.scale >= 1 and _median(best) < parameters.smallest_ecd_px:
        scale = best.scale * _STEP
        if not _may_enlarge(shape, scale):
            break
        finer = look(scale)
        if explained_area(finer, parameters) < explained_area(best, parameters):
            break
        best = finer
    return _corrected(best, shape, parameters)


def explained_area(seen: Look, parameters: InputParameters) -> float:
    """Return the area of the instances that look like particles, px^2 of the picture.

    Instances outside the trained range of sizes count less, in proportion to how far (in
    logarithm) they lie outside.
    """
    if seen.ecd_px.size == 0:
        return 0.0
    below = np.log2(parameters.smallest_ecd_px / np.maximum(seen.ecd_px, 1e-6))
    above = np.log2(np.maximum(seen.ecd_px, 1e-6) / parameters.largest_ecd_px)
    outside = np.maximum(0, np.maximum(below, above))
    area = np.pi / 4 * (seen.ecd_px / seen.scale) ** 2
    return float((area * seen.quality * np.exp2(-outside)).sum())


def _ladder(shape: tuple[int, int]) -> list[float]:
    """Return 1, 1/2, 1/4 ... as long as the shorter side keeps some pixels."""
    scales = [1.0]
    while min(shape) * scales[-1] / _STEP >= _SHORTEST_SIDE_PX:
        scales.append(scales[-1] / _STEP)
    return scales


def _may_enlarge(shape: tuple[int, int], scale: float) -> bool:
    return scale <= _LARGEST_SCALE and math.prod(shape) * scale**2 <= _LARGEST_ENLARGED_PX2


def _median(seen: Look) -> float:
    """Return the median diameter weighted by quality, working px; infinite without instances."""
    if seen.ecd_px.size == 0 or seen.quality.sum() <= 0:
        return math.inf
    order = np.argsort(seen.ecd_px, kind="stable")
    share = np.cumsum(seen.quality[order])
    return float(seen.ecd_px[order][np.searchsorted(share, share[-1] / 2)])


def _corrected(seen: Look, shape: tuple[int, int], parameters: InputParameters) -> float:
    """Bring the median into the trained range if it lies well outside."""
    median = _median(seen)
    if math.isinf(median):
        return 1.0
    factor = 1.0
    if median * _TOLERANCE < parameters.smallest_ecd_px:
        factor = parameters.smallest_ecd_px / median
    elif median > parameters.largest_ecd_px * _TOLERANCE:
        factor = parameters.largest_ecd_px / median
    scale = seen.scale * factor
    if scale > 1 and not _may_enlarge(shape, scale):
        largest = math.sqrt(_LARGEST_ENLARGED_PX2 / math.prod(shape))
        scale = max(min(scale, 1.0), min(_LARGEST_SCALE, largest))
    return max(scale, min(1.0, _SHORTEST_SIDE_PX / min(shape)))
