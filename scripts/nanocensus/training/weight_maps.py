"""How much each pixel counts in the loss: maps by name, from the labels of a patch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from nanocensus.segmentation import loss_weights, targets_from_labels

if TYPE_CHECKING:
    from .settings import WeightMapSettings

_REACH_IN_SIGMA = 5.0  # exp(-25 / 2) w0 is below 4e-5 beyond: no weight


def weight_map(labels: np.ndarray, settings: WeightMapSettings) -> np.ndarray:
    """Compute the weight of each pixel: labels (H, W) int -> (H, W) float32."""
    return WEIGHT_MAPS[settings.kind](labels, settings)


def gap_weights(labels: np.ndarray, settings: WeightMapSettings) -> np.ndarray:
    """Weigh pixels by their distances to the two nearest particles, and contours.

    w = w0 exp(-(d1 + d2)^2 / (2 sigma^2)) + gamma I_c + 1 with the distances d1, d2 to the nearest
    and second nearest particle and the contour I_c, which is 1 on the boundary pixels of
    `targets_from_labels`.

    Parameters
    ----------
    labels : (H, W) int
    settings : WeightMapSettings

    Returns
    -------
    (H, W) float32
        Sums of distances beyond 5 sigma add nothing.

    Notes
    -----
    These are ours: d1 and d2 are distances to the particles, 0 inside them, in pixels of the
    zoomed patch; particles outside the patch do not count.

    References
    ----------
    J. Bals, M. Epple, RSC Adv. 2023, 13, 2795-2802, https://doi.org/10.1039/D2RA07812K, after
    O. Ronneberger et al. 2015, https://arxiv.org/abs/1505.04597.
    """
    nearest, second = _two_distances(labels, round(_REACH_IN_SIGMA * settings.sigma_px))
    gaps = np.exp(-((nearest + second) ** 2) / (2 * settings.sigma_px**2))
    contour = targets_from_labels(labels)[1]
    return (settings.w0 * gaps + settings.gamma * contour + 1).astype(np.float32)


def _two_distances(labels: np.ndarray, reach_px: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the distances to the two nearest particles, infinite beyond a reach: (H, W) each."""
    nearest = np.full(labels.shape, np.inf)
    second = np.full(labels.shape, np.inf)
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        if box is None:
            continue
        wider = tuple(slice(max(0, s.start - reach_px), s.stop + reach_px) for s in box)
        distance = ndimage.distance_transform_edt(labels[wider] != number)
        second[wider] = np.minimum(second[wider], np.maximum(nearest[wider], distance))
        nearest[wider] = np.minimum(nearest[wider], distance)
    return nearest, second


WEIGHT_MAPS: dict[str, Callable[[np.ndarray, WeightMapSettings], np.ndarray]] = {
    "contacts": lambda labels, _: loss_weights(labels),
    "gaps": gap_weights,
    "none": lambda labels, _: np.ones(labels.shape, dtype=np.float32),
}
"""`WeightMapSettings.kind` -> weights."""
