"""A bundle's segmentation held against labels: per picture, pooled, and mean over pictures."""

from __future__ import annotations

import csv
import hashlib
import json
import logging
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage
from skimage.segmentation import find_boundaries

from nanocensus.campaign import replacing
from nanocensus.segmentation import DOUBTFUL, Segmenter, drop_improbable

from .estimates import judge
from .formulas import SIZE_CLASSES, figures, mean_figures, size_class_counts
from .labels import number_instances, read_grey, read_values
from .scores import Agreement, add, compare
from .sheet import LabelledPicture
from .specimens import CONFIDENCE, RESAMPLES, SEED, Interval, specimen_intervals
from .traits import TRAITS, traits_of

_LOG = logging.getLogger(__name__)
_SUFFIXES = (".png", ".tif", ".tiff")
_DIGITS = 16  # of a SHA-256: enough to tell pictures apart


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
    edge_band_px : int
        Pixels so near to a true outline, on either side, count for nobody: what people draw is
        no more certain than this. Areas, and sizes, are then of what lies within.
    """

    ignore_rows: int | None = None
    min_area_px: int = 0
    min_probability: float = 0.5
    edge_band_px: int = 0


@dataclass(frozen=True)
class PictureScore:
    """One picture's agreement with its labels, how it was looked at, and its kind.

    Attributes
    ----------
    traits : mapping
        A word for each of `TRAITS`, empty where it is not known.
    predicted_f1_50 : float or None
        What the model, without labels, estimated F1 at IoU 0.5 to be.
    doubtful : bool
        Whether this estimate sent the picture to review.
    content : str
        The first 16 digits of the SHA-256 of its grey values and labels as they were scored.
    """

    name: str
    specimen: str
    working_scale: float
    agreement: Agreement
    traits: Mapping[str, str] = field(default_factory=dict)
    predicted_f1_50: float | None = None
    doubtful: bool = False
    content: str = ""


@dataclass(frozen=True)
class Evaluation:
    """Scores of all pictures, and what counted in them."""

    pictures: tuple[PictureScore, ...]
    scoring: Scoring = Scoring()

    def pooled(self) -> dict[str, float]:
        """Return figures of all particles (and pixels) of all pictures together."""
        return figures(add(score.agreement for score in self.pictures))

    def mean(self) -> dict[str, float]:
        """Return the mean over pictures of each figure."""
        return mean_figures([figures(score.agreement) for score in self.pictures])

    def groups(self) -> dict[str, dict[str, Evaluation]]:
        """Return the pictures of each kind: trait -> its words in order -> their evaluation."""
        groups: dict[str, dict[str, Evaluation]] = {}
        for trait in TRAITS:
            for word in sorted({score.traits.get(trait, "") for score in self.pictures} - {""}):
                of_kind = tuple(s for s in self.pictures if s.traits.get(trait) == word)
                groups.setdefault(trait, {})[word] = Evaluation(of_kind)
        return groups

    def specimens(self) -> dict[str, Evaluation]:
        """Return the pictures of each specimen, specimens in order of their names."""
        names = sorted({score.specimen for score in self.pictures})
        return {
            name: Evaluation(tuple(s for s in self.pictures if s.specimen == name))
            for name in names
        }

    def estimate(self) -> dict[str, Any] | None:
        """Return what the estimates are worth (`judge`); None where no picture has one."""
        rows = [
            (s.predicted_f1_50, figures(s.agreement)["f1_50"], s.doubtful)
            for s in self.pictures
            if s.predicted_f1_50 is not None
        ]
        rows = [row for row in rows if not math.isnan(row[1])]
        if not rows:
            return None
        predicted, f1_50, sent = (np.array(column) for column in zip(*rows, strict=True))
        return judge(predicted, f1_50, sent)

    def from_worst(self) -> tuple[PictureScore, ...]:
        """Return pictures in ascending order of F1 at 0.5, then AP, where these are defined."""
        shown = [(figures(score.agreement), score) for score in self.pictures]
        ranked = sorted(
            ((f["f1_50"], f["ap"], s.name, s) for f, s in shown if not math.isnan(f["f1_50"])),
            key=lambda entry: entry[:3],
        )
        return tuple(entry[-1] for entry in ranked)


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

    Raises
    ------
    ValueError
        Two pictures have the same name (`check_names`).

    Notes
    -----
    Burned-in text is not masked: labels of published pictures run straight through it.
    """
    rows, scoring = tuple(rows), scoring or Scoring()
    check_names(rows)
    scores = []
    for row in rows:
        pixels, truth = read_scored(row, scoring)
        found = segmenter.segment(pixels, np.zeros(pixels.shape, bool))
        predicted = drop_improbable(
            found.labels, found.particle_probability, scoring.min_probability
        )
        agreement = compare(
            truth,
            predicted,
            min_area_px=scoring.min_area_px,
            probability=found.probability,
            ignored=edge_band(truth, scoring.edge_band_px),
        )
        traits = traits_of(pixels, truth, row.modality)
        scores.append(
            PictureScore(
                row.name,
                row.specimen,
                found.working_scale,
                agreement,
                traits,
                found.predicted_f1_50,
                any(finding.code == DOUBTFUL for finding in found.findings),
                _content(pixels, truth),
            )
        )
        shown = figures(agreement)
        _LOG.info("%s: F1@0.5 %.3f, IoU %.3f", row.name, shown["f1_50"], shown["iou"])
        if keep is not None:
            keep(row.name, predicted)
    return Evaluation(tuple(scores), scoring)


def check_names(rows: Iterable[LabelledPicture]) -> None:
    """Refuse two pictures of one name: what is kept of them by name would be mixed up."""
    first: dict[str, LabelledPicture] = {}
    for row in rows:
        other = first.setdefault(row.name, row)
        if other is not row:
            raise ValueError(
                f"{other.picture} and {row.picture} have the same name {row.name!r}, so each "
                "would get the other's results; rename one"
            )


def read_scored(row: LabelledPicture, scoring: Scoring) -> tuple[np.ndarray, np.ndarray]:
    """Read a picture's grey values (H, W) float32 and its labels (H, W) int32, both cut."""
    pixels = read_grey(row.picture)[: scoring.ignore_rows]
    # cut first: a mask's component that reaches below the cut may fall into two
    return pixels, number_instances(read_values(row.labels)[: scoring.ignore_rows], row.kind)


def edge_band(labels: np.ndarray, width_px: int) -> np.ndarray:
    """Return the pixels within width_px of an outline, on either side, (H, W) bool."""
    if width_px == 0:
        return np.zeros(labels.shape, bool)
    # "thick" marks both pixels that an outline parts
    edge = find_boundaries(labels, connectivity=1, mode="thick")
    return ndimage.binary_dilation(edge, iterations=width_px - 1) if width_px > 1 else edge


def summarise_evaluation(evaluation: Evaluation, about: Mapping[str, object]) -> dict[str, Any]:
    """Return what scores.json holds: all pictures, then each kind of picture.

    Returns
    -------
    dict
        about, scoring (the `Scoring`), interval (what the intervals are), those of `_summary`,
        and groups: trait -> word -> those of `_summary`.
    """
    return {
        "about": dict(about),
        "scoring": asdict(evaluation.scoring),
        "interval": f"{CONFIDENCE:.0%}, {RESAMPLES} resamples of specimens, seed {SEED}, "
        "expanded percentiles",
        **_summary(evaluation),
        "groups": {
            trait: {word: _summary(part) for word, part in words.items()}
            for trait, words in evaluation.groups().items()
        },
    }


def write_evaluation(evaluation: Evaluation, folder: Path, summary: Mapping[str, Any]) -> None:
    """Write scores.json (see `summarise_evaluation`) and pictures.tsv (one row per picture)."""
    with replacing(folder / "scores.json") as path:
        path.write_text(json.dumps(summary, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    with replacing(folder / "pictures.tsv") as path, path.open("w", newline="") as stream:
        rows = [
            {"picture": s.name, "specimen": s.specimen, "content": s.content}
            | {trait: s.traits.get(trait, "") for trait in TRAITS}
            | {"working_scale": f"{s.working_scale:.4g}"}
            | _estimate_cells(s)
            | {name: _text(value) for name, value in figures(s.agreement).items()}
            for s in evaluation.pictures
        ]
        writer = csv.DictWriter(stream, rows[0].keys(), delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _content(pixels: np.ndarray, truth: np.ndarray) -> str:
    shape = str(pixels.shape).encode()
    return hashlib.sha256(shape + pixels.tobytes() + truth.tobytes()).hexdigest()[:_DIGITS]


def _summary(evaluation: Evaluation) -> dict[str, Any]:
    """Return numbers, `Evaluation.estimate`, figures with intervals; null if not defined."""
    specimens = [score.specimen for score in evaluation.pictures]
    agreements = [score.agreement for score in evaluation.pictures]
    of_pooled, of_mean = specimen_intervals(specimens, agreements)
    counts = size_class_counts(add(agreements))
    return {
        "n_pictures": len(specimens),
        "n_specimens": len(set(specimens)),
        "n_of_size": {name: counts[name] for name in SIZE_CLASSES},
        "estimate": evaluation.estimate(),
        "pooled": _plain(evaluation.pooled()),
        "mean": _plain(evaluation.mean()),
        "pooled_interval": _plain_intervals(of_pooled),
        "mean_interval": _plain_intervals(of_mean),
    }


def _estimate_cells(score: PictureScore) -> dict[str, str]:
    predicted = score.predicted_f1_50
    if predicted is None:
        return {"predicted_f1_50": "", "review": ""}
    return {"predicted_f1_50": _text(predicted), "review": "yes" if score.doubtful else "no"}


def _by_stem(folder: Path) -> dict[str, Path]:
    files = [f for f in sorted(folder.iterdir()) if f.suffix.lower() in _SUFFIXES]
    found = {f.stem: f for f in files}
    if len(found) != len(files):
        raise ValueError(f"{folder}: two files have the same stem")
    return found


def _plain(values: Mapping[str, float]) -> dict[str, float | None]:
    """Round for a file; what is not defined is null."""
    return {k: None if math.isnan(v) else round(v, 5) for k, v in values.items()}


def _plain_intervals(intervals: Mapping[str, Interval]) -> dict[str, list[float] | None]:
    return {
        k: None if math.isnan(low) else [round(low, 5), round(high, 5)]
        for k, (low, high) in intervals.items()
    }


def _text(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.6g}"
