"""Draw the README's picture from the finished demo campaign.

python scripts/draw_overview.py results/demo docs/overview.png
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

SAMPLE, MICROGRAPH = "oxide-batch-a", "a03"
QUANTILES = ("d10", "d50", "d90")
BLUE, ORANGE = "#0B5C8E", "#D55E00"


def main() -> None:
    """Write one micrograph with its outlines beside its sample's distribution and the truth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("picture", type=Path)
    arguments = parser.parse_args()
    figure = Figure(figsize=(11, 4.1), dpi=110, layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=[1.45, 1])
    drawn = next((arguments.results / "gallery" / SAMPLE).glob(f"{MICROGRAPH}-*.jpg"))
    left.imshow(np.asarray(Image.open(drawn)))
    left.set_axis_off()
    draw_distribution(right, arguments.results / "tables")
    FigureCanvasAgg(figure).print_png(arguments.picture, metadata={"Software": None})


def draw_distribution(axes: Axes, tables: Path) -> None:
    """Draw the weighted cumulative distribution by number, its quantiles and the true ones."""
    particles = pd.read_parquet(tables / "particles.parquet")
    counted = particles.query("sample == @SAMPLE and status == 'counted'").sort_values("ecd_nm")
    share = counted["inclusion_weight"].cumsum() / counted["inclusion_weight"].sum()
    axes.step(counted["ecd_nm"], 100 * share, where="post", color=BLUE, label="measured")
    sample = pd.read_csv(tables / "samples.csv").set_index("sample").loc[SAMPLE]
    for place, name in enumerate(QUANTILES):
        percent = int(name[1:])
        value, low, high = (sample[f"{name}_n_nm{end}"] for end in ("", "_low", "_high"))
        axes.plot([low, high], [percent, percent], color=BLUE, linewidth=5, alpha=0.3)
        axes.plot(value, percent, "o", color=BLUE)
        true_label = "true" if place == 0 else None
        axes.plot(sample[f"true_{name}_n_nm"], percent, "x", color=ORANGE, ms=9, label=true_label)
    axes.set_xlabel("Area-equivalent diameter (nm)")
    axes.set_ylabel("Smaller than, % by number")
    axes.set_title(
        f"{SAMPLE}: D50 {sample['d50_n_nm']:.1f} nm "
        f"({sample['d50_n_nm_low']:.1f} to {sample['d50_n_nm_high']:.1f}), "
        f"true {sample['true_d50_n_nm']:.1f} nm",
        fontsize=10,
    )
    axes.set_ylim(0, 100)
    axes.grid(color="#E8ECF0")
    axes.spines[["right", "top"]].set_visible(False)
    axes.legend(frameon=False, loc="upper left")


if __name__ == "__main__":
    main()
