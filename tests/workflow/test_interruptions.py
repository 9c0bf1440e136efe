"""Runs that are cut short, that only look, that meet each other or a passing failure."""

from __future__ import annotations

import os
import shutil
import signal
import time

import pandas as pd
import pytest

from nanocensus.campaign.prune import mark_unpruned
from tests.workflow.campaigns import CRASHING, GATE, GATED
from tests.workflow.conftest import write_discs

pytestmark = pytest.mark.workflow


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("stage", ["prepare", "measure"])
def test_a_run_cut_short_is_completed(campaign, finished_campaign, stage, number):
    campaign.forget(stage)
    campaign.cores = 1
    with campaign.changed(stage, GATED):
        process = campaign.start_until(stage)
    os.killpg(process.pid, number)  # as Ctrl-C and batch systems do
    process.communicate(timeout=120)
    assert process.returncode != 0
    assert not (campaign.results / "tables").exists()
    if number == signal.SIGKILL:
        campaign.run("--unlock")
    campaign.run()
    assert 0 < campaign.computed()[stage] < 6, "what was finished is kept, and not all was"
    assert campaign.contents() == finished_campaign.contents()


def test_a_job_that_outlived_its_snakemake_is_waited_for(campaign, finished_campaign):
    campaign.forget("prepare")
    campaign.cores = 1
    with campaign.changed("prepare", GATED):
        process = campaign.start_until("prepare")
    process.kill()
    process.wait()
    process.stdout.close()  # and with it the terminal
    campaign.run("--unlock")
    process = campaign.start()
    while "waiting for another job" not in campaign.logs():
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.1)
    (campaign.folder / GATE).touch()
    process.communicate(timeout=300)
    assert process.returncode == 0, campaign.logs()
    assert campaign.computed()["prepare"] == 0
    assert campaign.contents() == finished_campaign.contents()


def test_a_file_that_was_away_for_a_moment_is_counted_by_the_next_run(campaign):
    path = campaign.raw / "silver" / "7.tif"
    write_discs(path, 7)
    with campaign.changed("prepare", GATED):
        process = campaign.start()
        manifest = campaign.results / "plan" / "shards" / "b.json"
        while "silver/7.tif" not in manifest.read_text(encoding="utf-8"):
            assert process.poll() is None
    path.rename(campaign.folder / "away.tif")
    (campaign.folder / GATE).touch()
    process.communicate(timeout=300)
    assert process.returncode == 0
    assert status_of(campaign, "raw/silver/7.tif") == "failed"
    (campaign.folder / "away.tif").rename(path)
    campaign.run()
    assert campaign.computed()["prepare"] == 1
    assert status_of(campaign, "raw/silver/7.tif") in ("ok", "warn")
    assert "Nothing to be done" in campaign.run()


def test_a_crash_is_tried_again_by_the_next_run_only(campaign, finished_campaign):
    campaign.forget("measure")
    with campaign.changed("measure", CRASHING):
        campaign.run()
        assert "ZeroDivisionError" in campaign.table("micrographs.csv")
        campaign.run()
        assert campaign.computed()["measure"] == 3, "the pictures that crashed"
        assert "Nothing to be done" in campaign.run()
    campaign.run("--forcerun", "measure")
    assert campaign.computed()["measure"] == 3
    assert campaign.contents() == finished_campaign.contents()


def status_of(campaign, path):
    table = pd.read_csv(campaign.results / "tables" / "micrographs.csv", keep_default_na=False)
    return table.set_index("path").loc[path, "status"]


def test_options_that_only_look_leave_everything_as_it_is(campaign):
    gone = campaign.results / "prepared" / "gold" / "gone.ome.tif"
    gone.write_bytes(b"")
    mine = campaign.results / "prepared" / "gold" / "mine.ome.tif"
    mine.write_bytes(b"")
    mark_unpruned(campaign.results, [("gold", "gone")])
    os.utime(campaign.results / "plan" / ".unpruned", (1, 1))
    plan = campaign.results / "plan" / "stage" / "segment.json"
    before = plan.read_bytes()
    recompute = ("--config", "recompute=[segment]")
    for option in ("--dry-run", "--lint", "--unlock", "--summary"):
        campaign.run(option, *recompute)
        assert gone.exists(), option
        assert plan.read_bytes() == before, option
    assert "Nothing to be done" in campaign.run()
    assert not gone.exists()
    assert mine.exists()


def test_tables_are_not_made_of_indexes_that_were_only_touched(campaign):
    write_discs(campaign.raw / "silver" / "7.tif", 7)
    campaign.run("--touch")
    shutil.rmtree(campaign.results / "tables")
    campaign.run(fails=True)
    assert "silver/7" in campaign.logs()
    assert "--forcerun prepare" in campaign.logs()
    campaign.run("--forcerun", "prepare")
    assert campaign.table("micrographs.csv").count("\n") == 8
