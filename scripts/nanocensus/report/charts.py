"""The interactive charts, a line each: a new chart is one function and one line here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import plotly.graph_objects as go

from nanocensus.report import agreement, campaign_charts, curves, sample_charts
from nanocensus.report.results import Results, Sample


@dataclass(frozen=True)
class Chart:
    """A chart of a page.

    Attributes
    ----------
    name : str
        Its identifier in the page; letters, digits and hyphens.
    part : str
        Part of the page in which it stands.
    title : str
        Its heading.
    caption : str
        What is drawn, in a sentence or two.
    draw : callable
        Of (results, unit), (results) or (results, sample); None where there is nothing to draw.
    wide : bool
        Whether it takes the page's full width.
    """

    name: str
    part: str
    title: str
    caption: str
    draw: Callable[..., go.Figure | None]
    wide: bool = False


@dataclass(frozen=True)
class DrawnChart:
    """A chart ready for its page: what it says and its figure as JSON."""

    chart: Chart
    name: str
    title: str
    figure: str
    height_px: int


_NUMBER, _VOLUME = curves.NUMBER, curves.VOLUME
_SPHERES = "Volume is that of a sphere of the particle's area-equivalent diameter."
_EDGE = "Each particle is weighted for its chance to lie uncut in the frame."

# Drawn once for each unit that samples have: nm, and px where no pixel size is known.
SIZE_CHARTS = (
    Chart(
        "violins",
        "sizes",
        "Sizes and medians of single micrographs",
        "Shape: distribution by number. Dots: medians of single micrographs; when they scatter "
        "more than the diamond's interval is wide, pictures differ, not only particles. Diamond: "
        "median of the sample with its confidence interval, whose unit is the micrograph.",
        campaign_charts.violins,
        wide=True,
    ),
    Chart(
        "density-number",
        "sizes",
        "Distribution by number",
        f"Smoothed density per unit of ln x: areas compare on the logarithmic axis. {_EDGE}",
        campaign_charts.density(_NUMBER),
    ),
    Chart(
        "density-volume",
        "sizes",
        "Distribution by volume",
        f"The same, weighted by volume: few large particles carry most of it. {_SPHERES}",
        campaign_charts.density(_VOLUME),
    ),
    Chart(
        "cumulative-number",
        "sizes",
        "Cumulative by number",
        "Share of the particles that are smaller than a size; band: confidence, where up to four "
        "samples are compared.",
        campaign_charts.cumulative(_NUMBER),
    ),
    Chart(
        "cumulative-volume",
        "sizes",
        "Cumulative by volume",
        f"Share of the volume in particles that are smaller than a size. {_SPHERES}",
        campaign_charts.cumulative(_VOLUME),
    ),
)
CAMPAIGN_CHARTS = (
    Chart(
        "shapes",
        "shapes",
        "Share of each shape",
        "Shape classes among the counted particles; unknown: no class reaches the limit.",
        campaign_charts.shapes,
        wide=True,
    ),
    Chart(
        "set-aside",
        "set-aside",
        "Share set aside by each rule",
        "Share of the particles found that each rule sets aside, the first rule that applies.",
        campaign_charts.set_aside,
        wide=True,
    ),
)
CALIBRATION_CHARTS = (
    Chart(
        "agreement",
        "agreement",
        "Other sources against the first",
        "One mark per other source of a micrograph's pixel size; hold the pointer over it for its "
        "name. Dotted: ±2 %, within which sources agree. Dashed: ±10 %, beyond which you decide. "
        f"Triangles at the edge lie beyond ±{agreement.EDGE_PERCENT:g} %.",
        agreement.draw_agreement,
        wide=True,
    ),
)
SAMPLE_CHARTS = (
    Chart(
        "histogram-number",
        "sizes",
        "Histogram by number",
        f"Bins are evenly wide on the logarithmic axis and the same for all samples. {_EDGE}",
        sample_charts.histogram(_NUMBER),
    ),
    Chart(
        "histogram-volume",
        "sizes",
        "Histogram by volume",
        f"The same bins, weighted by volume. {_SPHERES}",
        sample_charts.histogram(_VOLUME),
    ),
    Chart(
        "cumulative",
        "sizes",
        "Cumulative curves",
        "Share of particles, or of volume, in particles smaller than a size, with the confidence "
        "band of each.",
        sample_charts.cumulative,
    ),
    Chart(
        "medians",
        "sizes",
        "Medians of single micrographs",
        "One dot per micrograph. Line and band: median of the sample by number and its interval. "
        "A picture far from the others with many particles deserves a look.",
        sample_charts.medians,
    ),
    Chart(
        "aspect-ratio",
        "shapes",
        "Aspect ratio against size",
        "Smallest over largest caliper, 1 for a disc. One point per counted particle, at most "
        "4000, then drawn by lot.",
        sample_charts.shape_against_size("aspect_ratio", "Aspect ratio (min / max caliper)"),
    ),
    Chart(
        "form-factor",
        "shapes",
        "Form factor against size",
        "4π area / perimeter², 1 for a disc; falls with elongation and with roughness.",
        sample_charts.shape_against_size("form_factor", "Form factor (4π area / perimeter²)"),
    ),
    Chart(
        "classes",
        "shapes",
        "Shape classes",
        "Share of each class among the counted particles, with its interval; unknown: no class "
        "reaches the limit. The classes are the model's decisions and hold its mistakes.",
        sample_charts.classes,
        wide=True,
    ),
)


def draw_campaign(results: Results) -> list[DrawnChart]:
    """Draw the charts of the campaign's page."""
    return list(_campaign_charts(results))


def _campaign_charts(results: Results) -> Iterator[DrawnChart]:
    for unit in campaign_charts.units(results):
        for chart in SIZE_CHARTS:
            title = chart.title if unit == "nm" else f"{chart.title}, in px (no pixel size known)"
            yield from _drawn(chart, partial(chart.draw, results, unit), f"-{unit}", title)
    for chart in CAMPAIGN_CHARTS:
        yield from _drawn(chart, partial(chart.draw, results), "", chart.title)


def draw_calibration(results: Results) -> list[DrawnChart]:
    """Draw the charts of the calibration page; none where there is nothing to compare."""
    drawn = (
        _drawn(chart, partial(chart.draw, results), "", chart.title) for chart in CALIBRATION_CHARTS
    )
    return [chart for charts in drawn for chart in charts]


def draw_sample(results: Results, sample: Sample) -> list[DrawnChart]:
    """Draw the charts of a sample's page."""
    drawn = (
        _drawn(chart, partial(chart.draw, results, sample), "", chart.title)
        for chart in SAMPLE_CHARTS
    )
    return [chart for charts in drawn for chart in charts]


def _drawn(
    chart: Chart, draw: Callable[[], go.Figure | None], suffix: str, title: str
) -> Iterator[DrawnChart]:
    figure = draw()
    if figure is None:
        return
    parts = figure.to_plotly_json()
    text = json.dumps(
        {"data": parts["data"], "layout": parts["layout"]},
        sort_keys=True,
        separators=(",", ":"),
        allow_nan=False,
    )
    # Inside a script element only these can end it or open another.
    text = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    yield DrawnChart(chart, chart.name + suffix, title, text, int(figure.layout.height))
