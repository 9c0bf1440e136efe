"""A bundle's segmentation held against labels: per picture, pooled, and mean over pictures."""

from __future__ import annotations

import csv
import json
import logging
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nanocensus.campaign import replacing
from nanocensus.segmentation import Segmentation, Segmenter

from .labels import number_instances, read_grey, read_values
from .scores import Agreement, add, compare, figures, mean_figures
from .sheet import LabelledPicture

_LOG = logging.getLogger(__name__)
_SUFFIXES = (".png", ".tif", ".tiff")


@dataclass(frozen=True)
class Scoring:
    """What counts in a comparison.

    Attributes
    ----------
    ignore_rows : int or None
        Rows from here on are left out on both sides, and not shown to the model (an info bar).
    min_area_px : int
        Particles of less pixels are ignored.
    min_probability : float
        Predicted particles of a lower probability are taken for background, as they are not
        counted in the tables either.
    """

    ignore_rows: int | None = None
    min_area_px: int = 0
    min_probability: float = 0.5


@dataclass(frozen=True)
class PictureScore:
    """One picture's agreement with its labels and how it was looked at."""

    name: str
    specimen: str
    working_scale: float
    agreement: Agreement


@dataclass(frozen=True)
class Evaluation:
    """Scores of all pictures."""

    pictures: tuple[PictureScore, ...]

    def pooled(self) -> dict[str, float]:
        """Return figures of all particles (and pixels) of all pictures together."""
        return figures(add(score.agreement for score in self.pictures))

    def mean(self) -> dict[str, float]:
        """Return the mean over pictures of each figure."""
        return mean_figures([figures(score.agreement) for score in self.pictures])


def rows_of_folders(pictures: Path, labels: Path, *, kind: str) -> list[LabelledPicture]:
    """Pair the files of two folders by stem.

    Without a sheet nothing is known of specimens: each picture stands for its own.
    """
    truths = _by_stem(labels)
    shown = _by_stem(pictures)
    missing = sorted(set(truths) - set(shown))
    if missing or not truths:
        raise ValueError(f"{labels}: {len(truths)} label pictures, no picture for {missing[:5]}")
    return [
        LabelledPicture(shown[stem], truths[stem], stem, "test", kind) for stem in sorted(truths)
    ]


def evaluate(
    segmenter: Segmenter,
    rows: Iterable[LabelledPicture],
    scoring: Scoring | None = None,
    *,
    keep: Callable[[str, np.ndarray], None] | None = None,
) -> Evaluation:
    """Segment pictures and compare the instances with their labels.

    Parameters
    ----------
    segmenter : Segmenter
    rows : iterable of LabelledPicture
    scoring : Scoring, optional
    keep : callable, optional
        Gets each picture's name and predicted labels (H, W) int32, to write them.

    Notes
    -----
    Burned-in text is not masked: labels of published pictures run straight through it.
    """
    scoring = scoring or Scoring()
    scores = []
    for row in rows:
        pixels = read_grey(row.picture)[: scoring.ignore_rows]
        # cut first: a mask's component that reaches below the cut may fall into two
        truth = number_instances(read_values(row.labels)[: scoring.ignore_rows], row.kind)
        found = segmenter.segment(pixels, np.zeros(pixels.shape, bool))
        predicted = _counted(found, scoring.min_probability)
        agreement = compare(truth, predicted, min_area_px=scoring.min_area_px)
        scores.append(PictureScore(row.name, row.specimen, found.working_scale, agreement))
        shown = figures(agreement)
        _LOG.info("%s: F1@0.5 %.3f, IoU %.3f", row.name, shown["f1_50"], shown["iou"])
        if keep is not None:
            keep(row.name, predicted)
    return Evaluation(tuple(scores))


def write_evaluation(evaluation: Evaluation, folder: Path, about: Mapping[str, object]) -> None:
    """Write scores.json (settings, pooled, mean) and pictures.tsv (one row per picture)."""
    summary = {
        "about": dict(about),
        "n_pictures": len(evaluation.pictures),
        "pooled": _plain(evaluation.pooled()),
        "mean": _plain(evaluation.mean()),
    }
    with replacing(folder / "scores.json") as path:
        path.write_text(json.dumps(summary, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    with replacing(folder / "pictures.tsv") as path, path.open("w", newline="") as stream:
        rows = [
            {"picture": s.name, "specimen": s.specimen, "working_scale": f"{s.working_scale:.4g}"}
            | {name: _text(value) for name, value in figures(s.agreement).items()}
            for s in evaluation.pictures
        ]
        writer = csv.DictWriter(stream, rows[0].keys(), delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _counted(found: Segmentation, min_probability: float) -> np.ndarray:
    """Leave out the instances that are less probable and number the others 1..n."""
    counts = np.concatenate([[False], found.particle_probability >= min_probability])
    return (np.cumsum(counts) * counts).astype(np.int32)[found.labels]


def _by_stem(folder: Path) -> dict[str, Path]:
    files = [f for f in sorted(folder.iterdir()) if f.suffix.lower() in _SUFFIXES]
    found = {f.stem: f for f in files}
    if len(found) != len(files):
        raise ValueError(f"{folder}: two files have the same stem")
    return found


def _plain(values: Mapping[str, float]) -> dict[str, float | None]:
    """Round for a file; what is not defined is null."""
    return {k: None if math.isnan(v) else round(v, 5) for k, v in values.items()}


def _text(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.6g}"
