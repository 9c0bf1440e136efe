"""The runs of one configuration side by side: folds with mean and spread, or a learning curve."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure

from nanocensus.bundles import read_bundle
from nanocensus.campaign import replacing

_LEARNING_CURVE = "labelled-"
_DRAWN = ("f1_50", "f1_75", "dice", "iou")


def summarise_runs(bundles: Mapping[str, Path]) -> pd.DataFrame:
    """Put the test scores of several bundles into one table.

    Parameters
    ----------
    bundles : Mapping of str to Path
        Run -> its bundle's folder.

    Returns
    -------
    DataFrame
        A row per figure, and per way of taking it (pooled: over all particles of a run's test
        pictures; mean: over these pictures). Columns figure, over, one per run, and for folds
        `mean` and `sd` over the runs (n - 1 in the denominator). NaN where a run has no such
        figure, for instance without test pictures; `mean` and `sd` then too.
    """
    tests = {run: _test_of(read_bundle(folder).card) for run, folder in bundles.items()}
    # in the order of the runs; a run may lack its test, or single figures
    keys = [
        (figure, over)
        for over in ("pooled", "mean")
        for figure in dict.fromkeys(f for test in tests.values() for f in test.get(over, {}))
    ]
    table = pd.DataFrame(keys, columns=["figure", "over"])
    for run, test in tests.items():
        table[run] = [float(test.get(over, {}).get(figure, math.nan)) for figure, over in keys]
    if not any(run.startswith(_LEARNING_CURVE) for run in bundles):
        runs = table[list(bundles)]
        table["mean"] = runs.mean(axis=1, skipna=False)
        table["sd"] = runs.std(axis=1, ddof=1, skipna=False)
    return table


def write_summary(table: pd.DataFrame, output: Path) -> None:
    """Write the table; beside it, of a learning curve, a chart as PNG and SVG.

    The figures of a learning curve are those over all particles of the test pictures against the
    number of labelled training pictures.
    """
    with replacing(output) as path:
        table.to_csv(path, sep="\t", index=False, float_format="%.4f", lineterminator="\n")
    runs = [name for name in table.columns if str(name).startswith(_LEARNING_CURVE)]
    if not runs:
        return
    counts = [int(str(name).removeprefix(_LEARNING_CURVE)) for name in runs]
    figure = Figure(figsize=(5, 3.5), layout="constrained")
    panel = figure.subplots()
    pooled = table[table["over"] == "pooled"].set_index("figure").reindex(_DRAWN)
    for name in _DRAWN:
        panel.plot(counts, pooled.loc[name, runs].to_numpy(dtype=float), marker="o", label=name)
    label = "labelled training pictures\n(validation pictures come on top)"
    panel.set(xlabel=label, ylabel="score on test pictures", xticks=counts)
    panel.legend(frameon=False)
    # fixed salt and no date: the same scores give the same bytes
    with mpl.rc_context({"svg.hashsalt": "nanocensus"}):
        for suffix, metadata in (("png", {"Software": None}), ("svg", {"Date": None})):
            with replacing(output.with_suffix(f".{suffix}")) as path:
                figure.savefig(path, format=suffix, dpi=120, metadata=metadata)


def _test_of(card: Mapping[str, Any]) -> Mapping[str, Any]:
    return card["metrics"].get("test", {})
