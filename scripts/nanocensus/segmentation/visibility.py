"""What of a picture is not hidden by burned-in drawing, and the particles that can be seen."""

from __future__ import annotations

import numpy as np

from .strips import areas_of, renumber, strips

_HIDDEN_SHARE = 0.5


def says_nothing(pixels: np.ndarray, overlay: np.ndarray) -> bool:
    """Tell whether all visible pixels are equal or there are none."""
    parts = [pixels[rows][~overlay[rows]] for rows in strips(pixels.shape)]
    lowest = [part.min() for part in parts if part.size]
    highest = [part.max() for part in parts if part.size]
    return not lowest or bool(min(lowest) == max(highest))


def keep_visible(
    labels: np.ndarray, overlay: np.ndarray, count: int
) -> tuple[np.ndarray, int, int]:
    """Leave out instances that are gone or mostly hidden, and number the rest 1..n, in place.

    Returns
    -------
    kept : (n,) int64
        Their former numbers, ascending.
    n_hidden : int
        Instances of which half or more lay under the overlay.
    n_vanished : int
        Instances of 1..count without a pixel.
    """
    areas = areas_of(labels, count)
    hidden = np.zeros(count + 1, dtype=np.int64)
    for rows in strips(labels.shape):
        hidden += np.bincount(labels[rows][overlay[rows]], minlength=count + 1)
    there = areas > 0
    there[0] = False
    keep = there & (hidden < _HIDDEN_SHARE * areas)
    renumber(labels, (np.cumsum(keep) * keep).astype(np.int32))
    n_there, n_kept = int(there.sum()), int(keep.sum())
    return np.flatnonzero(keep), n_there - n_kept, count - n_there
