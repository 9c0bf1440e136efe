"""Scoring a network on validation pictures, and fitting its decoding to them."""

from __future__ import annotations

import itertools
import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from scipy import optimize
from skimage.transform import resize
from torch import nn

from nanocensus.segmentation import (
    DecodingParameters,
    complete,
    decode,
    instance_features,
    normalise,
)

from .formulas import figures, mean_figures
from .labels import number_instances, read_grey, read_instances
from .scores import add, compare
from .sheet import LabelledPicture

_LOG = logging.getLogger(__name__)
_LARGEST_ENLARGEMENT = 2.0
_SHORTEST_SIDE_PX = 32
_RIDGE = 1e-3
Predict = Callable[[np.ndarray], np.ndarray]
"""Normalised working pixels (h, w) -> (C, h, w) float32, 0..1; C is 3, or 1 (`complete`)."""

DECODING_GRID: dict[str, tuple[Any, ...]] = {
    "foreground_threshold": (0.4, 0.5, 0.6),
    "boundary_weight": (0.0, 0.3, 0.6, 1.0),
    "smoothing_px": (0.5, 1.0, 1.5, 2.0),
    "seed_levels": (
        (0.5,),
        (0.35, 0.5, 0.65, 0.8),
        (0.3, 0.4, 0.5, 0.6, 0.7, 0.8),
        (0.2, 0.35, 0.5, 0.65),
        (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8),
    ),
    "min_rise": (0.0, 0.05, 0.1, 0.15),
    "min_seed_area_px": (2, 4, 8, 16),
    "min_area_px": (10, 20, 40),
}
"""Values that `fit_decoding` tries for each parameter."""


@dataclass(frozen=True)
class View:
    """A labelled picture at a working resolution: values float32 normalised, labels int32."""

    values: np.ndarray
    labels: np.ndarray


def views_of(pictures: Sequence[LabelledPicture], *, particle_px: float) -> list[View]:
    """Bring pictures to the resolution at which their median particle has a given diameter.

    The true sizes are used, so that what is scored is the network, not the choice of the
    resolution.
    """
    return [_view(row, particle_px) for row in pictures]


def predictor(network: nn.Module, *, half_precision: bool) -> Predict:
    """Make a function that runs a network on one picture, padded by mirroring."""
    first = next(network.parameters())

    @torch.no_grad()
    def predict(values: np.ndarray) -> np.ndarray:
        rows, columns = values.shape
        padded = np.pad(values, ((0, -rows % 32), (0, -columns % 32)), mode="symmetric")
        tile = torch.from_numpy(padded)[None, None].to(first.device)
        tile = tile.contiguous(memory_format=torch.channels_last)
        with torch.autocast(first.device.type, dtype=torch.bfloat16, enabled=half_precision):
            logits = network(tile)
        return torch.sigmoid(logits[0].float()).cpu().numpy()[:, :rows, :columns]

    return predict


def score_predictions(
    predictions: Sequence[np.ndarray], views: Sequence[View], decoding: DecodingParameters
) -> dict[str, float]:
    """Decode predictions and score them.

    Returns
    -------
    dict
        score: mean of the four F1 values that follow. f1_50, f1_75: mean over pictures;
        f1_50_pooled, f1_75_pooled: over particles; dice: mean over pictures.
    """
    agreements = [
        compare(view.labels, decode(prediction, decoding).labels)
        for prediction, view in zip(predictions, views, strict=True)
    ]
    pooled, mean = figures(add(agreements)), mean_figures([figures(a) for a in agreements])
    result = {
        "f1_50": mean["f1_50"],
        "f1_75": mean["f1_75"],
        "f1_50_pooled": pooled["f1_50"],
        "f1_75_pooled": pooled["f1_75"],
    }
    result = {name: 0.0 if math.isnan(value) else value for name, value in result.items()}
    return {"score": sum(result.values()) / len(result), **result, "dice": mean["dice"]}


def scorer(
    views: Sequence[View], decoding: DecodingParameters, *, half_precision: bool
) -> Callable[[nn.Module], dict[str, float]]:
    """Make the function with which training validates; see `score_predictions`."""

    def score(network: nn.Module) -> dict[str, float]:
        predict = predictor(network, half_precision=half_precision)
        return score_predictions([predict(view.values) for view in views], views, decoding)

    return score


def fit_decoding(
    predictions: Sequence[np.ndarray],
    views: Sequence[View],
    start: DecodingParameters,
    grid: Mapping[str, Sequence[Any]],
) -> DecodingParameters:
    """Fit the decoding to validation pictures, one parameter after the other, twice.

    `grid` says which values are tried, for instance `DECODING_GRID`.

    Returns
    -------
    DecodingParameters
        With `probability_weights` fitted too: the logistic function of an instance's features
        that tells instances matched at IoU 0.5 from others.
    """
    best, score = start, score_predictions(predictions, views, start)["score"]
    for name, value in itertools.chain.from_iterable(
        [(name, value) for name, values in grid.items() for value in values] for _ in range(2)
    ):
        tried = replace(best, **{name: value})
        if tried == best:
            continue
        tried_score = score_predictions(predictions, views, tried)["score"]
        if tried_score > score:
            best, score = tried, tried_score
            _LOG.info("decoding: %s = %s, score %.4f", name, value, score)
    weights = _fit_probability(predictions, views, best)
    return replace(best, probability_weights=weights)


def _view(row: LabelledPicture, particle_px: float) -> View:
    pixels, labels = read_grey(row.picture), read_instances(row.labels, row.kind)
    areas = np.bincount(labels.ravel())[1:]
    zoom = particle_px / (2 * math.sqrt(np.median(areas) / math.pi)) if len(areas) else 1.0
    zoom = min(zoom, _LARGEST_ENLARGEMENT)
    shape = tuple(max(_SHORTEST_SIDE_PX, round(side * zoom)) for side in pixels.shape)
    pixels = resize(pixels, shape, order=1, anti_aliasing=zoom < 1, preserve_range=True)
    labels = resize(labels, shape, order=0, anti_aliasing=False, preserve_range=True)
    labels = number_instances(labels.astype(np.int32), "labels")
    return View(normalise(pixels.astype(np.float32), None), labels)


def _fit_probability(
    predictions: Sequence[np.ndarray], views: Sequence[View], parameters: DecodingParameters
) -> tuple[float, float, float, float]:
    """Fit intercept and slopes by penalised maximum likelihood; the same without instances."""
    features, right = [], []
    for prediction, view in zip(predictions, views, strict=True):
        prediction = complete(prediction, parameters.foreground_threshold)
        labels = decode(prediction, parameters).labels
        features.append(instance_features(prediction, labels))
        right.append(_matched(view.labels, labels))
    x = np.concatenate(features)
    if not len(x):
        return parameters.probability_weights
    y = np.concatenate(right).astype(float)
    design = np.column_stack([np.ones(len(x)), x])

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        z = design @ weights
        value = np.logaddexp(0, z).mean() - (y * z).mean() + _RIDGE * (weights[1:] ** 2).sum()
        gradient = design.T @ (1 / (1 + np.exp(-z)) - y) / len(y)
        gradient[1:] += 2 * _RIDGE * weights[1:]
        return value, gradient

    fitted = optimize.minimize(loss, np.zeros(design.shape[1]), jac=True, method="L-BFGS-B")
    intercept, *slopes = (round(float(weight), 4) for weight in fitted.x)
    mean_foreground, peak_distance, outline_contrast = slopes
    return intercept, mean_foreground, peak_distance, outline_contrast


def _matched(truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Say of each predicted instance whether a true one overlaps it with IoU of 0.5 or more."""
    areas_t, areas_p = np.bincount(truth.ravel()), np.bincount(predicted.ravel())
    both = np.flatnonzero((truth > 0) & (predicted > 0))
    pair = truth.ravel()[both].astype(np.int64) * len(areas_p) + predicted.ravel()[both]
    pairs, shared = np.unique(pair, return_counts=True)
    t, p = np.divmod(pairs, len(areas_p))
    iou = shared / (areas_t[t] + areas_p[p] - shared)
    matched = np.zeros(len(areas_p), dtype=bool)
    matched[p[iou >= 0.5]] = True
    return matched[1:]
