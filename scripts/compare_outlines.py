"""Compare refined outlines with a network's masks, drawn labels and half height.

python scripts/compare_outlines.py --bundle resources/models/nanocensus --sheet runs/emps.tsv \\
    --split validation --output runs/evaluation/outlines-emps.tsv
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from nanocensus.segmentation import SegmentationSettings, load_segmenter, resolve_device
from nanocensus.training import Scoring, of_split, read_data_sheet, read_scored
from nanocensus.training.outline_bias import outline_differences


def main(arguments: Sequence[str]) -> None:
    """Write one row per particle, and print medians by polarity."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--sheet", type=Path, required=True, help="data sheet")
    parser.add_argument("--split", choices=("train", "validation", "test"), default="validation")
    parser.add_argument("--seed", type=int, default=20261121, help="of the sheet's auto split")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="every Nth picture")
    parser.add_argument("--output", type=Path, required=True, help="table, tab-separated")
    given = parser.parse_args(arguments)
    rows = of_split(read_data_sheet(given.sheet, seed=given.seed), given.split)[:: given.every]
    segmenter = load_segmenter(
        given.bundle,
        device=resolve_device("cpu"),
        settings=SegmentationSettings(),
        estimates=False,
    )
    tables = []
    for row in rows:
        pixels, truth = read_scored(row, Scoring())
        found = segmenter.segment(pixels, np.zeros(pixels.shape, dtype=bool))
        tables.append(outline_differences(pixels, truth, found).assign(picture=row.name))
        print(row.name, len(tables[-1]), "of", len(found.particle_probability), flush=True)
    table = pd.concat(tables)
    given.output.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(given.output, sep="\t", index=False, float_format="%.3f")
    if len(table):
        over = [name for name in table if name.startswith("over_")]
        by_picture = table.groupby(["polarity", "picture"])[over].median()
        print(by_picture.groupby("polarity").median().round(2).to_string())
        print(table.groupby("polarity").agg({"picture": "nunique", "ecd_px": "count"}).to_string())


if __name__ == "__main__":
    main(sys.argv[1:])
