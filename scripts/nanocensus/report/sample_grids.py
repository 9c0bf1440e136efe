"""Tables of a sample's page."""

from __future__ import annotations

from nanocensus.report import curves, formatting
from nanocensus.report.campaign_grids import MOST_ROWS, TRUE_TIP, true_cell, worst_first
from nanocensus.report.grids import (
    Cell,
    Grid,
    Header,
    count_cell,
    header,
    interval_cell,
    number_cell,
    percent_cell,
    pixel_size_cell,
    points_cell,
    status_cell,
    text_cell,
)
from nanocensus.report.results import Sample, rank_of_status, records
from nanocensus.tables import RULE_NAMES, column_of

_FIGURES = (
    ("d10_n_nm", "D10 by number"),
    ("d50_n_nm", "D50 by number (median)"),
    ("d90_n_nm", "D90 by number"),
    ("mean_n_nm", "Arithmetic mean"),
    ("geometric_mean_nm", "Geometric mean"),
    ("sigma_g", "Geometric standard deviation σg"),
    ("span_n", "Span by number"),
    ("d10_v_nm", "D10 by volume"),
    ("d50_v_nm", "D50 by volume"),
    ("d90_v_nm", "D90 by volume"),
    ("mean_v_nm", "Mean by volume"),
    ("sauter_nm", "Sauter diameter"),
    ("span_v", "Span by volume"),
)
_LEVELS = ((0.1, "D10"), (0.5, "D50"), (0.9, "D90"))
_QUALITY = (
    ("focus", "focus"),
    ("contrast_snr", "contrast"),
    ("saturation_bright", "saturated"),
    ("coverage", "coverage"),
    ("predicted_f1_50", "estimated F1"),
)


def figures(sample: Sample) -> Grid:
    """Return all size figures of a sample with their intervals, in px when nm are not known."""
    if sample.unit == "px" and len(sample.ecd):
        return _figures_in_px(sample)
    true = any(sample.truth(column) for column, _ in _FIGURES)
    headers = [
        Header("figure"),
        Header("value", kind="number"),
        Header("interval", kind="number", tip="Cluster bootstrap over micrographs, t-scaled"),
        *([Header("true", kind="number", tip=TRUE_TIP)] if true else []),
        Header("unit"),
        Header("definition", kind="long"),
    ]
    rows = []
    for column, title in _FIGURES:
        cell = interval_cell(sample.row, column)
        defined = column_of("samples", column)
        unit = "" if defined.unit == "1" else defined.unit
        interval = Cell(cell.more or formatting.NOT_KNOWN, "", "number")
        value = Cell(cell.text, cell.order, "number")
        definition = text_cell(defined.definition, kind="long")
        truth = [true_cell(sample, column)] if true else []
        rows.append(
            [text_cell(title, kind="name"), value, interval, *truth, Cell(unit), definition]
        )
    return Grid("figures-table", headers, rows, sortable="")


def _figures_in_px(sample: Sample) -> Grid:
    headers = [Header("figure"), Header("value", "px", kind="number")]
    rows = [
        [
            text_cell(f"{name} by {by}", kind="name"),
            number_cell(curves.quantile(sample.distributions[power], level)),
        ]
        for power, by in curves.NAMES.items()
        for level, name in _LEVELS
    ]
    return Grid("figures-table", headers, rows, sortable="", narrow=True)


def ledger(sample: Sample) -> Grid:
    """Return what became of every particle that was found."""
    found = sample.row["n_particles"]
    headers = [
        Header("particles"),
        Header("number", kind="number"),
        Header("share of those found", "%", kind="number"),
        Header("meaning", kind="long"),
    ]
    lines = [("found", found, "All labels of all segmented micrographs")]
    lines.append(("counted", sample.row["n_counted"], "They enter the sizes above"))
    for rule in RULE_NAMES:
        column = f"n_excluded_{rule}"
        if sample.row[column] and sample.row[column] > 0:
            lines.append(
                (
                    f"set aside: {formatting.words(rule)}",
                    sample.row[column],
                    column_of("samples", column).definition,
                )
            )
    rows = [
        [
            text_cell(title, kind="name"),
            count_cell(amount),
            points_cell(amount / found if found and found > 0 else None),
            text_cell(meaning, kind="long"),
        ]
        for title, amount, meaning in lines
    ]
    return Grid("ledger-table", headers, rows, sortable="")


def micrographs(sample: Sample) -> Grid:
    """Return every micrograph of the sample, worst first."""
    unit = sample.unit
    quality = [(c, t) for c, t in _QUALITY if c in sample.micrographs]
    headers = [
        header("micrographs", "status", kind="status"),
        header("micrographs", "path", "file", kind="long"),
        header("micrographs", "reasons", kind="long"),
        header("micrographs", "n_particles", "found"),
        header("micrographs", "n_counted", "counted"),
        header("micrographs", f"d50_n_{unit}", "D50,n"),
        header("micrographs", "pixel_size_nm", "pixel size"),
        *(header("micrographs", column, text) for column, text in quality),
    ]
    rows = []
    for row in records(worst_first(sample.micrographs).head(MOST_ROWS)):
        shares = ("saturation_bright", "coverage")
        cells = [
            status_cell(row["status"], rank_of_status(row["status"])),
            text_cell(row["path"], kind="long", tip=str(row["micrograph"])),
            text_cell(row["reasons"], kind="long"),
            count_cell(row["n_particles"]),
            count_cell(row["n_counted"]),
            number_cell(row[f"d50_n_{unit}"]),
            pixel_size_cell(row),
        ]
        cells += [percent_cell(row[c]) if c in shares else number_cell(row[c]) for c, _ in quality]
        rows.append(cells)
    return Grid("micrographs-table", headers, rows, sortable="filter", filter_column=0)
