"""Outlines of a micrograph's particles as SVG, to lie over the gallery's picture.

Class and reason of exclusion are those of the particles table, so that the picture shows what
was counted. A file holds numbers and colours alone: no text and no script.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nanocensus.report import palette
from nanocensus.report.outlines import STEPS_PER_PX, DisplayOutlines

# Line widths in drawn px: thinner around small particles, whose longer side is the limit below.
_WIDTHS = ((14.0, 1.0), (22.0, 1.4), (30.0, 1.9), (np.inf, 2.3))
_RIM_PX = 1.4
_DASH = (4.0, 3.2)  # of the line's width


@dataclass(frozen=True, order=True)
class _Style:
    """Outlines of one style are one path of the file."""

    counted: bool
    colour: str
    width_px: float

    @property
    def dashes(self) -> str:
        if self.counted:
            return ""
        lengths = (_number(STEPS_PER_PX * self.width_px * part) for part in _DASH)
        return f' stroke-dasharray="{" ".join(lengths)}"'


def draw_outlines(outlines: DisplayOutlines, particles: pd.DataFrame, shapes: list[str]) -> str:
    """Return outlines as an SVG file.

    Parameters
    ----------
    outlines : DisplayOutlines
    particles : pandas.DataFrame
        The micrograph's rows of the particles table: `particle`, `status`, `shape`.
    shapes : list of str
        All classes of the campaign: they decide the colours, as in the legend.

    Returns
    -------
    str
        Counted particles in solid lines of their shape's colour; those set aside, or without a
        row, dashed. Below all lines runs a dark rim, so that they show on any ground.
    """
    counted = particles.loc[particles["status"] == "counted", ["particle", "shape"]]
    paths: dict[_Style, list[str]] = {}
    shape_of = dict(zip(counted["particle"], counted["shape"], strict=True))
    for style, path in _paths(outlines, shape_of, shapes):
        paths.setdefault(style, []).append(path)
    ordered = sorted(paths)
    columns, rows = (STEPS_PER_PX * side for side in (outlines.columns_px, outlines.rows_px))
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{outlines.columns_px}" '
        f'height="{outlines.rows_px}" viewBox="0 0 {columns} {rows}" fill="none" '
        'stroke-linejoin="round">',
        "<defs>",
        *(f'<path id="p{k}" d="{"".join(paths[style])}"/>' for k, style in enumerate(ordered)),
        '</defs>\n<g stroke="#0c1014" stroke-opacity="0.6">',
        *(
            f'<use href="#p{k}" stroke-width="{_width(style.width_px + _RIM_PX)}"/>'
            for k, style in enumerate(ordered)
        ),
        "</g>",
        *(
            f'<use href="#p{k}" stroke="{style.colour}" stroke-width="{_width(style.width_px)}"'
            f"{style.dashes}/>"
            for k, style in enumerate(ordered)
        ),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _paths(
    outlines: DisplayOutlines, shape_of: Mapping[int, str], shapes: list[str]
) -> Iterator[tuple[_Style, str]]:
    for label, rings in outlines.particles.items():
        counts = label in shape_of
        colour = (
            palette.shape_colour(shape_of[label], shapes) if counts else palette.SET_ASIDE_COLOUR
        )
        for ring in rings:
            yield _Style(counts, colour, _line_width(ring)), _path(ring)


def _line_width(ring: NDArray[np.int32]) -> float:
    extent_px = float(np.ptp(ring, axis=0).max()) / STEPS_PER_PX
    return next(width for limit, width in _WIDTHS if extent_px <= limit)


def _path(ring: NDArray[np.int32]) -> str:
    """Return a closed ring as path data, each vertex by its step from the one before."""
    (x, y), steps = ring[0].tolist(), np.diff(ring, axis=0).tolist()
    return f"M{x} {y}l{' '.join(f'{dx} {dy}' for dx, dy in steps)}z".replace(" -", "-")


def _width(width_px: float) -> str:
    return _number(STEPS_PER_PX * width_px)


def _number(value: float) -> str:
    return f"{value:.4g}"
