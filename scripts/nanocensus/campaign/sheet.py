"""The sample sheet: rows of samples and where their micrographs lie."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nanocensus.campaign.configuration import load_schema
from nanocensus.campaign.faults import CampaignError, Fault, nearest
from nanocensus.campaign.names import fault_of_name
from nanocensus.paths import SCHEMAS

SHEET_SCHEMA = SCHEMAS / "samples.schema.yaml"
PICTURE_FIELDS = ("modality", "polarity", "pixel_size_nm")
_REQUIRED = ("sample", "micrographs")


@dataclass(frozen=True)
class SheetRow:
    """One row: a sample and a folder, glob or file of it.

    Attributes
    ----------
    line : int
        Line in the sheet, the header being line 1.
    fields : mapping
        What the row says of its pictures: `modality`, `polarity` (str) and
        `pixel_size_nm` (float); only what is given.
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

        Where a sample has several rows, the first that is not empty speaks.
        """
        samples: dict[str, dict[str, str]] = {}
        for row in sorted(self.rows, key=lambda row: (row.sample, row.line)):
            columns = samples.setdefault(
                row.sample, {"group": "", **dict.fromkeys(self.further_columns, "")}
            )
            for column, value in [("group", row.group), *row.further.items()]:
                columns[column] = columns[column] or value
        return samples


def read_sample_sheet(path: Path) -> SampleSheet:
    """Read and check a TSV or CSV sample sheet.

    Raises
    ------
    CampaignError
        With every fault of the sheet: file, line, column and remedy.
    """
    header, lines = _read_lines(path)
    schema = load_schema(SHEET_SCHEMA)
    known = list(schema["properties"])
    faults = _faults_of_header(path, header, known)
    if faults:
        raise CampaignError(faults)
    further = tuple(column for column in header if column not in known)
    rows = []
    for line, cells in lines:
        values = dict(zip(header, cells, strict=False))
        row_faults = _faults_of_row(path, line, header, cells, values, schema)
        faults.extend(row_faults)
        if not row_faults:
            rows.append(_row(line, values, further))
    faults.extend(_faults_between_rows(path, rows))
    if not lines:
        faults.append(Fault(path, "", "the sheet has no rows", "Add one row for each sample."))
    if faults:
        raise CampaignError(faults)
    return SampleSheet(path, tuple(rows), further)


def _read_lines(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise CampaignError(
            [Fault(path, "", "the sample sheet does not exist", "Correct `samples`.")]
        ) from None
    except (UnicodeDecodeError, OSError) as error:
        raise CampaignError(
            [Fault(path, "", f"the sheet cannot be read ({error})", "Save it as UTF-8 text.")]
        ) from error
    first = text.split("\n", 1)[0]
    delimiter = "\t" if "\t" in first or path.suffix.lower() == ".tsv" else ","
    if delimiter == "," and ";" in first and "," not in first:
        delimiter = ";"
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    header: list[str] = []
    lines = []
    for cells in reader:
        cells = [cell.strip() for cell in cells]
        if not any(cells) or cells[0].startswith("#"):
            continue
        if not header:
            header = cells
        else:
            lines.append((reader.line_num, cells))
    return header, lines


def _faults_of_header(path: Path, header: Sequence[str], known: Sequence[str]) -> list[Fault]:
    faults = []
    for column in _REQUIRED:
        if column not in header:
            mistyped = nearest(column, [name for name in header if name] or ["(no columns)"])
            faults.append(
                Fault(
                    path,
                    f"column {column}",
                    "the column is missing",
                    f"Add it to the header. {mistyped}",
                    1,
                )
            )
    for column in {name for name in header if header.count(name) > 1}:
        faults.append(
            Fault(
                path,
                f"column {column or '(unnamed)'}",
                "the column stands twice",
                "Keep one of them.",
                1,
            )
        )
    for column in header:
        lower = column.lower().replace(" ", "_")
        if column not in known and lower in known and lower not in header:
            faults.append(
                Fault(
                    path,
                    f"column {column}",
                    "the spelling differs from a known column",
                    f"Write {lower!r}.",
                    1,
                )
            )
    return faults


def _faults_of_row(
    path: Path,
    line: int,
    header: Sequence[str],
    cells: Sequence[str],
    values: Mapping[str, str],
    schema: Mapping[str, Any],
) -> list[Fault]:
    faults = []
    if len(cells) > len(header):
        faults.append(
            Fault(
                path,
                "",
                f"{len(cells)} cells under {len(header)} columns",
                "Remove the surplus or quote cells that hold the separator.",
                line,
            )
        )
    for column in _REQUIRED:
        if not values.get(column):
            faults.append(Fault(path, f"column {column}", "the cell is empty", "Fill it in.", line))
    sample = values.get("sample", "")
    if sample and (wrong := fault_of_name(sample)):
        faults.append(Fault(path, "column sample", f"{sample!r} {wrong[0]}", wrong[1], line))
    for column in ("modality", "polarity"):
        allowed = schema["properties"][column]["enum"]
        value = values.get(column, "")
        if value.lower() not in allowed:
            faults.append(
                Fault(
                    path,
                    f"column {column}",
                    f"{value!r} is unknown",
                    f"Allowed: {', '.join(filter(None, allowed))} or empty.",
                    line,
                )
            )
    size = values.get("pixel_size_nm", "")
    if size and _positive_number(size) is None:
        faults.append(
            Fault(
                path,
                "column pixel_size_nm",
                f"{size!r} is not a positive number",
                "Write nanometres per pixel with a decimal point, or leave it empty.",
                line,
            )
        )
    return faults


def _positive_number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and number > 0 else None


def _row(line: int, values: Mapping[str, str], further: Sequence[str]) -> SheetRow:
    fields: dict[str, str | float] = {}
    for column in ("modality", "polarity"):
        value = values.get(column, "").lower()
        if value not in ("", "auto"):
            fields[column] = value
    if values.get("pixel_size_nm"):
        fields["pixel_size_nm"] = float(values["pixel_size_nm"])
    return SheetRow(
        line=line,
        sample=values["sample"],
        micrographs=values["micrographs"],
        group=values.get("group", ""),
        fields=fields,
        further={column: values.get(column, "") for column in further},
    )


def _faults_between_rows(path: Path, rows: Sequence[SheetRow]) -> list[Fault]:
    spellings: dict[str, str] = {}
    faults = []
    for row in rows:
        first = spellings.setdefault(row.sample.casefold(), row.sample)
        if first != row.sample:
            faults.append(
                Fault(
                    path,
                    "column sample",
                    f"{row.sample!r} differs from {first!r} only in upper and lower case",
                    "Some disks cannot keep them apart: use one spelling or two names.",
                    row.line,
                )
            )
    return faults
