import csv

import pytest
from tests.unit.training.pictures import CARD, TINY

from nanocensus.bundles import write_bundle
from nanocensus.segmentation import build_network
from nanocensus.training import summarise_runs, write_summary


def bundles(folder, names, untested=()):
    found = {}
    for number, name in enumerate(names):
        scores = dict.fromkeys(("f1_50", "f1_75", "dice", "iou"), 0.5 + 0.1 * number)
        card = CARD | {
            "training": {},
            "metrics": {"test": {"pooled": scores, "mean": {"dice": 0.25}}},
        }
        if name in untested:
            card["metrics"] = {}
        found[name] = folder / name / "discs"
        write_bundle(found[name], card, build_network(TINY).state_dict())
    return found


def test_folds_end_in_mean_and_standard_deviation(tmp_path):
    table = summarise_runs(bundles(tmp_path, ["fold-0", "fold-1", "fold-2"]))
    write_summary(table, tmp_path / "runs.tsv")
    with (tmp_path / "runs.tsv").open() as stream:
        rows = {(r["figure"], r["over"]): r for r in csv.DictReader(stream, delimiter="\t")}
    pooled = rows["f1_50", "pooled"]
    assert [pooled[name] for name in ("fold-0", "fold-1", "fold-2")] == [
        "0.5000",
        "0.6000",
        "0.7000",
    ]
    assert float(pooled["mean"]) == pytest.approx(0.6)
    assert float(pooled["sd"]) == pytest.approx(0.1)  # n - 1: sqrt(0.02 / 2)
    assert float(rows["dice", "mean"]["sd"]) == 0
    assert not (tmp_path / "runs.png").exists()


def test_a_learning_curve_is_drawn_and_has_no_mean(tmp_path):
    names = ["labelled-0", "labelled-5", "labelled-10"]
    table = summarise_runs(bundles(tmp_path, names))
    assert list(table.columns) == ["figure", "over", *names]
    write_summary(table, tmp_path / "runs.tsv")
    for suffix in ("png", "svg"):
        assert (tmp_path / f"runs.{suffix}").stat().st_size > 1000


def test_a_run_without_a_test_hides_no_figure_and_leaves_the_mean_open(tmp_path):
    table = summarise_runs(bundles(tmp_path, ["fold-0", "fold-1"], untested=["fold-0"]))
    row = table.set_index(["figure", "over"]).loc["f1_50", "pooled"]
    assert row["fold-1"] == pytest.approx(0.6)
    assert row[["fold-0", "mean", "sd"]].isna().all()


def test_a_learning_curve_of_bundles_without_a_test_is_drawn_empty(tmp_path):
    names = ["labelled-5", "labelled-10"]
    write_summary(summarise_runs(bundles(tmp_path, names, untested=names)), tmp_path / "runs.tsv")
    assert "validation pictures come on top" in (tmp_path / "runs.svg").read_text()
