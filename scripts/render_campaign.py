"""Render a campaign of random recipes with its truth, to measure the workflow on."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from nanocensus.rendering import (
    random_samples,
    render_campaign,
    write_label_pictures,
    write_sheet,
)


def main(argv: list[str] | None = None) -> None:
    """Write FOLDER/micrographs, FOLDER/labels, FOLDER/samples.tsv and FOLDER/campaign.yaml."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, required=True, help="other than the training's")
    parser.add_argument("--samples", type=int, default=10)
    parser.add_argument("--files", type=int, default=5, help="micrographs of each sample")
    parser.add_argument("--rows", type=int, default=768, help="pixels")
    parser.add_argument("--columns", type=int, default=1024, help="pixels")
    arguments = parser.parse_args(argv)
    samples = random_samples(
        np.random.default_rng(arguments.seed),
        n_samples=arguments.samples,
        n_files=arguments.files,
        height_px=arguments.rows,
        width_px=arguments.columns,
    )
    folder = arguments.folder
    truth, micrographs = render_campaign(samples, folder / "micrographs", seed=arguments.seed)
    write_label_pictures(micrographs, folder / "labels")
    write_sheet(samples, truth, folder / "micrographs", folder / "samples.tsv")
    configuration = f"campaign: rendered-{arguments.seed}\nsamples: samples.tsv\n"
    (folder / "campaign.yaml").write_text(configuration, encoding="utf-8")


if __name__ == "__main__":
    main()
