"""Training the classifier of shape and completeness, its temperatures, and its figures."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from nanocensus.campaign import replacing, sha256_of_json
from nanocensus.classification import (
    ClassifierNetwork,
    build_classifier_network,
    load_trunk_weights,
    mean_probabilities,
    view_logits,
)

from .shape_batches import ShapeBatches, centred, planes_of
from .shape_samples import CLASSES, UNKNOWN, ShapeSamples

_LOG = logging.getLogger(__name__)
_CHECKPOINT_EVERY_S = 60.0
_LOG_EVERY_S = 30.0
_TEMPERATURES = np.exp(np.linspace(np.log(0.5), np.log(4.0), 85))
_RELIABILITY_BINS = 10
UNKNOWN_BELOW = 0.75
"""Probability below which a shape is `unknown`, unless the campaign says otherwise."""

State = dict[str, torch.Tensor]


class ShapeCheckpointError(ValueError):
    """A checkpoint belongs to a run of other settings or samples."""


@dataclass(frozen=True)
class ShapeTraining:
    """Everything but samples that decides the course.

    Attributes
    ----------
    architecture : handed to `build_classifier_network`.
    seed : of first weights and of all draws.
    steps, per_batch : batches in the run, crops in a batch.
    rate, trunk_rate_factor, weight_decay : AdamW's peak rate, its factor for the trunk, its decay.
    average_decay : of the exponential moving average of the weights, which is what is kept.
    side_px, context : geometry of the network's crops.
    margin : by how much wider samples are cut than the network's crops.
    """

    architecture: Mapping[str, Any] = field(
        default_factory=lambda: {"trunk": "mobilenet_v2", "stages": 14, "dropout": 0.2}
    )
    seed: int = 20261121
    steps: int = 1500
    per_batch: int = 64
    rate: float = 2e-3
    trunk_rate_factor: float = 0.5
    weight_decay: float = 0.02
    average_decay: float = 0.99
    side_px: int = 64
    context: float = 1.5
    margin: float = 1.25

    def digest(self) -> str:
        """Return the SHA-256 of the settings."""
        return sha256_of_json(asdict(self))


def train_shapes(
    sources: list[tuple[ShapeSamples, float]],
    settings: ShapeTraining,
    *,
    folder: Path,
    first_weights: Path | None = None,
    stop_after: int | None = None,
) -> State:
    """Train and return the averaged weights.

    Parameters
    ----------
    sources : list of (samples, share of a batch)
    settings : ShapeTraining
    folder : holds checkpoint.pt; one found there is resumed to the same course.
    first_weights : ImageNet weights of the trunk (safetensors).
    stop_after : stop with a checkpoint after this step; a later call goes on.
    """
    torch.manual_seed(settings.seed)
    network = build_classifier_network(settings.architecture, CLASSES)
    if first_weights is not None:
        load_trunk_weights(network, first_weights)
    optimiser, schedule = _optimiser(network, settings)
    average = {name: value.clone() for name, value in network.state_dict().items()}
    parts = {"network": network, "optimiser": optimiser, "schedule": schedule}
    identity = [settings.digest(), [len(samples) for samples, _ in sources]]
    first = _resume(folder / "checkpoint.pt", parts, average, identity)
    batches = ShapeBatches(
        sources,
        side_px=settings.side_px,
        inner=1 / settings.margin,
        per_batch=settings.per_batch,
        seed=settings.seed,
    )
    last = min(settings.steps, stop_after or settings.steps)
    saved_at = told_at = began_at = time.monotonic()
    network.train()
    for step in range(first, last):
        # dropout draws from torch's own generator: seeded here, a resumed run draws the same
        torch.manual_seed(settings.seed + step)
        loss = _train_step(network, batches, step, optimiser)
        schedule.step()
        _follow(
            average, network.state_dict(), min(settings.average_decay, (1 + step) / (10 + step))
        )
        now = time.monotonic()
        if now - told_at > _LOG_EVERY_S:
            told_at = now
            left_s = (settings.steps - step) * (now - began_at) / (step + 1 - first)
            _LOG.info("step %d of %d, loss %.3f, %d s left", step, settings.steps, loss, left_s)
        if now - saved_at > _CHECKPOINT_EVERY_S or step == last - 1:
            saved_at = now
            _save(folder / "checkpoint.pt", parts, average, identity, step + 1)
    return average


def _optimiser(
    network: ClassifierNetwork, settings: ShapeTraining
) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
    """Return AdamW and its schedule of rates, slower for the trunk than for the heads."""
    rates = [settings.rate * settings.trunk_rate_factor, settings.rate]
    optimiser = torch.optim.AdamW(
        [
            {"params": network.trunk.parameters(), "lr": rates[0]},
            {"params": network.heads.parameters(), "lr": rates[1]},
        ],
        weight_decay=settings.weight_decay,
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, rates, settings.steps, pct_start=0.15, cycle_momentum=False
    )
    return optimiser, schedule


def _train_step(
    network: nn.Module, batches: ShapeBatches, step: int, optimiser: torch.optim.Optimizer
) -> float:
    batch = batches.batch(step)
    logits = network(batch.crops.contiguous(memory_format=torch.channels_last))
    loss = functional.cross_entropy(logits["shape"], batch.shape, ignore_index=UNKNOWN)
    loss = loss + functional.cross_entropy(
        logits["completeness"], batch.completeness, ignore_index=UNKNOWN
    )
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), 5.0)
    optimiser.step()
    return float(loss.detach())


@torch.no_grad()
def _follow(average: State, current: State, decay: float) -> None:
    for name, value in current.items():
        if value.dtype.is_floating_point:
            average[name].lerp_(value, 1 - decay)
        else:
            average[name].copy_(value)


def _save(
    path: Path, parts: Mapping[str, Any], average: State, identity: list[Any], step: int
) -> None:
    content = {name: part.state_dict() for name, part in parts.items()}
    with replacing(path) as unfinished:
        torch.save(content | {"average": average, "identity": identity, "step": step}, unfinished)


def _resume(path: Path, parts: Mapping[str, Any], average: State, identity: list[Any]) -> int:
    """Take up a checkpoint if there is one; return the step to go on with."""
    if not path.is_file():
        return 0
    content = torch.load(path, weights_only=True)
    if content["identity"] != identity:
        raise ShapeCheckpointError(
            f"{path} belongs to a run of other settings or samples; name another folder, or "
            "remove the checkpoint to start anew"
        )
    for name, part in parts.items():
        part.load_state_dict(content[name])
    average.update(content["average"])
    _LOG.info("resumed at step %d", content["step"])
    return int(content["step"])


@dataclass(frozen=True)
class Predictions:
    """Probabilities (n, classes) and true classes (n,), `UNKNOWN` left out, of one question."""

    probabilities: NDArray[np.float64]
    truth: NDArray[np.int64]

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether the most probable class is the true one."""
        return self.probabilities.argmax(1) == self.truth


@torch.inference_mode()
def sample_logits(
    state: State, samples: ShapeSamples, settings: ShapeTraining, *, views: int
) -> dict[str, torch.Tensor]:
    """Return question -> (views, n, classes) logits of samples, nothing varied."""
    network = build_classifier_network(settings.architecture, CLASSES)
    network.load_state_dict(state)
    network.eval()
    parts = []
    for start in range(0, len(samples), settings.per_batch):
        which = np.zeros(len(samples), np.bool_)
        which[start : start + settings.per_batch] = True
        crops = centred(planes_of(samples.chosen(which)), settings.side_px, 1 / settings.margin)
        parts.append(view_logits(network, crops, views))
    return {question: torch.cat([part[question] for part in parts], 1) for question in CLASSES}


def predictions(
    logits: Mapping[str, torch.Tensor], samples: ShapeSamples, temperatures: Mapping[str, float]
) -> dict[str, Predictions]:
    """Return the probabilities of samples whose class is known, for each question."""
    truths = {"shape": samples.shape, "completeness": samples.completeness}
    found = {}
    for question, means in mean_probabilities(logits, temperatures).items():
        known = truths[question] != UNKNOWN
        found[question] = Predictions(means.double().numpy()[known], truths[question][known])
    return found


def fitted_temperatures(
    state: State, validation: list[ShapeSamples], settings: ShapeTraining, *, views: int
) -> dict[str, float]:
    """Return for each question the temperature of least mean log loss over the sample sets.

    Notes
    -----
    Each set (rendered, real) weighs the same, whatever its size. The means over views are taken
    after the softmax, as in use, so every temperature is tried on the whole prediction.

    References
    ----------
    C. Guo et al., On Calibration of Modern Neural Networks, ICML 2017, arXiv:1706.04599.
    """
    logits = [sample_logits(state, samples, settings, views=views) for samples in validation]
    losses: dict[str, list[float]] = {question: [] for question in CLASSES}
    for temperature in _TEMPERATURES:
        given = dict.fromkeys(CLASSES, float(temperature))
        per_set = [predictions(*pair, given) for pair in zip(logits, validation, strict=True)]
        for question in CLASSES:
            losses[question].append(float(np.mean([_log_loss(p[question]) for p in per_set])))
    return {q: round(float(_TEMPERATURES[int(np.argmin(losses[q]))]), 4) for q in CLASSES}


def figures_of(found: Predictions, names: list[str], *, below: float) -> dict[str, Any]:
    """Return accuracy, recall by class, confusion, share unknown and reliability.

    Parameters
    ----------
    found : Predictions
    names : of the classes
    below : probability below which a particle is unknown.
    """
    guess, best = found.probabilities.argmax(1), found.probabilities.max(1)
    confusion = np.zeros((len(names), len(names)), int)
    np.add.at(confusion, (found.truth, guess), 1)
    counts = confusion.sum(1)
    told = best >= below
    return {
        "n": len(found.truth),
        "accuracy": _rounded(found.right.mean()),
        "log_loss": _rounded(_log_loss(found)),
        "calibration_error": _rounded(calibration_error(found)),
        "share_unknown": _rounded(1 - told.mean()),
        "accuracy_of_known": _rounded(found.right[told].mean()) if told.any() else None,
        "recall": {
            name: _rounded(confusion[k, k] / counts[k]) if counts[k] else None
            for k, name in enumerate(names)
        },
        "confusion": {name: confusion[k].tolist() for k, name in enumerate(names)},
    }


def calibration_error(found: Predictions) -> float:
    """Return the expected calibration error: mean |share right - mean probability| over bins.

    Bins of equal width of the highest probability, weighted with their counts.
    """
    best = found.probabilities.max(1)
    bins = np.minimum((best * _RELIABILITY_BINS).astype(int), _RELIABILITY_BINS - 1)
    error = 0.0
    for k in np.unique(bins):
        inside = bins == k
        error += inside.mean() * abs(found.right[inside].mean() - best[inside].mean())
    return float(error)


def _log_loss(found: Predictions) -> float:
    chosen = found.probabilities[np.arange(len(found.truth)), found.truth]
    return float(-np.log(np.maximum(chosen, 1e-12)).mean())


def _rounded(value: Any) -> float:
    return round(float(value), 4)
