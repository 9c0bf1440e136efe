"""The loss of the outputs: foreground, boundary, distance."""

from __future__ import annotations

import torch
from torch.nn import functional

from .settings import LossSettings

_DICE_SMOOTHING_PX = 50.0
_BOUNDARY_WEIGHT = 3.0  # boundaries are few: about a tenth of the pixels
_DISTANCE_WEIGHT_OUTSIDE = 0.2


def loss_parts(
    logits: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor
) -> dict[str, torch.Tensor]:
    """Compute the parts of the loss.

    Parameters
    ----------
    logits : (N, 3, H, W) or (N, 1, H, W) float
        Channels foreground, boundary, distance, or foreground alone.
    targets : (N, 3, H, W) float
        The same channels, all three, 0..1.
    weights : (N, 1, H, W) float
        0 where the patch leaves the picture.

    Returns
    -------
    dict of scalars
        foreground: weighted binary cross-entropy. dice: 1 - soft Dice, mean over patches.
        boundary: binary cross-entropy, boundary pixels counting three-fold. distance: mean
        absolute error, inside particles five times as heavy as outside. The latter two only
        where the network has these channels.
    """
    logits = logits.float()
    inside = (weights > 0).to(logits.dtype)
    weight, seen = weights[:, 0], inside[:, 0]
    foreground, boundary, distance = targets.unbind(1)
    probability = torch.sigmoid(logits[:, 0]) * seen
    overlap = (probability * foreground).sum((1, 2))
    extent = probability.sum((1, 2)) + (foreground * seen).sum((1, 2))
    dice = (2 * overlap + _DICE_SMOOTHING_PX) / (extent + _DICE_SMOOTHING_PX)
    parts = {
        "foreground": _weighted_bce(logits[:, 0], foreground, weight),
        "dice": 1 - dice.mean(),
    }
    if logits.shape[1] == 1:
        return parts
    boundary_weight = weight * (1 + (_BOUNDARY_WEIGHT - 1) * boundary)
    distance_weight = seen * (foreground + _DISTANCE_WEIGHT_OUTSIDE * (1 - foreground))
    return {
        **parts,
        "boundary": _weighted_bce(logits[:, 1], boundary, boundary_weight),
        "distance": _mean((torch.sigmoid(logits[:, 2]) - distance).abs(), distance_weight),
    }


def total_loss(parts: dict[str, torch.Tensor], settings: LossSettings) -> torch.Tensor:
    """Return the weighted sum of the parts."""
    return torch.stack([getattr(settings, name) * value for name, value in parts.items()]).sum()


def _weighted_bce(
    logits: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor
) -> torch.Tensor:
    loss = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    return _mean(loss, weights)


def _mean(values: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    return (values * weights).sum() / weights.sum().clamp_min(1.0)
