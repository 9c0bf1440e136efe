"""Interactive charts of the campaign's page: its samples side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from nanocensus.report import curves, palette
from nanocensus.report.chart_parts import (
    add_band,
    axis,
    height_of_rows,
    new_figure,
    plain,
    size_axis,
)
from nanocensus.report.formatting import count, number, plot_text, with_interval, words
from nanocensus.report.results import Results, Sample
from nanocensus.tables import RULE_NAMES

# More curves than this in one chart cannot be told apart; the rest wait in its legend.
_SHOWN_AT_ONCE = 12
_BANDS_AT_ONCE = 4
_INTERVAL_BELOW = 0.13
_MARGIN = 1.1


def units(results: Results) -> list[str]:
    """Return the units that samples with counted particles have: nm before px."""
    found = {s.unit for s in results.samples if len(s.ecd)}
    return [unit for unit in ("nm", "px") if unit in found]


def of_unit(results: Results, unit: str) -> list[Sample]:
    """Return the samples that have counted particles with sizes in `unit`."""
    return [s for s in results.samples if len(s.ecd) and s.unit == unit]


def _range(samples: list[Sample]) -> tuple[float, float]:
    low = min(float(s.ecd.min()) for s in samples)
    high = max(float(s.ecd.max()) for s in samples)
    return low / _MARGIN, high * _MARGIN


def density(power: int) -> Callable[[Results, str], go.Figure | None]:
    """Return the drawer of the density curves by number (0) or volume (3)."""

    def draw(results: Results, unit: str) -> go.Figure | None:
        samples = of_unit(results, unit)
        if not samples:
            return None
        figure = new_figure(370)
        for sample in samples:
            curve = curves.density(sample.distributions[power])
            _add_curve(figure, sample, curve, unit, "density %{y:.3g}")
        figure.update_xaxes(size_axis(*_range(samples), unit))
        figure.update_yaxes(
            axis(f"Density by {curves.NAMES[power]} per unit of ln x", rangemode="tozero")
        )
        return figure

    return draw


def cumulative(power: int) -> Callable[[Results, str], go.Figure | None]:
    """Return the drawer of the cumulative curves by number (0) or volume (3)."""

    def draw(results: Results, unit: str) -> go.Figure | None:
        samples = of_unit(results, unit)
        if not samples:
            return None
        figure = new_figure(370)
        for sample in samples:
            if len(samples) <= _BANDS_AT_ONCE:
                add_band(figure, sample, power, palette.sample_style(sample.place)[0])
            distribution = sample.distributions[power]
            part = curves.between(distribution)
            shown = curves.Curve(distribution.points[part], 100 * distribution.share[part])
            _add_curve(figure, sample, shown, unit, "%{y:.1f} % are smaller")
        figure.update_xaxes(size_axis(*_range(samples), unit))
        figure.update_yaxes(axis(f"Smaller than, % by {curves.NAMES[power]}", range=[0, 100]))
        return figure

    return draw


def _add_curve(
    figure: go.Figure, sample: Sample, curve: curves.Curve, unit: str, reading: str
) -> None:
    colour, dash = palette.sample_style(sample.place)
    name = plot_text(sample.name)
    figure.add_scatter(
        x=plain(curve.x),
        y=plain(curve.y),
        mode="lines",
        name=name,
        legendgroup=name,
        line={"color": colour, "dash": dash, "width": 2.2},
        visible=True if sample.place < _SHOWN_AT_ONCE else "legendonly",
        hovertemplate=f"<b>{name}</b><br>%{{x:.4g}} {unit}<br>{reading}<extra></extra>",
    )


def violins(results: Results, unit: str) -> go.Figure | None:
    """Draw per sample the density as a violin, each micrograph's median, D50 with interval."""
    samples = of_unit(results, unit)
    if not samples:
        return None
    figure = new_figure(90 + height_of_rows(len(samples), each=58, each_of_many=32))
    for row, sample in enumerate(samples):
        _add_violin(figure, sample, row, unit)
    for row, sample in enumerate(samples):
        _add_medians(figure, sample, row, unit, legend=row == 0)
    if unit == "nm":
        _add_intervals(figure, samples)
    names = [plot_text(sample.name) for sample in samples]
    figure.update_xaxes(size_axis(*_range(samples), unit))
    rows = axis(
        "",
        tickmode="array",
        tickvals=list(range(len(samples))),
        ticktext=names,
        range=[len(samples) - 0.4, -0.6],
        ticks="",
        showgrid=False,
    )
    figure.update_yaxes(rows)
    return figure


def _add_violin(figure: go.Figure, sample: Sample, row: int, unit: str) -> None:
    curve = curves.density(sample.distributions[curves.NUMBER])
    if not len(curve.x):
        return
    colour, _ = palette.sample_style(sample.place)
    half = 0.4 * curve.y / curve.y.max()
    figure.add_scatter(
        x=plain(np.concatenate([curve.x, curve.x[::-1]])),
        y=plain(np.concatenate([row - half, row + half[::-1]])),
        mode="lines",
        fill="toself",
        fillcolor=palette.translucent(colour, 0.22),
        line={"color": colour, "width": 1.2, "simplify": False},
        name=plot_text(sample.name),
        showlegend=False,
        hoverinfo="skip",
    )


def _add_medians(figure: go.Figure, sample: Sample, row: int, unit: str, *, legend: bool) -> None:
    pictures = sample.micrographs
    pictures = pictures[pictures[f"d50_n_{unit}"].notna() & (pictures["n_counted"] > 0)]
    # Spread out by a fixed pattern, not by chance: neighbours in the table are apart.
    heights = row - 0.06 - 0.2 * ((np.arange(len(pictures)) * 0.618) % 1.0)
    texts = [
        f"{plot_text(str(name))}<br>median {number(median)} {unit}, {count(n)} counted"
        for name, median, n in zip(
            pictures["micrograph"], pictures[f"d50_n_{unit}"], pictures["n_counted"], strict=True
        )
    ]
    figure.add_scatter(
        x=plain(pictures[f"d50_n_{unit}"].to_numpy()),
        y=plain(heights),
        mode="markers",
        name="median of one micrograph",
        legendgroup="micrographs",
        showlegend=legend,
        marker={
            "size": 8,
            "color": palette.sample_style(sample.place)[0],
            "opacity": 0.85,
            "line": {"color": "white", "width": 1},
        },
        text=texts,
        hovertemplate="%{text}<extra></extra>",
    )


def _add_intervals(figure: go.Figure, samples: list[Sample]) -> None:
    rows = [(row, sample.row) for row, sample in enumerate(samples)]
    rows = [(row, cells) for row, cells in rows if cells["d50_n_nm"] == cells["d50_n_nm"]]
    values = np.array([cells["d50_n_nm"] for _, cells in rows], dtype=np.float64)
    low = np.array([cells["d50_n_nm_low"] for _, cells in rows], dtype=np.float64)
    high = np.array([cells["d50_n_nm_high"] for _, cells in rows], dtype=np.float64)
    figure.add_scatter(
        x=plain(values),
        y=[row + _INTERVAL_BELOW for row, _ in rows],
        mode="markers",
        name="median of the sample with its interval",
        marker={"symbol": "diamond", "size": 10, "color": palette.INK},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": plain(high - values),
            "arrayminus": plain(values - low),
            "color": palette.INK,
            "thickness": 1.8,
            "width": 6,
        },
        text=[
            with_interval(c["d50_n_nm"], c["d50_n_nm_low"], c["d50_n_nm_high"], "nm")
            for _, c in rows
        ],
        hovertemplate="D50 by number %{text}<extra></extra>",
    )


def shapes(results: Results) -> go.Figure | None:
    """Draw the shares of the shape classes among the counted particles of each sample."""
    amounts = {shape: results.sample_table.get(f"n_shape_{shape}", 0) for shape in results.shapes}
    colours = {shape: palette.shape_colour(shape, results.shapes) for shape in results.shapes}
    return _stacked(results, amounts, colours, "Share of the counted particles, %")


def set_aside(results: Results) -> go.Figure | None:
    """Draw the shares of the particles that each rule sets aside, per sample."""
    amounts = {rule: results.sample_table[f"n_excluded_{rule}"] for rule in RULE_NAMES}
    colours = dict(zip(RULE_NAMES, palette.REASON_COLOURS * 2, strict=False))
    whole = results.sample_table["n_particles"].to_numpy(dtype=np.float64)
    return _stacked(results, amounts, colours, "Share of the particles found, %", whole)


def _stacked(
    results: Results,
    amounts: Mapping[str, ArrayLike],
    colours: dict[str, str],
    title: str,
    whole: np.ndarray | None = None,
) -> go.Figure | None:
    """Stack one bar per sample out of amounts; classes that no sample has are left out."""
    table = {k: np.nan_to_num(np.asarray(v, dtype=np.float64)) for k, v in amounts.items()}
    table = {k: v for k, v in table.items() if np.any(v > 0)}
    if not table:
        return None
    if whole is None:
        whole = np.sum(list(table.values()), axis=0)
    names = [plot_text(sample.name) for sample in results.samples]
    height = 120 + height_of_rows(len(names), each=34, each_of_many=20)
    figure = new_figure(height, barmode="stack", bargap=0.35)
    figure.update_layout(legend_traceorder="normal")
    for key, values in table.items():
        share = np.divide(100 * values, whole, out=np.zeros_like(values), where=whole > 0)
        figure.add_bar(
            y=names,
            x=plain(share),
            orientation="h",
            name=words(key),
            marker={"color": colours[key], "line": {"color": "white", "width": 0.8}},
            customdata=[count(v) for v in values],
            hovertemplate=f"{words(key)}: %{{customdata}} (%{{x:.1f}} %)<extra>%{{y}}</extra>",
        )
    figure.update_xaxes(axis(title, rangemode="tozero"))
    figure.update_yaxes(axis("", autorange="reversed", type="category", ticks="", showgrid=False))
    return figure
