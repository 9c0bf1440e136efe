"""What all interactive charts share: axes, fonts, hover texts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from nanocensus.report import palette
from nanocensus.report.curves import between
from nanocensus.report.formatting import plot_text
from nanocensus.report.results import Sample

_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"
_MOST_TICKS = 8
_NARROW_RATIO = 3.0
_MANTISSAS = (
    (1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9),
    (1, 1.5, 2, 3, 4, 5, 6, 8),
    (1, 2, 3, 5),
    (1, 2, 5),
    (1, 3),
    (1,),
)
_DIGITS = 5
_LEGEND_ABOVE_PX = 8
_MARGINS_PX = 64
_MANY_ROWS = 20


def new_figure(height: int, *, legend: bool = True, **layout: Any) -> go.Figure:
    """Return an empty figure in the report's dress."""
    figure = go.Figure()
    figure.update_layout(
        template="none",
        height=height,
        autosize=True,
        margin={"l": 62, "r": 14, "t": 12, "b": 52},
        font={"family": _FONT, "size": 13, "color": palette.INK},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        showlegend=legend,
        legend={
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            # In shares of the plot's height: a few px above it, however tall it is.
            "y": 1 + _LEGEND_ABOVE_PX / max(1, height - _MARGINS_PX),
            "yanchor": "bottom",
            "font": {"size": 12},
        },
        hoverlabel={"font": {"family": _FONT, "size": 12}},
        bargap=0.0,
        modebar={"bgcolor": "rgba(255,255,255,0)", "color": "#B4BDC5", "activecolor": "#5C6873"},
    )
    figure.update_layout(**layout)
    return figure


def height_of_rows(n: int, *, each: int, each_of_many: int) -> int:
    """Return the height in px of a chart's rows, lower ones where there are many."""
    return n * (each if n <= _MANY_ROWS else each_of_many)


def axis(title: str, **more: Any) -> dict[str, Any]:
    """Return a quiet axis with a title."""
    return {
        "title": {"text": title, "font": {"size": 12.5, "color": palette.MUTED}},
        "gridcolor": "#E8ECF0",
        "zeroline": False,
        "linecolor": palette.FAINT,
        "ticks": "outside",
        "tickcolor": palette.FAINT,
        "ticklen": 4,
        "tickfont": {"size": 12},
        "automargin": True,
        **more,
    }


def size_axis(low: float, high: float, unit: str) -> dict[str, Any]:
    """Return a logarithmic axis of sizes from `low` to `high` (> 0) with round ticks."""
    return log_axis(f"Area-equivalent diameter ({unit})", low, high)


def log_axis(title: str, low: float, high: float) -> dict[str, Any]:
    """Return a logarithmic axis from `low` to `high` (> 0) with round ticks."""
    ticks = size_ticks(low, high)
    return axis(
        title,
        type="log",
        range=[math.log10(low), math.log10(high)],
        tickmode="array",
        tickangle=0,
        tickvals=ticks,
        ticktext=[f"{tick:g}" for tick in ticks],
    )


def size_ticks(low: float, high: float) -> list[float]:
    """Return round sizes between `low` and `high`, at most eight.

    Examples
    --------
    >>> size_ticks(42.0, 61.0)
    [45.0, 50.0, 55.0, 60.0]
    >>> size_ticks(8.0, 900.0)
    [10.0, 20.0, 30.0, 50.0, 100.0, 200.0, 300.0, 500.0]
    """
    if high / low < _NARROW_RATIO:
        return _even_ticks(low, high)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for mantissas in _MANTISSAS:
        candidates = [m * 10.0**power for power in powers for m in mantissas]
        ticks = [float(f"{t:.6g}") for t in candidates if low <= t <= high]
        if len(ticks) <= _MOST_TICKS:
            return ticks
    return ticks[:: math.ceil(len(ticks) / _MOST_TICKS)]


def _even_ticks(low: float, high: float) -> list[float]:
    power = 10.0 ** math.floor(math.log10((high - low) / 4))
    step = next(s * power for s in (1, 2, 2.5, 5, 10) if (high - low) / (s * power) <= 6)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [float(f"{k * step:.6g}") for k in range(first, last + 1)]


def add_band(figure: go.Figure, sample: Sample, power: int, colour: str) -> None:
    """Add the confidence band of a cumulative curve where the statistics hold one."""
    distribution = sample.distributions[power]
    if distribution.low is None or distribution.high is None:
        return
    part = between(distribution)
    x, low, high = distribution.points[part], distribution.low[part], distribution.high[part]
    known = np.isfinite(low) & np.isfinite(high)
    x, low, high = x[known], low[known], high[known]
    figure.add_scatter(
        x=plain(np.concatenate([x, x[::-1]])),
        y=plain(100 * np.concatenate([high, low[::-1]])),
        mode="lines",
        fill="toself",
        fillcolor=palette.translucent(colour, 0.16),
        line={"width": 0},
        legendgroup=plot_text(sample.name),
        showlegend=False,
        hoverinfo="skip",
    )


def plain(values: Sequence[float] | np.ndarray) -> list[float | None]:
    """Return numbers for JSON: a few digits, None where not finite."""
    return [
        float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None
        for value in np.asarray(values, dtype=np.float64).tolist()
    ]
