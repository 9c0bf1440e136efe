"""The table of measurands: one row per particle."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nanocensus.measurement.edges import (
    boxes_of,
    cut_by_overlay,
    inclusion_weights,
    touches_frame,
)
from nanocensus.measurement.intensities import contrasts_snr, mean_intensities
from nanocensus.measurement.outlines import OutlineRings, trace_outlines
from nanocensus.measurement.polygons import (
    hull_sizes,
    inertia_ellipses,
    polygon_moments,
    polygon_perimeters,
)
from nanocensus.micrographs import PixelSize

Columns = dict[str, NDArray[np.generic]]

MEASURED_COLUMNS: tuple[str, ...] = (
    "particle",
    "y_px",
    "x_px",
    "area_px",
    "ecd_px",
    "convex_hull_area_px",
    "feret_max_px",
    "feret_min_px",
    "feret_x_px",
    "feret_y_px",
    "perimeter_px",
    "ellipse_major_px",
    "ellipse_minor_px",
    "orientation_rad",
    "aspect_ratio",
    "ellipse_ratio",
    "form_factor",
    "roundness",
    "compactness",
    "solidity",
    "convexity",
    "extent",
    "box_ratio",
    "rows_px",
    "columns_px",
    "touches_frame",
    "cut_by_overlay",
    "inclusion_weight",
    "mean_intensity",
    "contrast_snr",
    "area_nm2",
    "ecd_nm",
    "convex_hull_area_nm2",
    "feret_max_nm",
    "feret_min_nm",
    "perimeter_nm",
    "ellipse_major_nm",
    "ellipse_minor_nm",
)
"""Columns of `measure_particles`, in order."""

_LENGTHS = (
    "ecd",
    "feret_max",
    "feret_min",
    "feret_x",
    "feret_y",
    "perimeter",
    "ellipse_major",
    "ellipse_minor",
)
_AREAS = ("area", "convex_hull_area")


def measure_particles(
    labels: NDArray[np.integer],
    probability: NDArray[np.floating],
    pixels: NDArray[np.generic],
    overlay: NDArray[np.bool_],
    pixel_size: PixelSize | None,
) -> pd.DataFrame:
    """Measure every particle of a micrograph.

    Parameters
    ----------
    labels : (H, W) int
        0 is background.
    probability : (H, W) float
        Probability of being on a particle, 0...1.
    pixels : (H, W) uint8, uint16 or float32
        Grey values.
    overlay : (H, W) bool
        Where burned-in text or bars hide the picture.
    pixel_size : PixelSize or None
        None leaves the columns in nm empty (NaN).

    Returns
    -------
    DataFrame
        One row per label, ascending, with `MEASURED_COLUMNS`; float64 but for particle,
        rows_px, columns_px (int64) and the two flags (bool).

    Notes
    -----
    Formulas: ISO 9276-6 as written in the glossary of columns. Pixels that are not square
    are stretched first: sizes in nm come from the outline in nm, and so do the ratios and
    the orientation when the pixel size is known. `orientation_rad` runs from the x axis to
    the major axis of the inertia ellipse, counter-clockwise as seen, 0...pi.

    `inclusion_weight` is NaN for particles that the frame or an overlay cuts: they are left
    out, and the weights of the others make up for them.
    """
    outlines = trace_outlines(labels, probability)
    in_px = sizes(outlines)
    columns: Columns = {"particle": outlines.labels}
    columns |= {f"{name}_px": in_px[name] for name in _LENGTHS + _AREAS}
    columns |= {"y_px": in_px["y"], "x_px": in_px["x"]}
    if pixel_size is None:
        in_nm = {name: np.full(outlines.labels.size, np.nan) for name in _LENGTHS + _AREAS}
        true_to_shape = in_px
    else:
        in_nm = sizes(outlines.scaled(pixel_size.y_nm, pixel_size.x_nm))
        true_to_shape = in_nm
    columns |= {f"{name}_nm": in_nm[name] for name in _LENGTHS}
    columns |= {f"{name}_nm2": in_nm[name] for name in _AREAS}
    columns |= {"orientation_rad": true_to_shape["orientation_rad"]}
    columns |= shape_ratios(true_to_shape)
    columns |= _frame_columns(labels, overlay, outlines.labels)
    seen = (labels, pixels, overlay, outlines.labels)
    columns |= {"mean_intensity": mean_intensities(*seen), "contrast_snr": contrasts_snr(*seen)}
    return pd.DataFrame({name: columns[name] for name in MEASURED_COLUMNS})


def sizes(outlines: OutlineRings) -> dict[str, NDArray[np.float64]]:
    """Return lengths, areas, centroid and orientation of each particle, in the outline's unit."""
    if outlines.labels.size == 0:
        names = ("y", "x", "orientation_rad", "feret_perpendicular", *_LENGTHS, *_AREAS)
        return {name: np.empty(0) for name in (*names, "convex_hull_perimeter")}
    moments = polygon_moments(outlines)
    ellipses = inertia_ellipses(moments)
    hulls = hull_sizes(outlines)
    return {
        "y": moments.y,
        "x": moments.x,
        "area": moments.area,
        "ecd": 2 * np.sqrt(moments.area / np.pi),
        "perimeter": polygon_perimeters(outlines),
        "ellipse_major": ellipses.major,
        "ellipse_minor": ellipses.minor,
        "orientation_rad": ellipses.orientation_rad,
        "convex_hull_area": hulls.area,
        "convex_hull_perimeter": hulls.perimeter,
        "feret_max": hulls.feret_max,
        "feret_min": hulls.feret_min,
        "feret_perpendicular": hulls.feret_perpendicular,
        "feret_x": hulls.feret_x,
        "feret_y": hulls.feret_y,
    }


def shape_ratios(size: dict[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
    """Return the dimensionless measurands of ISO 9276-6 from `sizes`."""
    roundness = 4 * size["area"] / (np.pi * size["feret_max"] ** 2)
    return {
        "aspect_ratio": size["feret_min"] / size["feret_max"],
        "ellipse_ratio": size["ellipse_minor"] / size["ellipse_major"],
        "form_factor": 4 * np.pi * size["area"] / size["perimeter"] ** 2,
        "roundness": roundness,
        "compactness": np.sqrt(roundness),
        "solidity": size["area"] / size["convex_hull_area"],
        "convexity": size["convex_hull_perimeter"] / size["perimeter"],
        "extent": size["area"] / (size["feret_max"] * size["feret_min"]),
        "box_ratio": size["area"] / (size["feret_min"] * size["feret_perpendicular"]),
    }


def _frame_columns(
    labels: NDArray[np.integer], overlay: NDArray[np.bool_], values: NDArray[np.int64]
) -> Columns:
    """Return extents of the labels, edge flags and inclusion weights."""
    boxes = boxes_of(labels, values)
    rows = np.array([box[0].stop - box[0].start for box in boxes], dtype=np.int64)
    columns = np.array([box[1].stop - box[1].start for box in boxes], dtype=np.int64)
    at_frame = touches_frame(labels, values)
    at_overlay = cut_by_overlay(labels, overlay, values)
    weights = inclusion_weights(overlay, rows, columns)
    return {
        "rows_px": rows,
        "columns_px": columns,
        "touches_frame": at_frame,
        "cut_by_overlay": at_overlay,
        "inclusion_weight": np.where(at_frame | at_overlay, np.nan, weights),
    }
