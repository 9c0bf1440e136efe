"""Compare models that were evaluated on the same pictures.

python scripts/compare_evaluations.py --evaluation shipped=runs/evaluation/emps/shipped \
    --evaluation mine=runs/evaluation/emps/mine --output runs/evaluation/emps
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from nanocensus.training import (
    check_same_scoring,
    compare_models,
    read_picture_table,
    write_comparison,
)

_LOG = logging.getLogger(__name__)


def main(arguments: Sequence[str]) -> None:
    """Write comparison.tsv and comparison.html."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--evaluation",
        action="append",
        required=True,
        type=_named_folder,
        metavar="NAME=FOLDER",
        help="folder with scores.json and pictures.tsv; two or more",
    )
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--log", type=Path)
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", filename=given.log, force=True)
    folders = dict(given.evaluation)
    if len(folders) < 2:
        parser.error("two or more evaluations of different names are needed")
    check_same_scoring(folders)
    tables = {name: read_picture_table(at / "pictures.tsv") for name, at in folders.items()}
    differences = compare_models(tables)
    write_comparison(differences, given.output)
    _LOG.info("%d models, %d differences", len(folders), len(differences))


def _named_folder(text: str) -> tuple[str, Path]:
    name, sign, folder = text.partition("=")
    if not (name and sign and folder):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=FOLDER")
    return name, Path(folder)


if __name__ == "__main__":
    main(sys.argv[1:])
