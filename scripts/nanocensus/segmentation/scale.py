"""At which resolution the network should look at a picture: particles differ 100-fold in size."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .settings import InputParameters

_STEP = 2.0
_FINE_STEP = math.sqrt(2)
_SHORTEST_SIDE_PX = 64
"""A picture is not shrunk below this, working px."""
_COARSE = 0.25
"""Where the best half is convincing and no finer than this, a hasty choice does without the native
resolution: of 81 pictures 26 have such a half, and none of them chose it (docs/benchmarks.md,
Speed). But a flock of small particles may convince as one large one, so a thorough choice looks."""
_LARGEST_SCALE = 2.0
"""The network was not trained on pictures that were enlarged further."""
_LARGEST_ENLARGED_PX2 = 1 << 24
"""A picture is not enlarged beyond this many working px."""
_UNCONVINCED = 0.3
"""A picture whose best look is less convincing than this on the average is worth a look at it
enlarged, as is one of native particles below the trained range; a picture whose chosen look still
is needs a person's eyes."""
_BAD_QUALITY = 0.6
"""Instances of this quality and below convince no more (docs/benchmarks.md, What was wrong)."""
_CONVICTION_POWER = 4


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
    share : float
        Share of the picture's area that was looked at.
    """

    scale: float
    ecd_px: np.ndarray
    quality: np.ndarray
    share: float = 1.0


class Choice(NamedTuple):
    """The working scale of a picture, and how convincing what is seen there is on the average.

    Attributes
    ----------
    scale : float
        Working px per px.
    conviction : float, 0..1
        See `mean_conviction`.
    """

    scale: float
    conviction: float

    @property
    def convinces(self) -> bool:
        """Whether that is enough, or a person has to look at the outlines."""
        return self.conviction >= _UNCONVINCED


def choose_working_scale(
    look: Callable[[float], Look],
    shape: tuple[int, int],
    parameters: InputParameters,
    largest: float = math.inf,
    *,
    thorough: bool = True,
) -> Choice:
    """Find the working scale of a picture.

    Parameters
    ----------
    look : callable
        Segments the picture, or a part of it, at a scale.
    shape : (int, int)
        The picture's.
    parameters : InputParameters
        Range of sizes that the network was trained for.
    largest : float
        Working scale that memory allows.
    thorough : bool
        Whether the native resolution is always looked at, and half a step beside the best look.

    Returns
    -------
    Choice

    Notes
    -----
    The network looks at the native resolution (which costs three times as much as all its halves;
    in haste only if nothing convinces at a quarter or less) and at its halves. Where particles
    are small, or no look convinces, it looks at enlarged pictures too, and then half a step beside
    the best of these. The scale of the look with the highest `worth` is taken; the coarsest of
    equal ones, which costs least, but the finest of the halves where nothing is found at any.
    """
    seen: list[Look] = []

    def best_with(scales: list[float]) -> Look:
        seen.extend(look(scale) for scale in scales)
        return max(seen, key=lambda one: (worth(one, parameters), -one.scale))

    ladder = [scale for scale in _ladder(shape) if scale <= largest]
    finest, coarser = ladder[0], ladder[1:]
    best = best_with(coarser or [finest])
    coarse = best.scale <= _COARSE * finest and _convinces(best, parameters)
    if coarser and (thorough or not coarse):
        best = best_with([finest])
    small = best.scale == 1 and _median(best) < parameters.smallest_ecd_px
    if small or not _convinces(best, parameters):
        best = best_with([scale for scale in _enlarged(shape) if scale <= largest])
    if thorough and best.scale <= 1:
        beside = [best.scale / _FINE_STEP, best.scale * _FINE_STEP]
        beside = [scale for scale in beside if scale < 1 and scale <= largest]
        best = best_with([s for s in beside if min(shape) * s >= _SHORTEST_SIDE_PX])
    if worth(best, parameters) > 0:
        return Choice(best.scale, mean_conviction(best, parameters))
    return Choice(finest, 0.0)


def finer_scale(
    scale: float, shape: tuple[int, int], largest: float, *, enlarged: bool
) -> float | None:
    """Return the scale half a step above one, None where the picture is not to be seen there.

    Parameters
    ----------
    scale : float
        Working px per px.
    shape : (int, int)
        The picture's.
    largest : float
        Working scale that memory allows.
    enlarged : bool
        Whether the picture may be enlarged for it.
    """
    finer = scale * _FINE_STEP
    limit = _LARGEST_SCALE if enlarged else 1.0
    fits = math.prod(shape) * finer**2 <= _LARGEST_ENLARGED_PX2 or finer <= 1
    # rounding must not decide whether 1 / sqrt(2) has 1 above it
    return finer if fits and finer <= min(limit * (1 + 1e-9), largest) else None


def mean_conviction(seen: Look, parameters: InputParameters) -> float:
    """Return how convincing a look's instances are on the average, 0..1."""
    return float(conviction(seen, parameters).mean())


def _convinces(seen: Look, parameters: InputParameters) -> bool:
    return mean_conviction(seen, parameters) >= _UNCONVINCED


def conviction(seen: Look, parameters: InputParameters) -> np.ndarray:
    """Tell how convincing each instance is: (n,) float64, 0..1; one 0 where there is none.

    Quality up to `_BAD_QUALITY` is worth nothing, since a network that is shown particles at the
    wrong size still draws something; the rest is squared. Instances outside the trained range of
    sizes count less, by the root of the factor by which they lie outside. The estimate is made of
    it: a change here is a new `ESTIMATE_VERSION`.
    """
    if seen.ecd_px.size == 0:
        return np.zeros(1)
    below = np.log2(parameters.smallest_ecd_px / np.maximum(seen.ecd_px, 1e-6))
    above = np.log2(np.maximum(seen.ecd_px, 1e-6) / parameters.largest_ecd_px)
    outside = np.maximum(0, np.maximum(below, above))
    good = np.clip((seen.quality - _BAD_QUALITY) / (1 - _BAD_QUALITY), 0, 1)
    return good**2 * np.exp2(-outside / 2)


def worth(seen: Look, parameters: InputParameters) -> float:
    """Return how much a look explains of the picture and how convincing it is on the whole.

    The sum of the convincing instances' diameters (px of the picture), times a power of the
    instances' mean conviction. Areas instead of diameters would let one ghost, which the network
    draws over the background where particles are too small to be seen, outweigh them all; numbers
    would favour specks.
    """
    if seen.ecd_px.size == 0:
        return 0.0
    convincing = conviction(seen, parameters)
    explained_px = float((seen.ecd_px * convincing).sum()) / seen.scale / seen.share
    return explained_px * float(convincing.mean()) ** _CONVICTION_POWER


def _ladder(shape: tuple[int, int]) -> list[float]:
    """Return 1, 1/2, 1/4 ... as long as the shorter side keeps some pixels."""
    scales = [1.0]
    while min(shape) * scales[-1] / _STEP >= _SHORTEST_SIDE_PX:
        scales.append(scales[-1] / _STEP)
    return scales


def _enlarged(shape: tuple[int, int]) -> list[float]:
    return [
        scale
        for scale in (_FINE_STEP, _LARGEST_SCALE)
        if math.prod(shape) * scale**2 <= _LARGEST_ENLARGED_PX2
    ]


def _median(seen: Look) -> float:
    """Return the median diameter weighted by quality, working px; infinite without instances."""
    if seen.ecd_px.size == 0 or seen.quality.sum() <= 0:
        return math.inf
    order = np.argsort(seen.ecd_px, kind="stable")
    share = np.cumsum(seen.quality[order])
    return float(seen.ecd_px[order][np.searchsorted(share, share[-1] / 2)])
