"""Which edge a picture shows, and where it lies on each of its particles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .edge_models import EdgeModel, Family, candidates, finer, implausibility, template
from .profiles import RingProfile, grouped
from .shifts import SHIFTS, lowest

FloatArray = NDArray[np.float64]

# Unless something else is said, chosen on rendered pictures (the bench with seed 1 and a campaign
# with seed 42) without a study that was kept.
_MOST_JUDGED = 60
"""Rings by which models are told apart: for time."""
_FINER_BY = (1.0, 0.5)
"""Shares of the step between candidates at which models are tried around the best ones."""
_SPREAD = 0.7
"""Standard deviation of rings' shifts about the common one, units: a network errs alike on all."""
_MODEL_ERROR = 0.01
"""Share of a profile's variation that a right model may leave: none is exact."""
_LEAST_MISFIT = 0.001
"""Below it models are not told apart, and ratios of misfits stay finite."""
_SAMPLES_APART = 2.0
"""Samples of a profile that share their noise: half a unit apart, of pixels a unit wide."""
_OTHER_FITS_BETTER = 2.0
"""How much better another family must explain a ring, so that noise does not choose it."""
_LARGEST_MISFIT, _LARGEST_DOUBT = 0.05, 0.35
"""Of a believed picture; tuned on the campaign with seed 42 (docs/benchmarks.md)."""
_LARGEST_BLUR = 3.0
"""Units: candidates end at 2.8, and wider tails leave the profile, which ends 6 units out."""
_RIVAL = 1.5
"""Models that leave this much more than the best take part in the doubt about the edge."""
_DECISIVENESS = 8
"""Weight of a rival is its share of the misfit to this power: 0.04 at `_RIVAL`."""


@dataclass(frozen=True)
class RingFit:
    """The edge of one ring.

    Attributes
    ----------
    model : EdgeModel
    shift : float
        How far the outline lies inside the edge, in units.
    misfit : float
        Share of the mean profile's variance that neither model nor noise explain.
    """

    model: EdgeModel
    shift: float
    misfit: float


@dataclass(frozen=True)
class PictureFit:
    """The edge of a picture.

    Attributes
    ----------
    model : EdgeModel
    misfit : float
        As of a ring, over all rings.
    doubt : float
        Standard deviation of the rings' common shift over the models that explain them nearly as
        well, in units.
    compromise : float
        Mean of that shift, weighted by how well, minus the best model's.
    others : list of EdgeModel
        The best of each other family.
    rings : list of RingFit
    """

    model: EdgeModel
    misfit: float
    doubt: float
    compromise: float
    others: list[EdgeModel]
    rings: list[RingFit]

    @property
    def is_believed(self) -> bool:
        """Whether the model explains the picture, alone, within the blur that it can tell."""
        return (
            self.misfit <= _LARGEST_MISFIT
            and self.doubt <= _LARGEST_DOUBT
            and self.model.blur <= _LARGEST_BLUR
        )


def choose_model(
    rings: Sequence[RingProfile], modality: str | None, *, known: Sequence[EdgeModel] = ()
) -> PictureFit:
    """Find the model that explains the mean profiles best, each at its own shift.

    Tried are the modality's candidates, those `known` from an earlier look, and finer ones around
    the best of each family.

    What noise leaves unexplained is taken off, so that noisy pictures do not choose by their
    noise. A ring whose profile another family explains twice as well (mixtures of plates and
    spheres) gets that family's best model.
    """
    free = np.array([float(ring.free.sum()) for ring in rings])
    radii = np.array([ring.radius for ring in rings])
    weights = np.minimum(free, np.median(free)) * (radii > 0.5 * np.median(radii))
    if not weights.any():
        weights = np.ones(len(rings))
    models = (*candidates(modality), *known)
    chosen = _choose(rings, weights, modality, models)
    everything = _Profiles.of(rings, np.ones(len(rings)))
    fits = _fits(everything, chosen)
    own = np.array([fit.model == chosen.model for fit in fits])
    if (weights * own).any() and not own.all():
        # what another family explains must not speak for this one
        chosen = _choose(rings, weights * own, modality, models)
        fits = _fits(everything, chosen)
    return replace(chosen, rings=fits)


def _choose(
    rings: Sequence[RingProfile],
    weights: FloatArray,
    modality: str | None,
    models: Sequence[EdgeModel],
) -> PictureFit:
    """Find the best model of each family, and of all, for rings that weigh."""
    circularity = float(np.average([ring.circularity for ring in rings], weights=weights))
    radius = float(np.median([ring.radius for ring in rings]))
    judged = np.flatnonzero(weights)
    judged = judged[np.linspace(0, len(judged) - 1, min(len(judged), _MOST_JUDGED)).astype(int)]
    sample = _Profiles.of([rings[n] for n in judged], weights[judged])
    tried: dict[EdgeModel, tuple[float, float, float]] = {}
    winners: dict[Family, EdgeModel] = {}
    for share in (0.0, *_FINER_BY):
        near = [model for won in list(winners.values()) for model in finer(won, share)]
        for model in near if share else models:
            if model in tried:
                continue
            factor = implausibility(model, modality, circularity=circularity, radius=radius)
            own = winners.get(model.family)
            least = min((tried[won][0] for won in winners.values()), default=math.inf)
            # above both it is neither its family's best nor a rival of the best of all
            most = max(tried[own][0] if own else math.inf, _RIVAL * least)
            misfit, shift = sample.judge(model, most / factor)
            tried[model] = (misfit * factor, misfit, shift)
            if own is None or tried[model] < tried[own]:
                winners[model.family] = model
    best = min(winners.values(), key=lambda model: tried[model][0])
    score, misfit, shift = tried[best]
    rivals = np.array([one[::2] for one in tried.values() if one[0] <= _RIVAL * score])
    likely = (score / rivals[:, 0]) ** _DECISIVENESS
    mean = float(likely @ rivals[:, 1] / likely.sum())
    doubt = float(np.sqrt(likely @ (rivals[:, 1] - mean) ** 2 / likely.sum()))
    others = [model for family, model in winners.items() if family != best.family]
    return PictureFit(best, float(misfit - _LEAST_MISFIT), doubt, mean - shift, others, [])


def _fits(rings: _Profiles, chosen: PictureFit) -> list[RingFit]:
    """Place each ring by the picture's model, or by one of another family that fits better."""
    fits = rings.place(chosen.model)
    for model in chosen.others:
        for number, other in enumerate(rings.place(model)):
            if other.misfit + _LEAST_MISFIT < fits[number].misfit / _OTHER_FITS_BETTER:
                fits[number] = other
    return fits


@dataclass(frozen=True)
class _Group:
    """Rings that share their templates: which of all they are, and mean profiles as columns."""

    where: slice
    values: FloatArray
    radius: float
    compact: bool


@dataclass(frozen=True)
class _Profiles:
    """Mean profiles of rings, ready to be judged; in the order of their groups.

    `order` has the numbers that the rings were given with, `total` the variation of each profile,
    `noise` what of it noise leaves unexplained at its best, `variance` that of one value;
    `weights` how much a ring counts.
    """

    groups: list[_Group]
    order: NDArray[np.int64]
    total: FloatArray
    noise: FloatArray
    variance: FloatArray
    weights: FloatArray
    freedom: float

    @classmethod
    def of(cls, rings: Sequence[RingProfile], weights: FloatArray) -> _Profiles:
        groups = []
        total = np.zeros(len(rings))
        numbers = grouped(rings)
        order = np.concatenate(numbers)
        ends = np.cumsum([len(own) for own in numbers])
        for own, end in zip(numbers, ends, strict=True):
            values = np.stack([rings[n].mean for n in own], axis=1)
            values = values - values.mean(axis=0)
            where = slice(int(end) - len(own), int(end))
            total[where] = (values**2).sum(axis=0)
            groups.append(_Group(where, values, rings[own[0]].radius, rings[own[0]].compact))
        variance = np.array([rings[n].variance for n in order])
        lengths = np.array([len(rings[n].mean) for n in order])
        noise = variance * np.maximum(lengths - 4, 1)
        total += 1e-12
        return cls(
            groups,
            order,
            total,
            noise,
            variance,
            weights[order] / (total + 4 * noise),
            float(lengths.sum()) / _SAMPLES_APART,
        )

    def left(self, model: EdgeModel) -> FloatArray:
        """Return what a model leaves of each profile at each shift, (d, n)."""
        left = np.empty((len(SHIFTS), len(self.total)))
        for group in self.groups:
            basis = template(model, group.radius, group.compact).basis
            found = basis.reshape(-1, basis.shape[2]) @ group.values
            explained = found[::2] ** 2
            explained += found[1::2] ** 2
            if model.family == "rim":  # on a bright particle: a dark one would be a thickness
                explained *= found[1::2] > 0
            np.subtract(self.total[group.where], explained, out=left[:, group.where])
        np.maximum(left, 0, out=left)
        return left

    def costs(self, left: FloatArray) -> tuple[FloatArray, float]:
        """Return -log likelihood of each shift of each ring, and the common shift.

        A model is never exact: what it may leave is noise and a share of the profile. A ring's
        shift is expected near the common one, as a network errs much alike on all particles.
        """
        error = 2 * _SAMPLES_APART * self.variance + 2 * _MODEL_ERROR * self.total
        costs = (left - left.min(axis=0)) / error
        apart = (SHIFTS[:, None] - SHIFTS) ** 2 / (2 * _SPREAD**2)
        common = (costs[None] + apart[:, :, None]).min(axis=1) @ (self.weights * self.total)
        at = int(common.argmin())
        return costs + apart[at][:, None], float(lowest(common, SHIFTS))

    def judge(self, model: EdgeModel, most: float) -> tuple[float, float]:
        """Return a model's misfit over all rings, no less than can be told, and common shift.

        Both are infinite where the misfit is above a limit whatever the shifts.
        """
        left = self.left(model)
        if self._misfit(left.min(axis=0)) > most:
            return math.inf, math.inf
        costs, shift = self.costs(left)
        return self._misfit(left[costs.argmin(axis=0), np.arange(left.shape[1])]), shift

    def _misfit(self, left: FloatArray) -> float:
        """Return the share of all variation that is left and not noise's: left is (n,)."""
        total = float(self.weights @ self.total)
        noise = float(self.weights @ self.noise) / total
        least = _LEAST_MISFIT + noise * np.sqrt(2 / self.freedom)
        return float(max(self.weights @ left / total - noise, 0.0) + least)

    def place(self, model: EdgeModel) -> list[RingFit]:
        """Return the edge of each ring."""
        left = self.left(model)
        costs, _ = self.costs(left)
        likely = np.exp(costs.min(axis=0) - costs)
        shifts = (SHIFTS @ likely) / likely.sum(axis=0)
        here = left[costs.argmin(axis=0), np.arange(left.shape[1])]
        misfits = np.maximum(here - self.noise, 0) / self.total
        given = np.argsort(self.order)
        return [RingFit(model, float(shifts[n]), float(misfits[n])) for n in given]
