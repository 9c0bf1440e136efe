"""Every other source of a pixel size against the first: the points, and their interactive chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from nanocensus.calibration import AGREE_REL, DISPUTED_REL
from nanocensus.report import palette
from nanocensus.report.calibration_states import other_sources, signed_percent
from nanocensus.report.chart_parts import axis, log_axis, new_figure, plain
from nanocensus.report.formatting import number, plot_text, words
from nanocensus.report.results import Results, records

# Beyond, a point is drawn at the edge: a wrong unit is off by a factor of a thousand.
EDGE_PERCENT = 20.0
LINES_PERCENT = tuple(100 * sign * limit for limit in (AGREE_REL, DISPUTED_REL) for sign in (-1, 1))
TICKS_PERCENT = (*sorted(LINES_PERCENT), -EDGE_PERCENT, EDGE_PERCENT)
_MARGIN = 1.15
_MOST_POINTS = 4000
_SYMBOLS = ("circle", "diamond", "square", "cross", "star", "hexagon")


@dataclass(frozen=True)
class Point:
    """One other source of a micrograph.

    Attributes
    ----------
    micrograph : str
        Sample and name.
    first, source : str
        The first source, and the other.
    first_nm, other_nm : float
        Pixel sizes.
    deviation_percent : float
        Of the other from the first.
    """

    micrograph: str
    first: str
    source: str
    first_nm: float
    other_nm: float
    deviation_percent: float

    @property
    def drawn_percent(self) -> float:
        """Its height in the chart."""
        return max(-EDGE_PERCENT, min(EDGE_PERCENT, self.deviation_percent))

    @property
    def is_beyond(self) -> bool:
        """Whether it is drawn at the chart's edge."""
        return abs(self.deviation_percent) > EDGE_PERCENT


def points_of(results: Results) -> dict[str, list[Point]]:
    """Return the points by other source; of very many, those that differ most."""
    others = other_sources(results)
    points = [
        Point(
            f"{row['sample']}/{row['micrograph']}",
            str(row["pixel_size_source"]),
            other.source,
            row["pixel_size_nm"],
            other.pixel_size_nm,
            100 * other.deviation_rel,
        )
        for row in records(results.micrographs)
        for other in others.of(row)
        if other.deviation_rel is not None
    ]
    points.sort(key=lambda point: -abs(point.deviation_percent))
    by_source: dict[str, list[Point]] = {}
    for point in points[:_MOST_POINTS]:
        by_source.setdefault(point.source, []).append(point)
    return dict(sorted(by_source.items()))


def range_nm(points: Sequence[Point]) -> tuple[float, float]:
    """Return from where to where the axis of pixel sizes goes."""
    sizes = [point.first_nm for point in points]
    return min(sizes) / _MARGIN, max(sizes) * _MARGIN


def draw_agreement(results: Results) -> go.Figure | None:
    """Draw the deviation of each other source over the first source's pixel size."""
    by_source = points_of(results)
    if not by_source:
        return None
    figure = new_figure(400)
    _add_points(figure, by_source)
    _add_limits(figure)
    low, high = range_nm([point for points in by_source.values() for point in points])
    figure.update_xaxes(log_axis("Pixel size by the first source (nm)", low, high))
    figure.update_yaxes(
        axis(
            "Other source / first source − 1 (%)",
            range=[-EDGE_PERCENT * 1.1, EDGE_PERCENT * 1.1],
            tickmode="array",
            tickvals=TICKS_PERCENT,
            ticktext=[f"{tick:+g}".replace("-", "−") for tick in TICKS_PERCENT],
            showgrid=False,
        )
    )
    return figure


def _add_points(figure: go.Figure, by_source: Mapping[str, Sequence[Point]]) -> None:
    for place, (source, points) in enumerate(by_source.items()):
        colour, _ = palette.sample_style(place)
        symbol = _SYMBOLS[place % len(_SYMBOLS)]
        figure.add_scatter(
            x=plain([point.first_nm for point in points]),
            y=plain([point.drawn_percent for point in points]),
            mode="markers",
            name=plot_text(words(source)),
            marker={
                "color": colour,
                "symbol": [_symbol(point, symbol) for point in points],
                "size": 8,
                "opacity": 0.8,
                "line": {"color": "white", "width": 0.8},
            },
            text=[_reading(point) for point in points],
            hovertemplate="%{text}<extra></extra>",
        )


def _add_limits(figure: go.Figure) -> None:
    """Draw the lines beyond which two sources differ, or are in dispute."""
    for height in LINES_PERCENT:
        figure.add_hline(
            height,
            line={
                "color": palette.FAINT,
                "width": 1,
                "dash": "dot" if abs(height) < 100 * DISPUTED_REL else "dash",
            },
        )


def _symbol(point: Point, usual: str) -> str:
    if not point.is_beyond:
        return usual
    return "triangle-up" if point.deviation_percent > 0 else "triangle-down"


def _reading(point: Point) -> str:
    return (
        f"<b>{plot_text(point.micrograph)}</b><br>"
        f"{plot_text(words(point.first))}: {number(point.first_nm, 4)} nm<br>"
        f"{plot_text(words(point.source))}: {number(point.other_nm, 4)} nm "
        f"({signed_percent(point.deviation_percent / 100)})"
    )
