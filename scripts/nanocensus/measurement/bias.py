"""How far the measurands of analytic shapes lie from the truth, by size, on the pixel grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import ndimage
from scipy.special import ellipe

from nanocensus.measurement.outlines import trace_outlines
from nanocensus.measurement.particles import shape_ratios, sizes

Kind = Literal["ellipse", "rectangle"]

BIAS_MEASURANDS: tuple[str, ...] = (
    "ecd",
    "feret_max",
    "feret_min",
    "perimeter",
    "form_factor",
    "aspect_ratio",
    "convex_hull_area",
    "ellipse_major",
    "ellipse_minor",
    "ellipse_ratio",
    "roundness",
    "compactness",
    "solidity",
    "convexity",
    "extent",
    "box_ratio",
)
"""The measurands that `measurand_bias` compares."""

_SUBPIXELS = 16  # per axis: coverage is exact to 1/256 at worst, 1/1000 on average
_MARGIN_PX = 6


@dataclass(frozen=True)
class AnalyticShape:
    """An ellipse or a rectangle whose measurands are known in closed form.

    Attributes
    ----------
    kind : str
        ``ellipse`` or ``rectangle``.
    ecd_px : float
        Diameter of the disc with its area.
    ratio : float
        Short side by long side, 0...1.
    """

    kind: Kind
    ecd_px: float
    ratio: float

    @property
    def half_sides_px(self) -> tuple[float, float]:
        """Half of the long and of the short side (or axis)."""
        area = np.pi * self.ecd_px**2 / 4
        fill = np.pi if self.kind == "ellipse" else 4.0
        long = float(np.sqrt(area / (fill * self.ratio)))
        return long, long * self.ratio

    def truth(self) -> dict[str, float]:
        """Return the true values of `BIAS_MEASURANDS`."""
        long, short = self.half_sides_px
        area = np.pi * self.ecd_px**2 / 4
        if self.kind == "ellipse":
            perimeter = 4 * long * float(ellipe(1 - (short / long) ** 2))
            feret_max = 2 * long
            axis_per_side = 1.0
        else:
            perimeter = 4 * (long + short)
            feret_max = 2 * float(np.hypot(long, short))
            # The second moment along a side 2 a is a² / 3, that along an ellipse's axis a² / 4.
            axis_per_side = float(np.sqrt(4 / 3))
        return {
            "ecd": self.ecd_px,
            "feret_max": feret_max,
            "feret_min": 2 * short,
            "perimeter": perimeter,
            "form_factor": (np.pi * self.ecd_px / perimeter) ** 2,
            "aspect_ratio": 2 * short / feret_max,
            "convex_hull_area": area,
            "ellipse_major": 2 * long * axis_per_side,
            "ellipse_minor": 2 * short * axis_per_side,
            "ellipse_ratio": self.ratio,
            "roundness": 4 * area / (np.pi * feret_max**2),
            "compactness": self.ecd_px / feret_max,
            "solidity": 1.0,
            "convexity": 1.0,
            "extent": area / (feret_max * 2 * short),
            "box_ratio": area / (4 * long * short),
        }

    def coverage(
        self, side_px: int, centre_px: tuple[float, float], angle_rad: float
    ) -> NDArray[np.float64]:
        """Return the share of each pixel's area that the shape covers, (side, side)."""
        rows, columns = np.mgrid[:side_px, :side_px].astype(np.float64)
        depth = self._depth_px(rows - centre_px[0], columns - centre_px[1], angle_rad)
        covered = (depth > 0).astype(np.float64)
        # Only pixels near the edge are mixed; depth is a first-order distance, hence 2 px.
        edge = np.abs(depth) < 2
        steps = (np.arange(_SUBPIXELS) + 0.5) / _SUBPIXELS - 0.5
        y = rows[edge][:, None, None] + steps[:, None] - centre_px[0]
        x = columns[edge][:, None, None] + steps - centre_px[1]
        covered[edge] = (self._depth_px(y, x, angle_rad) > 0).mean(axis=(1, 2))
        return covered

    def _depth_px(
        self, y: NDArray[np.float64], x: NDArray[np.float64], angle_rad: float
    ) -> NDArray[np.float64]:
        """Return the distance inside the edge (negative outside), to first order near it."""
        along = np.abs(x * np.cos(angle_rad) + y * np.sin(angle_rad))
        across = np.abs(y * np.cos(angle_rad) - x * np.sin(angle_rad))
        long, short = self.half_sides_px
        if self.kind == "rectangle":
            return np.minimum(long - along, short - across)
        radius = np.hypot(along / long, across / short)
        slope = np.hypot(along / long**2, across / short**2) / np.maximum(radius, 1e-9)
        return (1 - radius) / np.maximum(slope, 1e-9)


def measurand_bias(
    shapes: Sequence[AnalyticShape],
    *,
    repeats: int,
    blur_sigma_px: float,
    generator: np.random.Generator,
) -> pd.DataFrame:
    """Measure shapes at random sub-pixel places and angles and compare with the truth.

    Parameters
    ----------
    shapes : sequence of AnalyticShape
    repeats : int
        Random places and angles of each shape.
    blur_sigma_px : float
        Sigma of a Gaussian that blurs the probability map; 0 is the area coverage itself.
    generator : numpy.random.Generator

    Returns
    -------
    DataFrame
        One row per shape: kind, ratio, ecd_px, and for each of `BIAS_MEASURANDS`
        `<name>_bias` and `<name>_sd`, mean and standard deviation of (measured / true - 1).
    """
    rows = []
    for shape in shapes:
        measured = _measured(shape, repeats, blur_sigma_px, generator)
        row: dict[str, object] = {"kind": shape.kind, "ratio": shape.ratio, "ecd_px": shape.ecd_px}
        for name, true in shape.truth().items():
            error = measured[name] / true - 1
            row[f"{name}_bias"], row[f"{name}_sd"] = error.mean(), error.std(ddof=1)
        rows.append(row)
    return pd.DataFrame(rows)


def _measured(
    shape: AnalyticShape, repeats: int, blur_sigma_px: float, generator: np.random.Generator
) -> dict[str, NDArray[np.float64]]:
    """Return the measurands of the shape's random placements, tiles of one tall picture."""
    side = 2 * int(np.ceil(sum(shape.half_sides_px) + _MARGIN_PX))
    tiles = []
    for _ in range(repeats):
        centre = side / 2 + generator.uniform(-0.5, 0.5, 2)
        angle = generator.uniform(0, np.pi)
        tiles.append(shape.coverage(side, (centre[0], centre[1]), angle))
    if blur_sigma_px > 0:
        tiles = [ndimage.gaussian_filter(tile, blur_sigma_px) for tile in tiles]
    probability = np.concatenate(tiles)
    number = np.repeat(np.arange(1, repeats + 1), side)[:, None]
    size = sizes(trace_outlines(np.where(probability >= 0.5, number, 0), probability))
    return size | shape_ratios(size)
