"""Pages of an evaluation and of a comparison, self-contained; a table of the comparison."""

from __future__ import annotations

import base64
import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from nanocensus.campaign import replacing

from .formulas import SIZE_CLASSES
from .model_comparison import LOWER_IS_BETTER, SIGNED, ModelDifference

_COUNTS = ("n_truth", "n_predicted", "n_matched")


def evaluation_page(
    name: str, summary: Mapping[str, Any], drawings: Sequence[tuple[str, bytes]]
) -> str:
    """Return an evaluation as HTML.

    Parameters
    ----------
    name : str
        Of the model.
    summary : mapping
        As `summarise_evaluation` gives it.
    drawings : sequence of (str, bytes)
        Captions and PNG files of the worst pictures, the worst first.
    """
    plain = [key for key in summary["pooled"] if key not in SIZE_CLASSES]
    sections = [("All pictures", {"": summary})]
    sections += [(f"By {trait}", words) for trait, words in summary["groups"].items()]
    return (
        _environment()
        .get_template("evaluation.html.j2")
        .render(
            name=name,
            summary=summary,
            sections=[
                (title, _headings(parts), _rows(plain, parts), _recall_rows(parts))
                for title, parts in sections
            ],
            drawings=[(caption, base64.b64encode(png).decode()) for caption, png in drawings],
        )
    )


def write_comparison(differences: Sequence[ModelDifference], folder: Path) -> None:
    """Write comparison.tsv and comparison.html."""
    with replacing(folder / "comparison.tsv") as path, path.open("w", newline="") as stream:
        names = [field.name for field in fields(ModelDifference)]
        writer = csv.DictWriter(stream, names, delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows({k: _cell(v) for k, v in asdict(row).items()} for row in differences)
    page = _environment().get_template("comparison.html.j2")
    shown = [
        {k: _number(v) if isinstance(v, float) else v for k, v in asdict(row).items()}
        for row in differences
    ]
    with replacing(folder / "comparison.html") as path:
        path.write_text(
            page.render(rows=shown, signed=SIGNED, lower_is_better=LOWER_IS_BETTER),
            encoding="utf-8",
        )


@cache
def _environment() -> jinja2.Environment:
    """Return the templates; names come from users' sheets, so all is escaped."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader("nanocensus.training", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _headings(parts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    return [
        f"{word} ({part['n_pictures']} pictures, {part['n_specimens']} specimens)".strip()
        for word, part in parts.items()
    ]


def _rows(
    figures: Sequence[str], parts: Mapping[str, Mapping[str, Any]]
) -> list[tuple[str, list[str]]]:
    """Return each figure's cells: pooled and mean of each part, with intervals."""
    return [
        (
            figure,
            [
                _with_interval(figure, part[kind][figure], part[f"{kind}_interval"][figure])
                for part in parts.values()
                for kind in ("pooled", "mean")
            ],
        )
        for figure in figures
    ]


def _recall_rows(parts: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, list[str]]]:
    """Return the recall of each size class, with the number of particles behind it."""
    rows = _rows(SIZE_CLASSES, parts)
    counts = [part["n_of_size"] for part in parts.values() for _ in ("pooled", "mean")]
    return [
        (name, [f"{cell} of {n[name]}" for cell, n in zip(cells, counts, strict=True)])
        for name, cells in rows
    ]


def _with_interval(figure: str, value: float | None, interval: Sequence[float] | None) -> str:
    if value is None:
        return "–"
    if figure in _COUNTS:
        return f"{value:.0f}" if value == round(value) else f"{value:.1f}"
    if interval is None:
        return _number(value)
    return f"{_number(value)} [{_number(interval[0])}, {_number(interval[1])}]"


def _number(value: float) -> str:
    """Return three decimals; more where these say nothing, of a small p for instance."""
    if math.isnan(value):
        return "–"
    return f"{value:.3f}" if value == 0 or abs(value) >= 0.01 else f"{value:.2g}"


def _cell(value: str | float) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.6g}"
    return str(value)
