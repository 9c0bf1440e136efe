"""Score a segmentation bundle on labelled pictures.

python scripts/evaluate_segmentation.py --bundle resources/models/nanocensus \
    --sheet runs/emps.tsv --split test --output runs/evaluation/emps
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import numpy as np
import tifffile

from nanocensus.bundles import read_bundle
from nanocensus.campaign import replacing, sha256_of_file
from nanocensus.segmentation import (
    Quality,
    SegmentationSettings,
    load_segmenter,
    resolve_arithmetic,
    resolve_device,
)
from nanocensus.training import (
    LabelledPicture,
    Scoring,
    SeenError,
    draw_scored,
    evaluate,
    evaluation_page,
    of_split,
    outlines_to_labels,
    read_data_sheet,
    refuse_seen,
    rows_of_folders,
    seen_by,
    summarise_evaluation,
    told_of_seen,
    write_evaluation,
)

_DRAWN = 10
_NO_TEST = (
    "take others, or the test scores in the card, or look at them on purpose with --split train "
    "or --split validation"
)


def main(arguments: Sequence[str]) -> None:
    """Write scores.json, pictures.tsv, the predicted labels and evaluation.html."""
    given = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", filename=given.log, force=True)
    rows = _rows(given)
    seen = _told_of_seen(given, rows)
    settings = SegmentationSettings(working_scale=given.working_scale, quality=given.quality)
    device = resolve_device(given.device)
    segmenter = load_segmenter(given.bundle, device=device, settings=settings)
    scoring = Scoring(given.ignore_rows, given.min_area, given.min_probability, given.edge_band)

    def keep(name: str, labels: np.ndarray) -> None:
        with replacing(_labels_of(given.output, name)) as path:
            tifffile.imwrite(path, labels.astype(np.uint16), compression="zlib")

    evaluation = evaluate(segmenter, rows, scoring, keep=keep)
    about = {
        "bundle": given.bundle.name,
        "weights_sha256": sha256_of_file(given.bundle / "weights.safetensors"),
        "seen": seen,
        "arithmetic": str(resolve_arithmetic(device, given.quality)).removeprefix("torch."),
        "command": " ".join(["evaluate_segmentation.py", *arguments]),
    }
    summary = summarise_evaluation(evaluation, about)
    write_evaluation(evaluation, given.output, summary)
    drawings = draw_scored(
        evaluation.from_worst()[:_DRAWN],
        rows,
        scoring,
        lambda name: tifffile.imread(_labels_of(given.output, name)),
    )
    with replacing(given.output / "evaluation.html") as path:
        page = evaluation_page(given.bundle.name, summary, drawings)
        path.write_text(page, encoding="utf-8")


def _rows(given: argparse.Namespace) -> tuple[LabelledPicture, ...]:
    if given.sheet:
        # another seed would deal specimens that the model was trained on to the test
        seed = read_bundle(given.bundle).card["seed"] if given.seed is None else given.seed
        rows = of_split(read_data_sheet(given.sheet, seed=seed), given.split)
    else:
        rows = tuple(rows_of_folders(given.pictures, given.labels, kind=given.kind))
    if not rows:
        raise SystemExit(f"{given.sheet}: no picture of split {given.split!r}")
    return outlines_to_labels(rows, given.output / "truth")


def _told_of_seen(given: argparse.Namespace, rows: Sequence[LabelledPicture]) -> str:
    """Say how many specimens the model has seen; refuse a test of such."""
    if given.split == "test":
        try:
            refuse_seen(given.bundle, rows, _NO_TEST)
        except SeenError as error:
            raise SystemExit(str(error)) from None
    return told_of_seen(seen_by(read_bundle(given.bundle).card), rows)


def _labels_of(folder: Path, name: str) -> Path:
    return folder / "labels" / f"{name}.tif"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", type=Path, required=True)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--sheet", type=Path, help="data sheet")
    what.add_argument("--pictures", type=Path, help="folder; then --labels is another one")
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--kind", choices=("auto", "labels", "binary"), default="auto")
    parser.add_argument("--split", choices=("train", "validation", "test"), default="test")
    parser.add_argument(
        "--seed", type=int, help="of the sheet's auto split; unless given, that of the training"
    )
    parser.add_argument("--ignore-rows", type=int, metavar="FROM")
    parser.add_argument("--min-area", type=int, default=0, metavar="PX")
    parser.add_argument("--min-probability", type=float, default=0.5, metavar="P")
    parser.add_argument(
        "--edge-band",
        type=int,
        default=0,
        metavar="PX",
        help="ignore pixels so near to a true outline",
    )
    parser.add_argument(
        "--working-scale", type=lambda t: t if t == "auto" else float(t), default="auto"
    )
    parser.add_argument("--quality", choices=get_args(Quality), default="balanced")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--log", type=Path)
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])
