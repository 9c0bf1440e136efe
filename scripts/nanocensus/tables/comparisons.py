"""Every pair of samples compared."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nanocensus.statistics import (
    Estimate,
    Sizes,
    Summary,
    distance,
    holm,
    log_quantiles,
    micrograph_means,
    permutation_test,
    ratio_of,
)
from nanocensus.tables.settings import StatisticsSettings

# Below so many micrographs in each sample no p falls under 5 %.
_FEW_MICROGRAPHS = 4
_SAME_FLOOR = 1.05
_PAIRED = 0.5
_NAN = float("nan")

CALIBRATION_NOTE = (
    "ratios and p hold the spread between micrographs; the calibration of sittings that two "
    "samples do not share comes on top"
)


@dataclass(frozen=True)
class Compared:
    """What a comparison needs of one sample.

    Attributes
    ----------
    name : str
    sizes : Sizes
    summary : Summary
    floors_nm : (float, float)
        Smallest and largest of the smallest sizes counted in its micrographs, nm.
    """

    name: str
    sizes: Sizes
    summary: Summary
    floors_nm: tuple[float, float]


def compare_all(
    samples: Sequence[Compared],
    common_fields: Mapping[tuple[str, str], float],
    settings: StatisticsSettings,
) -> list[dict[str, Any]]:
    """Compare every pair of samples.

    Parameters
    ----------
    samples : sequence of Compared
        In alphabetic order.
    common_fields : mapping
        For pairs of names, the share of micrographs that show the same fields.
    settings : StatisticsSettings

    Returns
    -------
    list of dict
        first, second, ratio_d50_n (Estimate), p, p_holm, smallest_p, exact, distance, notes.
    """
    quantiles = [log_quantiles(sample.sizes) for sample in samples]
    means = [micrograph_means(sample.sizes) for sample in samples]
    results = []
    for (i, first), (j, second) in combinations(enumerate(samples), 2):
        paired = common_fields.get((first.name, second.name), 0.0) >= _PAIRED
        result = _compare(first, second, (means[i], means[j]), paired=paired, settings=settings)
        results.append(result | {"distance": distance(quantiles[i], quantiles[j])})
    for result, p in zip(results, holm([r["p"] for r in results]), strict=True):
        result["p_holm"] = p
    return results


def _compare(
    first: Compared,
    second: Compared,
    means: tuple[NDArray[np.float64], NDArray[np.float64]],
    *,
    paired: bool,
    settings: StatisticsSettings,
) -> dict[str, Any]:
    ratio = ratio_of(
        first.summary.estimates["d50_n"],
        second.summary.estimates["d50_n"],
        (first.summary.design.degrees_of_freedom, second.summary.design.degrees_of_freedom),
        confidence=settings.confidence,
    )
    result: dict[str, Any] = {"first": first.name, "second": second.name, "notes": []}
    notes = result["notes"]
    if paired:
        # The same fields are not independent samples: no ratio interval, no test of them.
        notes.append("both show the same fields (paired): not tested as if independent")
        ratio = Estimate(ratio.value)
        return result | {"ratio_d50_n": ratio, "p": _NAN, "smallest_p": _NAN, "exact": True}
    floors = (*first.floors_nm, *second.floors_nm)
    smallest = min(first.sizes.ecd[0], second.sizes.ecd[0])
    if max(floors) > max(_SAME_FLOOR * min(floors), smallest):
        notes.append(f"p compares sizes above {max(floors):.4g} nm, which all micrographs resolve")
        means = (
            micrograph_means(first.sizes, max(floors)),
            micrograph_means(second.sizes, max(floors)),
        )
    test = permutation_test(
        *means, resamples=settings.resamples, rng=_rng(first.name, second.name, settings.seed)
    )
    few = min(values.size for values in means)
    if few < 2:
        notes.append("not estimable: one of the samples has fewer than two micrographs to compare")
    elif few < _FEW_MICROGRAPHS:
        notes.append(f"with so few micrographs p cannot be below {test.smallest_p:.2g}")
    return result | {
        "ratio_d50_n": ratio,
        "p": test.p,
        "smallest_p": test.smallest_p,
        "exact": test.exact,
    }


def _rng(first: str, second: str, seed: int) -> np.random.Generator:
    digest = hashlib.sha256(f"{first}\0{second}".encode()).hexdigest()
    return np.random.default_rng([seed, int(digest[:12], 16)])
