"""Crops of particles with known shape and completeness: rendered ones and labelled real ones."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.io import imread
from skimage.morphology import disk

from nanocensus.calibration import find_info_bar, find_overlays
from nanocensus.campaign import replacing
from nanocensus.classification import CropSettings, particle_crop
from nanocensus.rendering import random_recipe, render_micrograph

from .labels import read_grey
from .sheet import emps_rows

CLASSES: dict[str, list[str]] = {
    "shape": ["sphere", "rod", "triangle", "cube", "hexagon", "octahedron", "other"],
    "completeness": ["whole", "covered", "touching_cluster"],
}
UNKNOWN = -1
"""Class of a question that a sample says nothing about."""

_SHAPE_OF_LABEL = {"sphere_like": "sphere", "pentagon": "other"}
_LEAST_ECD_PX = 10.0  # smaller particles are `unresolved`
_LEAST_VISIBLE = 0.3  # of the outline; less does not show the shape
_PER_PICTURE = 20
_CLUSTERS_PER_PICTURE = 6


@dataclass(frozen=True)
class ShapeSamples:
    """Crops with their classes.

    Attributes
    ----------
    grey, mask : (n, side, side) uint8
        Planes of `particle_crop`; grey values -1.5..1.5 on 0..255, masks 0..1 on 0..255.
    shape, completeness : (n,) int64, class or UNKNOWN
    specimen : (n,) str, what must not stand on two sides of a split
    """

    grey: NDArray[np.uint8]
    mask: NDArray[np.uint8]
    shape: NDArray[np.int64]
    completeness: NDArray[np.int64]
    specimen: NDArray[np.str_]

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.shape)

    def chosen(self, which: NDArray[np.bool_]) -> ShapeSamples:
        """Return the samples of a (n,) bool selection."""
        return ShapeSamples(
            self.grey[which],
            self.mask[which],
            self.shape[which],
            self.completeness[which],
            self.specimen[which],
        )


@dataclass(frozen=True)
class _Field:
    """A micrograph with labelled particles, ready to cut crops from."""

    pixels: NDArray[np.generic]
    labels: NDArray[np.int32]
    overlay: NDArray[np.bool_]
    dark: bool
    specimen: str

    @cached_property
    def places(self) -> list[tuple[slice, slice]]:
        """Bounding boxes by label."""
        return ndimage.find_objects(self.labels)

    @cached_property
    def areas_px(self) -> NDArray[np.int64]:
        """Areas by label."""
        return np.bincount(self.labels.ravel())


_Sample = tuple[NDArray[np.float32], int, int, str]


def rendered_samples(
    count: int,
    settings: CropSettings,
    rng: np.random.Generator,
    *,
    side_px: int = 320,
    ecd_px: tuple[float, float] = (12.0, 110.0),
    shapes: tuple[str, ...] | None = None,
) -> ShapeSamples:
    """Cut `count` samples out of micrographs rendered for them.

    Parameters
    ----------
    count : int
    settings : CropSettings
    rng : numpy.random.Generator
    side_px : rows and columns of the micrographs.
    ecd_px : range of their median diameters.
    shapes : leave out particles of other shapes.
    """
    samples: list[_Sample] = []
    while len(samples) < count:
        recipe = random_recipe(rng, height_px=side_px, width_px=side_px, ecd_px=ecd_px)
        rendered = render_micrograph(recipe, rng)
        field = _Field(
            rendered.pixels, rendered.labels, rendered.overlay, recipe.polarity == "dark", ""
        )
        truth = rendered.truth[
            (rendered.truth.visible_px >= np.pi / 4 * _LEAST_ECD_PX**2)
            & (rendered.truth.visible_fraction >= _LEAST_VISIBLE)
        ]
        if shapes is not None:
            truth = truth[truth["shape"].isin(shapes)]
        rows = truth.iloc[rng.permutation(len(truth))[:_PER_PICTURE]]
        for number, shape, completeness in zip(
            rows["label"].tolist(), rows["shape"], rows["completeness"], strict=True
        ):
            crop = _crop(field, [number], settings)
            classes = _class("shape", str(shape)), _class("completeness", str(completeness))
            samples.append((crop, *classes, field.specimen))
        samples += _clusters(field, truth["label"].tolist(), settings, rng)
    return _packed(samples[:count])


def labelled_samples(emps: Path, table: Path, settings: CropSettings, *, seed: int) -> ShapeSamples:
    """Cut the particles labelled by eye, and further ones of EMPS whose completeness is plain.

    Parameters
    ----------
    emps : Path
        The EMPS folder (metadata.csv, images, labels).
    table : Path
        labels.csv: id, label, doi, shape, completeness, grouping, confidence.
    settings : CropSettings
    seed : int
        Of the choice of further particles.

    Returns
    -------
    ShapeSamples
        Labels of confidence 0 are left out. `sphere_like` is `sphere` (the border between them,
        an aspect of 0.85, was doubtful to the viewer, and the measured aspect says more),
        `pentagon` is `other` (15 of them teach nothing). A particle that the frame cuts has a
        shape but no completeness; an agglomerate drawn as one particle is a touching cluster
        without a shape. Beyond the table, particles that neither touch another one nor the frame
        are whole, and a few that touch each other, taken together, are a touching cluster.
    """
    by_picture: dict[str, list[dict[str, str]]] = {}
    with table.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            by_picture.setdefault(row["id"], []).append(row)
    samples: list[_Sample] = []
    for picture, field in _emps_fields(emps, seed):
        rng = np.random.default_rng([seed, int(picture, 16)])
        rows = by_picture.get(picture, [])
        known = {int(row["label"]) for row in rows}
        present = set(np.unique(field.labels).tolist())
        for row in rows:
            if int(row["confidence"]) == 0 or int(row["label"]) not in present:
                continue
            crop = _crop(field, [int(row["label"])], settings)
            samples.append((crop, *_classes_of_row(row), field.specimen))
        samples += _plain_particles(field, known, settings, rng)
    return _packed(samples)


def _emps_fields(folder: Path, seed: int) -> Iterator[tuple[str, _Field]]:
    """Give every EMPS picture without its strip, with its drawn marks and its polarity."""
    with (folder / "metadata.csv").open(encoding="utf-8", newline="") as stream:
        dark = {row["id"]: row["particles_are"] == "dark" for row in csv.DictReader(stream)}
    for row in emps_rows(folder, seed=seed):
        # the table names particles by their value in the file, so these are not renumbered
        pixels, labels = read_grey(row.picture), np.asarray(imread(row.labels))
        rows = find_info_bar(pixels, declared_rows=None).rows
        pixels, labels = pixels[rows], labels[rows].astype(np.int32)
        field = _Field(pixels, labels, find_overlays(pixels), dark[row.name], row.specimen)
        yield row.name, field


def _classes_of_row(row: Mapping[str, str]) -> tuple[int, int]:
    """Return (shape, completeness) of a row of the table."""
    if row["grouping"] == "agglomerate":
        return UNKNOWN, _class("completeness", "touching_cluster")
    shape = _class("shape", _SHAPE_OF_LABEL.get(row["shape"], row["shape"]))
    return shape, _class("completeness", row["completeness"])


def _plain_particles(
    field: _Field, known: set[int], settings: CropSettings, rng: np.random.Generator
) -> list[_Sample]:
    """Return whole particles and touching clusters that the labels alone make sure of."""
    areas = field.areas_px
    large = set(np.flatnonzero(areas >= np.pi / 4 * _LEAST_ECD_PX**2).tolist()) - {0}
    apart = sorted(large - known - set(_neighbours(field.labels)) - _at_frame(field.labels))
    whole = _class("completeness", "whole")
    chosen = rng.permutation(apart)[:_CLUSTERS_PER_PICTURE]
    samples: list[_Sample] = [
        (_crop(field, [int(label)], settings), UNKNOWN, whole, field.specimen) for label in chosen
    ]
    return samples + _clusters(field, sorted(large), settings, rng)


def _clusters(
    field: _Field, labels: Iterable[int], settings: CropSettings, rng: np.random.Generator
) -> list[_Sample]:
    """Merge two to five particles that touch, as a segmentation that cannot part them does."""
    neighbours = _neighbours(field.labels)
    usable = [label for label in labels if label in neighbours]
    areas = field.areas_px
    cluster = _class("completeness", "touching_cluster")
    samples: list[_Sample] = []
    for first in rng.permutation(usable)[:_CLUSTERS_PER_PICTURE].tolist():
        members = [first]
        for _ in range(int(rng.integers(1, 5))):
            around = sorted({n for m in members for n in neighbours[m]} - set(members))
            # a sliver beside a particle does not make a cluster of it
            around = [n for n in around if areas[n] >= 0.25 * areas[first]]
            if not around:
                break
            members.append(int(rng.choice(around)))
        if len(members) > 1:
            samples.append((_crop(field, members, settings), UNKNOWN, cluster, field.specimen))
    return samples


def _neighbours(labels: NDArray[np.int32]) -> dict[int, set[int]]:
    """Return for every particle that touches others which ones, with at least 3 px of border."""
    counts: dict[tuple[int, int], int] = {}
    for first, second in ((labels[1:], labels[:-1]), (labels[:, 1:], labels[:, :-1])):
        meet = (first != second) & (first > 0) & (second > 0)
        pairs = np.stack([first[meet], second[meet]], axis=1)
        if not len(pairs):
            continue
        for pair, count in zip(
            *np.unique(np.sort(pairs, axis=1), axis=0, return_counts=True), strict=True
        ):
            key = (int(pair[0]), int(pair[1]))
            counts[key] = counts.get(key, 0) + int(count)
    neighbours: dict[int, set[int]] = {}
    for (a, b), count in counts.items():
        if count >= 3:
            neighbours.setdefault(a, set()).add(b)
            neighbours.setdefault(b, set()).add(a)
    return neighbours


def _at_frame(labels: NDArray[np.int32]) -> set[int]:
    """Return the labels on the picture's edge."""
    edges = (labels[0], labels[-1], labels[:, 0], labels[:, -1])
    return set(np.unique(np.concatenate(edges)).tolist())


def _crop(field: _Field, members: list[int], settings: CropSettings) -> NDArray[np.float32]:
    """Cut one particle, or several as one whose gaps are closed."""
    places = [field.places[member - 1] for member in members]
    box = tuple(
        slice(min(p[axis].start for p in places), max(p[axis].stop for p in places))
        for axis in (0, 1)
    )
    own = np.isin(field.labels[box], members)
    if len(members) > 1:
        own = ndimage.binary_closing(np.pad(own, 3), disk(2))[3:-3, 3:-3]
    corner = (box[0].start, box[1].start)
    return particle_crop(
        field.pixels, own, field.overlay, corner, settings=settings, dark=field.dark
    )


def _class(question: str, name: str) -> int:
    names = CLASSES[question]
    return names.index(name) if name in names else UNKNOWN


def save_samples(samples: ShapeSamples, path: Path) -> None:
    """Write samples to an .npz file."""
    with replacing(path) as unfinished:
        np.savez(unfinished, **{f.name: getattr(samples, f.name) for f in fields(samples)})


def load_samples(path: Path) -> ShapeSamples:
    """Read samples written by `save_samples`."""
    with np.load(path) as arrays:
        return ShapeSamples(**{f.name: arrays[f.name] for f in fields(ShapeSamples)})


def _packed(samples: list[_Sample]) -> ShapeSamples:
    crops = np.stack([crop for crop, _, _, _ in samples])
    return ShapeSamples(
        np.round((crops[:, 0] + 1.5) * 85).astype(np.uint8),
        np.round(crops[:, 1] * 255).astype(np.uint8),
        np.array([shape for _, shape, _, _ in samples], np.int64),
        np.array([completeness for _, _, completeness, _ in samples], np.int64),
        np.array([specimen for _, _, _, specimen in samples], np.str_),
    )
