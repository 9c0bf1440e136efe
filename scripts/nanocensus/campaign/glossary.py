"""The rows of resources/glossary.tsv, which names every column of the tables."""

from __future__ import annotations

import csv
from functools import cache

from nanocensus.paths import GLOSSARY


@cache
def glossary_rows() -> tuple[dict[str, str], ...]:
    """Return the rows in their order: `table`, `column`, `unit`, `definition`, `source`."""
    with GLOSSARY.open(encoding="utf-8", newline="") as stream:
        return tuple(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
