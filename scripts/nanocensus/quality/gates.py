"""Limits of the quality figures, and what is said when a micrograph is beyond them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nanocensus.micrographs import Finding


@dataclass(frozen=True)
class QualityGates:
    """Limits of the quality figures; a figure beyond its limit gives a warning.

    The defaults are for no instrument in particular: each but `max_coverage` warns about 2 % or
    less of 80 published pictures of EMPS and about none of BAM's 56 raw ones (docs/benchmarks.md,
    "Quality limits"). `max_coverage` lies where the share of covered and touching particles
    rises, which is where half of the published pictures are. Figures differ by detector and
    magnification: a laboratory sets limits by its own.

    Attributes
    ----------
    min_focus : float
        Least `focus`: at 1 there is nothing finer than noise.
    max_edge_share : float
        Largest `edge_share`: edge width over median ECD.
    max_saturation_dark, max_saturation_bright : float
        Largest share of pixels at the darkest and at the brightest value.
    max_astigmatism : float
        Largest `astigmatism`; fields of parallel particles have it too.
    max_charging : float
        Largest `charging`.
    max_illumination : float
        Largest `illumination`.
    min_contrast_snr : float
        Least size of `contrast_snr`, of either sign.
    max_coverage : float
        Largest `coverage`.
    max_certificate_age_days : float
        Largest `certificate_age_days`.
    """

    min_focus: float = 1.5
    max_edge_share: float = 0.35
    max_saturation_dark: float = 0.25
    max_saturation_bright: float = 0.06
    max_astigmatism: float = 1.2
    max_charging: float = 4.5
    max_illumination: float = 15.0
    min_contrast_snr: float = 2.0
    max_coverage: float = 0.2
    max_certificate_age_days: float = 730


@dataclass(frozen=True)
class _Rule:
    """One limit: the finding's code, the figure, the limit's name and the words for both."""

    code: str
    figure: str
    limit: str
    message: str

    def is_broken(self, value: float, gates: QualityGates) -> bool:
        limit = getattr(gates, self.limit)
        return value > limit if self.limit.startswith("max_") else abs(value) < limit


_RULES = (
    _Rule(
        "out_of_focus",
        "focus",
        "min_focus",
        "nothing finer than the noise is seen (focus {value:.3g}, limit {limit:g}): "
        "refocus, or average longer",
    ),
    _Rule(
        "out_of_focus",
        "edge_share",
        "max_edge_share",
        "the particles' edges are {value:.2f} of their diameter wide (limit {limit:g}): "
        "sizes depend on where the edge is put; refocus or magnify more",
    ),
    _Rule(
        "saturated",
        "saturation_dark",
        "max_saturation_dark",
        "{value:.1%} of the pixels have the darkest value (limit {limit:.1%}): "
        "clipped edges move; record with more offset or less contrast",
    ),
    _Rule(
        "saturated",
        "saturation_bright",
        "max_saturation_bright",
        "{value:.1%} of the pixels have the brightest value (limit {limit:.1%}): "
        "clipped edges move; record with less brightness or contrast",
    ),
    _Rule(
        "astigmatic",
        "astigmatism",
        "max_astigmatism",
        "the picture is sharper in one direction than in the other (astigmatism {value:.2f}, "
        "limit {limit:g}): correct the stigmator or the drift, unless the particles lie parallel",
    ),
    _Rule(
        "charging",
        "charging",
        "max_charging",
        "streaks along the scan lines (charging {value:.3g}, limit {limit:g}): "
        "lower the dose or the voltage, coat the sample",
    ),
    _Rule(
        "shading",
        "illumination",
        "max_illumination",
        "the background rises across the picture (illumination {value:.3g}, limit {limit:g}): "
        "sizes may depend on the place; correct the shading at the microscope",
    ),
    _Rule(
        "faint",
        "contrast_snr",
        "min_contrast_snr",
        "the particles stand out by {value:.2g} noise widths only (limit {limit:g}): "
        "average longer or raise the contrast",
    ),
    _Rule(
        "crowded",
        "coverage",
        "max_coverage",
        "particles cover {value:.0%} of the picture (limit {limit:.0%}): unless they lie side by "
        "side, many hide or touch others, large ones most; dilute the preparation",
    ),
    _Rule(
        "old_certificate",
        "certificate_age_days",
        "max_certificate_age_days",
        "taken {value:.0f} days from the calibration of the sample sheet (limit {limit:.0f}): "
        "check the magnification with a standard again, and give scale_factor and scale_date of "
        "that in the sample sheet",
    ),
)


def quality_findings(values: Mapping[str, Any], gates: QualityGates) -> tuple[Finding, ...]:
    """Return a warning for each figure beyond its limit.

    Parameters
    ----------
    values : mapping of str
        Figures of `picture_quality` and `particle_quality`, and anything else; figures that
        are absent or None are not judged.
    gates : QualityGates

    Returns
    -------
    tuple of Finding
        Level `warn`: the micrograph still counts.
    """
    return tuple(
        Finding(
            rule.code,
            "warn",
            rule.message.format(value=values[rule.figure], limit=getattr(gates, rule.limit)),
        )
        for rule in _RULES
        if values.get(rule.figure) is not None and rule.is_broken(values[rule.figure], gates)
    )
