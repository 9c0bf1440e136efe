"""What every column of the tables is called, in which unit, and what it means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from nanocensus.campaign import glossary_rows

_SHAPE_PREFIXES = {"particles": "p_shape_", "samples": "n_shape_"}


@dataclass(frozen=True)
class Column:
    """One column of one table.

    Attributes
    ----------
    table, name : str
        Where the column stands.
    unit : str
        A unit of measurement, ``1`` for a ratio, or one of ``text``, ``true/false``, ``count``
        and ``label``, which also say the type.
    definition : str
        One sentence.
    source : str
        Standard or method the definition comes from; empty where there is none.
    """

    table: str
    name: str
    unit: str
    definition: str
    source: str


@cache
def _glossary() -> dict[tuple[str, str], Column]:
    return {
        (row["table"], row["column"]): Column(
            row["table"], row["column"], row["unit"], row["definition"], row["source"]
        )
        for row in glossary_rows()
    }


def shape_classes() -> tuple[str, ...]:
    """Return the shape classes that the glossary spells out, in its order."""
    prefix = _SHAPE_PREFIXES["particles"]
    return tuple(
        name.removeprefix(prefix)
        for table, name in _glossary()
        if table == "particles" and name.startswith(prefix)
    )


def columns_of(table: str, *, shapes: Sequence[str] | None = None) -> list[str]:
    """Return the columns of a table in their order.

    Parameters
    ----------
    table : str
        ``particles``, ``micrographs`` or ``samples``.
    shapes : sequence of str, optional
        Shape classes of another classification model; their columns take the place of those of
        the classes that the glossary spells out.
    """
    names = [name for key, name in _glossary() if key == table]
    if not names:
        raise KeyError(f"no table {table!r} in the glossary: particles, micrographs or samples")
    prefix = _SHAPE_PREFIXES.get(table)
    if shapes is None or prefix is None:
        return names
    spelled_out = [prefix + shape for shape in shape_classes()]
    first = names.index(spelled_out[0])
    others = [name for name in names if name not in spelled_out]
    return others[:first] + [prefix + shape for shape in shapes] + others[first:]


def column_of(table: str, name: str) -> Column:
    """Return unit, definition and source of a column.

    A shape class that the glossary does not spell out takes over the text of one that it does.
    """
    found = _glossary().get((table, name))
    if found is not None:
        return found
    prefix = _SHAPE_PREFIXES.get(table, "")
    if prefix and name.startswith(prefix):
        # The first class, sphere, says more of itself than the others.
        known = shape_classes()[1]
        model = _glossary()[table, prefix + known]
        definition = model.definition.replace(known, name.removeprefix(prefix))
        return replace(model, name=name, definition=definition)
    raise KeyError(f"the glossary has no column {name!r} in the table {table!r}")
