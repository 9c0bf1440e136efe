"""Render the demo campaign: micrographs, truth of every particle, sample sheet."""

from __future__ import annotations

import argparse
from pathlib import Path

from nanocensus.rendering import DEMO_SEED, demo_samples, render_campaign, write_sheet


def main(argv: list[str] | None = None) -> None:
    """Write the files that stand in resources/demo and config/samples.tsv."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("resources/demo"))
    parser.add_argument("--sheet", type=Path, default=Path("config/samples.tsv"))
    arguments = parser.parse_args(argv)
    samples = demo_samples()
    truth, _ = render_campaign(samples, arguments.folder, seed=DEMO_SEED)
    write_sheet(samples, truth, arguments.folder, arguments.sheet)


if __name__ == "__main__":
    main()
