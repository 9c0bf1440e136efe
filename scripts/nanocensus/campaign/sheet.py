"""The sample sheet: rows of samples and where their micrographs lie."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from nanocensus.campaign.configuration import load_schema
from nanocensus.campaign.faults import Fault, nearest
from nanocensus.campaign.glossary import glossary_rows
from nanocensus.campaign.names import fault_of_name
from nanocensus.paths import SCHEMAS

SHEET_SCHEMA = SCHEMAS / "samples.schema.yaml"
_REQUIRED = ("sample", "micrographs")
_OF_THE_SAMPLE = (*_REQUIRED, "group")
# A column that says nothing without another.
_NEEDS = {"pixel_size_reason": "pixel_size_nm", "scale_date": "scale_standard"}
# samples.csv counts each class of the classification model in a column of its own.
_SHAPE_COUNT = "n_shape_"


@dataclass(frozen=True)
class SheetRow:
    """One row: a sample and a folder, glob or file of it.

    Attributes
    ----------
    line : int
        Line in the sheet, the header being line 1.
    fields : mapping
        What the row says of its pictures, numbers as float and the rest as str; only what is
        given.
    further : mapping
        The sheet's own columns, as text.
    """

    line: int
    sample: str
    micrographs: str
    group: str
    fields: Mapping[str, str | float]
    further: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SampleSheet:
    """A checked sheet."""

    path: Path
    rows: tuple[SheetRow, ...]
    further_columns: tuple[str, ...]

    @property
    def samples(self) -> dict[str, dict[str, str]]:
        """For each sample, in alphabetic order, its group and further columns.

        Where a sample has several rows, one that is not empty speaks for all.
        """
        samples: dict[str, dict[str, str]] = {}
        for row in sorted(self.rows, key=lambda row: (row.sample, row.line)):
            columns = samples.setdefault(
                row.sample, {"group": "", **dict.fromkeys(self.further_columns, "")}
            )
            for column, value in [("group", row.group), *row.further.items()]:
                columns[column] = columns[column] or value
        return samples


def read_sample_sheet(path: Path, faults: list[Fault]) -> SampleSheet:
    """Read and check a TSV or CSV sample sheet.

    Every fault is added to `faults`: file, line, column and remedy. Where there are any, the
    sheet returned holds what could be read.
    """
    lines = _read_lines(path, faults)
    header, lines = (lines[0][1], lines[1:]) if lines else ([], [])
    schema = load_schema(SHEET_SCHEMA)
    known = list(schema["properties"])
    if header:
        faults.extend(_faults_of_header(path, header, known))
    further = tuple(
        column
        for column in header
        if column not in known and not _is_taken(column) and not _mistyped(column, header, known)
    )
    rows = []
    for line, cells in lines:
        values = dict(zip(header, cells, strict=False))
        faults.extend(_faults_of_row(path, line, header, cells, schema))
        if values.get("sample") and values.get("micrographs"):
            rows.append(_row(line, values, further, schema["properties"]))
    faults.extend(_faults_of_spelling(path, rows))
    faults.extend(_faults_of_sample_columns(path, rows))
    if header and not lines:
        faults.append(Fault(path, "", "the sheet has no rows", "Add one row for each sample."))
    return SampleSheet(path, tuple(rows), further)


def _read_lines(path: Path, faults: list[Fault]) -> list[tuple[int, list[str]]]:
    """Return line number and cells of the header and of each row."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        lines = list(_lines_of(text, _delimiter(text, path)))
    except FileNotFoundError:
        faults.append(Fault(path, "", "the sample sheet does not exist", "Correct `samples`."))
        return []
    except (UnicodeDecodeError, OSError, csv.Error) as error:
        faults.append(
            Fault(path, "", f"the sheet cannot be read ({error})", "Save it as UTF-8 text.")
        )
        return []
    if not lines:
        faults.append(
            Fault(path, "", "the sheet is empty", f"Begin it with {' and '.join(_REQUIRED)}.", 1)
        )
    return lines


def _delimiter(text: str, path: Path) -> str:
    first = text.split("\n", 1)[0]
    if "\t" in first or path.suffix.lower() == ".tsv":
        return "\t"
    return ";" if ";" in first and "," not in first else ","


def _lines_of(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    for cells in reader:
        stripped = [cell.strip() for cell in cells]
        if any(stripped) and not stripped[0].startswith("#"):
            yield reader.line_num, stripped


def _is_taken(column: str) -> bool:
    """Return whether samples.csv has a column of its own of this name."""
    return column.startswith(_SHAPE_COUNT) or any(
        row["table"] == "samples" and row["column"] == column for row in glossary_rows()
    )


def _mistyped(column: str, header: Sequence[str], known: Sequence[str]) -> str:
    """Return the known column that only the spelling differs from, or nothing."""
    lower = column.lower().replace(" ", "_")
    return lower if column not in known and lower in known and lower not in header else ""


def _faults_of_header(path: Path, header: Sequence[str], known: Sequence[str]) -> Iterator[Fault]:
    def fault(column: str, message: str, remedy: str) -> Fault:
        return Fault(path, f"column {column or '(unnamed)'}", message, remedy, 1)

    for column in _REQUIRED:
        if column not in header:
            likely = nearest(column, [name for name in header if name])
            yield fault(column, "the column is missing", f"Add it to the header. {likely}")
    for column in dict.fromkeys(header):
        if header.count(column) > 1:
            yield fault(column, "the column stands twice", "Keep one of them.")
        if meant := _mistyped(column, header, known):
            yield fault(column, "the spelling differs from a known column", f"Write {meant!r}.")
        if column not in known and _is_taken(column):
            yield fault(
                column,
                "samples.csv has a column of this name, which is computed",
                f"Rename it, for example to {'true_' + column!r} where it is a known value.",
            )


def _faults_of_row(
    path: Path,
    line: int,
    header: Sequence[str],
    cells: Sequence[str],
    schema: Mapping[str, Any],
) -> Iterator[Fault]:
    if len(cells) > len(header):
        yield Fault(
            path,
            "",
            f"{len(cells)} cells under {len(header)} columns",
            "Remove the surplus or quote cells that hold the separator.",
            line,
        )
    cells = [*cells, *[""] * (len(header) - len(cells))]
    values = dict(zip(header, cells, strict=False))
    for column, other in _NEEDS.items():
        if values.get(column) and not values.get(other):
            yield Fault(
                path,
                f"column {column}",
                f"it is given without {other}",
                f"Fill in {other} or leave both empty.",
                line,
            )
    for column, value in zip(header, cells, strict=False):
        if wrong := _fault_of_cell(column, value, schema):
            yield Fault(path, f"column {column}", *wrong, line)


def _fault_of_cell(column: str, value: str, schema: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return (what is wrong, remedy) with a cell, or None."""
    if column in _REQUIRED and not value:
        return "the cell is empty", "Fill it in."
    if column == "sample" and (wrong := fault_of_name(value)):
        return f"{value!r} {wrong[0]}", wrong[1]
    allowed = schema["properties"].get(column, {}).get("enum")
    if allowed and value.lower() not in allowed:
        named = ", ".join(filter(None, allowed))
        return f"{value!r} is unknown", f"Allowed: {named} or empty."
    rule = schema["properties"].get(column, {})
    if value and rule.get("type") == "number" and _number(value, rule) is None:
        limits = f"above {rule['exclusiveMinimum']:g}"
        if "exclusiveMaximum" in rule:
            limits += f" and below {rule['exclusiveMaximum']:g}"
        remedy = "Write it with a decimal point, or leave it empty."
        return f"{value!r} is not a number {limits}", remedy
    if value and rule.get("format") == "date" and not _is_date(value):
        return f"{value!r} is not a date", "Write it as YYYY-MM-DD, or leave it empty."
    return None


def _number(text: str, rule: Mapping[str, Any]) -> float | None:
    """Return a number within the limits of its column's rule, None for anything else."""
    try:
        number = float(text)
    except ValueError:
        return None
    low = rule.get("exclusiveMinimum", -math.inf)
    high = rule.get("exclusiveMaximum", math.inf)
    return number if low < number < high else None


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == len("YYYY-MM-DD")


def _row(
    line: int,
    values: Mapping[str, str],
    further: Sequence[str],
    rules: Mapping[str, Mapping[str, Any]],
) -> SheetRow:
    fields: dict[str, str | float] = {}
    for column, rule in rules.items():
        value = values.get(column, "")
        if column in _OF_THE_SAMPLE or not value:
            continue
        if rule.get("type") == "number":
            if (number := _number(value, rule)) is not None:
                fields[column] = number
        elif "enum" not in rule:
            fields[column] = value
        elif value.lower() != "auto":
            fields[column] = value.lower()
    return SheetRow(
        line=line,
        sample=values["sample"],
        micrographs=values["micrographs"],
        group=values.get("group", ""),
        fields=fields,
        further={column: values.get(column, "") for column in further},
    )


def _faults_of_spelling(path: Path, rows: Sequence[SheetRow]) -> Iterator[Fault]:
    spellings: dict[str, str] = {}
    for row in rows:
        first = spellings.setdefault(row.sample.casefold(), row.sample)
        if first != row.sample:
            yield Fault(
                path,
                "column sample",
                f"{row.sample!r} differs from {first!r} only in upper and lower case",
                "Some disks cannot keep them apart: use one spelling or two names.",
                row.line,
            )


def _faults_of_sample_columns(path: Path, rows: Sequence[SheetRow]) -> Iterator[Fault]:
    """Yield what rows of one sample say differently of it: it has one row in samples.csv."""
    said: dict[tuple[str, str], tuple[str, int]] = {}
    for row in rows:
        for column, value in [("group", row.group), *row.further.items()]:
            if not value:
                continue
            first, line = said.setdefault((row.sample, column), (value, row.line))
            if value != first:
                yield Fault(
                    path,
                    f"column {column}",
                    f"{value!r} differs from {first!r} in line {line}, of the same sample "
                    f"{row.sample!r}",
                    "Write the same in both rows or leave one empty; or name two samples.",
                    row.line,
                )
