"""Rendering a micrograph and its truth."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray

from .arrangement import arrange
from .beam import Footprint, Placed, footprint, render_signal
from .detector import record
from .lettering import burn_in
from .outlines import ecd_of_area, feret_diameters, outline_area, outline_centroid
from .recipes import Recipe
from .shapes import Shape, make_shape

_WHOLE_FROM = 0.97
"""Visible share from which a particle counts as whole: its outline is then known all round."""


@dataclass(frozen=True)
class RenderedMicrograph:
    """A rendered micrograph with its truth.

    Parameters
    ----------
    pixels : (H, W) uint8 or uint16
    labels : (H, W) int32
        Visible part of each particle; the topmost outline that covers more than half of a pixel
        owns it. 0 is background.
    overlay : (H, W) bool
        Burned-in text, bars and boxes.
    truth : pandas.DataFrame
        One row per particle that reaches into the frame: label, shape, variant, completeness
        (whole | covered | cut, the one that hides more), visible_fraction (of the whole outline),
        in_frame_fraction, visible_px, touches_frame, touches_neighbour, centre_in_frame, y_px,
        x_px, area_px, ecd_px, feret_max_px, feret_min_px, ecd_nm, feret_max_nm, feret_min_nm. Sizes
        and centre are those of the whole outline. Wholly covered ones have visible_px = 0.
    recipe : Recipe

    """

    pixels: NDArray[np.uint8] | NDArray[np.uint16]
    labels: NDArray[np.int32]
    overlay: NDArray[np.bool_]
    truth: pd.DataFrame
    recipe: Recipe


def render_micrograph(recipe: Recipe, rng: Generator) -> RenderedMicrograph:
    """Render a recipe; the same recipe and generator state give the same bytes.

    Parameters
    ----------
    recipe : Recipe
    rng : numpy.random.Generator

    """
    shape = (recipe.height_px, recipe.width_px)
    particles = []
    kinds: list[Shape] = []
    for kind, placed in _populated(recipe, rng):
        foot = footprint(placed, shape)
        if foot is not None and foot.coverage.max() > 0.5:
            kinds.append(kind)
            particles.append((placed, foot))
    particles = [(replace(placed, label=k + 1), foot) for k, (placed, foot) in enumerate(particles)]
    signal = render_signal(recipe, particles, rng)
    labels, foreground = labelled(particles, shape)
    pixels = record(signal, foreground, recipe, rng)
    pixels, overlay = burn_in(pixels, recipe.pixel_size_nm, recipe.annotations, rng)
    truth = _truth(kinds, particles, labels, recipe)
    return RenderedMicrograph(pixels, labels, overlay, truth, recipe)


def _populated(recipe: Recipe, rng: Generator) -> list[tuple[Shape, Placed]]:
    """Draw particles and places, from the lowest to the topmost."""
    shapes = [_drawn_shape(recipe, ecd_px, rng) for ecd_px in _drawn_diameters(recipe, rng)]
    outlines = [shape.body.outline for shape in shapes]
    frame = (recipe.height_px, recipe.width_px)
    places = arrange(
        outlines,
        recipe.arrangement,
        frame,
        rng,
        margin_px=_margin_px(recipe),
        centred=recipe.centred,
    )
    shear = recipe.drift_px / recipe.height_px
    particles = []
    for k, (y, x) in places:
        centre = np.array([y, x + shear * (y - recipe.height_px / 2)])
        ecd_px = ecd_of_area(outline_area(outlines[k]))
        particles.append((shapes[k], Placed(0, shapes[k].body, centre, ecd_px, shear)))
    return particles


def _margin_px(recipe: Recipe) -> float:
    """Return how far outside the frame centres may lie, so that its edge cuts particles fairly."""
    return recipe.median_ecd_nm / recipe.pixel_size_nm * recipe.geometric_sd * 0.7


def _drawn_diameters(recipe: Recipe, rng: Generator) -> NDArray[np.float64]:
    """Draw log-normal diameters in px, by number or until the coverage is reached."""
    median_px = recipe.median_ecd_nm / recipe.pixel_size_nm
    log_sd = np.log(recipe.geometric_sd)
    if recipe.n_particles is not None:
        return median_px * np.exp(log_sd * rng.standard_normal(recipe.n_particles))
    margin_px = 2 * _margin_px(recipe)
    field_px = (recipe.height_px + margin_px) * (recipe.width_px + margin_px)
    wanted_px = recipe.coverage * field_px
    mean_px = np.pi / 4 * median_px**2 * np.exp(2 * log_sd**2)
    count = int(np.ceil(2 * wanted_px / mean_px)) + 8
    diameters = median_px * np.exp(log_sd * rng.standard_normal(count))
    reached = np.searchsorted(np.cumsum(np.pi / 4 * diameters**2), wanted_px)
    return diameters[: max(1, int(reached))]


def _drawn_shape(recipe: Recipe, ecd_px: float, rng: Generator) -> Shape:
    shares = np.array([share for _, share in recipe.shapes])
    kind = recipe.shapes[int(rng.choice(len(shares), p=shares / shares.sum()))][0]
    return make_shape(kind, ecd_px, recipe.style, rng)


def labelled(
    particles: list[tuple[Placed, Footprint]], shape: tuple[int, int]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the labels and the share of each pixel on any particle.

    Parameters
    ----------
    particles : list of (Placed, Footprint)
        From the lowest to the topmost.
    shape : (int, int)

    """
    labels = np.zeros(shape, np.int32)
    foreground = np.zeros(shape, np.float32)
    for placed, foot in particles:
        labels[foot.window][foot.coverage > 0.5] = placed.label
        covered = foreground[foot.window]
        covered += foot.coverage * (1 - covered)
    return labels, foreground


def _truth(
    kinds: list[Shape],
    particles: list[tuple[Placed, Footprint]],
    labels: NDArray[np.int32],
    recipe: Recipe,
) -> pd.DataFrame:
    visible = np.bincount(labels.ravel(), minlength=len(particles) + 1)
    frame = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    at_frame = set(np.unique(frame).tolist())
    neighbours = _touching(labels)
    rows = []
    for kind, (placed, foot) in zip(kinds, particles, strict=True):
        in_frame_px = int(np.count_nonzero(foot.coverage > 0.5))
        full_px = in_frame_px + foot.pixels_outside
        seen_px = int(visible[placed.label])
        completeness = "whole"
        if seen_px < _WHOLE_FROM * full_px:
            completeness = "covered" if in_frame_px - seen_px >= foot.pixels_outside else "cut"
        y_px, x_px = outline_centroid(placed.outline).tolist()
        area_px = outline_area(placed.body.outline)
        feret_max_px, feret_min_px = feret_diameters(placed.body.outline)
        sizes = {
            "ecd": ecd_of_area(area_px),
            "feret_max": feret_max_px,
            "feret_min": feret_min_px,
        }
        rows.append(
            {
                "label": placed.label,
                "shape": "sphere" if kind.shape == "oval" else kind.shape,
                "variant": kind.variant,
                "completeness": completeness,
                "visible_fraction": seen_px / full_px,
                "in_frame_fraction": in_frame_px / full_px,
                "visible_px": seen_px,
                "touches_frame": placed.label in at_frame,
                "touches_neighbour": placed.label in neighbours,
                "centre_in_frame": 0 <= y_px < recipe.height_px and 0 <= x_px < recipe.width_px,
                "y_px": y_px,
                "x_px": x_px,
                "area_px": area_px,
                **{f"{name}_px": value for name, value in sizes.items()},
                **{f"{name}_nm": value * recipe.pixel_size_nm for name, value in sizes.items()},
            }
        )
    return pd.DataFrame(rows, columns=TRUTH_COLUMNS)


TRUTH_COLUMNS = [
    "label",
    "shape",
    "variant",
    "completeness",
    "visible_fraction",
    "in_frame_fraction",
    "visible_px",
    "touches_frame",
    "touches_neighbour",
    "centre_in_frame",
    "y_px",
    "x_px",
    "area_px",
    "ecd_px",
    "feret_max_px",
    "feret_min_px",
    "ecd_nm",
    "feret_max_nm",
    "feret_min_nm",
]


def _touching(labels: NDArray[np.int32]) -> set[int]:
    """Return labels that share a pixel side or corner with another one."""
    touching: set[int] = set()
    for first, second in (
        (labels[1:], labels[:-1]),
        (labels[:, 1:], labels[:, :-1]),
        (labels[1:, 1:], labels[:-1, :-1]),
        (labels[1:, :-1], labels[:-1, 1:]),
    ):
        meet = (first != second) & (first > 0) & (second > 0)
        touching.update(first[meet].tolist(), second[meet].tolist())
    return touching
