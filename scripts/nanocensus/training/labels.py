"""Pictures and labels as users have them, read into arrays of one kind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy import ndimage
from skimage.io import imread

# Masks that part touching particles by a one-pixel line often part them only diagonally:
# 8-connectivity would merge them again.
_FOUR_CONNECTED = ndimage.generate_binary_structure(2, 1)
KINDS = ("auto", "labels", "binary")


class LabelError(ValueError):
    """A picture or label file cannot be used for training or scoring."""


def number_instances(values: np.ndarray, kind: str = "auto") -> np.ndarray:
    """Turn integer labels or a binary mask into instances numbered 1..n.

    Parameters
    ----------
    values : (H, W) bool or integer
        0 is background.
    kind : {"auto", "labels", "binary"}
        labels: every other value is one particle, connected or not (a particle that another
        one lies across has two parts). binary: the 4-connected components are the particles.
        auto: binary if there is at most one value other than 0.

    Returns
    -------
    (H, W) int32
    """
    if kind not in KINDS:
        raise ValueError(f"kind {kind!r} is none of {KINDS}")
    if values.ndim != 2 or values.dtype.kind not in "bui":
        raise LabelError(
            f"labels of shape {values.shape}, type {values.dtype}: 2-D integers needed"
        )
    present, inverse = np.unique(values, return_inverse=True)
    if present[0] < 0:
        raise LabelError(f"label {int(present[0])} is negative")
    n_values = len(present) - int(present[0] == 0)
    if kind == "binary" or (kind == "auto" and n_values <= 1):
        return ndimage.label(values != 0, _FOUR_CONNECTED)[0].astype(np.int32)
    return inverse.reshape(values.shape).astype(np.int32) + np.int32(present[0] != 0)


def read_values(path: Path) -> np.ndarray:
    """Read a PNG or TIFF of labels as it is, (H, W) bool or integer."""
    values = np.asarray(imread(path))
    if values.ndim == 3 and values.shape[-1] in (3, 4):
        colours = values[..., :3]
        if (colours != colours[..., :1]).any():
            raise LabelError(f"{path}: a colour picture, not labels")
        values = colours[..., 0]
    return np.squeeze(values)


def read_instances(path: Path, kind: str = "auto") -> np.ndarray:
    """Read a PNG or TIFF of labels; see `number_instances`."""
    try:
        return number_instances(read_values(path), kind)
    except LabelError as error:
        raise LabelError(f"{path}: {error}") from None


def read_grey(path: Path) -> np.ndarray:
    """Read a training picture as (H, W) float32 in its own units; colours are averaged."""
    values = np.asarray(imread(path))
    if values.ndim == 3 and values.shape[-1] in (3, 4):
        values = values[..., :3].mean(axis=-1)
    values = np.squeeze(values).astype(np.float32)
    if values.ndim != 2 or not np.isfinite(values).all():
        raise LabelError(f"{path}: shape {values.shape}; a 2-D picture of finite values is needed")
    return values
