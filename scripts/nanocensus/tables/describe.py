"""One sample's row of the table of samples, and its part of statistics.json."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nanocensus.micrographs import Finding
from nanocensus.statistics import Curve, Sizes, Summary, class_shares, histogram, summarise
from nanocensus.tables.consistency import size_outlier_finding, size_outliers
from nanocensus.tables.exclusion import RULE_NAMES, UNKNOWN
from nanocensus.tables.notes import note_on_outliers, notes_on_counting, notes_on_sizes
from nanocensus.tables.particles import Particles
from nanocensus.tables.pictures import Picture
from nanocensus.tables.samples import SampleParticles
from nanocensus.tables.settings import StatisticsSettings

_WITHOUT_UNIT = ("span_n", "span_v", "sigma_g")
# Figures that stand on the upper volume-weighted quantile.
_ON_THE_TAIL = ("d90_v", "span_v")


@dataclass(frozen=True)
class SampleResult:
    """A sample on its way to its row.

    Attributes
    ----------
    gathered : SampleParticles
    sizes : Sizes or None
        None where no counted particle has a size in nm.
    outliers : mapping of int to float
        Places of micrographs that stand out by their median size, and by which factor.
    summary : Summary or None
        None until `summarised`, and without sizes.
    """

    gathered: SampleParticles
    sizes: Sizes | None
    outliers: Mapping[int, float]
    summary: Summary | None = None

    @classmethod
    def of(cls, gathered: SampleParticles) -> SampleResult:
        """Begin with the sizes, and with the micrographs that stand out."""
        sized = gathered.sized
        outliers = size_outliers(
            gathered.micrograph[sized], gathered.ecd_nm[sized], gathered.weight[sized]
        )
        return cls(gathered, gathered.sizes, outliers)

    def summarised(self, points: NDArray[np.float64], settings: StatisticsSettings) -> SampleResult:
        """Return it with its figures; `points` are the sizes of the cumulative curves, nm."""
        if self.sizes is None:
            return self
        summary = summarise(
            self.sizes,
            points,
            resamples=settings.resamples,
            confidence=settings.confidence,
            rng=np.random.default_rng(self.gathered.seed(settings.seed)),
        )
        return replace(self, summary=summary)

    @property
    def floors_nm(self) -> tuple[float, float]:
        """Smallest and largest of the smallest sizes counted in its micrographs, nm."""
        floors = self.gathered.floor_nm[self.gathered.sized]
        return float(floors.min()), float(floors.max())

    def outlier_findings(self) -> dict[str, Finding]:
        """Return a warning for each micrograph that stands out, by its label."""
        return {
            self.gathered.pictures[place].label: size_outlier_finding(ratio)
            for place, ratio in self.outliers.items()
        }


def describe(
    result: SampleResult,
    pictures: Sequence[Picture],
    particles: Particles,
    *,
    edges: NDArray[np.float64],
    settings: StatisticsSettings,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the row of one sample and its part of statistics.json.

    Parameters
    ----------
    result : SampleResult
        Summarised.
    pictures : sequence of Picture
        Its micrographs with all their findings.
    particles : Particles
    edges : (bins + 1,) float64, nm
        Bin edges of the campaign.
    settings : StatisticsSettings
    """
    gathered = result.gathered
    excluded = _ledger(gathered, particles)
    shapes = _shapes(result, particles, settings)
    notes = list(notes_on_counting(gathered, excluded))
    with_count = gathered.sized if result.sizes is not None else slice(None)
    row = {
        "sample": gathered.name,
        "n_micrographs": len(gathered.pictures),
        "n_micrographs_counted": np.unique(gathered.micrograph[with_count]).size,
        "n_particles": gathered.row.size + sum(excluded.values()),
        "n_counted": gathered.row.size,
    }
    row |= {f"n_shape_{name}": shape["n"] for name, shape in shapes.items()}
    row |= {f"n_excluded_{rule}": number for rule, number in excluded.items()}
    detail: dict[str, Any] = {
        "seed": gathered.seed(settings.seed),
        "shapes": shapes,
        "excluded": excluded,
        "findings": _findings(pictures),
    }
    if result.sizes is not None and result.summary is not None:
        sizes, summary = result.sizes, result.summary
        notes += notes_on_sizes(gathered, summary, particles)
        if result.outliers:
            units = np.unique(gathered.micrograph[gathered.sized])
            notes.append(note_on_outliers(sizes, np.searchsorted(units, list(result.outliers))))
        row |= _figures_of_row(summary)
        detail |= _distribution(sizes, summary, edges) | {"floor_nm": result.floors_nm}
    row["notes"] = "; ".join(notes)
    return row, detail | {"notes": notes}


def _ledger(gathered: SampleParticles, particles: Particles) -> dict[str, int]:
    codes = particles.table["excluded_by"].cat.codes.to_numpy()[gathered.rows]
    return {rule: int(np.sum(codes == code)) for code, rule in enumerate(RULE_NAMES)}


def _findings(pictures: Sequence[Picture]) -> dict[str, int]:
    """Return how many micrographs have each kind of finding."""
    codes = Counter(code for p in pictures for code in {finding.code for finding in p.findings})
    return dict(sorted(codes.items()))


def _shapes(
    result: SampleResult, particles: Particles, settings: StatisticsSettings
) -> dict[str, dict[str, float]]:
    """Return number and share, with interval, of each shape among the counted particles."""
    gathered = result.gathered
    classes = (*particles.shapes, UNKNOWN)
    codes = particles.table["shape"].cat.codes.to_numpy()[gathered.row].astype(np.int64)
    number = np.bincount(codes, minlength=len(classes))
    if not codes.size:
        nothing = np.full(len(classes), np.nan)
        curve = Curve(nothing, nothing, nothing)
    else:
        curve = class_shares(
            codes,
            len(classes),
            gathered.weight,
            gathered.micrograph,
            n_eff=result.summary.clustering.n_eff_n if result.summary else float("nan"),
            resamples=settings.resamples,
            confidence=settings.confidence,
            rng=np.random.default_rng([*gathered.seed(settings.seed), 1]),
        )
    return {
        name: {
            "n": int(number[at]),
            "share": curve.share[at],
            "low": curve.low[at],
            "high": curve.high[at],
        }
        for at, name in enumerate(classes)
    }


def _figures_of_row(summary: Summary) -> dict[str, float]:
    clustering = summary.clustering
    row = {
        "n_eff": clustering.n_eff_n,
        "icc": clustering.icc,
        "design_effect": clustering.design_effect,
    }
    for name, estimate in summary.estimates.items():
        if name in _ON_THE_TAIL and not summary.tail.enough:
            continue
        column = name if name in _WITHOUT_UNIT else f"{name}_nm"
        row |= {
            column: estimate.value,
            f"{column}_low": estimate.low,
            f"{column}_high": estimate.high,
        }
    return row


def _distribution(sizes: Sizes, summary: Summary, edges: NDArray[np.float64]) -> dict[str, Any]:
    weights = {"number": sizes.weight, "volume": sizes.volume_weight}
    bins = {
        kind: histogram(sizes.ecd, weight / weight.sum(), edges) for kind, weight in weights.items()
    }
    count = histogram(sizes.ecd, np.ones(sizes.n), edges).astype(np.int64)
    return {
        "n_sized": sizes.n,
        "n_units": summary.design.n_units,
        "n_strata": summary.design.n_strata,
        "degrees_of_freedom": summary.design.degrees_of_freedom,
        **asdict(summary.clustering),
        "figures": {name: asdict(estimate) for name, estimate in summary.estimates.items()},
        "tail": asdict(summary.tail) | {"supported": summary.tail.enough},
        "histogram": {"count": count, **bins},
        "curves": {"number": asdict(summary.number), "volume": asdict(summary.volume)},
    }
