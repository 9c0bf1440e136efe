"""How far refined outlines lie from exact ones, of rendered particles, and from drawn labels.

Of rendered particles, the search begins where a network's mask could lie: the true labels, moved
outwards by as much as hand-drawn labels are generous, with a smooth random waviness.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import ndimage

from nanocensus.measurement import trace_outlines
from nanocensus.measurement.particles import sizes
from nanocensus.outlines import half_height_depths, outline_unit_px, refine_outlines
from nanocensus.rendering import Recipe, ShapeStyle, render_micrograph
from nanocensus.segmentation import Segmentation

MODES: dict[str, dict[str, float]] = {
    "se": {"background": 0.2, "contrast": 0.35, "rim": 0.5, "shadow": 0.3},
    "stem": {"background": 0.1, "contrast": 0.6},
    "tem": {"background": 0.75, "contrast": 0.6},
}
"""Signal of each modality, as the renderer names it."""

_GENEROUS_PX, _GENEROUS_SMALL_PX, _SMALL_PX = 1.5, 0.7, 12
_WAVES_PX, _WAVE_LENGTH_PX = 0.4, 4.0
_FIELD_DIAMETERS, _LEAST_FIELD_PX = 6, 256
_COVERAGE, _FEWEST, _MOST = 0.12, 4, 60
_WHOLE = 0.99
_SAME = 0.5


@dataclass(frozen=True)
class OutlineCase:
    """One kind of rendered particles.

    Attributes
    ----------
    mode : str
        A key of `MODES`.
    shape : str
        Of the renderer: sphere, cube (a square, as it lies) ...
    ecd_px : float
        Median diameter.
    arrangement : str
    blur_px : float
    changes : tuple of (str, float)
        Further fields of `Recipe`, over those of the mode.
    """

    mode: str
    shape: str
    ecd_px: float
    arrangement: str = "isolated"
    blur_px: float = 1.0
    changes: tuple[tuple[str, Any], ...] = ()

    def render(self, rng: np.random.Generator) -> tuple[Recipe, Any]:
        """Render one field."""
        side_px = int(max(_LEAST_FIELD_PX, _FIELD_DIAMETERS * self.ecd_px))
        count = int(_COVERAGE * side_px**2 / self.ecd_px**2)
        fields: dict[str, Any] = {**MODES[self.mode], "electrons": 300.0, **dict(self.changes)}
        recipe = Recipe(
            mode=self.mode,
            height_px=side_px,
            width_px=side_px,
            shapes=((self.shape, 1.0),),
            median_ecd_nm=self.ecd_px,
            geometric_sd=1.03,
            n_particles=min(max(_FEWEST, count), _MOST),
            arrangement=self.arrangement,
            style=ShapeStyle(corner_share=0.03, tilted=0.0, irregularity=0.0),
            blur_px=self.blur_px,
            **fields,
        )
        return recipe, render_micrograph(recipe, rng)


def outline_errors(case: OutlineCase, *, seed: int, modality_known: bool = True) -> pd.DataFrame:
    """Refine the outlines of one rendered field.

    Returns
    -------
    DataFrame
        One row per whole particle: `before_px`, `after_px`, its area-equivalent diameter minus
        the true one, and `refined`, whether its outline was moved onto the edge.
    """
    rng = np.random.default_rng([seed, round(case.ecd_px), round(10 * case.blur_px)])
    _, field = case.render(rng)
    generous_px = _GENEROUS_PX if case.ecd_px > _SMALL_PX else _GENEROUS_SMALL_PX
    labels, soft = masks_like_a_networks(field.labels, generous_px, rng)
    refined = refine_outlines(
        field.pixels,
        labels,
        soft,
        np.zeros(labels.shape, dtype=bool),
        modality=case.mode if modality_known else None,
    )
    truth = field.truth
    whole = (truth["visible_fraction"] > _WHOLE) & (truth["in_frame_fraction"] > _WHOLE)
    whole &= ~truth["touches_frame"]
    before, after = _diameters(labels, soft), _diameters(refined.labels, refined.probability)
    chosen = truth[whole]
    return pd.DataFrame(
        {
            "before_px": [before.get(n, np.nan) for n in chosen["label"]] - chosen["ecd_px"],
            "after_px": [after.get(n, np.nan) for n in chosen["label"]] - chosen["ecd_px"],
            "refined": [n in refined.shift_px for n in chosen["label"]],
        }
    )


def error_classes(table: pd.DataFrame) -> dict[str, Any]:
    """Return the root mean square error of refined diameters by modality and size.

    Parameters
    ----------
    table : DataFrame
        One row per kind of particles: `mode`, `ecd_px`, `rms_px` (NaN where no outline was
        refined).

    Returns
    -------
    dict
        `diameters_px`, ascending, and `rms_px`, for each mode a value for each of them: over
        kinds, each of which counts once; None where none was refined.
    """
    squares = table.assign(square=table["rms_px"] ** 2)
    found = squares.pivot_table("square", "mode", "ecd_px", "mean", dropna=False) ** 0.5
    return {
        "diameters_px": [float(ecd_px) for ecd_px in found.columns],
        "rms_px": {
            str(mode): [None if np.isnan(value) else round(float(value), 3) for value in row]
            for mode, row in zip(found.index, found.to_numpy(), strict=True)
        },
    }


def outline_differences(
    pixels: NDArray[np.float32], truth: NDArray[np.int32], found: Segmentation
) -> pd.DataFrame:
    """Compare the refined outlines of a labelled picture with masks, labels and half height.

    Parameters
    ----------
    pixels : (H, W) float32
    truth : (H, W) int32
        Drawn labels.
    found : Segmentation

    Returns
    -------
    DataFrame
        One row per refined particle that has the same label by an IoU above 0.5, px: `ecd_px`,
        and how far its outline lies outside the network's mask (`over_mask_px`), the label
        (`over_label_px`) and the picture's half-height line (`over_half_height_px`), half the
        difference of the diameters; `polarity`, `edge_model`.
    """
    nothing = np.zeros(pixels.shape, dtype=bool)
    unit_px = outline_unit_px(found.working_scale)
    refined = refine_outlines(
        pixels, found.labels, found.probability, nothing, modality=None, unit_px=unit_px
    )
    before = _diameters(found.labels, found.probability)
    after = _diameters(refined.labels, refined.probability)
    drawn = _diameters(truth, (truth > 0).astype(np.float32))
    depths = half_height_depths(pixels, refined.labels, refined.probability, unit_px=unit_px)
    same = _same_labels(refined.labels, truth)
    rows = [
        {
            "ecd_px": after[n],
            "over_mask_px": (after[n] - before[n]) / 2,
            "over_label_px": (after[n] - drawn[same[n]]) / 2,
            "over_half_height_px": depths[n],
            "polarity": found.polarity,
            "edge_model": refined.model.family if refined.model else None,
        }
        for n in refined.shift_px
        if n in same and n in depths
    ]
    return pd.DataFrame(rows)


def _same_labels(labels: NDArray[np.int32], truth: NDArray[np.int32]) -> dict[int, int]:
    """Return the true label of each label that overlaps it by more than half of both."""
    both = (labels > 0) & (truth > 0)
    pairs = np.stack([labels[both], truth[both]])
    (found, true), shared = np.unique(pairs, axis=1, return_counts=True)
    sizes_found, sizes_true = np.bincount(labels.ravel()), np.bincount(truth.ravel())
    iou = shared / (sizes_found[found] + sizes_true[true] - shared)
    return dict(zip(found[iou > _SAME].tolist(), true[iou > _SAME].tolist(), strict=True))


def masks_like_a_networks(
    labels: NDArray[np.int32], outwards_px: float, rng: np.random.Generator
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return labels and soft map of masks that are too large by some px, and wavy."""
    inside = ndimage.distance_transform_edt(labels > 0)
    outside, nearest = ndimage.distance_transform_edt(labels == 0, return_indices=True)
    depth_px = ndimage.gaussian_filter(np.where(labels > 0, inside - 0.5, 0.5 - outside), 1.0)
    waves = ndimage.gaussian_filter(rng.standard_normal(labels.shape), _WAVE_LENGTH_PX)
    depth_px = depth_px + outwards_px + waves * (_WAVES_PX / waves.std())
    soft = 1 / (1 + np.exp(-2 * np.clip(depth_px, -9, 9)))
    moved = np.where(soft >= 0.5, labels[nearest[0], nearest[1]], 0)
    return moved.astype(np.int32), soft.astype(np.float32)


def _diameters(labels: NDArray[np.int32], soft: NDArray[np.float32]) -> dict[int, float]:
    rings = trace_outlines(labels, soft)
    return dict(zip(rings.labels.tolist(), sizes(rings)["ecd"].tolist(), strict=True))
