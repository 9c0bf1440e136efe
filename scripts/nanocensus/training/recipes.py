"""Architectures by name, each with the loss, optimiser and pixel weights that belong to it.

A new one is a line in `RECIPES`: values of `TrainingSettings`, which a configuration may override.

References
----------
V. S. Sanan, R. S. R. Isaac, Segmentation of Nano-Particles from SEM Images Using Transfer Learning
and Modified U-Net.
T. Tao, H. Ji, B. Liu, RSC Adv. 2025, https://doi.org/10.1039/D5RA03210E
J. Bals, M. Epple, RSC Adv. 2023, 13, 2795-2802, https://doi.org/10.1039/D2RA07812K
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NANOCENSUS: dict[str, Any] = {
    "decoder": "Unet",
    "encoder": "mobilenet_v2",
    "decoder_channels": [128, 64, 32, 16, 16],
}

_UNET_RESNET50 = {"decoder": "Unet", "encoder": "resnet50", "outputs": ["foreground"]}
# Adam at a constant rate, one rate for all weights, and the weights themselves at the end;
# a batch of four. The size of the patches is ours.
_PUBLISHED_COURSE: dict[str, Any] = {
    "optimiser": "adam",
    "schedule": "constant",
    "rate": 1e-4,
    "encoder_rate_factor": 1.0,
    "weight_decay": 0.0,
    "average_decay": 0.0,
    "patches": {"sides_px": [256], "pixels_per_batch": 4 * 256 * 256},
}
_DICE_ALONE = {"foreground": 0.0, "dice": 1.0}
_CROSS_ENTROPY_ALONE = {"foreground": 1.0, "dice": 0.0}

RECIPES: dict[str, Mapping[str, Any]] = {
    "nanocensus": {"architecture": NANOCENSUS},
    # Sanan & Isaac
    "unet_resnet50": {
        **_PUBLISHED_COURSE,
        "architecture": _UNET_RESNET50,
        "loss": _DICE_ALONE,
        "weight_map": {"kind": "none"},
    },
    # Tao, Ji & Liu
    "unet_resnet50_cbam": {
        **_PUBLISHED_COURSE,
        "architecture": {**_UNET_RESNET50, "attention": "cbam"},
        "loss": _DICE_ALONE,
        "weight_map": {"kind": "none"},
    },
    # Bals & Epple; gamma is 0 for SE, 2 for STEM
    "unetpp_weighted": {
        **_PUBLISHED_COURSE,
        "architecture": {
            "decoder": "UnetPlusPlus",
            "encoder": "resnet34",
            "outputs": ["foreground"],
            "initialisation": "he",
        },
        "loss": _CROSS_ENTROPY_ALONE,
        "weight_map": {"kind": "gaps", "w0": 10.0, "sigma_px": 7.0, "gamma": 0.0},
    },
}
"""Name of an architecture -> values of `TrainingSettings`."""


def with_recipe(values: Mapping[str, Any]) -> dict[str, Any]:
    """Fill a configuration's settings with those of the architecture that they name.

    What the configuration says wins, key by key also within `patches`, `loss`, `weight_map`.
    A mapping as architecture is left as it is and brings nothing.

    Raises
    ------
    KeyError
        No architecture has this name.
    """
    name = values.get("architecture")
    if not isinstance(name, str):
        return dict(values)
    filled = dict(RECIPES[name])
    for key, value in values.items():
        if key == "architecture":
            continue
        both = isinstance(value, Mapping) and isinstance(filled.get(key), Mapping)
        filled[key] = {**filled[key], **value} if both else value
    return filled
