"""Rows of mixed facts to tables whose columns each have one type."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from nanocensus.tables.glossary import column_of

# Finer than anything here is known, and short enough to read; float noise beyond it would make
# files differ between machines.
_DIGITS = 7
_WHOLE_PIXELS = ("rows", "columns")


def rounded(value: float) -> float:
    """Return a number to seven significant digits."""
    return float(f"{value:.{_DIGITS}g}")


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it: numbers rounded, what is not finite as None.

    Mappings, sequences and arrays are converted item by item.
    """
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return rounded(value) if math.isfinite(value) else None
    return value


def typed_table(
    table: str, rows: Iterable[Mapping[str, Any]], columns: Sequence[str]
) -> pd.DataFrame:
    """Return rows as a table with the types that the glossary's units imply.

    Parameters
    ----------
    table : str
        Table of the glossary.
    rows : iterable of mapping
        What is absent, None, empty or not finite is missing in the table.
    columns : sequence of str
        In their order; those that the glossary does not know (of the sample sheet) are text.
    """
    rows = list(rows)
    return pd.DataFrame(
        {name: _typed(table, name, [row.get(name) for row in rows]) for name in columns}
    )


def _typed(table: str, name: str, values: Sequence[Any]) -> pd.Series:
    unit = _unit(table, name)
    if unit == "text":
        return pd.Series([None if _absent(v) else str(v) for v in values], dtype="str")
    numbers = [float("nan") if v is None else float(v) for v in values]
    if unit == "count" or (unit == "px" and name.startswith(_WHOLE_PIXELS)):
        return pd.Series([int(v) if math.isfinite(v) else None for v in numbers], dtype="Int64")
    return pd.Series(
        [rounded(v) if math.isfinite(v) else float("nan") for v in numbers], dtype="float64"
    )


def _absent(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def _unit(table: str, name: str) -> str:
    try:
        return column_of(table, name).unit
    except KeyError:
        return "text"
