"""Put the runs of a training (folds, or a learning curve) into one table.

python scripts/summarise_runs.py --cards runs/mine/fold-*/mine/card.yaml --output runs/mine/runs.tsv
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from nanocensus.training import summarise_runs, write_summary


def main(arguments: Sequence[str]) -> None:
    """Read the bundles of all runs and write their table, of a learning curve also its chart."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cards", type=Path, nargs="+", required=True, help="RUN/NAME/card.yaml")
    parser.add_argument("--output", type=Path, required=True, help="the table, .../runs.tsv")
    parser.add_argument("--log", type=Path, help="write the log here instead of the terminal")
    given = parser.parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(message)s", filename=given.log, force=True
    )
    table = summarise_runs({card.parents[1].name: card.parent for card in given.cards})
    write_summary(table, given.output)
    logging.getLogger(__name__).info("%d runs:\n%s", len(given.cards), table.to_string(index=False))


if __name__ == "__main__":
    main(sys.argv[1:])
