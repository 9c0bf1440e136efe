"""Tables of the calibration page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from nanocensus.calibration import AGREE_REL, OtherSource
from nanocensus.report import formatting
from nanocensus.report.calibration_states import (
    largest_deviation,
    odd_first,
    other_sources,
    rank_of_state,
    signed_percent,
)
from nanocensus.report.campaign_grids import MOST_ROWS, sample_link
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
    status_cell,
    text_cell,
)
from nanocensus.report.results import Results, Sample, records

_NAMES_AT_ONCE = 6
_NOT_STATED = "not stated"
_NOT_NAMED = "not named"
_CERTIFICATE = ("scale_standard", "scale_date", "scale_factor", "scale_u")


def sources(results: Results) -> Grid:
    """Return where the pixel sizes of each sample come from and how far sources disagree."""
    headers = [
        header("samples", "sample", kind="name"),
        header("micrographs", "pixel_size_source", "source", kind=""),
        Header("micrographs", tip="Micrographs with a pixel size from this source", kind="number"),
        header("micrographs", "pixel_size_nm", "pixel size"),
        header("micrographs", "pixel_size_u_rel", "its standard uncertainty"),
        header("micrographs", "second_source", "second source", kind=""),
        header("micrographs", "disagreement_rel", "largest disagreement"),
    ]
    rows = []
    for sample in results.samples:
        pictures = sample.micrographs[~sample.micrographs["status"].isin(["failed", "refused"])]
        stated = pictures["pixel_size_source"].fillna("")
        for source, of_source in pictures.groupby(stated, sort=True):
            rows.append(_sources_row(sample, str(source), of_source))
    return Grid("calibration-table", headers, rows)


def _sources_row(sample: Sample, source: str, pictures: pd.DataFrame) -> list[Cell]:
    sizes = pictures["pixel_size_nm"].dropna()
    low, high = (sizes.min(), sizes.max()) if len(sizes) else (None, None)
    shown = formatting.number(low, 4)
    if len(sizes) and low != high:
        shown = f"{shown} to {formatting.number(high, 4)}"
    second = sorted(set(pictures["second_source"].dropna()))
    stated = pictures["pixel_size_u_rel"].dropna()
    apart = pictures["disagreement_rel"].abs().max()
    return [
        _name(sample),
        text_cell(formatting.words(source) or "none: sizes in px only"),
        count_cell(len(pictures)),
        Cell(shown, "" if low is None else float(low), "number"),
        percent_cell(stated.max()) if len(stated) else text_cell(_NOT_STATED, kind="number"),
        text_cell(formatting.words(", ".join(second))),
        percent_cell(apart),
    ]


def certificates(results: Results, oldest_days: float) -> Grid:
    """Return the calibration certificates in use; no rows where the sheet states none.

    `oldest_days` is the age at the recording from which a certificate is old.
    """
    headers = [
        header("micrographs", "scale_standard", "standard or certificate", kind="name"),
        header("micrographs", "scale_date", "date", kind=""),
        header("micrographs", "scale_factor", "factor"),
        header("micrographs", "scale_u", "standard uncertainty"),
        Header("micrographs", kind="number"),
        header("micrographs", "certificate_age_days", "oldest at a recording"),
    ]
    table = results.micrographs
    stated = table[list(_CERTIFICATE)].notna().any(axis="columns")
    table = table[stated & ~table["status"].isin(["failed", "refused"])]
    keys = table[list(_CERTIFICATE)].astype(object).fillna("")
    rows = []
    for places in keys.groupby(list(_CERTIFICATE), sort=False).indices.values():
        first = records(table.iloc[places[:1]])[0]
        age = table["certificate_age_days"].iloc[places].max()
        rows.append(
            [
                text_cell(_or(first["scale_standard"], _NOT_NAMED), kind="name"),
                text_cell(first["scale_date"]),
                number_cell(first["scale_factor"], 5),
                text_cell(_NOT_STATED, kind="number")
                if formatting.is_missing(first["scale_u"])
                else percent_cell(first["scale_u"]),
                count_cell(len(places)),
                replace(count_cell(age), more="old" if age > oldest_days else ""),
            ]
        )
    return Grid("certificates-table", headers, rows, sortable="", narrow=True)


def _or(value: Any, otherwise: str) -> str:
    return otherwise if formatting.is_missing(value) else str(value)


def print_widths(results: Results) -> Grid:
    """Return pixel size x width x magnification of each instrument and picture width."""
    headers = [
        header("micrographs", "instrument", kind="name"),
        header("micrographs", "columns_raw", "picture width"),
        Header("micrographs", kind="number"),
        header("micrographs", "print_width_mm", "print width K"),
        Header("largest deviation", kind="number", tip="From the middle one of the group"),
        Header(f"more than {100 * AGREE_REL:g} % off", kind="long"),
    ]
    table = results.micrographs
    known = ~table["status"].isin(["failed", "refused"]) & (table["print_width_mm"] > 0)
    table = table[known].sort_values(["sample", "micrograph"], kind="stable")
    table["instrument"] = table["instrument"].fillna(_NOT_NAMED)
    rows = []
    for group in _groups(table, ["instrument", "columns_raw"]):
        widths = np.sort(group["print_width_mm"].to_numpy(dtype=np.float64))
        # As in the findings: of two that differ the middle is one of them, not a value of neither.
        usual = float(widths[(widths.size - 1) // 2])
        apart = group["print_width_mm"].to_numpy(dtype=np.float64) / usual - 1
        odd = group[np.abs(apart) > AGREE_REL]
        largest = float(apart[np.argmax(np.abs(apart))])
        names = [f"{row['sample']}/{row['micrograph']}" for row in records(odd)]
        rows.append(
            [
                text_cell(group["instrument"].iloc[0], kind="name"),
                count_cell(group["columns_raw"].iloc[0]),
                count_cell(len(group)),
                number_cell(usual, 4),
                Cell(signed_percent(largest), abs(largest), "number"),
                text_cell(_some(names) if names else "none", kind="long"),
            ]
        )
    return Grid("print-widths-table", headers, rows)


def _groups(table: pd.DataFrame, columns: list[str]) -> list[pd.DataFrame]:
    return [group for _, group in table.groupby(columns, sort=True)]


def _some(names: list[str]) -> str:
    """Return names in a row, and how many more there are."""
    if len(names) <= _NAMES_AT_ONCE:
        return ", ".join(names)
    return f"{', '.join(names[:_NAMES_AT_ONCE])} and {len(names) - _NAMES_AT_ONCE} more"


def reviewed(results: Results) -> Grid:
    """Return the samples with micrographs under review: their sizes without and with these."""
    headers = [
        header("samples", "sample", kind="name"),
        header("samples", "n_micrographs_review", "under review"),
        header("samples", "d50_n_nm", "D50,n without"),
        header("samples", "n_counted", "particles without"),
        header("samples", "d50_n_nm_with_review", "D50,n with"),
        header("samples", "n_counted_with_review", "particles with"),
        Header("with / without − 1", "%", "Change of the median if they are accepted", "number"),
    ]
    rows = [
        [
            _name(sample),
            count_cell(sample.row["n_micrographs_review"]),
            interval_cell(sample.row, "d50_n_nm"),
            count_cell(sample.row["n_counted"]),
            number_cell(sample.row["d50_n_nm_with_review"]),
            count_cell(sample.row["n_counted_with_review"]),
            _change(sample.row),
        ]
        for sample in results.samples
        if not formatting.is_missing(sample.row["n_micrographs_review"])
    ]
    return Grid("review-table", headers, rows)


def _change(row: Mapping[str, Any]) -> Cell:
    without, including = row["d50_n_nm"], row["d50_n_nm_with_review"]
    if formatting.is_missing(without) or formatting.is_missing(including):
        return Cell(formatting.NOT_KNOWN, "", "number")
    change = including / without - 1
    return Cell(signed_percent(change).removesuffix(" %"), change, "number")


def micrographs(results: Results) -> Grid:
    """Return the calibration of each micrograph, the odd ones first, at most `MOST_ROWS`."""
    headers = [
        header("micrographs", "calibration_status", "state", kind="status"),
        header("micrographs", "sample", kind="name"),
        header("micrographs", "path", "file", kind="long"),
        header("micrographs", "pixel_size_nm", "pixel size"),
        header("pixel_sizes", "deviation_rel", "other sources", kind="long"),
        Header("scale bar", tip="Its label and its length in the picture", kind="number"),
        header("micrographs", "calibration_reasons", "reasons", kind="long"),
    ]
    links = {sample.name: sample_link(sample) for sample in results.samples}
    others = other_sources(results)
    rows = [
        [
            status_cell(row["state"], rank_of_state(row["state"])),
            text_cell(row["sample"], kind="name", href=links.get(row["sample"], "")),
            text_cell(row["path"], kind="long", tip=str(row["micrograph"])),
            pixel_size_cell(row),
            _others_cell(others.of(row)),
            _bar_cell(row),
            text_cell(row["calibration_reasons"], kind="long"),
        ]
        for row in records(odd_first(results.micrographs).head(MOST_ROWS))
    ]
    return Grid("calibrations-table", headers, rows, sortable="filter", filter_column=0)


def _others_cell(others: Sequence[OtherSource]) -> Cell:
    texts = [
        f"{formatting.words(other.source)} {formatting.number(other.pixel_size_nm, 4)} nm"
        + ("" if other.deviation_rel is None else f" ({signed_percent(other.deviation_rel)})")
        for other in others
    ]
    largest = largest_deviation(others)
    return Cell(
        "; ".join(texts) or formatting.NOT_KNOWN, "" if largest is None else abs(largest), "long"
    )


def _bar_cell(row: Mapping[str, Any]) -> Cell:
    if formatting.is_missing(row["bar_nm"]) or formatting.is_missing(row["bar_px"]):
        return Cell(formatting.NOT_KNOWN, "", "number stacked")
    read = "read" if row["bar_status"] == "read" else "not read"
    return Cell(
        f"{row['bar_nm']:g} nm",
        float(row["bar_nm"]),
        "number stacked",
        more=f"{formatting.number(row['bar_px'], 4)} px, {read}",
    )


def _name(sample: Sample) -> Cell:
    return text_cell(sample.name, kind="name", href=sample_link(sample))
