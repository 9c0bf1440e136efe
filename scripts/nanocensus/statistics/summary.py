"""All figures of one sample's size distribution, with intervals and what limits them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nanocensus.statistics.clusters import Clustering, clustering_of
from nanocensus.statistics.intervals import Design, Estimate, positive_estimate, share_interval
from nanocensus.statistics.resampling import (
    FIGURES,
    draw_micrographs,
    figures_of,
    weighted_sums,
)
from nanocensus.statistics.sizes import Sizes, sum_by

# A volume-weighted tail rests on the few largest particles (rule of the project).
_TAIL_PARTICLES = 10
_TAIL_MICROGRAPHS = 3


@dataclass(frozen=True)
class Support:
    """Whether the upper volume-weighted quantile rests on enough particles.

    Attributes
    ----------
    particles, micrographs : int
        Particles above d90_v, and micrographs they come from.
    """

    particles: int
    micrographs: int

    @property
    def enough(self) -> bool:
        """At least 10 particles of 3 micrographs."""
        return self.particles >= _TAIL_PARTICLES and self.micrographs >= _TAIL_MICROGRAPHS


@dataclass(frozen=True)
class Curve:
    """A cumulative distribution with its band, one value for each size of the campaign's grid.

    Attributes
    ----------
    share, low, high : (g,) float64
    """

    share: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


@dataclass(frozen=True)
class Summary:
    """The size distribution of one sample.

    Attributes
    ----------
    design : Design
        Units, strata and confidence of the intervals.
    clustering : Clustering
    estimates : mapping of str to Estimate
        For each name in `FIGURES`; nm, but spans and sigma_g.
    tail : Support
    number, volume : Curve
    """

    design: Design
    clustering: Clustering
    estimates: Mapping[str, Estimate]
    tail: Support
    number: Curve
    volume: Curve


def summarise(
    sizes: Sizes,
    points: NDArray[np.float64],
    *,
    resamples: int,
    confidence: float,
    rng: np.random.Generator,
) -> Summary:
    """Describe a sample that has at least one counted particle.

    Parameters
    ----------
    sizes : Sizes
    points : (g,) float64, nm
        Sizes at which the cumulative curves are given.
    resamples : int
        Resamples of whole micrographs.
    confidence : float
        Of each interval and, point by point, of the bands.
    rng : numpy.random.Generator
    """
    design = Design(sizes.n_units, sizes.n_strata, confidence)
    clustering = clustering_of(sizes)
    counts = draw_micrographs(sizes.stratum, resamples, rng)
    if not design.degrees_of_freedom > 0:
        counts = counts[:1]
    itself = figures_of(sizes, np.ones((1, sizes.n_units)))
    resampled = figures_of(sizes, counts)
    estimates = {
        name: positive_estimate(
            float(itself[name][0]),
            resampled[name],
            design,
            least=1.0 if name == "sigma_g" else 0.0,
        )
        for name in FIGURES
    }
    weights = {"number": sizes.weight, "volume": sizes.volume_weight}
    n_eff = {"number": clustering.n_eff_n, "volume": clustering.n_eff_v}
    curves = {
        kind: _curve(sizes, weight, points, counts, n_eff=n_eff[kind], design=design)
        for kind, weight in weights.items()
    }
    above = sizes.ecd > estimates["d90_v"].value
    tail = Support(int(above.sum()), int(np.unique(sizes.unit[above]).size))
    return Summary(design, clustering, estimates, tail, **curves)


def _curve(
    sizes: Sizes,
    weight: NDArray[np.float64],
    points: NDArray[np.float64],
    counts: NDArray[np.float64],
    *,
    n_eff: float,
    design: Design,
) -> Curve:
    """Return the share of weight at or below each point, with its band."""
    cell = np.searchsorted(points, sizes.ecd, side="left")
    n_cells = points.size + 1
    by_unit = sum_by(sizes.unit * n_cells + cell, weight, sizes.n_units * n_cells)
    by_unit = np.cumsum(by_unit.reshape(sizes.n_units, n_cells), axis=1)
    return _shares(by_unit[:, :-1], by_unit[:, -1], counts, n_eff=n_eff, design=design)


def _shares(
    parts: NDArray[np.float64],
    whole: NDArray[np.float64],
    counts: NDArray[np.float64],
    *,
    n_eff: float,
    design: Design,
) -> Curve:
    """Return Σ parts / Σ whole over micrographs for each column, with intervals."""
    total = whole.sum()
    # Cumulative sums may round to a little more than the whole.
    share = np.minimum(parts.sum(axis=0) / total, 1.0)
    resampled = weighted_sums(counts, parts) / weighted_sums(counts, whole[:, None])
    spread = resampled.std(axis=0, ddof=1) if len(counts) > 1 else np.zeros(share.size)
    ends = [
        share_interval(float(p), float(sd), n_eff, design)
        for p, sd in zip(share, spread, strict=True)
    ]
    low, high = np.array(ends).reshape(-1, 2).T
    return Curve(share, low, high)


def class_shares(
    classes: NDArray[np.int64],
    n_classes: int,
    weight: NDArray[np.float64],
    micrograph: NDArray[np.int64],
    *,
    n_eff: float,
    resamples: int,
    confidence: float,
    rng: np.random.Generator,
) -> Curve:
    """Return the share of each class among particles, by weight, with intervals.

    Parameters
    ----------
    classes : (n,) int64
        Class of each particle, 0 … n_classes - 1.
    n_classes : int
    weight : (n,) float64
    micrograph : (n,) int64
        Number of its micrograph; micrographs without a particle are no units.
    n_eff : float
        Effective number of independent particles, for classes that none or all belong to.

    Returns
    -------
    Curve
        One value for each class.
    """
    seen, unit = np.unique(micrograph, return_inverse=True)
    order = np.lexsort((weight, classes, unit))
    key = unit[order] * n_classes + classes[order]
    parts = sum_by(key, weight[order], seen.size * n_classes)
    parts = parts.reshape(seen.size, n_classes)
    design = Design(seen.size, 1, confidence)
    counts = draw_micrographs(np.zeros(seen.size, dtype=np.int64), resamples, rng)
    return _shares(parts, parts.sum(axis=1), counts, n_eff=n_eff, design=design)
