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
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nanocensus.calibration.scale_bar.confidence import WEIGHTS_FILE, Weights, weights, weights_of
from nanocensus.calibration.scale_bar.evaluation import (
    CachingTextReader,
    LabelledBar,
    deviation_rel,
    read_labels,
    score_table,
    verdict,
)
from nanocensus.calibration.scale_bar.fitting import cases_of, fit_weights
from nanocensus.calibration.scale_bar.ocr import text_reader
from nanocensus.calibration.scale_bar.reader import ScaleBarReading, decide, grey_of, pairs_of
from nanocensus.campaign import replacing
from nanocensus.micrographs import read_micrograph

_log = logging.getLogger(__name__)
_COLUMNS = (
    *("id", "paper", "quality", "style", "verdict", "confidence", "text", "bar_nm", "bar_px"),
    *("found_style", "deviation", "reason", "seconds"),
)
_VERDICTS = ("right", "nearly", "wrong", "not read", "false read", "none")


def main(arguments: Sequence[str]) -> None:
    """Write readings.tsv and scores.json, or the weights."""
    given = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", force=True)
    reader = CachingTextReader(text_reader, given.output / "text.json")
    wanted = [
        label
        for label in read_labels(given.labels)
        if given.papers == "all" or label.tuning == (given.papers == "tuning")
    ]
    seen = []
    for number, label in enumerate(wanted):
        grey = grey_of(_pixels(given.pictures, label))
        if grey is None:
            continue
        started = time.perf_counter()
        lines = reader.read(grey)
        pairs, labels = pairs_of(grey, lines, reader)
        shape = (grey.shape[0], grey.shape[1])
        seen.append((label, lines, pairs, labels, shape, time.perf_counter() - started))
        if number % 20 == 0:
            reader.save()
            _log.info("%d of %d", number, len(wanted))
    reader.save()
    model = weights() if WEIGHTS_FILE.is_file() and not given.fit else None
    if given.fit:
        cases = [
            case
            for label, _, pairs, *_ in seen
            if label.quality != "ambiguous"
            for case in cases_of(pairs, None if label.quality == "cut" else label.pixel_size_nm)
        ]
        by_name = fit_weights(cases)
        model = weights_of(by_name, given.limit)
        about = {
            "command": "evaluate_scale_bars.py --papers tuning --fit",
            "pictures": len(seen),
            "limit": given.limit,
            "weights": by_name,
        }
        with replacing(WEIGHTS_FILE) as path:
            path.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    if model is None:
        raise SystemExit(f"{WEIGHTS_FILE} is missing: fit it with --papers tuning --fit")
    results = [
        (label, decide(pairs, labels, lines, shape, model), seconds)
        for label, lines, pairs, labels, shape, seconds in seen
    ]
    _write(results, given.output / given.papers, model)


def _pixels(pictures: Path, label: LabelledBar) -> NDArray[np.generic]:
    if label.source == "emps":
        return read_micrograph(pictures / "emps" / "images" / f"{label.name}.png").pixels
    folder = label.source.removeprefix("bam_")
    return read_micrograph(pictures / "bam" / folder / f"{label.name}.tif").pixels


def _write(
    results: Sequence[tuple[LabelledBar, ScaleBarReading, float]], folder: Path, model: Weights
) -> None:
    with replacing(folder / "readings.tsv") as path, path.open("w", encoding="utf-8") as stream:
        rows = csv.writer(stream, delimiter="\t", lineterminator="\n")
        rows.writerow(_COLUMNS)
        for label, reading, seconds in results:
            bar = reading.bar or reading.candidate
            rows.writerow(
                [
                    *(label.name, label.paper, label.quality, label.style),
                    verdict(label, reading),
                    *(
                        (
                            f"{bar.confidence:.3f}",
                            bar.text,
                            bar.bar_nm,
                            f"{bar.bar_px:.2f}",
                            bar.style,
                            f"{deviation_rel(label, bar):.4f}",
                        )
                        if bar
                        else [""] * 6
                    ),
                    reading.reason or "",
                    f"{seconds:.3f}",
                ]
            )
    table = score_table((label, reading) for label, reading, _ in results)
    papers = {label.paper for label, *_ in results}
    scores = {
        "limit": model.limit,
        "papers": len(papers),
        "verdicts": {quality: dict(counts) for quality, counts in sorted(table.items())},
    }
    with replacing(folder / "scores.json") as path:
        path.write_text(json.dumps(scores, indent=1) + "\n", encoding="utf-8")
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
