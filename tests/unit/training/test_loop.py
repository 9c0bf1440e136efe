import csv
import logging
import math

import pytest
import torch
from tests.unit.training.pictures import TINY, write_disc_pictures

from nanocensus.training import (
    CheckpointError,
    PatchSettings,
    Source,
    TrainingSettings,
    train,
)


def settings_of(**changes):
    given = {
        "architecture": TINY,
        "seed": 3,
        "steps": 6,
        "validate_every": 2,
        "half_precision": False,
        "patches": PatchSettings(sides_px=(32,), pixels_per_batch=2 * 32 * 32, particle_px=(8, 20)),
    }
    return TrainingSettings(**(given | changes))


def score_by_weights(network):
    """Stand in for validation: any number that the weights decide."""
    return {"score": float(sum(p.detach().abs().sum() for p in network.parameters()))}


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    return [Source(write_disc_pictures(tmp_path_factory.mktemp("loop"), 2, "train"), 1.0)]


def run(sources, folder, **options):
    torch.set_num_threads(1)
    settings = options.pop("settings", settings_of())
    score = options.pop("score", score_by_weights)
    return train(sources, settings, folder=folder, score=score, workers=0, **options)


def test_an_interrupted_run_takes_up_its_course(sources, tmp_path):
    whole, history = run(sources, tmp_path / "whole")
    for stop in (1, 3):
        run(sources, tmp_path / "parts", stop_after=stop)
    resumed, resumed_history = run(sources, tmp_path / "parts")
    assert resumed_history == history
    assert [row["step"] for row in history] == [2, 4, 6]
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)
    curves = [(tmp_path / part / "curves.csv").read_bytes() for part in ("whole", "parts")]
    assert curves[0] == curves[1]


def test_the_log_tells_a_loss_only_where_there_is_one(sources, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr("nanocensus.training.loop._LOG_EVERY_S", -math.inf)
    with caplog.at_level(logging.INFO, logger="nanocensus.training"):
        run(sources, tmp_path)
    told = [r.getMessage() for r in caplog.records if r.getMessage().startswith("step ")]
    assert len(told) == 6
    assert ["loss" in line for line in told] == [True, False] * 3, "every second step validates"
    assert not any("nan" in line for line in told)


def test_training_changes_the_weights_and_lowers_the_loss(sources, tmp_path):
    settings = settings_of(steps=30, validate_every=10, rate=5e-3)
    _, history = run(sources, tmp_path, settings=settings)
    assert history[-1]["train_loss"] < 0.9 * history[0]["train_loss"]


def test_the_best_weights_are_kept_and_waiting_for_better_ones_ends(sources, tmp_path):
    scores = iter([0.1, 0.9, 0.5, 0.4, 0.3, 0.2])
    seen = []

    def score(network):
        seen.append({k: v.clone() for k, v in network.state_dict().items()})
        return {"score": next(scores)}

    settings = settings_of(steps=12, patience=3)
    weights, history = run(sources, tmp_path, settings=settings, score=score)
    assert len(history) == 5  # the best was the second; three more were waited for
    assert all(torch.equal(weights[name], seen[1][name]) for name in weights)


def test_a_checkpoint_of_other_settings_is_not_resumed(sources, tmp_path):
    run(sources, tmp_path, stop_after=1)
    with pytest.raises(CheckpointError, match="other settings"):
        run(sources, tmp_path, settings=settings_of(rate=1e-4))


@pytest.mark.parametrize("changed", ["picture", "labels", "weights"])
def test_a_checkpoint_of_other_files_is_not_resumed(tmp_path, changed):
    rows = write_disc_pictures(tmp_path / "data", 2, "train")
    weights = tmp_path / "weights"
    weights.write_bytes(b"first")
    again = {"further_files": [weights], "stop_after": 1}
    for _ in range(2):  # the same files are taken up
        run([Source(rows, 1.0)], tmp_path, **again)
    path = weights if changed == "weights" else getattr(rows[1], changed)
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(CheckpointError, match="labels or first weights"):
        run([Source(rows, 1.0)], tmp_path, **again)


def test_first_weights_are_used(sources, tmp_path):
    def zero(network):
        for parameter in network.parameters():
            torch.nn.init.zeros_(parameter)

    settings = settings_of(rate=1e-9, weight_decay=0.0, steps=2)
    weights, _ = run(sources, tmp_path, settings=settings, first_weights=zero)
    assert float(weights["segmentation_head.0.weight"].abs().max()) < 1e-6


def test_curves_are_written_as_table_and_figures(sources, tmp_path):
    _, history = run(sources, tmp_path)
    with (tmp_path / "curves.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [float(row["step"]) for row in rows] == [2, 4, 6]
    assert float(rows[0]["train_loss"]) == pytest.approx(history[0]["train_loss"], rel=1e-5)
    for suffix in ("png", "svg"):
        assert (tmp_path / f"curves.{suffix}").stat().st_size > 1000
