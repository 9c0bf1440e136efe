"""Patches cut from labelled pictures at drawn places, angles and resolutions."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from nanocensus.segmentation import normalise, targets_from_labels

from .labels import LabelError, read_grey, read_instances
from .settings import PatchSettings
from .sheet import LabelledPicture

_COARSEST_SIDE_PX = 24
_SMALLEST_SHARE_OF_PATCH = 0.7
_ON_A_PARTICLE = 0.85
_TURNED_FREELY = 0.5
_SHEARED = 0.3
_LARGEST_SHEAR = 0.15
_LARGEST_STRETCH = 1.15


@dataclass(frozen=True)
class Material:
    """A labelled picture made ready for drawing patches from it.

    Attributes
    ----------
    levels : tuple of (H / 2**k, W / 2**k) float16
        The picture, normalised, in steps of half the resolution (2 x 2 means).
    labels : (H, W) int32
    distance : (H, W) uint8
        The relative distance to the edge (`targets_from_labels`) x 255; it is taken from the
        whole picture because a patch's border would cut particles and with them their middle.
    centres : (n, 2) float32
        A pixel of each particle near its centre of gravity, px.
    median_ecd_px : float
        Median area-equivalent diameter of the particles.
    """

    levels: tuple[np.ndarray, ...]
    labels: np.ndarray
    distance: np.ndarray
    centres: np.ndarray
    median_ecd_px: float


@dataclass(frozen=True)
class Patch:
    """A square cut: pixels float32, labels int32, distance float32 0..1, inside bool."""

    pixels: np.ndarray
    labels: np.ndarray
    distance: np.ndarray
    inside: np.ndarray


def load_material(row: LabelledPicture) -> Material:
    """Read a picture and its labels from disk."""
    pixels, instances = read_grey(row.picture), read_instances(row.labels, row.kind)
    if pixels.shape != instances.shape:
        raise LabelError(
            f"{row.picture} has {pixels.shape} pixels, its labels {row.labels} {instances.shape}"
        )
    return prepare_material(pixels, instances)


def prepare_material(pixels: np.ndarray, labels: np.ndarray) -> Material:
    """Make a picture ready; labels (H, W) int32 hold instances 1..n."""
    levels = [normalise(pixels, None)]
    while min(levels[-1].shape) >= 2 * _COARSEST_SIDE_PX:
        levels.append(_half_resolution(levels[-1]))
    numbers = np.arange(1, labels.max(initial=0) + 1)
    centres = np.array(ndimage.center_of_mass(labels > 0, labels, numbers), dtype=np.float32)
    areas = np.bincount(labels.ravel(), minlength=len(numbers) + 1)[1:]
    ecd = 2 * np.sqrt(areas / math.pi)
    return Material(
        levels=tuple(level.astype(np.float16) for level in levels),
        labels=labels.astype(np.int32),
        distance=np.rint(255 * targets_from_labels(labels)[2]).astype(np.uint8),
        centres=centres.reshape(-1, 2),
        median_ecd_px=float(np.median(ecd)) if len(ecd) else 0.0,
    )


def draw_zoom(
    material: Material, side_px: int, settings: PatchSettings, rng: np.random.Generator
) -> tuple[float, bool]:
    """Draw a zoom that brings the median particle into the trained range.

    Returns
    -------
    zoom : float
        Pixels of the patch per pixel of the picture.
    fits : bool
        Whether the picture then fills most of a patch of this side.
    """
    low, high = settings.particle_px
    wanted_px = math.exp(rng.uniform(math.log(low), math.log(high)))
    zoom = 1.0 if material.median_ecd_px == 0 else wanted_px / material.median_ecd_px
    zoom = min(zoom, settings.largest_zoom)
    shorter_px = min(material.labels.shape) * zoom
    return zoom, shorter_px >= _SMALLEST_SHARE_OF_PATCH * side_px


def draw_patch(material: Material, zoom: float, side_px: int, rng: np.random.Generator) -> Patch:
    """Cut a patch with a drawn centre, angle, mirroring, shear and stretch.

    Pixels, labels and distance go through the same transform. Beyond the picture's frame the
    content is mirrored and `inside` is False.
    """
    matrix = _draw_matrix(rng) / zoom
    centre = _draw_centre(material, zoom, side_px, rng)
    offset = centre - matrix @ np.full(2, (side_px - 1) / 2)
    level = min(max(0, math.floor(math.log2(1 / zoom))), len(material.levels) - 1)
    factor = 2.0**level
    pixels = _sample(
        material.levels[level].astype(np.float32),
        matrix / factor,
        (offset + 0.5) / factor - 0.5,
        side_px,
        order=1,
    )
    return Patch(
        pixels=pixels,
        labels=_sample(material.labels, matrix, offset, side_px, order=0),
        distance=_sample(material.distance, matrix, offset, side_px, order=1) / 255,
        inside=_inside(matrix, offset, side_px, material.labels.shape),
    )


def _draw_matrix(rng: np.random.Generator) -> np.ndarray:
    """Return a (2, 2) map of drawn angle, mirroring, shear and stretch."""
    free = rng.random() < _TURNED_FREELY
    angle_rad = rng.uniform(0, 2 * math.pi) if free else rng.integers(4) * math.pi / 2
    cosine, sine = math.cos(angle_rad), math.sin(angle_rad)
    matrix = np.array([[cosine, -sine], [sine, cosine]])
    if rng.random() < 0.5:
        matrix[:, 1] *= -1
    if rng.random() < _SHEARED:
        shear = rng.uniform(-_LARGEST_SHEAR, _LARGEST_SHEAR)
        stretch = _LARGEST_STRETCH ** rng.uniform(-1, 1)
        matrix = matrix @ np.array([[stretch, shear], [0.0, 1 / stretch]])
    return matrix


def _draw_centre(
    material: Material, zoom: float, side_px: int, rng: np.random.Generator
) -> np.ndarray:
    """Return the patch's centre in the picture, (y, x) px: mostly near a particle."""
    shape = np.array(material.labels.shape, dtype=float)
    half = side_px / zoom / 2
    if len(material.centres) and rng.random() < _ON_A_PARTICLE:
        centre = material.centres[rng.integers(len(material.centres))].astype(float)
        centre = centre + rng.uniform(-0.7, 0.7, 2) * half
    else:
        centre = rng.uniform(0, shape)
    # a little beyond the frame, so that cut particles lie at all places of a patch
    low, high = np.minimum(0.9 * half, shape / 2), np.maximum(shape - 0.9 * half, shape / 2)
    return np.clip(centre, low, high) - 0.5


def _sample(
    values: np.ndarray, matrix: np.ndarray, offset: np.ndarray, side_px: int, *, order: int
) -> np.ndarray:
    return ndimage.affine_transform(
        values,
        matrix,
        offset,
        (side_px, side_px),
        output=np.float32 if order else values.dtype,
        order=order,
        mode="reflect",
        prefilter=False,
    )


def _inside(
    matrix: np.ndarray, offset: np.ndarray, side_px: int, shape: tuple[int, ...]
) -> np.ndarray:
    step = np.arange(side_px)
    inside = np.ones((side_px, side_px), dtype=bool)
    for axis in range(2):
        at = matrix[axis, 0] * step[:, None] + matrix[axis, 1] * step[None, :] + offset[axis]
        inside &= (at >= -0.5) & (at <= shape[axis] - 0.5)
    return inside


def _half_resolution(values: np.ndarray) -> np.ndarray:
    rows, columns = (side // 2 * 2 for side in values.shape)
    blocks = values[:rows, :columns].reshape(rows // 2, 2, columns // 2, 2)
    return blocks.mean(axis=(1, 3))
