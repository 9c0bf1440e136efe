"""Score the masks of info bars and overlays against boxes that a person drew.

python scripts/evaluate_overlays.py --boxes tests/data/overlay_boxes.csv \
    --pictures ../shared/data/emps/images --text runs/overlays/text.json

As the workflow, with the text that OCR reads; `--text none` is what is left without it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from nanocensus.calibration.scale_bar import read_scale_bar, text_reader
from nanocensus.calibration.scoring.kept_text import KeptTextReader
from nanocensus.calibration.scoring.overlay_scores import (
    OverlayScore,
    hidden_pixels,
    pooled,
    read_marked_pictures,
    score_overlays,
)

_ALL = "all pictures"


def main(arguments: Sequence[str]) -> None:
    """Print a line a picture, kind and part (tab-separated)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--boxes", type=Path, required=True)
    parser.add_argument("--pictures", type=Path, required=True, help="folder of ID.png")
    parser.add_argument("--text", type=Path, required=True, help="kept text (JSON), or none")
    given = parser.parse_args(arguments)
    reader = None if str(given.text) == "none" else KeptTextReader(text_reader, given.text)
    scores: dict[str, dict[str, list[OverlayScore]]] = {}
    print("part", "of", "recall", "false", "drawn_px", "seconds", sep="\t")
    for marked in read_marked_pictures(given.boxes):
        pixels = np.asarray(Image.open(given.pictures / f"{marked.name}.png").convert("L"))
        reading = read_scale_bar(pixels, reader=reader) if reader else None
        start = time.perf_counter()
        hidden = hidden_pixels(pixels, reading)
        seconds = time.perf_counter() - start
        part = scores.setdefault(marked.part, {})
        score = score_overlays(pixels, hidden, marked.boxes)
        part.setdefault(_ALL, []).append(score)
        for box in marked.boxes:
            part.setdefault(box.kind, []).append(score_overlays(pixels, hidden, [box]))
        print(marked.part, marked.name, _figures(score), f"{seconds:.2f}", sep="\t")
    if reader:
        reader.save()
    for name, part in scores.items():
        recalls = [score.recall for score in part[_ALL]]
        print(name, "mean over pictures", f"{np.nanmean(recalls):.3f}", sep="\t")
        for kind, of_kind in part.items():
            total = pooled(of_kind)
            if kind == _ALL:
                print(name, kind, _figures(total), sep="\t")
            else:  # what other kinds mask is not false
                print(name, kind, f"{total.recall:.3f}", "", total.drawn_px, sep="\t")


def _figures(score: OverlayScore) -> str:
    return f"{score.recall:.3f}\t{score.false_share:.4f}\t{score.drawn_px}"


if __name__ == "__main__":
    main(sys.argv[1:])
