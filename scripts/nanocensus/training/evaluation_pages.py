"""Pages of a training, an evaluation and a comparison, self-contained; a comparison's table."""

from __future__ import annotations

import base64
import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from nanocensus.campaign import replacing

from .evaluation import Evaluation
from .formulas import SIZE_CLASSES
from .model_comparison import LOWER_IS_BETTER, SIGNED, ModelDifference

_COUNTS = ("n_truth", "n_predicted", "n_matched")
_OF_SPECIMENS = ("n_truth", "n_predicted", "f1_50", "f1_75", "ap", "dice", "size_mare")

Drawing = tuple[str, bytes]
"""Caption and PNG file of a picture with its outlines."""


@dataclass(frozen=True)
class EvaluatedPart:
    """What a training's page shows of one set of pictures.

    Attributes
    ----------
    title : str
    caution : str
        What the pictures were also used for, to go on from "... specimens"; may be empty.
    evaluation : Evaluation
    summary : mapping
        As `summarise_evaluation` gives it.
    examples, failures : sequence of Drawing
    """

    title: str
    caution: str
    evaluation: Evaluation
    summary: Mapping[str, Any]
    examples: Sequence[Drawing]
    failures: Sequence[Drawing]


def training_page(name: str, curves: bytes | None, parts: Sequence[EvaluatedPart]) -> str:
    """Return a training run as HTML: curves (a PNG file), scores, specimens, examples, failures."""
    shown = [
        {
            "title": part.title,
            "caution": part.caution,
            "summary": part.summary,
            "sections": _sections(part.summary),
            "specimen_headings": ("specimen", "pictures", *_OF_SPECIMENS),
            "specimen_rows": _specimen_rows(part.evaluation),
            "examples": _encoded(part.examples),
            "failures": _encoded(part.failures),
        }
        for part in parts
    ]
    page = _environment().get_template("training.html.j2")
    drawn = base64.b64encode(curves).decode() if curves else ""
    return page.render(name=name, curves=drawn, parts=shown)


def evaluation_page(name: str, summary: Mapping[str, Any], drawings: Sequence[Drawing]) -> str:
    """Return an evaluation as HTML.

    Parameters
    ----------
    name : str
        Of the model.
    summary : mapping
        As `summarise_evaluation` gives it.
    drawings : sequence of Drawing
        The worst pictures, the worst first.
    """
    page = _environment().get_template("evaluation.html.j2")
    return page.render(
        name=name, summary=summary, sections=_sections(summary), drawings=_encoded(drawings)
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


def _sections(summary: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Return title, headings, rows of figures and of recall: of all pictures, of each kind."""
    plain = [key for key in summary["pooled"] if key not in SIZE_CLASSES]
    sections = [("All pictures", {"": summary})]
    sections += [(f"By {trait}", words) for trait, words in summary["groups"].items()]
    return [
        (title, _headings(parts), _rows(plain, parts), _recall_rows(parts))
        for title, parts in sections
    ]


def _specimen_rows(evaluation: Evaluation) -> list[list[str]]:
    """Return a row of cells for each specimen, in ascending order of F1 at 0.5; NaN first."""
    rows = []
    for specimen, part in evaluation.specimens().items():
        of_all = part.pooled()
        cells = [_with_interval(name, of_all[name], None) for name in _OF_SPECIMENS]
        f1_50 = of_all["f1_50"]
        place = (not math.isnan(f1_50), f1_50, specimen)
        rows.append((place, [specimen, str(len(part.pictures)), *cells]))
    return [cells for _, cells in sorted(rows)]


def _encoded(drawings: Sequence[Drawing]) -> list[tuple[str, str]]:
    return [(caption, base64.b64encode(png).decode()) for caption, png in drawings]


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
