"""Fitting the weights of the confidence on labelled pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from nanocensus.calibration.scale_bar.pairing import FEATURES, Pair

_SHRINKAGE = 0.003
_RIGHT_REL = 0.05
_WITHOUT_BAR_WEIGHT = 0.5
_NEVER_AGAINST = (
    *("text_score", "text_agreement", "text_exact", "text_usual", "text_alone"),
    *("field_agrees", "caps", "cover_ends"),
)
"""Hardly a text that names a length is read wrongly in the tuning papers, so that they cannot say
how much a sure text is worth; they may not say that it speaks against a reading."""
_NEVER_FOR = ("long",)

_STATED = {"field_agrees": 4.0}
"""Set, not fitted: no tuning paper's picture states its field width. That bar and label give the
width that another text of the picture states, to 4 %, happens by chance about once in fifty."""


@dataclass(frozen=True)
class Case:
    """The pairs of one picture.

    Attributes
    ----------
    features : ndarray of shape (n, len(FEATURES)), float64
    right : ndarray of shape (n,), bool
    weight : float
    """

    features: NDArray[np.float64]
    right: NDArray[np.bool_]
    weight: float = 1.0


def cases_of(pairs: Sequence[Pair], pixel_size_nm: float | None) -> list[Case]:
    """Return a picture's case, and the same picture as if its bar could not be seen.

    The second teaches that a label alone is no bar, of which real examples are few.
    """
    if not pairs:
        return []
    features = np.array([pair.features for pair in pairs])
    right = np.zeros(len(pairs), dtype=np.bool_)
    if pixel_size_nm is not None:
        sizes = np.array([pair.pixel_size_nm for pair in pairs])
        right = np.abs(sizes / pixel_size_nm - 1) < _RIGHT_REL
    cases = [Case(features, right)]
    if right.any() and not right.all():
        rest = features[~right]
        cases.append(Case(rest, np.zeros(len(rest), dtype=np.bool_), _WITHOUT_BAR_WEIGHT))
    return cases


def fit_weights(cases: Sequence[Case], shrinkage: float = _SHRINKAGE) -> dict[str, float]:
    """Return the weights of greatest likelihood, shrunk towards zero.

    Parameters
    ----------
    cases : sequence of Case
    shrinkage : float
        Penalty on the squared weights of the standardised features.
    """
    stacked = np.concatenate([case.features for case in cases])
    centre, spread = stacked.mean(axis=0), stacked.std(axis=0)
    spread[spread == 0] = 1.0
    centre[0], spread[0] = 0.0, 1.0
    scaled = [Case((case.features - centre) / spread, case.right, case.weight) for case in cases]
    bounds = [
        (0.0 if name in _NEVER_AGAINST else None, 0.0 if name in _NEVER_FOR else None)
        for name in FEATURES
    ]
    found = minimize(
        _loss,
        np.zeros(len(FEATURES)),
        args=(scaled, shrinkage),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": 1000},
    )
    values = found.x / spread
    values[0] = found.x[0] - float((found.x[1:] * centre[1:] / spread[1:]).sum())
    fitted = {name: round(float(v), 4) for name, v in zip(FEATURES, values, strict=True)}
    return {**fitted, **_STATED}


def _loss(
    values: NDArray[np.float64], cases: Sequence[Case], shrinkage: float
) -> tuple[float, NDArray[np.float64]]:
    """Return the mean of the negative log-likelihood with the penalty, and its slope."""
    total, slope = 0.0, np.zeros_like(values)
    for case in cases:
        scores = case.features @ values
        highest = max(0.0, float(scores.max()))
        shares = np.exp(scores - highest)
        none = np.exp(-highest)
        whole = none + shares.sum()
        wanted = shares[case.right].sum() if case.right.any() else none
        total -= case.weight * float(np.log(wanted / whole + 1e-300))
        slope += case.weight * (case.features.T @ (shares / whole))
        if case.right.any():
            slope -= case.weight * (case.features[case.right].T @ (shares[case.right] / wanted))
    penalty = np.r_[0.0, values[1:]]
    return (
        total / len(cases) + shrinkage * float(penalty @ penalty),
        slope / len(cases) + 2 * shrinkage * penalty,
    )
