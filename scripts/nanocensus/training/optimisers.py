"""Optimisers and the course of their rate, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.optim.lr_scheduler import ConstantLR, LRScheduler, OneCycleLR

if TYPE_CHECKING:
    from .settings import TrainingSettings

OPTIMISERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
}
"""`TrainingSettings.optimiser` -> its class."""


def build_optimiser(
    network: nn.Module, settings: TrainingSettings
) -> tuple[torch.optim.Optimizer, LRScheduler]:
    """Make the optimiser, with the encoder's weights as a group of their own, and its rates."""
    encoder = {id(p) for p in network.get_submodule("encoder").parameters()}
    peaks = [settings.rate * settings.encoder_rate_factor, settings.rate]
    groups = [
        {"params": [p for p in network.parameters() if id(p) in encoder], "lr": peaks[0]},
        {"params": [p for p in network.parameters() if id(p) not in encoder], "lr": peaks[1]},
    ]
    optimiser = OPTIMISERS[settings.optimiser](groups, weight_decay=settings.weight_decay)
    return optimiser, SCHEDULES[settings.schedule](optimiser, peaks, settings)


def _one_cycle(
    optimiser: torch.optim.Optimizer, peaks: list[float], settings: TrainingSettings
) -> LRScheduler:
    return OneCycleLR(
        optimiser, peaks, settings.steps, pct_start=settings.warm_up, cycle_momentum=False
    )


def _constant(
    optimiser: torch.optim.Optimizer, peaks: list[float], settings: TrainingSettings
) -> LRScheduler:
    return ConstantLR(optimiser, factor=1.0)


SCHEDULES: dict[str, Callable[..., LRScheduler]] = {"constant": _constant, "one_cycle": _one_cycle}
"""`TrainingSettings.schedule` -> how the rate goes from the groups' peaks over the steps."""
