"""Labels that are outlines, not pictures: drawn into label pictures before anything reads them.

One module per format; a new one is a line in `READERS`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
from skimage.draw import polygon2mask
from skimage.io import imsave

from nanocensus.campaign import replacing

from .labels import LabelError, read_grey
from .outlines_coco import read_coco
from .outlines_fiji import read_fiji
from .sheet import LabelledPicture

Particle = list[np.ndarray] | np.ndarray
"""Outlines of one particle's parts, each (n, 2) float of (y, x) with pixel corners at integers,
or its mask (H, W) bool."""
Reader = Callable[[Path, Path], list[Particle]]
"""File of outlines, picture -> the particles of the picture; later ones lie on top."""

READERS: dict[str, Reader] = {".json": read_coco, ".roi": read_fiji, ".zip": read_fiji}
"""Suffix of a label file -> its reader."""


def outlines_to_labels(
    rows: Iterable[LabelledPicture], folder: Path
) -> tuple[LabelledPicture, ...]:
    """Replace labels that are outlines by label pictures drawn from them.

    Parameters
    ----------
    rows : iterable of LabelledPicture
        Rows whose labels are pictures are returned as they are.
    folder : Path
        Gets a TIFF of instance labels for each of the others.
    """
    return tuple(_with_picture(row, folder) for row in rows)


def draw_particles(particles: Iterable[Particle], shape: tuple[int, int]) -> np.ndarray:
    """Draw particles in their order as labels 1..n, (H, W) int32.

    A pixel belongs to an outline if its centre lies inside. Where outlines of a particle's parts
    overlap, it is the particle's all the same.

    Raises
    ------
    LabelError
        Particles cover no pixel, which is not to be taken for there being none.
    """
    labels = np.zeros(shape, dtype=np.int32)
    empty = []
    for number, particle in enumerate(particles, start=1):
        if isinstance(particle, np.ndarray):
            masks = [particle]
        else:
            # pixel corners at integers -> pixel centres at integers
            masks = [polygon2mask(shape, np.asarray(part, dtype=float) - 0.5) for part in particle]
        for mask in masks:
            labels[mask] = number
        if not any(mask.any() for mask in masks):
            empty.append(number)
    if empty:
        shown = ", ".join(map(str, empty[:5])) + (", ..." if len(empty) > 5 else "")
        raise LabelError(f"regions [{shown}] cover no pixel")
    return labels


def _with_picture(row: LabelledPicture, folder: Path) -> LabelledPicture:
    reader = READERS.get(row.labels.suffix.lower())
    if reader is None:
        return row
    shape = read_grey(row.picture).shape
    particles = reader(row.labels, row.picture)
    wrong = [p.shape for p in particles if isinstance(p, np.ndarray) and p.shape != shape]
    if wrong:
        raise LabelError(f"{row.labels}: masks of {wrong[0]} pixels, {row.picture} has {shape}")
    try:
        labels = draw_particles(particles, shape)
    except LabelError as error:
        raise LabelError(
            f"{row.labels}: {error} of {row.picture}; were they drawn at another size?"
        ) from None
    name = hashlib.sha256(str(row.picture.resolve()).encode()).hexdigest()[:8]
    path = folder / f"{row.picture.stem}-{name}.tif"
    with replacing(path) as unfinished:
        imsave(unfinished, labels, check_contrast=False)
    return replace(row, labels=path, kind="labels")
