"""Write the data sheet of BAM's SEM micrographs, with the info bar cut off.

python scripts/write_bam_sheet.py ../shared/data/bam ../training/bam

The data's licence (CC BY-NC-ND 4.0) forbids sharing what is made from them: keep the output, and
models trained on it, to yourself.

One specimen; every picture is a field of its own (stage positions at least 10.8 um apart, field
7.5 um), so folds are by picture and say nothing of other specimens. The sheet's column specimen
names fields.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from skimage.io import imsave

from nanocensus.campaign import replacing
from nanocensus.training import (
    LabelledPicture,
    number_instances,
    read_grey,
    read_values,
    write_data_sheet,
)

_INFO_BAR_FROM_ROW = 712
_SMALLEST_AREA_PX = 10  # smaller components are crumbs of the drawing


def main(arguments: Sequence[str]) -> None:
    """Write cropped pictures, instance labels and sheet.tsv; every field stands as a specimen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bam", type=Path, help="folder with sem/ and masks_sem/")
    parser.add_argument("output", type=Path)
    given = parser.parse_args(arguments)
    rows = []
    for source in sorted((given.bam / "sem").glob("*.tif")):
        mask = read_values(given.bam / "masks_sem" / f"{source.stem}.png")[:_INFO_BAR_FROM_ROW]
        labels = number_instances(mask, "binary")
        areas = np.bincount(labels.ravel())
        labels[areas[labels] < _SMALLEST_AREA_PX] = 0
        picture, truth = (given.output / part / f"{source.stem}.png" for part in ("sem", "labels"))
        pixels = read_grey(source)[:_INFO_BAR_FROM_ROW].astype(np.uint8)
        for path, values in ((picture, pixels), (truth, labels.astype(np.uint16))):
            with replacing(path) as unfinished:
                imsave(unfinished, values, check_contrast=False)
        rows.append(LabelledPicture(picture, truth, source.stem, "auto", "labels"))
    write_data_sheet(given.output / "sheet.tsv", rows, automatic=True)


if __name__ == "__main__":
    main(sys.argv[1:])
