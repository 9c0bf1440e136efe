"""The demo as the README starts it: shipped models against the truth it was drawn from."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.workflow.campaigns import REPOSITORY
from tests.workflow.made_once import made_once

pytestmark = pytest.mark.demo
# Refined outlines are off by some 2 % of the median (docs/benchmarks.md, "An unseen rendered
# campaign"); the rest is chance of some hundred particles a sample.
WITHIN = 0.04


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    folder = made_once(tmp_path_factory, "demo", run_demo)
    results = folder / "results" / "demo"
    tables = {
        name: pd.read_csv(results / "tables" / f"{name}.csv") for name in ("samples", "micrographs")
    }
    statistics = (results / "tables" / "statistics.json").read_text(encoding="utf-8")
    return tables | {"statistics": json.loads(statistics)}


def run_demo(folder: Path) -> None:
    folder.mkdir()
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(REPOSITORY / "Snakefile")]
    result = subprocess.run(
        [*command, "--cores", "2"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert (folder / "results" / "demo" / "report" / "index.html").is_file()


def test_every_micrograph_counts_in_nanometres(tables):
    micrographs = tables["micrographs"]
    assert len(micrographs) == 12
    assert set(micrographs["status"]) <= {"ok", "warn"}
    expected = micrographs["sample"].map({"gold": 0.5}).fillna(2.5)
    assert micrographs["pixel_size_nm"].to_list() == pytest.approx(expected.to_list(), rel=1e-4)
    assert set(micrographs["pixel_size_source"]) == {"zeiss_tag", "fei_tag", "imagej", "ome"}


def test_the_medians_are_the_true_ones(tables):
    samples = tables["samples"].set_index("sample")
    assert len(samples) == 3
    for name, row in samples.iterrows():
        assert row["d50_n_nm"] == pytest.approx(row["true_d50_n_nm"], rel=WITHIN), name
        assert row["d50_n_nm_low"] < row["d50_n_nm"] < row["d50_n_nm_high"], name


def test_the_batches_are_compared(tables):
    (pair,) = [
        pair
        for pair in tables["statistics"]["comparisons"]
        if {pair["first"], pair["second"]} == {"oxide-batch-a", "oxide-batch-b"}
    ]
    assert pair["p"] < 0.05  # of 70 ways to deal eight micrographs, two differ as much


def test_the_shapes_are_those_that_were_drawn(tables):
    samples = tables["samples"].set_index("sample")
    assert samples.loc["gold", "n_shape_rod"] > 10
    assert samples.loc["gold", "n_shape_cube"] == 0
    assert samples.loc["oxide-batch-a", "n_shape_cube"] > 10
    assert samples.loc["oxide-batch-a", "n_shape_rod"] == 0
    assert (samples["n_shape_sphere"] > samples["n_counted"] / 2).all()
