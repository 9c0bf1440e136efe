"""Tables of the pages: headers with unit and definition, cells with what they sort by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nanocensus.report import formatting
from nanocensus.tables import column_of

# Units that only say the type of a column are not printed.
_TYPE_UNITS = ("text", "true/false", "count", "label", "1")


@dataclass(frozen=True)
class Header:
    """Head of a column: its text, unit, definition, and whether numbers stand below."""

    text: str
    unit: str = ""
    tip: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes
    ----------
    text : str
    order : str or float
        What the column sorts by; the text itself if empty.
    kind : str
        Classes of the sheet: number, name, long, status.
    href : str
        Percent-encoded link, if any.
    more : str
        Second part in muted ink, such as an interval.
    tip : str
    """

    text: str
    order: str | float = ""
    kind: str = ""
    href: str = ""
    more: str = ""
    tip: str = ""


@dataclass(frozen=True)
class Grid:
    """A table of a page.

    Attributes
    ----------
    name : str
        Identifier in the page.
    sortable : {"", "sort", "filter"}
        `filter` adds the search field whatever the number of rows.
    filter_column : int or None
        A column whose values are offered as a choice above the table.
    narrow : bool
        Whether it is only as wide as its texts.
    """

    name: str
    headers: Sequence[Header]
    rows: Sequence[Sequence[Cell]]
    caption: str = ""
    sortable: str = "sort"
    filter_column: int | None = None
    narrow: bool = False

    @property
    def choices(self) -> list[tuple[str, int]]:
        """Values of the filter's column in the order of their rows, with how often they stand."""
        if self.filter_column is None:
            return []
        texts = [row[self.filter_column].text for row in self.rows]
        return [(text, texts.count(text)) for text in dict.fromkeys(texts)]


def header(table: str, column: str, text: str = "", *, kind: str = "number") -> Header:
    """Return the head of a column with unit and definition out of the glossary."""
    try:
        defined = column_of(table, column)
    except KeyError:  # a further column of the sample sheet
        return Header(text or column, tip="Column of the sample sheet", kind=kind)
    unit = "" if defined.unit in _TYPE_UNITS else defined.unit
    source = f" ({defined.source})" if defined.source else ""
    return Header(text or formatting.words(column), unit, defined.definition + source, kind)


def text_cell(value: Any, *, kind: str = "", href: str = "", tip: str = "") -> Cell:
    """Return a cell with a text as it stands in the table."""
    text = formatting.NOT_KNOWN if formatting.is_missing(value) else str(value)
    return Cell(text, "" if text == formatting.NOT_KNOWN else text, kind, href, tip=tip)


def any_cell(value: Any) -> Cell:
    """Return a cell of a column whose type nobody stated."""
    if isinstance(value, bool | str) or formatting.is_missing(value):
        return text_cell(value)
    return number_cell(value, 4)


def number_cell(value: Any, digits: int = 3) -> Cell:
    """Return a cell with a number."""
    return Cell(formatting.number(value, digits), _order(value), "number")


def count_cell(value: Any) -> Cell:
    """Return a cell with a whole number."""
    return Cell(formatting.count(value), _order(value), "number")


def points_cell(share: Any) -> Cell:
    """Return a cell with a share in percent to one decimal; the unit stands in the header."""
    if formatting.is_missing(share):
        return Cell(formatting.NOT_KNOWN, "", "number")
    return Cell(f"{100 * share:.1f}", _order(share), "number")


def percent_cell(share: Any, digits: int = 2) -> Cell:
    """Return a cell with a share in percent."""
    return Cell(formatting.percent(share, digits), _order(share), "number")


def interval_cell(row: Mapping[str, Any], column: str) -> Cell:
    """Return a cell with a value and its interval; the unit stands in the header."""
    value, low, high = row.get(column), row.get(f"{column}_low"), row.get(f"{column}_high")
    if formatting.is_missing(value):
        return Cell(formatting.NOT_KNOWN, "", "number")
    text = formatting.with_interval(value, low, high)
    shown, _, interval = text.partition(" [")
    return Cell(shown, _order(value), "number stacked", more=f"[{interval}")


def p_cell(value: Any) -> Cell:
    """Return a cell with a probability under the null hypothesis."""
    return Cell(formatting.p_value(value), _order(value), "number")


def pixel_size_cell(row: Mapping[str, Any]) -> Cell:
    """Return a cell with a micrograph's pixel size and where it comes from."""
    size, source = row["pixel_size_nm"], row["pixel_size_source"]
    more = "" if formatting.is_missing(source) else formatting.words(str(source))
    return Cell(formatting.number(size, 4), _order(size), "number stacked", more=more)


def status_cell(status: Any, rank: int) -> Cell:
    """Return a cell with a status that sorts by its gravity."""
    return Cell(str(status), rank, "status")


def _order(value: Any) -> str | float:
    return "" if formatting.is_missing(value) else float(f"{float(value):.8g}")
