"""Score the scale-bar reader on labelled pictures, or fit its confidence on the tuning papers.

python scripts/evaluate_scale_bars.py --labels ../shared/data/scalebars/developers.csv \
    --pictures ../shared/data --output runs/evaluation/scalebars
"""

from __future__ import annotations

import argparse
import csv
import json
import logging
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nanocensus.calibration.scale_bar import ScaleBarReading, text_reader
from nanocensus.calibration.scale_bar.confidence import WEIGHTS_FILE, Weights, read_weights
from nanocensus.calibration.scale_bar.looking import Found, looks
from nanocensus.calibration.scale_bar.reader import decide_on, grey_of
from nanocensus.calibration.scoring.fitting import cases_of, fit_weights
from nanocensus.calibration.scoring.kept_text import KeptTextReader
from nanocensus.calibration.scoring.labelled_bars import (
    LabelledBar,
    deviation_rel,
    read_labels,
    score_table,
    verdict,
)
from nanocensus.campaign import replacing
from nanocensus.micrographs import read_micrograph

Result = tuple[LabelledBar, ScaleBarReading, float]

_log = logging.getLogger(__name__)
_COLUMNS = (
    *("id", "paper", "quality", "style", "verdict", "confidence", "text", "bar_nm", "bar_px"),
    *("found_style", "deviation", "reason", "seconds"),
)
_VERDICTS = ("right", "nearly", "wrong", "not read", "false read", "none")


class RememberedLooks:
    """The looks at a picture, from the coarsest to the closest, each taken once and when needed."""

    def __init__(self, looks: Iterator[Found]) -> None:
        self._coming = looks
        self.taken: list[Found] = []

    def __iter__(self) -> Iterator[Found]:
        yield from self.taken
        for found in self._coming:
            self.taken.append(found)
            yield found


@dataclass(frozen=True)
class Seen:
    """One labelled picture with what was found in it.

    Attributes
    ----------
    label : LabelledBar
    looks : RememberedLooks
    seconds : float, s
        Wall time of a reading; little where the text is held from an earlier run.
    """

    label: LabelledBar
    looks: RememberedLooks
    seconds: float


def main(arguments: Sequence[str]) -> None:
    """Write readings.tsv and scores.json, or the weights."""
    given = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", force=True)
    wanted = [
        label
        for label in read_labels(given.labels)
        if given.papers == "all" or label.tuning == (given.papers == "tuning")
    ]
    reader = KeptTextReader(text_reader, given.output / "text.json")
    model = read_weights(WEIGHTS_FILE)
    seen = _look_at(wanted, given.pictures, reader, model)
    if given.fit:
        _write_weights(seen, given.limit)
        model = read_weights(WEIGHTS_FILE)
    results = [(one.label, decide_on(one.looks, model), one.seconds) for one in seen]
    reader.save()
    _write_readings(results, given.output / given.papers / "readings.tsv")
    _write_scores(results, given.output / given.papers / "scores.json", model)


def _look_at(
    wanted: Sequence[LabelledBar], pictures: Path, reader: KeptTextReader, model: Weights
) -> list[Seen]:
    """Look at every picture as closely as the present model needs to read it."""
    seen = []
    for number, label in enumerate(wanted):
        grey = grey_of(_pixels(pictures, label))
        if grey is None:
            continue
        started = time.perf_counter()
        found = RememberedLooks(looks(grey, reader))
        decide_on(found, model)
        seen.append(Seen(label, found, time.perf_counter() - started))
        if number % 20 == 0:
            reader.save()
            _log.info("%d of %d", number, len(wanted))
    reader.save()
    return seen


def _write_weights(seen: Sequence[Seen], limit: float) -> None:
    """Fit the weights of the confidence on the pictures and put them where the reader looks."""
    cases = [
        case
        for one in seen
        if one.label.quality != "ambiguous"
        for case in cases_of(
            one.looks.taken[-1].pairs,
            None if one.label.quality == "cut" else one.label.pixel_size_nm,
        )
    ]
    about = {
        "command": "evaluate_scale_bars.py --papers tuning --fit",
        "pictures": len(seen),
        "limit": limit,
        "weights": fit_weights(cases),
    }
    with replacing(WEIGHTS_FILE) as path:
        path.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def _pixels(pictures: Path, label: LabelledBar) -> NDArray[np.generic]:
    if label.source == "emps":
        return read_micrograph(pictures / "emps" / "images" / f"{label.name}.png").pixels
    folder = label.source.removeprefix("bam_")
    return read_micrograph(pictures / "bam" / folder / f"{label.name}.tif").pixels


def _write_readings(results: Sequence[Result], path: Path) -> None:
    with replacing(path) as held, held.open("w", encoding="utf-8") as stream:
        rows = csv.writer(stream, delimiter="\t", lineterminator="\n")
        rows.writerow(_COLUMNS)
        for label, reading, seconds in results:
            rows.writerow(
                [
                    *(label.name, label.paper, label.quality, label.style),
                    verdict(label, reading),
                    *_bar_cells(label, reading),
                    reading.reason or "",
                    f"{seconds:.3f}",
                ]
            )


def _bar_cells(label: LabelledBar, reading: ScaleBarReading) -> list[str]:
    """Return the columns from confidence to deviation; empty where nothing was found."""
    bar = reading.bar or reading.candidate
    if bar is None:
        return [""] * 6
    return [
        f"{bar.confidence:.3f}",
        bar.text,
        f"{bar.bar_nm:g}",
        f"{bar.bar_px:.2f}",
        bar.style,
        f"{deviation_rel(label, bar):.4f}",
    ]


def _write_scores(results: Sequence[Result], path: Path, model: Weights) -> None:
    table = score_table((label, reading) for label, reading, _ in results)
    papers = {label.paper for label, *_ in results}
    scores = {
        "limit": model.limit,
        "papers": len(papers),
        "verdicts": {quality: dict(counts) for quality, counts in sorted(table.items())},
    }
    with replacing(path) as held:
        held.write_text(json.dumps(scores, indent=1) + "\n", encoding="utf-8")
    _log.info("%d pictures of %d papers", len(results), len(papers))
    _log.info("| label | %s |", " | ".join(_VERDICTS))
    for quality, counts in sorted(table.items()):
        _log.info("| %s | %s |", quality, " | ".join(str(counts[name]) for name in _VERDICTS))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labels", type=Path, required=True, help="developers.csv")
    parser.add_argument("--pictures", type=Path, required=True, help="folder of emps/ and bam/")
    parser.add_argument("--output", type=Path, required=True, help="folder; keeps the text read")
    parser.add_argument(
        "--papers",
        choices=("tuning", "reporting", "all"),
        default="reporting",
        help="which papers, parted by a hash of their DOI",
    )
    parser.add_argument("--fit", action="store_true", help="write the weights of the confidence")
    parser.add_argument("--limit", type=float, default=0.6, help="least confidence, with --fit")
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])
