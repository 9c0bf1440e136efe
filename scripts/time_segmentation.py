"""Time segmentation on this machine, beside a yardstick timed in the same run.

python scripts/time_segmentation.py --bundle resources/models/nanocensus \
    --pictures ../shared/data/bam/sem --ignore-rows 712 --every 8 --quality balanced
python scripts/time_segmentation.py --bundle resources/models/nanocensus --engines 800 1088
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import get_args

import numpy as np

from nanocensus.segmentation import (
    Quality,
    Seconds,
    SegmentationSettings,
    load_bpartis,
    load_segmenter,
    peak_memory_bytes,
    seconds_of,
    time_engines,
    yardstick,
)
from nanocensus.training import read_grey

_SUFFIXES = {".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff"}


def main(arguments: Sequence[str]) -> None:
    """Print seconds of the clock and of the processors, one thread."""
    given = _parser().parse_args(arguments)
    print("seconds of the clock, seconds of the processors")
    if given.engines:
        for engine in time_engines(given.bundle, tuple(given.engines)):
            difference = f"{engine.largest_difference:.2g} at most off torch, float32"
            taken = _shown(engine.seconds) if engine.seconds else "not installed"
            print(f"{taken}  {engine.name}, {difference}", flush=True)
    else:
        _time_pictures(given)
    # last, because its memory is not the segmentation's
    print(f"{_shown(yardstick())}  yardstick (U-Net with ResNet50, 512 x 512)")


def _time_pictures(given: argparse.Namespace) -> None:
    """Print a line per picture, the means and the peak of the memory; then the peer's mean."""
    settings = SegmentationSettings(quality=given.quality)
    segmenter = load_segmenter(given.bundle, device="cpu", settings=settings)
    paths = sorted(p for p in given.pictures.iterdir() if p.suffix.lower() in _SUFFIXES)
    pictures = [read_grey(path)[: given.ignore_rows] for path in paths[:: given.every]]

    def ours(pixels: np.ndarray) -> object:
        return segmenter.segment(pixels, np.zeros(pixels.shape, dtype=bool))

    taken = _each(ours, pictures)
    print(f"{_shown(taken)}  {given.quality}; peak memory {peak_memory_bytes() / 1e6:.0f} MB")
    if given.bpartis:
        print(f"{_shown(_each(load_bpartis(given.bpartis), pictures))}  BPartIS, single pass")


def _each(segment: Callable[[np.ndarray], object], pictures: Sequence[np.ndarray]) -> Seconds:
    """Print a line per picture and return their mean; the first one is shown twice, to warm up."""
    segment(pictures[0])
    taken = []
    for pixels in pictures:
        taken.append(seconds_of(lambda p=pixels: segment(p)))  # type: ignore[misc]
        print(f"{_shown(taken[-1])}  {pixels.shape[0]} x {pixels.shape[1]}", flush=True)
    print(f"mean of {len(taken)}:")
    return Seconds(*np.mean(taken, axis=0))


def _shown(taken: Seconds) -> str:
    return f"{taken.wall:6.2f} {taken.processor:6.2f}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", type=Path, required=True)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--pictures", type=Path, help="folder")
    what.add_argument(
        "--engines", type=int, nargs=2, metavar="PX", help="rows and columns of a tile"
    )
    parser.add_argument("--quality", choices=get_args(Quality), default="balanced")
    parser.add_argument("--ignore-rows", type=int, metavar="FROM")
    parser.add_argument(
        "--bpartis",
        type=Path,
        metavar="FOLDER",
        help="time BPartIS too, which `pip install --no-deps --target FOLDER "
        "imagedataextractor==2.0.4` put there",
    )
    parser.add_argument("--every", type=int, default=1, metavar="N", help="take each N-th picture")
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])
