"""The table of pixel sizes: what every source says of each micrograph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from nanocensus.calibration import OTHER_PIXEL_SIZES
from nanocensus.tables.glossary import columns_of
from nanocensus.tables.pictures import Picture
from nanocensus.tables.rows import typed_table


def pixel_size_table(pictures: Sequence[Picture]) -> pd.DataFrame:
    """Return one row per micrograph and source, in the order of the list, the most trusted first.

    A micrograph that nothing states a pixel size of has no row.
    """
    rows = [row for picture in pictures for row in _rows(picture)]
    return typed_table("pixel_sizes", rows, columns_of("pixel_sizes"))


def _rows(picture: Picture) -> Iterator[dict[str, Any]]:
    of_picture = {"sample": picture.sample, "micrograph": picture.micrograph}
    if picture.text("pixel_size_source"):
        yield of_picture | {
            "source": picture.facts["pixel_size_source"],
            "use": "used",
            "pixel_size_nm": picture.facts["pixel_size_nm"],
        }
    for other in picture.facts.get(OTHER_PIXEL_SIZES) or ():
        yield of_picture | {"use": "confirms" if other["confirms"] else "compared"} | other
