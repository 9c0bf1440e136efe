"""From a training plan to a finished bundle: train, fit the decoding, test, write the card."""

from __future__ import annotations

import importlib.metadata
import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from nanocensus.bundles import read_bundle, write_bundle
from nanocensus.campaign import replacing
from nanocensus.segmentation import (
    DecodingParameters,
    InputParameters,
    SegmentationSettings,
    Segmenter,
    build_network,
    load_encoder_weights,
    load_imagenet_weights,
    load_segmenter,
)

from .comparison_drawings import draw_scored
from .end_to_end import fit_end_to_end
from .estimates import BAD, GOOD, fit_estimate
from .evaluation import Evaluation, PictureScore, Scoring, evaluate, summarise_evaluation
from .evaluation_pages import EvaluatedPart, training_page
from .loop import State, train
from .plan import IMAGENET, DataPart, TrainingPlan
from .seen import SPECIMENS, refuse_seen, seen_by, specimens_of_plan, specimens_with, told_of_seen
from .sheet import of_split
from .validation import DECODING_GRID, fit_decoding, predictor, scorer, views_of
from .variants import START_RUN

_LOG = logging.getLogger(__name__)
_LIBRARIES = ("torch", "segmentation-models-pytorch", "timm", "numpy", "scipy", "scikit-image")
_REPORTED = (
    *("pixel_precision", "pixel_recall", "iou", "dice", "precision_50", "recall_50", "f1_50"),
    *("f1_75", "ap", "pq", "size_spearman", "size_mare"),
)
_EXAMPLES, _FAILURES = 6, 10  # pictures on the training's page
_ALSO_FITTED = ", which also stopped the training and fitted the decoding"
_SPREAD = 1.7  # the decoding is fitted at the middle of the trained range and this factor off it


def run_training(
    plan: TrainingPlan, *, device: str, stop_after: int | None = None, workers: int = 1
) -> None:
    """Train as the plan says (see `train`); once all steps are done, finish the bundle.

    The run of no picture (`START_RUN`) is tested only.
    """
    if plan.start_from is not None:
        remedy = "give them split train, or the seed that they were split with then"
        refuse_seen(plan.start_from, plan.drawn("test"), remedy)
        seen = seen_by(read_bundle(plan.start_from).card)
        _LOG.info("%s: %s", plan.start_from, told_of_seen(seen, plan.drawn("test")))
        if plan.run == START_RUN:
            score_start(plan, plan.start_from, device=device)
            return
        _start_of(plan.start_from)  # what cannot be read is told before the training
    settings = plan.settings
    middle_px = math.sqrt(math.prod(settings.patches.particle_px))
    views = views_of(plan.drawn("validation"), particle_px=middle_px)
    score = scorer(views, DecodingParameters(), half_precision=settings.half_precision)
    weights, history = train(
        plan.sources("train"),
        settings,
        folder=plan.folder,
        score=score,
        first_weights=_first_weights(plan),
        device=device,
        stop_after=stop_after,
        workers=workers,
        further_files=_further_files(plan),
    )
    if stop_after is None or stop_after >= settings.steps:
        validation = max(history, key=lambda row: row["validation_score"])
        finish_bundle(plan, weights, validation, device=device)


def finish_bundle(
    plan: TrainingPlan, weights: State, validation: Mapping[str, float], *, device: str
) -> Path:
    """Write the bundle with a first decoding and complete it.

    Input and first decoding are those of the bundle that the training started from, which few
    pictures of one's own seldom tell better; but how sure the new network is of its particles is
    fitted anew. Without such a bundle the decoding is fitted at known resolutions.

    Returns
    -------
    Path
        The bundle's folder.
    """
    bundle = plan.folder / plan.name
    if plan.start_from is not None:
        input_parameters, start = _start_of(plan.start_from)
        decoding = _fitted(plan, weights, device, start, grid={})
    else:
        input_parameters = InputParameters()
        decoding = _fitted(plan, weights, device, DecodingParameters(), DECODING_GRID)
    metrics = {"validation_step": int(validation["step"])}
    write_bundle(bundle, _card(plan, input_parameters, decoding, metrics), weights)
    complete_bundle(plan, bundle, device=device)
    return bundle


def complete_bundle(plan: TrainingPlan, bundle: Path, *, device: str) -> None:
    """Fit a written bundle's decoding end to end, test it, write its card anew, and training.html.

    The weights stay. Can be repeated, for instance when the choice of the resolution changes: the
    fit begins at the card's decoding.

    Raises
    ------
    SeenError
        The plan would test on specimens that the bundle has seen.
    """
    remedy = "complete it with the sheets, the seed and the run that it was trained with"
    refuse_seen(bundle, plan.drawn("test"), remedy)
    read = read_bundle(bundle)
    segmenter = _load_without_estimate(bundle, device)
    validation = [(part.rendered, of_split(part.pictures, "validation")) for part in plan.parts]
    by_people, exact = (
        [row for rendered, rows in validation if rendered is kind for row in rows]
        for kind in (False, True)
    )
    decoding, scores = fit_end_to_end(segmenter, by_people, exact)
    stays = ("validation_step",)  # all else is measured here
    metrics = {k: v for k, v in read.card["metrics"].items() if k in stays}
    metrics["validation_end_to_end"] = {name: round(value, 4) for name, value in scores.items()}
    card = {**read.card, "decoding": decoding.as_mapping(), "metrics": metrics}
    card[SPECIMENS] = specimens_with(read.card, plan)
    card = _with_estimate(card, plan, segmenter.with_decoding(decoding))
    write_bundle(bundle, card, read.state_dict)
    segmenter = load_segmenter(bundle, device=device, settings=SegmentationSettings())
    card["metrics"] |= _tested(plan, segmenter, ("test", "validation"))
    write_bundle(bundle, card, read.state_dict, readme=card_text(card, plan))


def score_start(plan: TrainingPlan, start: Path, *, device: str) -> None:
    """Write the bundle that a learning curve starts from into its run, with its test there.

    Nothing is trained or fitted: its card differs by the test scores alone.
    """
    read = read_bundle(start)
    segmenter = load_segmenter(start, device=device, settings=SegmentationSettings())
    metrics = {k: v for k, v in read.card["metrics"].items() if not k.startswith("test")}
    card = {**read.card, "metrics": metrics | _tested(plan, segmenter, ("test",))}
    title = f"# {card['name']} {card['version']}"
    readme = f"{title}\n\nAs it is, tested for the start of a learning curve.\n"
    write_bundle(plan.folder / plan.name, card, read.state_dict, readme=readme)


def _tested(plan: TrainingPlan, segmenter: Segmenter, splits: Sequence[str]) -> dict[str, Any]:
    """Write training.html of each part's first split that has pictures; return tests for a card."""
    shown = []
    tested: dict[str, list[PictureScore]] = {}
    for part in plan.parts:
        split = next((name for name in splits if of_split(part.pictures, name)), None)
        if split is None:
            continue  # all its pictures are for training
        evaluated = _evaluated(segmenter, part, split)
        shown.append(evaluated)
        if split == "test":
            name = "test_rendered" if part.rendered else "test"
            tested.setdefault(name, []).extend(evaluated.evaluation.pictures)
    curves = plan.folder / "curves.png"
    with replacing(plan.folder / "training.html") as path:
        drawn = curves.read_bytes() if curves.is_file() else None
        path.write_text(training_page(plan.name, drawn, shown), encoding="utf-8")
    # several sheets are one test, as the card has one row for it
    return {name: _summary(Evaluation(tuple(scores))) for name, scores in tested.items()}


def fit_bundle_estimate(plan: TrainingPlan, bundle: Path, *, device: str) -> None:
    """Fit only a written bundle's estimate of its own F1, and write its card anew."""
    read = read_bundle(bundle)
    segmenter = _load_without_estimate(bundle, device)
    card = _with_estimate(read.card, plan, segmenter) | {SPECIMENS: specimens_with(read.card, plan)}
    write_bundle(bundle, card, read.state_dict, readme=card_text(card, plan))


def _load_without_estimate(bundle: Path, device: str) -> Segmenter:
    """Load a bundle whose estimate is to be fitted: the card's may be of another version."""
    settings = SegmentationSettings()
    return load_segmenter(bundle, device=device, settings=settings, estimates=False)


def list_specimens(plan: TrainingPlan, bundle: Path) -> None:
    """Write into a finished bundle's card which specimens it has seen; all else stays."""
    read = read_bundle(bundle)
    write_bundle(bundle, {**read.card, SPECIMENS: specimens_with(read.card, plan)}, read.state_dict)


def _with_estimate(
    card: Mapping[str, Any], plan: TrainingPlan, segmenter: Segmenter
) -> dict[str, Any]:
    """Return a card with the estimate that fits this segmenter, or with none."""
    pictures = [row for part in plan.parts for row in of_split(part.pictures, "validation")]
    fitted = fit_estimate(segmenter, pictures, seed=plan.settings.seed)
    plain = {key: value for key, value in card.items() if key != "estimate"}
    metrics = {k: v for k, v in card["metrics"].items() if k != "validation_estimate"}
    if fitted is None:
        return {**plain, "metrics": metrics}
    parameters, scores = fitted
    estimate = {"estimate": parameters.as_mapping()}
    return {**plain, **estimate, "metrics": metrics | {"validation_estimate": scores}}


def _evaluated(segmenter: Segmenter, part: DataPart, split: str) -> EvaluatedPart:
    """Score one split of a part and draw some of its pictures."""
    rows, scoring = of_split(part.pictures, split), Scoring()
    labels: dict[str, np.ndarray] = {}
    evaluation = evaluate(segmenter, rows, scoring, keep=labels.__setitem__)
    ranked = evaluation.from_worst()
    spread = np.unique(np.linspace(0, len(ranked) - 1, min(_EXAMPLES, len(ranked))).round())
    examples = [ranked[int(place)] for place in spread[::-1]]
    return EvaluatedPart(
        title=f"{split.capitalize()} pictures, {_kind(part)}",
        caution="" if split == "test" else _ALSO_FITTED,
        evaluation=evaluation,
        summary=summarise_evaluation(evaluation, {}),
        examples=draw_scored(examples, rows, scoring, labels.__getitem__),
        failures=draw_scored(ranked[:_FAILURES], rows, scoring, labels.__getitem__),
    )


def _kind(part: DataPart) -> str:
    return "rendered" if part.rendered else "labelled by people"


def card_text(card: Mapping[str, Any], plan: TrainingPlan) -> str:
    """Return the card for people, in Markdown."""
    lines = [f"# {card['name']} {card['version']}", "", plan.description.strip(), ""]
    lines += ["## Data", "", str(card["training_data"]), ""]
    lines += ["| pictures (specimens) | train | validation | test |", "| --- | --- | --- | --- |"]
    for number, part in enumerate(plan.parts, start=1):
        cells = []
        for split in ("train", "validation", "test"):
            rows = [row for row in part.pictures if row.split == split]
            cells.append(f"{len(rows)} ({len({row.specimen for row in rows})})")
        kind = "rendered" if part.rendered else f"sheet {number}"
        lines.append(f"| {kind}, {part.share:.0%} of the patches | " + " | ".join(cells) + " |")
    lines += ["", "No specimen stands on two sides. Split seed: " + str(card["seed"]) + ".", ""]
    lines += _estimate_text(card)
    lines += ["## Scores on test pictures, which took no part in training or fitting", ""]
    tested = {k: v for k, v in card["metrics"].items() if k.startswith("test")}
    for name, summary in tested.items():
        kind = "rendered" if name == "test_rendered" else "labelled by people"
        lines += [f"{summary['n_pictures']} pictures, {kind}; the working resolution is found "]
        lines[-1] += "automatically."
        lines += ["", "| figure | pooled | mean over pictures |", "| --- | --- | --- |"]
        for figure in _REPORTED:
            pooled, mean = summary["pooled"][figure], summary["mean"][figure]
            lines.append(f"| {figure} | {pooled} | {mean} |")
        lines.append("")
    lines += [f"Licence: {card['licence']}. Date: {card['date']}.", ""]
    return "\n".join(lines)


def _estimate_text(card: Mapping[str, Any]) -> list[str]:
    """Say in Markdown what the estimate is worth on specimens that its fit did not know."""
    if "estimate" not in card:
        return []
    rows = card["metrics"]["validation_estimate"]
    shown = ("n_pictures", "spearman", "mean_abs_error", "auc", "bad_sent", "good_sent")
    lines = ["## Estimate of its own F1@0.5, without labels", ""]
    lines += ["Of validation pictures, by fits that did not know their specimens. Review below "]
    lines[-1] += f"{card['estimate']['review_below']:.2f}. bad: F1@0.5 below {BAD}; good: {GOOD} "
    lines[-1] += "or more; auc: of telling the bad from the others (the limit was chosen on these "
    lines[-1] += "estimates)."
    lines += ["", "| pictures | " + " | ".join(shown) + " |", "| --- " * (len(shown) + 1) + "|"]
    for name, row in rows.items():
        cells = ["–" if row[figure] is None else str(row[figure]) for figure in shown]
        lines.append(f"| {name.replace('_', ' ')} | " + " | ".join(cells) + " |")
    return [*lines, ""]


def _first_weights(plan: TrainingPlan) -> Callable[[nn.Module], None] | None:
    if plan.start_from is not None:
        start = dict(read_bundle(plan.start_from).state_dict)
        return lambda network: _load(network, start)
    if plan.encoder_weights == IMAGENET:
        return lambda network: load_imagenet_weights(network, plan.settings.architecture)
    if plan.encoder_weights is not None:
        path = Path(plan.encoder_weights)
        return lambda network: load_encoder_weights(network, path)
    return None


def _further_files(plan: TrainingPlan) -> list[Path]:
    """Return the files, other than training pictures, that the course of a training depends on."""
    files = [path for row in plan.drawn("validation") for path in (row.picture, row.labels)]
    if plan.start_from is not None:
        files.append(plan.start_from / "weights.safetensors")
    elif plan.encoder_weights not in (None, IMAGENET):
        files.append(Path(plan.encoder_weights))
    return files


def _load(network: nn.Module, weights: Mapping[str, torch.Tensor]) -> None:
    network.load_state_dict(dict(weights), strict=True)


def _fitted(
    plan: TrainingPlan,
    weights: State,
    device: str,
    start: DecodingParameters,
    grid: Mapping[str, Sequence[Any]],
) -> DecodingParameters:
    """Fit on validation pictures at three resolutions, in single precision."""
    network = build_network(plan.settings.architecture)
    _load(network, weights)
    predict = predictor(network.to(device).eval(), half_precision=plan.settings.half_precision)
    middle_px = math.sqrt(math.prod(plan.settings.patches.particle_px))
    views = [
        view
        for factor in (1 / _SPREAD, 1, _SPREAD)
        for view in views_of(plan.drawn("validation"), particle_px=middle_px * factor)
    ]
    predictions = [predict(view.values) for view in views]
    return fit_decoding(predictions, views, start, grid)


def _start_of(bundle: Path) -> tuple[InputParameters, DecodingParameters]:
    """Return with which parameters a bundle to start from sees and decodes."""
    card = read_bundle(bundle).card
    return (
        InputParameters.from_mapping(card["input"]),
        DecodingParameters.from_mapping(card["decoding"]),
    )


def _card(
    plan: TrainingPlan,
    input_parameters: InputParameters,
    decoding: DecodingParameters,
    metrics: Mapping[str, Any],
) -> dict[str, Any]:
    settings = asdict(plan.settings)
    return {
        "name": plan.name,
        "version": plan.version,
        "task": "segmentation",
        "architecture": settings.pop("architecture"),
        "input": input_parameters.as_mapping(),
        "decoding": decoding.as_mapping(),
        "classes": [],
        "licence": plan.licence,
        "training_data": plan.training_data,
        "date": plan.date,
        "seed": plan.settings.seed,
        "libraries": {name: importlib.metadata.version(name).split("+")[0] for name in _LIBRARIES},
        "training": _without_tuples(settings),
        SPECIMENS: specimens_of_plan(plan),
        "metrics": dict(metrics),
    }


def _summary(evaluation: Evaluation) -> dict[str, Any]:
    pooled, mean = evaluation.pooled(), evaluation.mean()
    return {
        "n_pictures": len(evaluation.pictures),
        "n_specimens": len({score.specimen for score in evaluation.pictures}),
        "n_particles": int(pooled["n_truth"]),
        "estimate": evaluation.estimate(),
        "pooled": {name: round(pooled[name], 4) for name in _REPORTED},
        "mean": {name: round(mean[name], 4) for name in _REPORTED},
    }


def _without_tuples(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_tuples(part) for key, part in value.items()}
    return list(value) if isinstance(value, tuple) else value
