"""Score the masks of info bars and overlays against boxes that a person drew.

python scripts/evaluate_overlays.py --boxes tests/data/overlay_boxes.csv \
    --pictures ../shared/data/emps/images
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from nanocensus.training.overlay_scores import (
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
    given = parser.parse_args(arguments)
    scores: dict[str, dict[str, list[OverlayScore]]] = {}
    print("part", "of", "recall", "false", "drawn_px", "seconds", sep="\t")
    for marked in read_marked_pictures(given.boxes):
        pixels = np.asarray(Image.open(given.pictures / f"{marked.name}.png").convert("L"))
        start = time.perf_counter()
        hidden = hidden_pixels(pixels)
        seconds = time.perf_counter() - start
        part = scores.setdefault(marked.part, {})
        score = score_overlays(pixels, hidden, marked.boxes)
        part.setdefault(_ALL, []).append(score)
        for box in marked.boxes:
            part.setdefault(box.kind, []).append(score_overlays(pixels, hidden, [box]))
        print(marked.part, marked.name, _figures(score), f"{seconds:.2f}", sep="\t")
    for name, part in scores.items():
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
