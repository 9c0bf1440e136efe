"""Several runs from one configuration: folds by specimen, or growing numbers of labelled pictures.

A run is named `fold-0` ... or `labelled-5` ...; each is a job of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from .settings import TrainingSettingsError
from .sheet import LabelledPicture
from .splits import SplitShares, deal_folds, rank_of

_FOLD, _LABELLED = "fold-", "labelled-"
START_RUN = f"{_LABELLED}0"
"""The run of a learning curve that trains nothing: the bundle that the others start from."""


def run_names(values: Mapping[str, Any]) -> list[str]:
    """Name the runs that a configuration's section `training` asks for; none is one plain run."""
    folds, counts = values.get("folds"), values.get("learning_curve")
    if folds is not None and counts is not None:
        raise TrainingSettingsError("training: folds and learning_curve exclude each other")
    if folds is not None:
        if not isinstance(folds, int) or folds < 2:
            raise TrainingSettingsError(f"training, folds: {folds!r}; two or more are needed")
        return [f"{_FOLD}{number}" for number in range(folds)]
    if counts is None:
        return []
    if not isinstance(counts, list) or not all(isinstance(n, int) and n >= 0 for n in counts):
        raise TrainingSettingsError(
            f"training, learning_curve: {counts!r}; a list of numbers of pictures is needed"
        )
    if values.get("start_from") is None:
        raise TrainingSettingsError("training, learning_curve: needs a bundle as start_from")
    return [f"{_LABELLED}{count}" for count in sorted({0, *counts})]


def pictures_of_run(
    run: str, names: Sequence[str], sheets: Sequence[Sequence[LabelledPicture]], *, seed: int
) -> list[tuple[LabelledPicture, ...]]:
    """Give the pictures of all sheets the splits of one run.

    Parameters
    ----------
    run : str
        One of `names`.
    names : sequence of str
        As `run_names` gives them.
    sheets : sequence of sequences of LabelledPicture
        Specimens are taken together over all sheets.
    seed : int

    Returns
    -------
    list of tuple of LabelledPicture
        Sheet by sheet. `fold-K`: see `split_fold`. `labelled-N`: N pictures to train on, those of
        smaller N among them (none of `START_RUN`); validation and test are the sheets'.
    """
    if run not in names:
        raise TrainingSettingsError(f"training: run {run!r} is none of {list(names)}")
    if run.startswith(_FOLD):
        return split_fold(sheets, int(run.removeprefix(_FOLD)), folds=len(names), seed=seed)
    if not any(row.split == "test" for sheet in sheets for row in sheet):
        raise TrainingSettingsError(
            "training, learning_curve: no sheet has a picture of split test, by which the numbers "
            "of pictures are compared"
        )
    return _keep_few(sheets, int(run.removeprefix(_LABELLED)), seed)


def split_fold(
    sheets: Sequence[Sequence[LabelledPicture]], fold: int, *, folds: int, seed: int
) -> list[tuple[LabelledPicture, ...]]:
    """Split pictures for one fold; the sheets' own splits do not count.

    The fold's specimens are for the test. Of the others a seeded tenth (one at least) is for
    validation, which chooses the step and fits the decoding, so the test took part in nothing.

    Raises
    ------
    TrainingSettingsError
        There are too few specimens, or one picture stands under two of them.
    """
    rows = [row for sheet in sheets for row in sheet]
    check_pictures(rows)
    sizes: dict[str, int] = {}
    for row in rows:
        sizes[row.specimen] = sizes.get(row.specimen, 0) + 1
    if len(sizes) < max(folds, 3):
        raise TrainingSettingsError(
            f"training, folds: {folds} folds of {len(sizes)} specimens: at least as many specimens "
            "as folds, and three, are needed; pictures of one specimen stay together"
        )
    of_specimen = deal_folds(sizes, seed=seed, folds=folds)
    n_validation = max(1, round(SplitShares().validation * len(sizes)))
    most = max(Counter(of_specimen.values()).values())
    # told in every fold, so that none is trained before another one is refused
    if len(sizes) - most <= n_validation:
        raise TrainingSettingsError(
            f"training, folds: of {len(sizes)} specimens {most} are the test of one of {folds} "
            f"folds and {n_validation} for validation, so none is left to train on; ask for more "
            "folds, or label more specimens"
        )
    others = sorted(
        (name for name in sizes if of_specimen[name] != fold),
        key=lambda name: rank_of(name, seed=seed + 1),
    )
    splits = dict.fromkeys(sizes, "test") | dict.fromkeys(others, "train")
    splits |= dict.fromkeys(others[:n_validation], "validation")
    return [tuple(replace(row, split=splits[row.specimen]) for row in sheet) for sheet in sheets]


def check_pictures(rows: Sequence[LabelledPicture]) -> None:
    """Refuse one picture under two specimens: it could stand on two sides of a split."""
    specimen_of: dict[str, str] = {}
    for row in rows:
        before = specimen_of.setdefault(str(row.picture.resolve()), row.specimen)
        if before != row.specimen:
            raise TrainingSettingsError(
                f"training: {row.picture} stands under specimens {before!r} and {row.specimen!r}"
            )


def _keep_few(
    sheets: Sequence[Sequence[LabelledPicture]], count: int, seed: int
) -> list[tuple[LabelledPicture, ...]]:
    """Keep so many training pictures, all of validation and test."""
    candidates = [row for sheet in sheets for row in sheet if row.split == "train"]
    if len(candidates) < count:
        raise TrainingSettingsError(
            f"training, learning_curve: {count} pictures wanted, the sheets have "
            f"{len(candidates)} of split train"
        )
    candidates.sort(key=lambda row: rank_of(row.name, seed=seed))
    kept = {row.picture for row in candidates[:count]}
    return [
        tuple(row for row in sheet if row.split != "train" or row.picture in kept)
        for sheet in sheets
    ]
