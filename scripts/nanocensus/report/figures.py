"""Figures to take away: PNG and SVG by matplotlib, the same bytes for the same tables."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from nanocensus.report import agreement, curves, palette
from nanocensus.report.campaign_charts import of_unit, units
from nanocensus.report.chart_parts import size_ticks
from nanocensus.report.formatting import words
from nanocensus.report.names import safe_file_name
from nanocensus.report.results import Results, Sample

_STYLE: dict[Any, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": 9.0,
    "axes.edgecolor": palette.FAINT,
    "axes.labelcolor": palette.INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.linewidth": 0.8,
    "xtick.color": palette.INK,
    "ytick.color": palette.INK,
    "legend.frameon": False,
    "svg.hashsalt": "nanocensus",
    "svg.fonttype": "none",
    "figure.dpi": 160.0,
    # A sample may be called $x$; texts are shown as they stand.
    "text.parse_math": False,
}
_SUFFIXES = (".png", ".svg")
_MOST_POINTS = 3000
_MOST_LEGEND = 16
_MARKERS = ("o", "D", "s", "P", "*", "h")
_MATPLOTLIB_DASHES = {"solid": "-", "dash": "--", "dot": ":", "dashdot": "-."}


def campaign_figures(results: Results) -> list[str]:
    """Return the names of the campaign's figure files."""
    stems = ["distributions", "micrographs"] if units(results) else []
    return [stem + suffix for stem in stems for suffix in _SUFFIXES]


def calibration_figures(results: Results) -> list[str]:
    """Return the names of the calibration page's figure files."""
    return [f"agreement{suffix}" for suffix in _SUFFIXES] if agreement.points_of(results) else []


def sample_figures(sample: Sample) -> list[str]:
    """Return the names of a sample's figure files."""
    if not len(sample.ecd):
        return []
    return [f"sample-{safe_file_name(sample.name)}{suffix}" for suffix in _SUFFIXES]


def write_figures(results: Results, folder: Path) -> None:
    """Write all figures of a campaign into `folder`."""
    folder.mkdir(parents=True)
    names = campaign_figures(results)
    _write(folder, names[:2], partial(_distributions, results))
    _write(folder, names[2:], partial(_violins, results))
    _write(folder, calibration_figures(results), partial(_agreement, results))
    for sample in results.samples:
        _write(folder, sample_figures(sample), partial(_sample, results, sample))


def _write(folder: Path, names: list[str], draw: Callable[[], Figure]) -> None:
    if not names:
        return
    # DejaVu has no Chinese, for one: the PNG shows boxes then, the SVG holds the text itself.
    with matplotlib.rc_context(_STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure = draw()
        for name in names:
            if name.endswith(".svg"):
                FigureCanvasSVG(figure).print_svg(folder / name, metadata={"Date": None})
            else:
                FigureCanvasAgg(figure).print_png(folder / name, metadata={"Software": None})
            figure.set_layout_engine("none")


def _distributions(results: Results) -> Figure:
    unit = units(results)[0]
    samples = of_unit(results, unit)
    figure = Figure(figsize=(9.2, 3.9), layout="constrained")
    left, right = figure.subplots(1, 2)
    for sample in samples:
        colour, dash = palette.sample_style(sample.place)
        style = _line(colour, dash)
        curve = curves.density(sample.distributions[curves.NUMBER])
        left.plot(curve.x, curve.y, **style)
        _cumulative(right, sample, curves.NUMBER, style, sample.name)
    left.set_ylim(bottom=0)
    left.set_ylabel("Density by number per unit of ln x")
    right.set_ylabel("Smaller than, % by number")
    for axes in (left, right):
        _size_axis(axes, samples, unit)
    handles, labels = right.get_legend_handles_labels()
    figure.legend(handles[:_MOST_LEGEND], labels[:_MOST_LEGEND], loc="outside upper left", ncols=4)
    return figure


def _line(colour: str, dash: str) -> dict[str, Any]:
    return {"color": colour, "linestyle": _MATPLOTLIB_DASHES[dash], "linewidth": 1.6}


def _cumulative(axes: Axes, sample: Sample, power: int, style: dict[str, Any], label: str) -> None:
    distribution = sample.distributions[power]
    axes.plot(distribution.points, 100 * distribution.share, label=label, **style)
    if distribution.low is not None and distribution.high is not None:
        axes.fill_between(
            distribution.points,
            100 * distribution.low,
            100 * distribution.high,
            color=style["color"],
            alpha=0.15,
            linewidth=0,
        )
    axes.set_ylim(0, 100)


def _agreement(results: Results) -> Figure:
    figure = Figure(figsize=(7.2, 4.0), layout="constrained")
    axes = figure.subplots()
    by_source = agreement.points_of(results)
    for place, (source, points) in enumerate(by_source.items()):
        colour, _ = palette.sample_style(place)
        style: dict[str, Any] = {
            "color": colour,
            "ms": 5,
            "mec": "white",
            "mew": 0.5,
            "linestyle": "none",
        }
        within = [point for point in points if not point.is_beyond]
        marker = _MARKERS[place % len(_MARKERS)]
        axes.plot(*_places(within), marker=marker, label=words(source), **style)
        for end, at_end in (("^", 1), ("v", -1)):
            beyond = [p for p in points if p.is_beyond and p.deviation_percent * at_end > 0]
            axes.plot(*_places(beyond), marker=end, **style)
    for height in agreement.LINES_PERCENT:
        axes.axhline(height, color=palette.FAINT, lw=0.8, ls=":" if abs(height) < 5 else "--")
    axes.set_ylim(-1.1 * agreement.EDGE_PERCENT, 1.1 * agreement.EDGE_PERCENT)
    axes.set_yticks(agreement.TICKS_PERCENT)
    axes.set_ylabel("Other source / first source − 1 (%)")
    _log_axis(axes, *agreement.range_nm([p for points in by_source.values() for p in points]))
    axes.grid(axis="y", visible=False)
    axes.set_xlabel("Pixel size by the first source (nm)")
    figure.legend(loc="outside upper left", ncols=4)
    return figure


def _places(points: list[agreement.Point]) -> tuple[list[float], list[float]]:
    return [point.first_nm for point in points], [point.drawn_percent for point in points]


def _size_axis(axes: Axes, samples: list[Sample], unit: str) -> None:
    low = min(float(s.ecd.min()) for s in samples) / 1.06
    high = max(float(s.ecd.max()) for s in samples) * 1.06
    _log_axis(axes, low, high)
    axes.set_xlabel(f"Area-equivalent diameter ({unit})")


def _log_axis(axes: Axes, low: float, high: float) -> None:
    ticks = size_ticks(low, high)
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.grid(color="#E8ECF0", linewidth=0.7)
    axes.set_axisbelow(True)


def _violins(results: Results) -> Figure:
    unit = units(results)[0]
    samples = of_unit(results, unit)
    height = min(40.0, 1.0 + 0.5 * len(samples))
    figure = Figure(figsize=(7.2, height), layout="constrained")
    axes = figure.subplots()
    for row, sample in enumerate(samples):
        colour, _ = palette.sample_style(sample.place)
        curve = curves.density(sample.distributions[curves.NUMBER])
        if len(curve.x):
            half = 0.4 * curve.y / curve.y.max()
            axes.fill_between(
                curve.x, row - half, row + half, color=colour, alpha=0.22, linewidth=0
            )
        medians = sample.micrographs[f"d50_n_{unit}"].dropna().to_numpy()
        heights = row - 0.06 - 0.2 * ((np.arange(len(medians)) * 0.618) % 1.0)
        axes.plot(medians, heights, "o", color=colour, ms=4.5, mec="white", mew=0.6)
        _interval(axes, sample, row, unit)
    axes.set_yticks(range(len(samples)), [sample.name for sample in samples])
    axes.set_ylim(len(samples) - 0.45, -0.55)
    _size_axis(axes, samples, unit)
    return figure


def _interval(axes: Axes, sample: Sample, row: int, unit: str) -> None:
    cells = sample.row
    if unit != "nm" or cells["d50_n_nm"] != cells["d50_n_nm"]:
        return
    axes.plot([cells["d50_n_nm"]], [row + 0.13], "D", color=palette.INK, ms=5)
    if cells["d50_n_nm_low"] == cells["d50_n_nm_low"]:
        ends = [cells["d50_n_nm_low"], cells["d50_n_nm_high"]]
        axes.plot(ends, [row + 0.13, row + 0.13], "-", color=palette.INK, lw=1.4)


def _sample(results: Results, sample: Sample) -> Figure:
    figure = Figure(figsize=(9.2, 6.6), layout="constrained")
    figure.suptitle(sample.name, x=0.01, ha="left", fontweight="bold")
    grid = figure.subplots(2, 2)
    _histogram(grid[0][0], sample)
    for power, (colour, dash) in palette.WEIGHT_STYLES.items():
        style = _line(colour, dash)
        _cumulative(grid[0][1], sample, power, style, f"by {curves.NAMES[power]}")
    grid[0][1].set_ylabel("Smaller than, %")
    grid[0][1].legend(loc="lower right")
    _points(grid[1][0], results, sample)
    for axes in (grid[0][0], grid[0][1], grid[1][0]):
        _size_axis(axes, [sample], sample.unit)
    _classes(grid[1][1], results, sample)
    return figure


def _histogram(axes: Axes, sample: Sample) -> None:
    distribution = sample.distributions[curves.NUMBER]
    colour, _ = palette.sample_style(sample.place)
    axes.bar(
        distribution.edges[:-1],
        100 * distribution.bins,
        np.diff(distribution.edges),
        align="edge",
        color=colour,
        alpha=0.75,
        edgecolor="white",
        linewidth=0.6,
    )
    axes.set_ylabel("Share in the bin, % by number")


def _points(axes: Axes, results: Results, sample: Sample) -> None:
    rows = sample.counted
    rows = rows[(rows[f"ecd_{sample.unit}"] > 0) & rows["aspect_ratio"].notna()]
    if len(rows) > _MOST_POINTS:
        rows = rows.iloc[:: -(-len(rows) // _MOST_POINTS)]
    for shape in results.shapes:
        of_shape = rows[rows["shape"] == shape]
        axes.plot(
            of_shape[f"ecd_{sample.unit}"],
            of_shape["aspect_ratio"],
            "o",
            ms=3.5,
            mew=0.3,
            mec=palette.INK,
            color=palette.shape_colour(shape, results.shapes),
        )
    axes.set_ylim(0, 1.06)
    axes.set_ylabel("Aspect ratio (min / max caliper)")


def _classes(axes: Axes, results: Results, sample: Sample) -> None:
    amounts = {s: int((sample.counted["shape"] == s).sum()) for s in results.shapes}
    amounts = {shape: n for shape, n in amounts.items() if n}
    colours = [palette.shape_colour(shape, results.shapes) for shape in amounts]
    bars = axes.barh(
        [words(s) for s in amounts],
        list(amounts.values()),
        color=colours,
        height=0.7,
        edgecolor=palette.INK,
        linewidth=0.4,
    )
    axes.bar_label(bars, padding=3, fontsize=8)
    axes.invert_yaxis()
    axes.set_xlabel("Counted particles")
