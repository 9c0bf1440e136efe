"""Tables of the campaign's page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pandas as pd

from nanocensus.report import formatting
from nanocensus.report.curves import NUMBER, quantile
from nanocensus.report.grids import (
    Cell,
    Grid,
    Header,
    any_cell,
    count_cell,
    header,
    interval_cell,
    number_cell,
    p_cell,
    pixel_size_cell,
    points_cell,
    status_cell,
    text_cell,
)
from nanocensus.report.names import link, safe_file_name
from nanocensus.report.results import Results, Sample, rank_of_status, records
from nanocensus.tables import RULE_NAMES

# The figure that is asked for first, so that it stands first and beside its truth, if known.
_HEADLINE = ("d50_n_nm", "D50,n")
_SIZES = (
    ("d10_n_nm", "D10,n"),
    ("d90_n_nm", "D90,n"),
    ("d50_v_nm", "D50,v"),
    ("d90_v_nm", "D90,v"),
    ("sigma_g", "σg"),
)
TRUE_TIP = "Value stated in the sample sheet"
# A page with more rows is slow to open and to print; the CSV beside it holds all.
MOST_ROWS = 2000


def sample_link(sample: Sample) -> str:
    """Return the link from the campaign's page to a sample's."""
    return link("samples", f"{safe_file_name(sample.name)}.html")


def _name(sample: Sample) -> Cell:
    return text_cell(sample.name, kind="name", href=sample_link(sample))


def sheet_columns(results: Results) -> list[str]:
    """Return the further columns of the sample sheet that any sample fills."""
    table = results.sample_table
    columns = list(table.columns)
    further = columns[1 : columns.index("n_micrographs")]
    return [c for c in further if not c.startswith("true_") and table[c].notna().any()]


def samples(results: Results) -> Grid:
    """Return the samples side by side."""
    further = sheet_columns(results)
    true = any(sample.truth(_HEADLINE[0]) for sample in results.samples)
    sizes = [(c, text) for c, text in _SIZES if results.sample_table[c].notna().any()]
    headers = [
        header("samples", "sample", kind="name"),
        *(header("samples", column, kind="") for column in further),
        header("samples", "n_micrographs_counted", "micrographs"),
        header("samples", "n_counted", "particles"),
        header("samples", *_HEADLINE),
        *([Header("true D50,n", "nm", TRUE_TIP, "number")] if true else []),
        *(header("samples", column, text) for column, text in sizes),
        header("samples", "n_eff", "effective"),
    ]
    rows = [
        [
            _name(sample),
            *(any_cell(sample.row[column]) for column in further),
            _of(sample.row["n_micrographs_counted"], sample.row["n_micrographs"]),
            _of(sample.row["n_counted"], sample.row["n_particles"]),
            _median(sample),
            *([true_cell(sample, _HEADLINE[0])] if true else []),
            *(interval_cell(sample.row, column) for column, _ in sizes),
            number_cell(sample.row["n_eff"]),
        ]
        for sample in results.samples
    ]
    return Grid("samples-table", headers, rows)


def _median(sample: Sample) -> Cell:
    if sample.unit == "px" and len(sample.ecd):
        median = quantile(sample.distributions[NUMBER], 0.5)
        return Cell(
            formatting.NOT_KNOWN, "", "number stacked", more=f"{formatting.number(median)} px"
        )
    return interval_cell(sample.row, _HEADLINE[0])


def true_cell(sample: Sample, column: str) -> Cell:
    """Return a cell with the truth that the sheet states, and how far the measured value is off."""
    true = sample.truth(column)
    if true is None:
        return Cell(formatting.NOT_KNOWN, "", "number")
    off = sample.row[column] / true - 1
    more = "" if formatting.is_missing(off) else f"off by {_signed_percent(off)} %"
    return Cell(formatting.number(true, 4), true, "number stacked", more=more)


def _signed_percent(share: float) -> str:
    return f"{100 * share:+.1f}".replace("-", "−")


def _of(part: Any, whole: Any) -> Cell:
    cell = count_cell(part)
    more = f"of {formatting.count(whole)}"
    return Cell(cell.text, cell.order, "number stacked", more=more)


def truths(results: Results) -> Grid:
    """Return measured values beside the truths that the sheet states (`true_...`)."""
    headers = [
        header("samples", "sample", kind="name"),
        Header("figure", tip="Column of the samples table"),
        Header("measured", kind="number", tip="Measured value with its confidence interval"),
        Header("true", kind="number", tip=TRUE_TIP),
        Header("measured / true − 1", "%", "Relative deviation from the stated value", "number"),
        Header("true value in the interval", tip="Sampling only: calibration is not in it"),
    ]
    rows = [
        _truth_row(sample, column, true)
        for column in (name.removeprefix("true_") for name in results.truths)
        for sample in results.samples
        if (true := sample.truth(column)) and not formatting.is_missing(sample.row.get(column))
    ]
    return Grid("truths-table", headers, rows, narrow=True)


def _truth_row(sample: Sample, column: str, true: float) -> list[Cell]:
    row = sample.row
    deviation = row[column] / true - 1
    inside = sample.holds_truth(column)
    return [
        _name(sample),
        text_cell(formatting.figure_names(column)),
        interval_cell(row, column),
        number_cell(true, 4),
        Cell(_signed_percent(deviation), deviation, "number"),
        text_cell(formatting.NOT_ESTIMABLE if inside is None else "yes" if inside else "no"),
    ]


def ledger(results: Results) -> Grid:
    """Return how many particles each rule sets aside in each sample."""
    rules = [rule for rule in RULE_NAMES if results.sample_table[f"n_excluded_{rule}"].sum() > 0]
    headers = [
        header("samples", "sample", kind="name"),
        header("samples", "n_particles", "found"),
        header("samples", "n_counted", "counted"),
        Header("counted", "%", "Share of the particles found", "number"),
        *(header("samples", f"n_excluded_{rule}", formatting.words(rule)) for rule in rules),
    ]
    rows = []
    for sample in results.samples:
        found = sample.row["n_particles"]
        share = sample.row["n_counted"] / found if found and found > 0 else float("nan")
        counts = (count_cell(sample.row[f"n_excluded_{rule}"]) for rule in rules)
        head = [_name(sample), count_cell(found), count_cell(sample.row["n_counted"])]
        rows.append([*head, points_cell(share), *counts])
    return Grid("ledger-table", headers, rows, narrow=True)


def micrographs(results: Results) -> Grid:
    """Return every micrograph with status and reasons, worst first, at most `MOST_ROWS`."""
    headers = [
        header("micrographs", "status", kind="status"),
        header("micrographs", "sample", kind="name"),
        header("micrographs", "path", "file", kind="long"),
        header("micrographs", "reasons", kind="long"),
        header("micrographs", "n_particles", "found"),
        header("micrographs", "n_counted", "counted"),
        header("micrographs", "d50_n_nm", "D50,n"),
        header("micrographs", "pixel_size_nm", "pixel size"),
    ]
    links = {sample.name: sample_link(sample) for sample in results.samples}
    rows = [
        [
            status_cell(row["status"], rank_of_status(row["status"])),
            text_cell(row["sample"], kind="name", href=links.get(row["sample"], "")),
            text_cell(row["path"], kind="long", tip=str(row["micrograph"])),
            text_cell(row["reasons"], kind="long"),
            count_cell(row["n_particles"]),
            count_cell(row["n_counted"]),
            number_cell(row["d50_n_nm"]),
            pixel_size_cell(row),
        ]
        for row in records(worst_first(results.micrographs).head(MOST_ROWS))
    ]
    return Grid("micrographs-table", headers, rows, sortable="filter", filter_column=0)


def findings(results: Results) -> Grid:
    """Return how many micrographs have each kind of finding, the most frequent first."""
    number, samples = Counter[str](), Counter[str]()
    for sample in results.samples:
        found = sample.statistics.get("findings") or {}
        number.update(found)
        samples.update(found.keys())
    headers = [
        Header("finding"),
        Header("micrographs", kind="number"),
        Header("samples", kind="number"),
    ]
    rows = [
        [
            text_cell(formatting.words(code), kind="name"),
            count_cell(number[code]),
            count_cell(samples[code]),
        ]
        for code in sorted(number, key=lambda code: (-number[code], code))
    ]
    return Grid("findings-table", headers, rows, sortable="", narrow=True)


def worst_first(micrographs: pd.DataFrame) -> pd.DataFrame:
    """Return micrographs by gravity of their status, then in the table's order."""
    ranks = micrographs["status"].map(rank_of_status)
    return micrographs.iloc[ranks.argsort(kind="stable")]


def comparisons(results: Results) -> Grid:
    """Return the samples pair by pair, the clearest differences first."""
    links = {sample.name: sample_link(sample) for sample in results.samples}
    headers = [
        Header("first", kind="name"),
        Header("second", kind="name"),
        Header("D50,n first / second", "", "Ratio of the medians by number", "number"),
        Header(
            "distance",
            "log nm",
            "1-Wasserstein distance on ln size: 0.1 is a shift of all sizes by about 10 %",
            "number",
        ),
        Header("p", "", "Permutation of whole micrographs, two-sided", "number"),
        Header("p adjusted", "", "After Holm, for the number of pairs", "number"),
        Header("notes", kind="long"),
    ]
    pairs = sorted(results.comparisons, key=_clearest_first)
    rows = []
    for pair in pairs[:MOST_ROWS]:
        ratio = pair["ratio_d50_n"]
        cells = {"r": ratio["value"], "r_low": ratio.get("low"), "r_high": ratio.get("high")}
        rows.append(
            [
                text_cell(pair["first"], kind="name", href=links.get(pair["first"], "")),
                text_cell(pair["second"], kind="name", href=links.get(pair["second"], "")),
                interval_cell(cells, "r"),
                number_cell(pair.get("distance"), 2),
                p_cell(pair.get("p")),
                p_cell(pair.get("p_holm")),
                text_cell("; ".join(pair.get("notes") or ()), kind="long"),
            ]
        )
    return Grid("pairs-table", headers, rows)


def _clearest_first(pair: Mapping[str, Any]) -> tuple[float, float]:
    p: Any = pair.get("p_holm")
    distance: Any = pair.get("distance")
    return (
        2.0 if formatting.is_missing(p) else float(p),
        0.0 if formatting.is_missing(distance) else -float(distance),
    )
