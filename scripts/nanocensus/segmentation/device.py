"""Which device the networks run on."""

from __future__ import annotations

import torch

from .settings import Quality

_NATIVE_BFLOAT16 = ("amx_bf16", "avx512_bf16")


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


def resolve_arithmetic(device: str, quality: Quality) -> torch.dtype:
    """Return what networks are computed in on a device ("cpu" or "cuda") at a quality.

    A processor that does not multiply bfloat16 natively would emulate it, slower than float32.
    """
    if device == "cuda":
        return torch.float16
    able = torch.cpu.get_capabilities()
    native = any(able.get(name, False) for name in _NATIVE_BFLOAT16)
    return torch.bfloat16 if quality == "fast" and native else torch.float32
