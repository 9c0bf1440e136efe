"""Train the classifier of shape and completeness from a configuration and write its bundle.

python scripts/train_classifier.py --configuration resources/training/shapes.yaml
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from nanocensus.training import read_shape_plan, run_shape_training


def main(arguments: Sequence[str]) -> None:
    """Train, or take up an interrupted training where its checkpoint left it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--configuration", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=1, help="cores that torch may use")
    parser.add_argument("--stop-after", type=int, help="write the bundle of this step and stop")
    parser.add_argument("--log", type=Path, help="write the log here instead of the terminal")
    given = parser.parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(message)s", filename=given.log, force=True
    )
    torch.set_num_threads(given.threads)
    run_shape_training(read_shape_plan(given.configuration), stop_after=given.stop_after)


if __name__ == "__main__":
    main(sys.argv[1:])
