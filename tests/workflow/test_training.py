"""`snakemake train` and `snakemake evaluate`: planned from their configurations, and run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from tests.workflow.campaigns import BUNDLES, REPOSITORY
from tests.workflow.test_profiles import profile

pytestmark = pytest.mark.workflow


def run(folder: Path, configuration: dict, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "my.yaml").write_text(yaml.safe_dump(configuration), encoding="utf-8")
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(REPOSITORY / "Snakefile")]
    return subprocess.run(
        [*command, *arguments, "--cores", "1", "--configfile", "my.yaml"],
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("task", "script"),
    [("segmentation", "train_segmentation.py"), ("classification", "train_classifier.py")],
)
def test_training_is_planned_by_its_task(tmp_path, task, script):
    configuration = {"task": task, "training": {"name": "mine", "folder": "runs/mine"}}
    planned = run(tmp_path, configuration, "train", "--dry-run", "--printshellcmds")
    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert script in planned.stdout + planned.stderr
    assert "runs/mine/mine/card.yaml" in planned.stdout + planned.stderr


@pytest.mark.parametrize(
    ("asked", "runs"),
    [
        ({"folds": 3}, ["fold-0", "fold-1", "fold-2"]),
        (
            {"learning_curve": [5, 10], "start_from": "bundle"},
            ["labelled-0", "labelled-5", "labelled-10"],
        ),
    ],
)
def test_folds_and_learning_curves_are_parallel_jobs_and_a_table(tmp_path, asked, runs):
    configuration = {"training": {"name": "mine", "folder": "runs/mine", **asked}}
    planned = run(tmp_path, configuration, "train", "--dry-run", "--printshellcmds")
    told = planned.stdout + planned.stderr
    assert planned.returncode == 0, told
    for name in runs:
        assert f"--run {name}" in told
    assert "summarise_runs.py" in told
    cards = " ".join(f"runs/mine/{name}/mine/card.yaml" for name in runs)
    assert f"--cards {cards} --output runs/mine/runs.tsv" in told


def test_one_fold_at_a_time_holds_this_machines_gpu(tmp_path, monkeypatch):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "nvidia-smi").touch(mode=0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    configuration = {"training": {"name": "mine", "folder": "runs/mine", "folds": 3}}
    planned = run(tmp_path, configuration, "train", "--dry-run")
    told = planned.stdout + planned.stderr
    assert planned.returncode == 0, told
    assert told.count("local_gpu=1") == 3, "as many as there are folds"
    assert profile("default")["resources"] == ["local_gpu=1"], "one at a time"


def test_one_fold_is_refused_before_any_job(tmp_path):
    refused = run(tmp_path, {"training": {"name": "a", "folder": "b", "folds": 1}}, "--dry-run")
    assert refused.returncode != 0
    assert "two or more are needed" in refused.stdout + refused.stderr


@pytest.mark.parametrize("section", ["training", "evaluation"])
def test_an_empty_section_says_what_is_missing(tmp_path, section):
    refused = run(tmp_path, {section: {}}, "--dry-run")
    assert refused.returncode != 0
    assert "'folder'" in refused.stdout + refused.stderr
    assert "docs/training.md" in refused.stdout + refused.stderr


def test_an_evaluation_scores_labelled_pictures(tmp_path):
    y, x = np.mgrid[:96, :96]
    labels = np.zeros((96, 96), np.uint8)
    for value, (row, column) in enumerate([(24, 26), (70, 66)], start=1):
        labels[np.hypot(y - row, x - column) < 11] = value
    grey = np.random.default_rng(1).normal(60 + 120 * (labels > 0), 5).clip(0, 255)
    for name, pixels in (("pictures", grey.astype(np.uint8)), ("labels", labels)):
        (tmp_path / name).mkdir()
        Image.fromarray(pixels).save(tmp_path / name / "a.png")
    evaluation = {
        "bundles": {
            "one": str(BUNDLES / "tiny_segmentation"),
            "two": f"{BUNDLES}/tiny_segmentation",
        },
        "folder": "scores",
        "pictures": "pictures",
        "labels": "labels",
        "kind": "labels",
        "working_scale": 1.0,
    }
    done = run(tmp_path, {"evaluation": evaluation}, "evaluate")
    assert done.returncode == 0, done.stdout + done.stderr
    scores = json.loads((tmp_path / "scores" / "one" / "scores.json").read_text(encoding="utf-8"))
    assert scores["pooled"]["f1_50"] == 1.0
    assert scores["pooled"]["auc"] > 0.9
    assert "data:image/png" in (tmp_path / "scores" / "two" / "evaluation.html").read_text()
    compared = (tmp_path / "scores" / "comparison.tsv").read_text().splitlines()
    assert compared[1].startswith("one\ttwo\tf1_50\t1\t1\t1\t0\t")


def test_bundles_of_one_name_have_to_be_named(tmp_path):
    evaluation = {"bundles": ["a/mine", "b/mine"], "folder": "scores", "sheet": "sheet.tsv"}
    refused = run(tmp_path, {"evaluation": evaluation}, "--dry-run")
    assert refused.returncode != 0
    assert "the same name" in refused.stdout + refused.stderr
