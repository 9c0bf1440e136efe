"""Write the data sheet of the EMPS set; a paper (DOI) is a specimen.

python scripts/write_emps_sheet.py ../shared/data/emps runs/emps.tsv
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from nanocensus.training import emps_rows, write_data_sheet


def main(arguments: Sequence[str]) -> None:
    """Write the sheet; with --splits, each row's drawn split instead of `auto`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("emps", type=Path, help="folder with metadata.csv, images/, labels/")
    parser.add_argument("sheet", type=Path)
    parser.add_argument("--seed", type=int, default=20261121, help="of the split (with --splits)")
    parser.add_argument("--splits", action="store_true", help="write the splits as drawn")
    given = parser.parse_args(arguments)
    rows = emps_rows(given.emps, seed=given.seed)
    write_data_sheet(given.sheet, rows, automatic=not given.splits)


if __name__ == "__main__":
    main(sys.argv[1:])
