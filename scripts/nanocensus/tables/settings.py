"""The parts of the configuration that decide the tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class TablesError(ValueError):
    """The tables cannot be made from what was given."""


@dataclass(frozen=True)
class CountSettings:
    """Which particles enter the distributions (configuration section ``count``).

    Attributes
    ----------
    unknown_below : float
        A shape or completeness less probable than this is ``unknown``.
    completeness : tuple of str
        Which of whole, covered, touching_cluster and unknown count.
    shapes : tuple of str
        Which shapes count; all of them when it is empty.
    min_probability : float
        Least probability that a label is one particle.
    min_ecd_px : float
        Least area-equivalent diameter, px.
    """

    unknown_below: float
    completeness: tuple[str, ...]
    shapes: tuple[str, ...]
    min_probability: float
    min_ecd_px: float

    def __post_init__(self) -> None:
        if "whole" not in self.completeness:
            raise TablesError(
                f"count.completeness is {list(self.completeness)}: whole particles always count, "
                "add whole"
            )

    @classmethod
    def from_mapping(cls, section: Mapping[str, Any]) -> CountSettings:
        """Build from the complete section of the configuration."""
        return cls(
            unknown_below=float(section["unknown_below"]),
            completeness=tuple(section["completeness"]),
            shapes=tuple(section["shapes"]),
            min_probability=float(section["min_probability"]),
            min_ecd_px=float(section["min_ecd_px"]),
        )


@dataclass(frozen=True)
class StatisticsSettings:
    """How intervals are computed (configuration section ``statistics``).

    Attributes
    ----------
    resamples : int
        Resamples of whole micrographs, and random relabellings of a permutation test.
    confidence : float
    seed : int
    """

    resamples: int
    confidence: float
    seed: int

    @classmethod
    def from_mapping(cls, section: Mapping[str, Any]) -> StatisticsSettings:
        """Build from the complete section of the configuration."""
        return cls(
            resamples=int(section["resamples"]),
            confidence=float(section["confidence"]),
            seed=int(section["seed"]),
        )
