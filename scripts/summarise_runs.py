"""Put the runs of a training (folds, or a learning curve) into one table.

python scripts/summarise_runs.py --folder runs/mine --name mine --runs fold-0 fold-1
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from nanocensus.training import summarise_runs, write_summary


def main(arguments: Sequence[str]) -> None:
    """Read the bundles of all runs in a folder and write the table there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="gets runs.tsv; holds RUN/NAME")
    parser.add_argument("--name", required=True, help="of the bundle in each run")
    parser.add_argument("--runs", nargs="+", required=True)
    parser.add_argument("--log", type=Path, help="write the log here instead of the terminal")
    given = parser.parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(message)s", filename=given.log, force=True
    )
    table = summarise_runs({run: given.folder / run / given.name for run in given.runs})
    write_summary(table, given.folder)
    logging.getLogger(__name__).info("%d runs:\n%s", len(given.runs), table.to_string(index=False))


if __name__ == "__main__":
    main(sys.argv[1:])
