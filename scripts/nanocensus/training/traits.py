"""Kinds of labelled pictures, told by the picture and its labels and never by a prediction."""

from __future__ import annotations

import math

import numpy as np
from scipy import ndimage

from nanocensus.segmentation.polarity import measure_polarity

TRAITS = ("polarity", "packing", "size", "modality")
# Hand-drawn masks part touching particles by a line of one pixel: 2 px to either side sees over it.
_TOUCHING_WITHIN_PX = 2
_CROWDED_SHARE = 0.5
_LARGE_ECD_PX = 32.0


def traits_of(pixels: np.ndarray, truth: np.ndarray, modality: str = "") -> dict[str, str]:
    """Tell of what kind a labelled picture is.

    Parameters
    ----------
    pixels : (H, W) float32
        Grey values.
    truth : (H, W) int32
        Instances 1..n.
    modality : str
        As the data sheet says; empty if it does not.

    Returns
    -------
    dict
        For each of `TRAITS` a word, empty where it is not known. polarity: bright or dark
        particles (see `measure_polarity`). packing: crowded if half or more of the particles
        touch another one, else sparse. size: large if the median area-equivalent diameter is
        32 px or more, else small.
    """
    areas = np.bincount(truth.ravel())[1:]
    areas = areas[areas > 0]
    if not len(areas):
        return dict.fromkeys(TRAITS, "") | {"modality": modality}
    median_ecd_px = 2 * math.sqrt(float(np.median(areas)) / math.pi)
    return {
        "polarity": measure_polarity(pixels, truth, np.zeros(truth.shape, bool)) or "",
        "packing": "crowded" if touching_share(truth) >= _CROWDED_SHARE else "sparse",
        "size": "large" if median_ecd_px >= _LARGE_ECD_PX else "small",
        "modality": modality,
    }


def touching_share(labels: np.ndarray) -> float:
    """Return the share of particles with another one no more than one pixel apart.

    Parameters
    ----------
    labels : (H, W) int32
        0 background, 1..n.

    Returns
    -------
    float
        NaN without particles.
    """
    window = 2 * _TOUCHING_WITHIN_PX + 1
    beyond = labels.max(initial=0) + 1
    highest = ndimage.maximum_filter(labels, size=window)
    lowest = ndimage.minimum_filter(np.where(labels > 0, labels, beyond), size=window)
    inside = labels > 0
    touching = np.unique(labels[inside & ((highest != labels) | (lowest != labels))])
    return len(touching) / len(np.unique(labels[inside])) if inside.any() else math.nan
