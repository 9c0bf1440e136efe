"""Which device the networks run on."""

from __future__ import annotations

import torch


class DeviceError(RuntimeError):
    """The device asked for is not here."""


def resolve_device(requested: str) -> str:
    """Return "cpu" or "cuda" for "auto", "cpu" or "cuda"; "auto" takes CUDA where torch sees it.

    On the CPU nothing is asked of CUDA, so that the process can still be forked.
    """
    if requested not in ("auto", "cpu", "cuda"):
        raise DeviceError(f"device is {requested!r}; allowed are auto, cpu, cuda")
    if requested == "cpu" or (requested == "auto" and not torch.cuda.is_available()):
        return "cpu"
    if not torch.cuda.is_available():
        raise DeviceError("device: cuda was asked for, but torch sees no CUDA device; use auto")
    return "cuda"
