"""Models that were evaluated on the same pictures, compared over specimens."""

from __future__ import annotations

import csv
import itertools
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from nanocensus.statistics import holm

from .formulas import SIZE_CLASSES
from .specimens import mean_interval, sign_flip_test, specimen_means

SIGNED = ("size_mre", "count_rel_error", "d10_rel_error", "d50_rel_error", "d90_rel_error")
"""Figures that are best at 0: their moduli are compared."""
LOWER_IS_BETTER = ("rand_error", "adapted_rand_error", "size_mare", *SIGNED)
COMPARED = (
    *("f1_50", "f1_75", "ap", "pq", "precision_50", "recall_50"),
    *("pixel_precision", "pixel_recall", "pixel_accuracy", "iou", "dice", "auc"),
    *("size_spearman", *LOWER_IS_BETTER, *SIZE_CLASSES),
)
Row = Mapping[str, str]


class ComparisonError(ValueError):
    """Evaluations that do not hold the same pictures, or were not scored alike."""


@dataclass(frozen=True)
class ModelDifference:
    """One figure of two models.

    Attributes
    ----------
    first, second : str
        Names of the models.
    figure : str
    n_specimens : int
        Specimens with a picture for which the figure is defined for both models.
    first_mean, second_mean : float
        Means over specimens of the mean over their pictures.
    difference, low, high : float
        first_mean - second_mean and its 95 % interval over specimens.
    p, smallest_p, p_holm : float
        Of `sign_flip_test`; the smallest that so many specimens can give; p adjusted for all
        rows of the table.
    """

    first: str
    second: str
    figure: str
    n_specimens: int
    first_mean: float
    second_mean: float
    difference: float
    low: float
    high: float
    p: float
    smallest_p: float
    p_holm: float = math.nan


def read_picture_table(path: Path) -> list[dict[str, str]]:
    """Read the pictures.tsv of an evaluation."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


def check_same_scoring(folders: Mapping[str, Path]) -> None:
    """Refuse evaluations that were scored by different settings.

    Parameters
    ----------
    folders : mapping of str to Path
        For each model the folder with the scores.json of its evaluation.

    Raises
    ------
    ComparisonError
        Naming each setting that differs, with both values.
    """
    (reference, expected), *others = ((name, _scoring(at)) for name, at in folders.items())
    for name, found in others:
        differing = [
            f"{key} is {expected.get(key)!r} of {reference} and {found.get(key)!r} of {name}"
            for key in {**expected, **found}
            if expected.get(key) != found.get(key)
        ]
        if differing:
            raise ComparisonError(
                f"{folders[name] / 'scores.json'}, scoring: {'; '.join(differing)}: evaluate both "
                "with the same options"
            )


def _scoring(folder: Path) -> dict[str, Any]:
    """Return the settings that an evaluation was scored by."""
    path = folder / "scores.json"
    scores: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if "scoring" not in scores:
        raise ComparisonError(
            f"{path}: scoring is missing, the evaluation is of an older version; evaluate again "
            "(snakemake evaluate --forcerun evaluate_segmentation)"
        )
    return dict(scores["scoring"])


def compare_models(tables: Mapping[str, Sequence[Row]]) -> list[ModelDifference]:
    """Compare each two models in each figure of `COMPARED`.

    Parameters
    ----------
    tables : mapping of str to sequence of rows
        For each model the rows of its pictures.tsv.

    Raises
    ------
    ComparisonError
        If the pictures, their specimens, contents or numbers of labelled particles differ.

    Notes
    -----
    A picture counts for a figure where it is defined for both models. A specimen weighs as one
    however many pictures it has.
    """
    ordered = {name: sorted(rows, key=lambda row: row["picture"]) for name, rows in tables.items()}
    _check_same_pictures(ordered)
    rows = [
        _difference((first, second), (ordered[first], ordered[second]), figure)
        for first, second in itertools.combinations(ordered, 2)
        for figure in COMPARED
    ]
    adjusted = holm([row.p for row in rows])
    return [replace(row, p_holm=p) for row, p in zip(rows, adjusted, strict=True)]


def _check_same_pictures(tables: Mapping[str, Sequence[Row]]) -> None:
    about = {
        name: [
            (row["picture"], row["specimen"], row["n_truth"], row.get("content", ""))
            for row in rows
        ]
        for name, rows in tables.items()
    }
    (reference, expected), *others = about.items()
    if len({picture for picture, *_ in expected}) < len(expected):
        raise ComparisonError(f"{reference}: two pictures have the same name")
    for name, found in others:
        if found != expected:
            odd = sorted(set(found) ^ set(expected))
            raise ComparisonError(
                f"{name} was not evaluated on the pictures and labels of {reference}: "
                f"{len(odd)} differ, the first is {odd[:1]}"
            )


def _difference(
    names: tuple[str, str], tables: tuple[Sequence[Row], Sequence[Row]], figure: str
) -> ModelDifference:
    specimens = [row["specimen"] for row in tables[0]]
    values = np.array([[_number(row[figure]) for row in table] for table in tables])
    if figure in SIGNED:
        values = np.abs(values)
    values[:, np.isnan(values).any(axis=0)] = math.nan
    first, second = (specimen_means(specimens, row.tolist()) for row in values)
    both = np.array([list(first.values()), list(second.values())])
    differences = both[0] - both[1]
    test = sign_flip_test(differences)
    known = len(differences) > 0
    low, high = mean_interval(differences) if known else (math.nan, math.nan)
    means = both.mean(axis=1).tolist() if known else (math.nan, math.nan)
    return ModelDifference(
        *names,
        figure,
        n_specimens=len(differences),
        first_mean=means[0],
        second_mean=means[1],
        difference=means[0] - means[1],
        low=low,
        high=high,
        p=test.p,
        smallest_p=test.smallest_p,
    )


def _number(cell: str) -> float:
    return float(cell) if cell else math.nan
