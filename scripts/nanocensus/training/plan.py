"""What `snakemake train` is asked to do: the configuration's section `training`, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from .batches import Source
from .evaluation import check_names
from .outlines import outlines_to_labels
from .rendered import render_set
from .settings import TrainingSettings, TrainingSettingsError
from .sheet import LabelledPicture, of_split, read_data_sheet
from .variants import START_RUN, check_pictures, pictures_of_run, run_names

IMAGENET = "imagenet"
"""`encoder_weights` that the library downloads."""

_KEYS = {
    "name": "name of the model's bundle",
    "version": "version of the model",
    "folder": "where checkpoint, curves and bundle go, relative to where the command runs",
    "data": "list of {sheet, share} and {rendered: {count, seed}, share}",
    "encoder_weights": "imagenet (downloaded), or a safetensors file of such weights",
    "start_from": "folder of a bundle whose weights are the first ones",
    "licence": "licence of the model",
    "training_data": "one line for the card: materials, modes, origin",
    "description": "Markdown for the card's README: intended use, limits, citations",
    "date": "date of the card, YYYY-MM-DD",
    "folds": "number of folds by specimen, each a run of its own",
    "learning_curve": "numbers of training pictures, each a run of its own from start_from",
    "settings": "see TrainingSettings",
}


@dataclass(frozen=True)
class DataPart:
    """Labelled pictures of one kind and the share of the patches that they give."""

    pictures: tuple[LabelledPicture, ...]
    share: float
    rendered: bool


@dataclass(frozen=True)
class TrainingPlan:
    """A training run: what is trained from what, and what its card says.

    Attributes
    ----------
    name, version, licence, training_data, description, date : str
        Go into the bundle's card.
    folder : Path
        Checkpoint, curves and the finished bundle.
    parts : tuple of DataPart
    settings : TrainingSettings
    encoder_weights : Path, "imagenet" or None
        ImageNet weights of the encoder: a file, or the library's download.
    start_from : Path or None
        A bundle to go on from.
    run : str
        Which fold or number of pictures, see `run_names`; empty for a plain run.
    """

    name: str
    version: str
    folder: Path
    parts: tuple[DataPart, ...]
    settings: TrainingSettings
    licence: str
    training_data: str
    date: str
    description: str = ""
    encoder_weights: Path | str | None = None
    start_from: Path | None = None
    run: str = ""

    def sources(self, split: str) -> list[Source]:
        """Return the pictures of one split, part by part."""
        return [Source(of_split(part.pictures, split), part.share) for part in self.parts]

    def drawn(self, split: str) -> tuple[LabelledPicture, ...]:
        """Return the pictures of one split whose labels people drew; all if there are none."""
        wanted = [part for part in self.parts if not part.rendered] or self.parts
        return tuple(row for part in wanted for row in of_split(part.pictures, split))


def read_training_plan(path: Path, run: str | None = None) -> TrainingPlan:
    """Read a configuration file's section `training`.

    Paths of sheets and weights are relative to the file; missing rendered pictures are rendered
    into the configuration's folder.

    Parameters
    ----------
    path : Path
    run : str, optional
        Which of the runs (`run_names`), if the configuration asks for folds or a learning curve;
        it has a folder of its own in the configuration's.
    """
    given = yaml.safe_load(path.read_text(encoding="utf-8"))
    values = dict(given.get("training", given))
    unknown = sorted(set(values) - set(_KEYS))
    missing = sorted({"name", "folder", "data", "licence", "training_data", "date"} - set(values))
    if unknown or missing:
        raise TrainingSettingsError(
            f"{path}, training: {unknown} unknown, {missing} missing; the keys are "
            + "; ".join(f"{key}: {meaning}" for key, meaning in _KEYS.items())
        )
    settings = TrainingSettings.from_mapping(values.get("settings", {}))
    folder = Path(values["folder"])
    parts = tuple(_part(part, path, folder, settings.seed) for part in values["data"])
    names = run_names(values)
    if run is not None or names:
        parts = _parts_of_run(parts, run or "", names, settings.seed)
        folder = folder / (run or "")
    _check_parts(parts)
    plan = TrainingPlan(
        name=str(values["name"]),
        version=str(values.get("version", "1")),
        folder=folder,
        parts=parts,
        settings=settings,
        licence=str(values["licence"]),
        training_data=str(values["training_data"]).strip(),
        date=str(values["date"]),
        description=str(values.get("description", "")),
        encoder_weights=IMAGENET
        if values.get("encoder_weights") == IMAGENET
        else _file(values, "encoder_weights", path),
        start_from=_file(values, "start_from", path),
        run=run or "",
    )
    _check_splits(plan, values["data"])
    return plan


def _check_parts(parts: Sequence[DataPart]) -> None:
    """Refuse what the splits of several sheets, each sound by itself, let cross."""
    drawn = [row for part in parts if not part.rendered for row in part.pictures]
    check_pictures(drawn)
    splits: dict[str, set[str]] = {}
    for row in drawn:
        splits.setdefault(row.specimen, set()).add(row.split)
    torn = sorted(specimen for specimen, found in splits.items() if len(found) > 1)
    if torn:
        shown = "; ".join(f"{name!r}: {', '.join(sorted(splits[name]))}" for name in torn[:5])
        raise TrainingSettingsError(
            f"training.data: {len(torn)} specimens stand in more than one split over all sheets "
            f"({shown}); give their rows one `split` in every sheet"
        )
    for part in parts:
        for split in ("validation", "test"):
            check_names(of_split(part.pictures, split))


def _check_splits(plan: TrainingPlan, data: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a plan without pictures to train on or to validate by."""
    sheets = ", ".join(str(part["sheet"]) for part in data if "sheet" in part)
    remedy = f"set `split` in {sheets}, or use folds" if sheets else "render more pictures"
    # drawn pictures may be for validation alone, with rendered ones to train on
    trained = any(source.pictures for source in plan.sources("train"))
    for split, found in (("train", trained), ("validation", plan.drawn("validation"))):
        if not found and plan.run != START_RUN:
            raise TrainingSettingsError(f"training.data: no picture of split {split}: {remedy}")


def _parts_of_run(
    parts: Sequence[DataPart], run: str, names: Sequence[str], seed: int
) -> tuple[DataPart, ...]:
    """Split the drawn parts for one run; rendered pictures are specimens of their own and stay."""
    drawn = [part.pictures for part in parts if not part.rendered]
    split = iter(pictures_of_run(run, names, drawn, seed=seed))
    return tuple(part if part.rendered else replace(part, pictures=next(split)) for part in parts)


def _part(part: Mapping[str, Any], path: Path, folder: Path, seed: int) -> DataPart:
    share = float(part["share"])
    if "sheet" in part:
        rows = read_data_sheet(path.parent / part["sheet"], seed=seed)
        return DataPart(outlines_to_labels(rows, folder / "labels"), share, False)
    if "rendered" in part:
        return DataPart(render_set(folder / "rendered", **part["rendered"]), share, True)
    raise TrainingSettingsError(
        f"{path}, training.data: {dict(part)!r} names neither a sheet nor rendered pictures"
    )


def _file(values: Mapping[str, Any], key: str, path: Path) -> Path | None:
    if values.get(key) is None:
        return None
    found = path.parent / values[key]
    if not found.exists():
        raise TrainingSettingsError(f"{path}, training.{key}: {found} does not exist")
    return found
