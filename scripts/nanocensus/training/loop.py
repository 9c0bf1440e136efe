"""The training loop: resumable to the same course, averaged weights, early stopping."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader

from nanocensus.campaign import replacing, sha256_of_file
from nanocensus.segmentation import build_network

from .batches import Batches, Source
from .curves import write_curves
from .losses import loss_parts, total_loss
from .optimisers import build_optimiser
from .settings import TrainingSettings

_LOG = logging.getLogger(__name__)
_CHECKPOINT_EVERY_S = 180.0
_LOG_EVERY_S = 30.0

Score = Callable[[nn.Module], dict[str, float]]
"""Scores a network (in evaluation mode) on validation pictures; `score` decides, more is better."""
State = dict[str, torch.Tensor]


class CheckpointError(ValueError):
    """A checkpoint belongs to a run of other settings or data."""


@dataclass
class _Run:
    """What changes while training; all of it goes into a checkpoint."""

    network: nn.Module
    average: State
    optimiser: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LRScheduler
    step: int
    history: list[dict[str, float]]
    best_score: float
    best: State
    running: dict[str, float]


def train(
    sources: Sequence[Source],
    settings: TrainingSettings,
    *,
    folder: Path,
    score: Score,
    first_weights: Callable[[nn.Module], None] | None = None,
    device: str = "cpu",
    stop_after: int | None = None,
    workers: int = 1,
    further_files: Sequence[Path] = (),
) -> tuple[State, list[dict[str, float]]]:
    """Train a network and return the weights that scored best on the validation pictures.

    Parameters
    ----------
    sources : sequence of Source
        Training pictures only.
    settings : TrainingSettings
    folder : Path
        Holds checkpoint.pt and the curves. A checkpoint found there is resumed.
    score : callable
        Called every `settings.validate_every` steps with the averaged network.
    first_weights : callable, optional
        Fills a fresh network (pretrained encoder, or a whole model to go on from).
    device : str
        "cpu" or "cuda".
    stop_after : int, optional
        Stop with a checkpoint after this step of the course; a later call goes on.
    workers : int
        Processes that prepare batches beside the training; 0 prepares them in this one.
    further_files : sequence of Path
        What `first_weights` and `score` read. A checkpoint is resumed only if these files and
        the training pictures and labels hold what they held.

    Returns
    -------
    weights : dict of str to tensor
        Exponential moving average of the weights at the best validation.
    history : list of dict
        One row per validation: step, rate, train_*, validation_*.

    Notes
    -----
    The course depends on settings, pictures, device and torch's number of threads, not on
    interruptions: batches are functions of their number, everything else is in the checkpoint.
    """
    identity = _identity(sources, settings, further_files)
    run = _start(settings, first_weights, device)
    checkpoint = folder / "checkpoint.pt"
    if checkpoint.is_file():
        _resume(run, checkpoint, identity)
        _LOG.info("resumed at step %d of %d", run.step, settings.steps)
    last = min(settings.steps, stop_after or settings.steps)
    batches = _batches(sources, settings, range(run.step, last), workers)
    saved_at = told_at = time.monotonic()
    told = run.step
    for batch in batches:
        _train_step(run, batch, settings, device)
        if run.step % settings.validate_every == 0 or run.step == settings.steps:
            _validate(run, settings, score)
            write_curves(run.history, folder)
        now = time.monotonic()
        if now - told_at > _LOG_EVERY_S:
            _tell(run, settings, (now - told_at) / (run.step - told))
            told_at, told = now, run.step
        if now - saved_at > _CHECKPOINT_EVERY_S:
            saved_at = now
            _save(run, checkpoint, identity)
        if _is_stuck(run, settings):
            _LOG.info("no better score for %d validations: stopping", settings.patience)
            break
    _save(run, checkpoint, identity)
    return run.best, run.history


def _identity(
    sources: Sequence[Source], settings: TrainingSettings, further_files: Sequence[Path]
) -> dict[str, Any]:
    """Return what decides the course; contents of files, as labels are corrected in place."""
    rows = [row for source in sources for row in source.pictures]
    files = [path for row in rows for path in (row.picture, row.labels)]
    names = [[row.name for row in source.pictures] + [str(source.share)] for source in sources]
    contents = [sha256_of_file(path) for path in (*files, *further_files)]
    return {"settings": settings.digest(), "pictures": names, "contents": contents}


def _start(
    settings: TrainingSettings, first_weights: Callable[[nn.Module], None] | None, device: str
) -> _Run:
    torch.manual_seed(settings.seed)
    network = build_network(settings.architecture)
    if first_weights is not None:
        first_weights(network)
    network = network.to(device).to(memory_format=torch.channels_last).train()
    optimiser, schedule = build_optimiser(network, settings)
    average = {name: value.clone() for name, value in network.state_dict().items()}
    return _Run(network, average, optimiser, schedule, 0, [], -math.inf, average, {})


def _batches(
    sources: Sequence[Source], settings: TrainingSettings, steps: range, workers: int
) -> DataLoader:
    """Prepare the batches of some steps, in processes beside the training if there are any."""
    return DataLoader(
        Batches(
            sources,
            settings=settings.patches,
            weights=settings.weight_map,
            seed=settings.seed,
            steps=settings.steps,
        ),
        batch_size=None,
        sampler=steps,
        num_workers=workers,
        prefetch_factor=8 if workers else None,
        # a forked process would inherit torch's threads in an unknown state
        multiprocessing_context="spawn" if workers else None,
    )


def _train_step(
    run: _Run, batch: dict[str, torch.Tensor], settings: TrainingSettings, device: str
) -> None:
    pixels, targets, weights = (
        batch[name].to(device, non_blocking=True) for name in ("pixels", "targets", "weights")
    )
    pixels = pixels.contiguous(memory_format=torch.channels_last)
    with torch.autocast(device, dtype=torch.bfloat16, enabled=settings.half_precision):
        logits = run.network(pixels)
    parts = loss_parts(logits, targets, weights)
    loss = total_loss(parts, settings.loss)
    run.optimiser.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(run.network.parameters(), settings.gradient_norm)
    run.optimiser.step()
    run.schedule.step()
    run.step += 1
    _follow(run.average, run.network.state_dict(), settings.average_decay, run.step)
    for name, value in {"loss": loss, **parts}.items():
        run.running[name] = run.running.get(name, 0.0) + float(value.detach())
    run.running["steps"] = run.running.get("steps", 0.0) + 1


@torch.no_grad()
def _follow(average: State, current: State, decay: float, step: int) -> None:
    """Move the average towards the current weights; faster at first, when these are poor."""
    decay = min(decay, (1 + step) / (10 + step))
    for name, value in current.items():
        if value.dtype.is_floating_point:
            average[name].lerp_(value, 1 - decay)
        else:
            average[name].copy_(value)


def _validate(run: _Run, settings: TrainingSettings, score: Score) -> None:
    current = {name: value.clone() for name, value in run.network.state_dict().items()}
    run.network.load_state_dict(run.average)
    run.network.eval()
    scores = score(run.network)
    run.network.load_state_dict(current)
    run.network.train()
    steps = run.running.pop("steps")
    row = {"step": float(run.step), "rate": float(run.schedule.get_last_lr()[-1])}
    row |= {f"train_{name}": value / steps for name, value in run.running.items()}
    row |= {f"validation_{name}": float(value) for name, value in scores.items()}
    run.running = {}
    run.history.append(row)
    if scores["score"] > run.best_score:
        run.best_score = float(scores["score"])
        run.best = {name: value.clone() for name, value in run.average.items()}
    told = ", ".join(f"{name} {value:.4g}" for name, value in row.items())
    _LOG.info("validated: %s (best %.4f)", told, run.best_score)


def _is_stuck(run: _Run, settings: TrainingSettings) -> bool:
    scores = [row["validation_score"] for row in run.history]
    if len(scores) <= settings.patience:
        return False
    return max(scores[-settings.patience :]) < max(scores)


def _tell(run: _Run, settings: TrainingSettings, seconds_per_step: float) -> None:
    # right after a validation the sums are empty, and there is no loss to tell
    loss = f", loss {run.running['loss'] / run.running['steps']:.4f}" if run.running else ""
    _LOG.info(
        "step %d of %d%s, %.2f s a step, %d s left",
        run.step,
        settings.steps,
        loss,
        seconds_per_step,
        round((settings.steps - run.step) * seconds_per_step),
    )


def _save(run: _Run, path: Path, identity: dict[str, Any]) -> None:
    content = {
        "identity": identity,
        "network": run.network.state_dict(),
        "average": run.average,
        "optimiser": run.optimiser.state_dict(),
        "schedule": run.schedule.state_dict(),
        "step": run.step,
        "history": run.history,
        "best_score": run.best_score,
        "best": run.best,
        "running": run.running,
    }
    with replacing(path) as unfinished:
        torch.save(content, unfinished)


def _resume(run: _Run, path: Path, identity: dict[str, Any]) -> None:
    content = torch.load(path, weights_only=True)
    if content["identity"] != identity:
        raise CheckpointError(
            f"{path} belongs to a run of other settings, pictures, labels or first weights; "
            "name another folder, or remove the checkpoint to start anew"
        )
    run.network.load_state_dict(content["network"])
    run.optimiser.load_state_dict(content["optimiser"])
    run.schedule.load_state_dict(content["schedule"])
    for name, value in content["average"].items():
        run.average[name].copy_(value)
    device = next(run.network.parameters()).device
    run.best = {name: value.to(device) for name, value in content["best"].items()}
    run.step, run.history = content["step"], content["history"]
    run.best_score, run.running = content["best_score"], content["running"]
