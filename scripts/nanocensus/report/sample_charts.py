"""Interactive charts of a sample's page."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from itertools import pairwise

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from nanocensus.report import curves, palette
from nanocensus.report.chart_parts import add_band, axis, new_figure, plain, size_axis
from nanocensus.report.formatting import count, number, plot_text, with_interval, words
from nanocensus.report.results import Results, Sample

# A cloud of more points is slow in a browser and shows no more; the rest is drawn by lot.
_MOST_POINTS = 4000
_MARGIN = 1.06


def histogram(power: int) -> Callable[[Results, Sample], go.Figure | None]:
    """Return the drawer of the histogram by number (0) or volume (3)."""

    def draw(results: Results, sample: Sample) -> go.Figure | None:
        if not len(sample.ecd):
            return None
        unit, distribution = sample.unit, sample.distributions[power]
        edges, share = distribution.edges, 100 * distribution.bins
        used = np.flatnonzero(share)
        edges = edges[used[0] : used[-1] + 2]
        share = share[used[0] : used[-1] + 1]
        figure = new_figure(340, legend=False)
        figure.add_bar(
            # Plotly takes centre and width in nm, also on a logarithmic axis.
            x=plain((edges[:-1] + edges[1:]) / 2),
            y=plain(share),
            width=plain(np.diff(edges)),
            marker={
                "color": palette.translucent(palette.sample_style(sample.place)[0], 0.75),
                "line": {"color": "white", "width": 1},
            },
            customdata=[f"{number(a)} to {number(b)} {unit}" for a, b in pairwise(edges)],
            hovertemplate="%{customdata}<br>%{y:.2f} %<extra></extra>",
        )
        figure.update_xaxes(size_axis(edges[0] / 1.02, edges[-1] * 1.02, unit))
        figure.update_yaxes(
            axis(f"Share in the bin, % by {curves.NAMES[power]}", rangemode="tozero")
        )
        return figure

    return draw


def cumulative(results: Results, sample: Sample) -> go.Figure | None:
    """Draw the cumulative curves by number and by volume with their bands."""
    if not len(sample.ecd):
        return None
    figure = new_figure(360)
    for power, (colour, dash) in palette.WEIGHT_STYLES.items():
        add_band(figure, sample, power, colour)
        distribution, by = sample.distributions[power], curves.NAMES[power]
        part = curves.between(distribution)
        figure.add_scatter(
            x=plain(distribution.points[part]),
            y=plain(100 * distribution.share[part]),
            mode="lines",
            name=f"by {by}",
            line={"color": colour, "dash": dash, "width": 2.4},
            hovertemplate=f"%{{y:.1f}} % by {by} are smaller than %{{x:.4g}} "
            f"{sample.unit}<extra></extra>",
        )
    low, high = float(sample.ecd.min()), float(sample.ecd.max())
    figure.update_xaxes(size_axis(low / _MARGIN, high * _MARGIN, sample.unit))
    figure.update_yaxes(axis("Smaller than, %", range=[0, 100]))
    return figure


def shape_against_size(column: str, title: str) -> Callable[[Results, Sample], go.Figure | None]:
    """Return the drawer of a shape measurand over size, one point per counted particle."""

    def draw(results: Results, sample: Sample) -> go.Figure | None:
        unit = sample.unit
        rows = sample.counted
        rows = rows[(rows[f"ecd_{unit}"] > 0) & rows[column].notna()]
        if rows.empty:
            return None
        rows = rows.iloc[_lot(len(rows), f"{sample.name}/{column}")]
        figure = new_figure(360)
        for shape in [s for s in results.shapes if (rows["shape"] == s).any()]:
            _add_points(figure, rows[rows["shape"] == shape], column, unit, results.shapes)
        ecd = rows[f"ecd_{unit}"]
        figure.update_xaxes(size_axis(ecd.min() / _MARGIN, ecd.max() * _MARGIN, unit))
        figure.update_yaxes(axis(title, range=[0, 1.06]))
        return figure

    return draw


def _lot(n: int, seed_text: str) -> np.ndarray:
    """Return places of all rows, or of a draw that depends on the sample alone; ascending."""
    if n <= _MOST_POINTS:
        return np.arange(n)
    seed = int.from_bytes(hashlib.sha256(seed_text.encode()).digest()[:8], "big")
    return np.sort(np.random.default_rng(seed).choice(n, _MOST_POINTS, replace=False))


def _add_points(
    figure: go.Figure, rows: pd.DataFrame, column: str, unit: str, shapes: list[str]
) -> None:
    shape = rows["shape"].iloc[0]
    figure.add_scatter(
        x=plain(rows[f"ecd_{unit}"].to_numpy()),
        y=plain(rows[column].to_numpy()),
        mode="markers",
        name=f"{words(shape)} ({count(len(rows))})",
        marker={
            "color": palette.shape_colour(shape, shapes),
            "size": 6,
            "opacity": 0.75,
            "line": {"color": "rgba(28,39,51,0.45)", "width": 0.6},
        },
        text=[
            f"{plot_text(str(name))}, particle {label}"
            for name, label in zip(rows["micrograph"], rows["particle"], strict=True)
        ],
        hovertemplate=f"%{{text}}<br>%{{x:.4g}} {unit}, {words(column)} %{{y:.3f}}<extra></extra>",
    )


def classes(results: Results, sample: Sample) -> go.Figure | None:
    """Draw the share of each shape class among the counted particles, with its interval."""
    found = sample.statistics.get("shapes") or {}
    shapes = {s: found[s] for s in results.shapes if found.get(s, {}).get("n")}
    if not shapes:
        return None
    colours = [palette.shape_colour(shape, results.shapes) for shape in shapes]
    shares = pd.DataFrame(
        {
            "bar": [f"{words(shape)} ({count(cells['n'])})" for shape, cells in shapes.items()],
            "text": [_share_text(cells) for cells in shapes.values()],
            **{
                figure: np.array([cells[figure] for cells in shapes.values()], dtype=np.float64)
                for figure in ("share", "low", "high")
            },
        }
    )
    figure = new_figure(90 + 34 * max(4, len(shapes)), legend=False, bargap=0.3)
    _add_shares(figure, shares, colours)
    reach = 100 * float(np.fmax(shares["share"], shares["high"]).max())
    figure.update_xaxes(
        axis(
            "Share of the counted particles, %",
            # The texts beside the bars need room, but no share is above 100 %.
            range=plain([0, 1.45 * reach]),
            tickmode="array",
            tickvals=list(range(0, 101, 20 if reach > 40 else 10 if reach > 20 else 5)),
        )
    )
    figure.update_yaxes(axis("", autorange="reversed", ticks="", showgrid=False))
    return figure


def _add_shares(figure: go.Figure, shares: pd.DataFrame, colours: list[str]) -> None:
    """Add a bar with its interval and its text for each row: `bar`, `text`, `share`, ..."""
    share, low, high = (100 * shares[name].to_numpy() for name in ("share", "low", "high"))
    figure.add_bar(
        y=list(shares["bar"]),
        x=plain(share),
        orientation="h",
        marker={"color": colours, "line": {"color": "rgba(28,39,51,0.45)", "width": 0.6}},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": plain(high - share),
            "arrayminus": plain(share - low),
            "color": palette.INK,
            "thickness": 1.4,
            "width": 4,
        },
        customdata=list(shares["text"]),
        hovertemplate="%{y}: %{customdata}<extra></extra>",
    )
    for bar, text, end in zip(shares["bar"], shares["text"], np.fmax(share, high), strict=True):
        figure.add_annotation(
            x=float(f"{end:.5g}"),
            y=bar,
            text=text,
            showarrow=False,
            xanchor="left",
            xshift=8,
            font={"size": 12, "color": palette.MUTED},
        )


def _share_text(cells: Mapping[str, float | None]) -> str:
    percents = {k: None if share is None else 100 * share for k, share in cells.items()}
    return with_interval(percents["share"], percents["low"], percents["high"], "%")


def medians(results: Results, sample: Sample) -> go.Figure | None:
    """Draw the median of each micrograph, largest count first, with the sample's interval."""
    unit = sample.unit
    column = f"d50_n_{unit}"
    pictures = sample.micrographs[sample.micrographs["n_counted"].fillna(0) > 0]
    pictures = pictures[pictures[column].notna()]
    if len(pictures) < 2:
        return None
    figure = new_figure(360, legend=False)
    row = sample.row
    if unit == "nm" and row["d50_n_nm_low"] == row["d50_n_nm_low"]:
        figure.add_vrect(
            row["d50_n_nm_low"],
            row["d50_n_nm_high"],
            fillcolor=palette.translucent(palette.ACCENT, 0.13),
            line_width=0,
        )
    if unit == "nm" and row["d50_n_nm"] == row["d50_n_nm"]:
        figure.add_vline(row["d50_n_nm"], line={"color": palette.ACCENT, "width": 1.4})
    figure.add_scatter(
        x=plain(pictures[column].to_numpy()),
        y=[int(n) for n in pictures["n_counted"]],
        mode="markers",
        marker={
            "size": 9,
            "color": palette.sample_style(sample.place)[0],
            "opacity": 0.8,
            "line": {"color": "white", "width": 1},
        },
        text=[plot_text(str(name)) for name in pictures["micrograph"]],
        hovertemplate=f"%{{text}}<br>median %{{x:.4g}} {unit}, %{{y}} counted<extra></extra>",
    )
    ends = [pictures[column].min(), pictures[column].max()]
    if unit == "nm":
        ends += [row["d50_n_nm_low"], row["d50_n_nm_high"]]
    margin = 0.06 * (np.nanmax(ends) - np.nanmin(ends)) or 0.05 * np.nanmax(ends)
    shown = plain([np.nanmin(ends) - margin, np.nanmax(ends) + margin])
    figure.update_xaxes(axis(f"Median of the micrograph ({unit})", range=shown))
    figure.update_yaxes(axis("Counted particles in the micrograph", rangemode="tozero"))
    return figure
