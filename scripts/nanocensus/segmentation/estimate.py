"""How good a segmentation probably is, estimated from the picture alone, without labels."""

from __future__ import annotations

import math

import numpy as np

from .settings import EstimateParameters
from .strips import strips

SIGNS = ("conviction", "certainty")
"""What `measure_signs` gives; the larger each one is, the better the segmentation probably is."""

_UNCERTAIN = (0.2, 0.8)
_SMALLEST_SHARE = 0.01
"""Added to the share of uncertain pixels, whose logarithm counts: below it no share says more."""


def measure_signs(conviction: float, foreground: np.ndarray) -> np.ndarray:
    """Measure what tells a good segmentation from a bad one.

    Parameters
    ----------
    conviction : float, 0..1
        How convincing the instances are at the working scale (`mean_conviction`); of a large
        picture those of the window that holds most foreground.
    foreground : (h, w) float32, 0..1
        Predicted probability of being on a particle, of the whole picture at the working scale.

    Returns
    -------
    (2,) float64
        In the order of `SIGNS`: the conviction, and minus the logarithm of the share of uncertain
        pixels (probability of 0.2 to 0.8), relative to the foreground.
    """
    uncertain = sure = 0
    for rows in strips(foreground.shape):
        given = foreground[rows]
        uncertain += int(((given > _UNCERTAIN[0]) & (given < _UNCERTAIN[1])).sum())
        sure += int((given >= 0.5).sum())
    return np.array([conviction, -math.log(_SMALLEST_SHARE + uncertain / max(1, sure))])


def predict_f1(signs: np.ndarray, parameters: EstimateParameters) -> np.ndarray:
    """Estimate F1 at IoU 0.5 from signs: (..., 2) float64 -> (...) float64, 0..1."""
    intercept, *slopes = parameters.weights
    return 1 / (1 + np.exp(-(intercept + signs @ np.array(slopes))))


def drop_improbable(labels: np.ndarray, probability: np.ndarray, least: float) -> np.ndarray:
    """Return labels (H, W) int32 without the less probable instances, numbered 1..n anew."""
    kept = np.concatenate([[False], probability >= least])
    return (np.cumsum(kept) * kept).astype(np.int32)[labels]
