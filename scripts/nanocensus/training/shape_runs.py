"""From a configuration to a finished bundle of the classifier: samples, training, card."""

from __future__ import annotations

import importlib.metadata
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from nanocensus.bundles import read_bundle, write_bundle
from nanocensus.classification import CropSettings

from .settings import TrainingSettingsError
from .shape_samples import (
    CLASSES,
    UNKNOWN,
    ShapeSamples,
    labelled_samples,
    load_samples,
    rendered_samples,
    save_samples,
)
from .shapes import (
    UNKNOWN_BELOW,
    ShapeTraining,
    State,
    figures_of,
    fitted_temperatures,
    predictions,
    sample_logits,
    train_shapes,
)
from .splits import SPLITS, split_of

_LOG = logging.getLogger(__name__)
Samples = Mapping[str, Mapping[str, ShapeSamples]]
"""Kind of samples (rendered, labelled) -> split -> samples."""

_LIBRARIES = ("torch", "torchvision", "numpy", "scipy", "scikit-image")


@dataclass(frozen=True)
class ShapePlan:
    """A training run of the classifier.

    Attributes
    ----------
    name, version, licence, training_data, description, date : go into the bundle's card.
    folder : samples, checkpoint and the finished bundle.
    rendered : number of rendered samples of each split.
    rendered_options : side_px, ecd_px, shapes of `rendered_samples`.
    labelled_share : share of labelled particles in a batch; the rest is rendered.
    emps, labels : folder of EMPS and table of labelled particles, or None.
    trunk_weights : ImageNet weights of the trunk, or None.
    views : turned and mirrored crops over which a prediction is the mean.
    settings : ShapeTraining
    """

    name: str
    folder: Path
    licence: str
    training_data: str
    date: str
    rendered: Mapping[str, int]
    version: str = "1"
    description: str = ""
    rendered_options: Mapping[str, Any] = field(default_factory=dict)
    labelled_share: float = 0.4
    emps: Path | None = None
    labels: Path | None = None
    trunk_weights: Path | None = None
    views: int = 4
    settings: ShapeTraining = field(default_factory=ShapeTraining)

    @property
    def crops(self) -> CropSettings:
        """Geometry of stored samples: wider than the network's crops, so that they can turn."""
        margin = self.settings.margin
        return CropSettings(
            side_px=round(self.settings.side_px * margin), context=self.settings.context * margin
        )


def read_shape_plan(path: Path) -> ShapePlan:
    """Read a configuration file's section `training`; paths of data are relative to the file."""
    values = dict(yaml.safe_load(path.read_text(encoding="utf-8"))["training"])
    for section, known in (
        (values, {f.name for f in fields(ShapePlan)}),
        (values.get("settings", {}), {f.name for f in fields(ShapeTraining)}),
        (values.get("rendered", {}), set(SPLITS)),
    ):
        unknown = sorted(set(section) - known)
        if unknown:
            raise TrainingSettingsError(f"{path}: {unknown} unknown; known are {sorted(known)}")
    values["settings"] = ShapeTraining(**values.get("settings", {}))
    values["folder"] = Path(values["folder"])
    for name in ("emps", "labels", "trunk_weights"):
        if values.get(name) is not None:
            values[name] = path.parent / values[name]
            if not values[name].exists():
                raise TrainingSettingsError(f"{path}, {name}: {values[name]} does not exist")
    return ShapePlan(**values)


def run_shape_training(plan: ShapePlan, *, stop_after: int | None = None) -> Path:
    """Train as the plan says and write the bundle; return its folder.

    With `stop_after` the bundle holds the averaged weights of that step, and a later call goes on.
    """
    samples = _all_samples(plan)
    sources = [(samples["rendered"]["train"], 1 - plan.labelled_share)]
    if "labelled" in samples:
        sources.append((samples["labelled"]["train"], plan.labelled_share))
    weights = train_shapes(
        sources,
        plan.settings,
        folder=plan.folder,
        first_weights=plan.trunk_weights,
        stop_after=stop_after,
    )
    steps = min(plan.settings.steps, stop_after or plan.settings.steps)
    return finish_shape_bundle(plan, weights, samples, steps=steps)


def finish_shape_bundle(
    plan: ShapePlan,
    weights: State,
    samples: Samples,
    *,
    steps: int,
) -> Path:
    """Fit temperatures on the validation samples, test, and write bundle and cards."""
    bundle = plan.folder / plan.name
    validation = [parts["validation"] for parts in samples.values() if len(parts["validation"])]
    temperatures = fitted_temperatures(weights, validation, plan.settings, views=plan.views)
    card = _card(plan, temperatures, steps)
    write_bundle(bundle, card, weights)
    # what is tested are the weights as they are shipped, in half precision
    shipped = dict(read_bundle(bundle).state_dict)
    for kind, parts in samples.items():
        if not len(parts["test"]):
            continue
        logits = sample_logits(shipped, parts["test"], plan.settings, views=plan.views)
        found = predictions(logits, parts["test"], temperatures)
        card["metrics"][f"test_{kind}"] = {
            question: figures_of(found[question], CLASSES[question], below=UNKNOWN_BELOW)
            for question in CLASSES
        }
    write_bundle(bundle, card, shipped, readme=_card_text(card, plan, samples))
    _LOG.info("%s written after %d steps", bundle, steps)
    return bundle


def _all_samples(plan: ShapePlan) -> dict[str, dict[str, ShapeSamples]]:
    """Return kind -> split -> samples; those made before are read from the run's folder."""
    seed = plan.settings.seed
    rendered = {}
    for number, split in enumerate(SPLITS):
        make = partial(
            rendered_samples,
            plan.rendered[split],
            plan.crops,
            np.random.default_rng([seed, number]),
            **plan.rendered_options,
        )
        rendered[split] = _kept(plan.folder / f"rendered_{split}.npz", make)
    samples = {"rendered": rendered}
    emps, labels = plan.emps, plan.labels
    if emps is not None and labels is not None:
        labelled = _kept(
            plan.folder / "labelled.npz",
            lambda: labelled_samples(emps, labels, plan.crops, seed=seed),
        )
        sides = np.array([split_of(str(s), seed=seed) for s in labelled.specimen])
        samples["labelled"] = {split: labelled.chosen(sides == split) for split in SPLITS}
    return samples


def _kept(path: Path, make: Callable[[], ShapeSamples]) -> ShapeSamples:
    if not path.is_file():
        save_samples(make(), path)
    return load_samples(path)


def _card(plan: ShapePlan, temperatures: Mapping[str, float], steps: int) -> dict[str, Any]:
    settings = plan.settings
    return {
        "name": plan.name,
        "version": plan.version,
        "task": "classification",
        "architecture": dict(settings.architecture),
        "input": {"side_px": settings.side_px, "context": settings.context},
        "decoding": {"temperatures": dict(temperatures), "views": plan.views},
        "classes": {question: list(names) for question, names in CLASSES.items()},
        "licence": plan.licence,
        "training_data": plan.training_data.strip(),
        "date": plan.date,
        "seed": settings.seed,
        "libraries": {name: importlib.metadata.version(name).split("+")[0] for name in _LIBRARIES},
        "metrics": {"steps": steps},
    }


def _card_text(
    card: Mapping[str, Any],
    plan: ShapePlan,
    samples: Samples,
) -> str:
    """Return the card for people, in Markdown."""
    lines = [f"# {card['name']} {card['version']}", "", plan.description.strip(), ""]
    lines += ["## Data", "", str(card["training_data"]), ""]
    lines += ["| samples (with a shape) | train | validation | test |", "| --- | --- | --- | --- |"]
    for kind, parts in samples.items():
        cells = [
            f"{len(parts[split])} ({np.count_nonzero(parts[split].shape != UNKNOWN)})"
            for split in SPLITS
        ]
        lines.append(f"| {kind} | " + " | ".join(cells) + " |")
    settings = plan.settings
    fitted = ", ".join(f"{q} {t}" for q, t in card["decoding"]["temperatures"].items())
    lines += [
        "",
        f"{card['metrics']['steps']} steps of {settings.per_batch} crops; seed {card['seed']} for "
        f"split and draws. Temperatures, fitted on the validation samples: {fitted}.",
        "",
    ]
    for kind in samples:
        for question, figures in card["metrics"].get(f"test_{kind}", {}).items():
            lines += _figures_text(kind, question, figures)
    lines += [f"Licence: {card['licence']}. Date: {card['date']}.", ""]
    return "\n".join(lines)


def _figures_text(kind: str, question: str, figures: Mapping[str, Any]) -> list[str]:
    names = CLASSES[question]
    known = figures["accuracy_of_known"]
    lines = [
        f"## {question.capitalize()} of {figures['n']} {kind} test particles",
        "",
        f"Accuracy {figures['accuracy']}, calibration error {figures['calibration_error']}; "
        f"below {UNKNOWN_BELOW} (`unknown`) {figures['share_unknown']}, accuracy of the rest "
        f"{'-' if known is None else known}.",
        "",
        "| true \\ told | " + " | ".join(names) + " | recall |",
        "| --- |" + " ---: |" * (len(names) + 1),
    ]
    for name in names:
        recall = figures["recall"][name]
        cells = [str(count) for count in figures["confusion"][name]]
        lines.append(f"| {name} | " + " | ".join([*cells, "-" if recall is None else str(recall)]))
        lines[-1] += " |"
    return [*lines, ""]
