"""Working through large arrays by strips of rows, so that temporary arrays stay small."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

STRIP_PX = 1 << 20
"""Pixels of a strip, about; the picture's memory goes into its few whole arrays."""


def strips(shape: tuple[int, ...]) -> Iterator[slice]:
    """Give the rows of (H, W) in strips of about `STRIP_PX` pixels, from top to bottom."""
    height = max(1, STRIP_PX // max(1, shape[1]))
    for top in range(0, shape[0], height):
        yield slice(top, min(top + height, shape[0]))


def strips_with_rim(shape: tuple[int, ...], rim: int) -> Iterator[tuple[slice, slice, slice]]:
    """Give strips for filters that look `rim` rows around.

    Yields
    ------
    rows : slice
        The strip.
    wider : slice
        The strip and up to `rim` rows on either side, as far as the picture goes.
    inner : slice
        The strip's rows within `wider`.
    """
    for rows in strips(shape):
        wider = slice(max(0, rows.start - rim), min(shape[0], rows.stop + rim))
        top = rows.start - wider.start
        yield rows, wider, slice(top, top + rows.stop - rows.start)


def areas_of(labels: np.ndarray, count: int) -> np.ndarray:
    """Count the pixels of labels 0..count: (count + 1,) int64."""
    areas = np.zeros(count + 1, dtype=np.int64)
    for rows in strips(labels.shape):
        # without the background, whose one counter most pixels would wait for
        areas += np.bincount(labels[rows][labels[rows] > 0], minlength=count + 1)
    areas[0] = labels.size - areas.sum()
    return areas


def renumber(labels: np.ndarray, number: np.ndarray) -> None:
    """Replace every label by `number[label]`, in place."""
    for rows in strips(labels.shape):
        labels[rows] = number[labels[rows]]
