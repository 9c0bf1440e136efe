"""Training curves as a table and as figures."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from nanocensus.campaign import replacing


def write_curves(history: Sequence[dict[str, float]], folder: Path) -> None:
    """Write curves.csv, curves.png and curves.svg: losses and validation scores over steps.

    Parameters
    ----------
    history : sequence of dict
        One row per validation with equal keys: step, rate, train_*, validation_*.
    folder : Path
    """
    with replacing(folder / "curves.csv") as path, path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, history[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows({k: f"{v:.6g}" for k, v in row.items()} for row in history)
    figure = Figure(figsize=(9, 3.5), layout="constrained")
    panels = figure.subplots(1, 2)
    for panel, prefix, title in zip(
        panels, ("train_", "validation_"), ("loss, training patches", "validation"), strict=True
    ):
        for name in (key for key in history[0] if key.startswith(prefix)):
            panel.plot(
                [row["step"] for row in history],
                [row[name] for row in history],
                marker=".",
                label=name.removeprefix(prefix),
            )
        panel.set(title=title, xlabel="step")
        panel.legend(frameon=False)
    # fixed salt and no date: the same history gives the same bytes
    with mpl.rc_context({"svg.hashsalt": "nanocensus"}):
        for suffix, metadata in (("png", {"Software": None}), ("svg", {"Date": None})):
            with replacing(folder / f"curves.{suffix}") as path:
                figure.savefig(path, format=suffix, dpi=120, metadata=metadata)
