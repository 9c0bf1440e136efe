"""Refusing pictures that hold nothing to count."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nanocensus.micrographs.diffraction import is_diffraction_pattern
from nanocensus.micrographs.findings import Finding, MicrographError

SMALLEST_SIDE_PX = 16
"""Below it neither a particle nor an info bar can be told from its surroundings."""
_FLAT_LEVELS = 2
"""Grey levels that JPEG or a digitiser leaves in a picture of nothing."""


def refuse_unusable(pixels: NDArray[np.generic]) -> None:
    """Refuse a picture, its info bar already cut off, that shows no field of particles.

    Parameters
    ----------
    pixels : ndarray of shape (H, W), uint8, uint16 or float32
        Finite grey values.

    Raises
    ------
    MicrographError
        With the code ``too_small``, ``blank_picture`` or ``diffraction_pattern``.
    """
    refuse_too_small(pixels.shape)
    low, high = float(pixels.min()), float(pixels.max())
    if high - low <= (0 if pixels.dtype.kind == "f" else _FLAT_LEVELS):
        shade = "black" if high == 0 else "one grey"
        raise MicrographError(
            Finding(
                "blank_picture",
                "refused",
                f"the whole picture is {shade} (values {low:g} to {high:g}); take it again",
            )
        )
    refuse_diffraction(pixels)


def refuse_diffraction(pixels: NDArray[np.generic]) -> None:
    """Refuse a picture that looks like a diffraction pattern or Fourier transform."""
    if is_diffraction_pattern(pixels):
        raise MicrographError(
            Finding(
                "diffraction_pattern",
                "refused",
                "it looks like a diffraction pattern or Fourier transform (symmetric about a "
                "bright spot), not like a micrograph; leave it out of the folder",
            )
        )


def refuse_too_small(shape: tuple[int, ...]) -> None:
    """Refuse a picture with fewer rows or columns than `SMALLEST_SIDE_PX`."""
    if min(shape) < SMALLEST_SIDE_PX:
        raise MicrographError(
            Finding(
                "too_small",
                "refused",
                f"a picture of {shape[1]} x {shape[0]} pixels; at least {SMALLEST_SIDE_PX} on each "
                "side are needed",
            )
        )


def refuse_non_finite(pixels: NDArray[np.generic]) -> None:
    """Refuse a float picture with NaN or infinite values."""
    if pixels.dtype.kind != "f":
        return
    wrong = int(pixels.size - np.isfinite(pixels.astype(np.float32, copy=False)).sum())
    if wrong:
        raise MicrographError(
            Finding(
                "non_finite_pixels",
                "refused",
                f"{wrong} pixels are NaN or infinite; export the picture without them",
            )
        )
