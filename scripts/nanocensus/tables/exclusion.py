"""Which particles count: the decisions on their classes, and the rules that set them aside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nanocensus.tables.settings import CountSettings

UNKNOWN = "unknown"
COMPLETENESS = ("whole", "covered", "touching_cluster")

Test = Callable[[pd.DataFrame, CountSettings], NDArray[np.bool_]]


@dataclass(frozen=True)
class Rule:
    """One reason to set a particle aside.

    Attributes
    ----------
    name : str
        What stands in ``excluded_by``.
    applies : callable
        Particles and settings to (n,) bool. The particles have the columns of the table,
        ``micrograph_counts`` (bool) and ``floor_px`` (float64, of their micrograph).
    """

    name: str
    applies: Test


def _unwanted(completeness: str) -> Test:
    """Return the test for particles decided to be so where the settings do not name it."""

    def test(particles: pd.DataFrame, settings: CountSettings) -> NDArray[np.bool_]:
        unwanted = completeness not in settings.completeness
        return (particles["completeness"] == completeness).to_numpy() & unwanted

    return test


def _unwanted_shape(particles: pd.DataFrame, settings: CountSettings) -> NDArray[np.bool_]:
    wanted = particles["shape"].isin(settings.shapes).to_numpy()
    return ~wanted & bool(settings.shapes)


# In the order in which they apply; what an earlier one takes, a later one does not count.
RULES = (
    Rule("micrograph", lambda p, _: ~p["micrograph_counts"].to_numpy()),
    Rule("cut", lambda p, _: (p["touches_frame"] | p["cut_by_overlay"]).to_numpy()),
    Rule("unresolved", lambda p, _: ~(p["ecd_px"] >= p["floor_px"]).to_numpy()),
    Rule(
        "low_probability", lambda p, s: ~(p["particle_probability"] >= s.min_probability).to_numpy()
    ),
    *(Rule(name, _unwanted(name)) for name in COMPLETENESS if name != "whole"),
    Rule("completeness_unknown", _unwanted(UNKNOWN)),
    Rule("shape", _unwanted_shape),
)
RULE_NAMES = tuple(rule.name for rule in RULES)


def excluded_by(particles: pd.DataFrame, settings: CountSettings) -> Any:
    """Return the first rule that sets each particle aside, missing where it counts."""
    codes = np.full(len(particles), -1, dtype=np.int8)
    for code, rule in enumerate(RULES):
        codes[(codes < 0) & rule.applies(particles, settings)] = code
    return pd.Categorical.from_codes(codes, pd.Index(RULE_NAMES))


def decide_classes(
    probabilities: NDArray[np.floating], classes: Sequence[str], unknown_below: float
) -> tuple[Any, NDArray[np.float64]]:
    """Decide for the most probable class of each particle, or for ``unknown``.

    Parameters
    ----------
    probabilities : (n, k) float
        A row of NaN is a particle that was not classified: unknown, its probability missing.
    classes : sequence of k str
    unknown_below : float

    Returns
    -------
    decided : Categorical of length n
        One of `classes` or ``unknown``.
    probability : (n,) float64
        Of the most probable class.
    """
    probability = np.full(len(probabilities), np.nan)
    codes = np.full(len(probabilities), len(classes), dtype=np.int16)
    known = np.isfinite(probabilities).all(axis=1) & bool(len(classes))
    if known.any():
        best = np.argmax(probabilities[known], axis=1)
        probability[known] = probabilities[known].max(axis=1)
        codes[known] = np.where(probability[known] >= unknown_below, best, len(classes))
    return pd.Categorical.from_codes(codes, pd.Index([*classes, UNKNOWN])), probability
