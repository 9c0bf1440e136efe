"""Trained bundles as networks, and as segmenters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import torch

from nanocensus.bundles import BundleError, read_bundle

from .device import resolve_arithmetic
from .network import build_network, fold_batch_norm, stride_of
from .segmenter import Segmenter
from .settings import (
    DecodingParameters,
    EstimateParameters,
    InputParameters,
    SegmentationSettings,
)
from .tiling import NetworkOnTiles


def load_segmenter(
    bundle: Path, *, device: str, settings: SegmentationSettings, estimates: bool = True
) -> Segmenter:
    """Load a trained bundle for segmentation.

    Parameters
    ----------
    bundle : Path
        Its folder.
    device : "cpu" or "cuda"
        As `resolve_device` gives it.
    settings : SegmentationSettings
    estimates : bool
        Whether the card's estimate of F1 is given; False also loads a card whose estimate this
        program does not know.

    Returns
    -------
    Segmenter

    Notes
    -----
    torch and OpenCV are told to use one thread, for good: with two, torch's results differ, and
    processes that are forked later hang. Pictures are worked on side by side instead.
    """
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.allow_tf32 = False  # ten bits of mantissa, not float32
    network, card = load_network(bundle)
    arithmetic = resolve_arithmetic(device, settings.quality)
    on_tiles = NetworkOnTiles(network, torch.device(device), arithmetic)
    if device == "cpu":  # more than one tile at a time costs memory and saves nothing
        settings = replace(settings, batch=1)
    estimate = card.get("estimate") if estimates else None
    return Segmenter(
        on_tiles,
        stride_of(network),
        InputParameters.from_mapping(card["input"]),
        DecodingParameters.from_mapping(card["decoding"]),
        settings,
        None if estimate is None else EstimateParameters.from_mapping(estimate),
    )


def load_network(bundle: Path) -> tuple[torch.nn.Module, Mapping[str, Any]]:
    """Load a segmentation bundle's network for inference, and its card.

    The network is in evaluation mode on the CPU, (N, 1, H, W) float32 normalised grey values ->
    (N, C, H, W) logits, its BatchNorm folded into convolutions.
    """
    read = read_bundle(bundle)
    if read.card["task"] != "segmentation":
        raise BundleError(f"{bundle}: its task is {read.card['task']}, segmentation is needed")
    network = build_network(read.card["architecture"])
    try:
        network.load_state_dict(dict(read.state_dict), strict=True)
    except RuntimeError as error:
        raise BundleError(f"{bundle}: weights do not fit the architecture: {error}") from error
    return fold_batch_norm(network), read.card
