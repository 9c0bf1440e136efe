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
from matplotlib.patches import Polygon
from PIL import Image

from nanocensus.campaign import product_path
from nanocensus.report import STEPS_PER_PX, palette, read_outlines

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
    particles = pd.read_parquet(arguments.results / "tables" / "particles.parquet")
    counted = particles.query("sample == @SAMPLE and status == 'counted'").sort_values("ecd_nm")
    draw_micrograph(left, arguments.results, counted)
    draw_distribution(right, arguments.results / "tables", counted)
    FigureCanvasAgg(figure).print_png(arguments.picture, metadata={"Software": None})


def draw_micrograph(axes: Axes, results: Path, counted: pd.DataFrame) -> None:
    """Draw a micrograph with outlines as the report's pages show it."""
    names = counted["micrograph"].astype(str)
    name = next(name for name in names if name.startswith(f"{MICROGRAPH}-"))
    outlines = read_outlines(results / product_path("gallery", "outlines", SAMPLE, name))
    picture = Image.open(results / product_path("gallery", "picture", SAMPLE, name))
    frame = (0, outlines.columns_px, outlines.rows_px, 0)
    axes.imshow(np.asarray(picture), cmap="gray", vmin=0, vmax=255, extent=frame)
    rows = counted[names == name]
    shapes = dict(zip(rows["particle"], rows["shape"], strict=True))
    for label, rings in outlines.particles.items():
        for ring in rings:
            rim = Polygon(ring / STEPS_PER_PX, fill=False, color="#0c1014", alpha=0.6, lw=2.2)
            line = Polygon(ring / STEPS_PER_PX, fill=False, lw=1.2)
            if label in shapes:
                line.set_edgecolor(palette.shape_colour(shapes[label], list(palette.SHAPE_COLOURS)))
            else:
                line.set(edgecolor=palette.SET_ASIDE_COLOUR, linestyle=(0, (3, 2.4)))
            axes.add_patch(rim)
            axes.add_patch(line)
    axes.set_axis_off()


def draw_distribution(axes: Axes, tables: Path, counted: pd.DataFrame) -> None:
    """Draw the weighted cumulative distribution by number, its quantiles and the true ones."""
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
