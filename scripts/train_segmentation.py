"""Train a segmentation model from a configuration and write its bundle.

python scripts/train_segmentation.py --configuration resources/training/nanocensus.yaml
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from nanocensus.segmentation import resolve_device
from nanocensus.training import (
    complete_bundle,
    fit_bundle_estimate,
    list_specimens,
    read_training_plan,
    run_training,
)


def main(arguments: Sequence[str]) -> None:
    """Train, or take up an interrupted training where its checkpoint left it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--configuration", type=Path, required=True)
    parser.add_argument("--run", help="which fold (fold-0 ...) or number of pictures (labelled-5)")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--threads", type=int, default=1, help="cores that torch may use")
    parser.add_argument("--stop-after", type=int, help="leave a checkpoint after this step")
    parser.add_argument(
        "--complete",
        type=Path,
        metavar="BUNDLE",
        help="do not train; fit this bundle's decoding end to end, test it, write its card anew",
    )
    parser.add_argument(
        "--fit-estimate",
        type=Path,
        metavar="BUNDLE",
        help="do not train; fit how this bundle estimates its own F1, and write its card anew",
    )
    parser.add_argument(
        "--list-specimens",
        type=Path,
        metavar="BUNDLE",
        help="do not train; write into this bundle's card which specimens it has seen",
    )
    parser.add_argument("--log", type=Path, help="write the log here instead of the terminal")
    given = parser.parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(message)s", filename=given.log, force=True
    )
    torch.set_num_threads(given.threads)
    plan = read_training_plan(given.configuration, given.run)
    if given.complete:
        complete_bundle(plan, given.complete, device=resolve_device(given.device))
        return
    if given.fit_estimate:
        fit_bundle_estimate(plan, given.fit_estimate, device=resolve_device(given.device))
        return
    if given.list_specimens:
        list_specimens(plan, given.list_specimens)
        return
    run_training(plan, device=resolve_device(given.device), stop_after=given.stop_after)


if __name__ == "__main__":
    main(sys.argv[1:])
