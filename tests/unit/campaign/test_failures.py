"""Failures whose cause may pass, as the next plan sees them."""

import os
import signal

import pytest
from tests.unit.campaign.shards_by_hand import prepare, segment

from nanocensus.campaign.failures import may_have_passed


def is_to_start(campaign):
    return may_have_passed(campaign.folder, "b")


def fail_on_one(task):
    if task.name == "1":
        raise ZeroDivisionError("oops")
    return prepare(task)


def test_without_failures_nothing_starts(campaign):
    campaign.run()
    assert not is_to_start(campaign)


def test_a_vanished_file_is_tried_again_when_it_is_back(campaign):
    away = campaign.folder / "away.tif"
    (campaign.raw / "1.tif").rename(away)
    campaign.run()
    assert campaign.findings()["1"] == ["vanished"]
    assert not is_to_start(campaign)
    away.rename(campaign.raw / "1.tif")
    assert is_to_start(campaign)
    assert campaign.run() == ["1"]
    assert campaign.findings()["1"] == []
    assert not is_to_start(campaign)


def test_a_file_that_vanishes_at_work_is_tried_again_each_time_it_is_back(campaign):
    content = (campaign.raw / "1.tif").read_bytes()

    def remove(task):
        if task.name == "1":
            task.raw.unlink()
        return prepare(task)

    for _ in range(3):
        assert "1" in campaign.run(compute=remove)
        assert campaign.findings()["1"] == ["vanished"]
        assert not is_to_start(campaign)
        (campaign.raw / "1.tif").write_bytes(content)
        campaign.shard("b")
        assert is_to_start(campaign)


def test_a_crash_is_tried_again_once(campaign):
    campaign.run(compute=fail_on_one)
    assert is_to_start(campaign)
    assert campaign.run(compute=fail_on_one) == ["1"]
    assert campaign.findings()["1"] == ["crashed"]
    assert not is_to_start(campaign)
    assert campaign.run() == ["1"], "a job that starts for another reason tries again"
    assert not is_to_start(campaign)


def test_a_crash_under_other_settings_is_a_new_one(campaign):
    for fingerprint in "12":
        campaign.plan("prepare", fingerprint=fingerprint)
        campaign.run(compute=fail_on_one)
        assert is_to_start(campaign)
        campaign.run(compute=fail_on_one)
        assert not is_to_start(campaign)


def test_a_picture_that_killed_its_process_is_left_alone(campaign):
    def die_on_one(task):
        if task.name == "1":
            os.kill(os.getpid(), signal.SIGKILL)
        return prepare(task)

    campaign.run(compute=die_on_one)
    assert not is_to_start(campaign)


@pytest.mark.parametrize("stage", ["prepare", "segment"])
def test_any_stage_may_have_something_to_try_again(campaign, stage):
    campaign.plan("segment")

    def crash(task):
        if task.stage.name == stage and task.name == "2":
            raise OSError("no space left on device")
        return (prepare if task.stage.name == "prepare" else segment)(task)

    for one in ("prepare", "segment"):
        campaign.run(one, compute=crash)
    assert is_to_start(campaign)
    assert campaign.run(stage, compute={"prepare": prepare, "segment": segment}[stage]) == ["2"]
    assert not is_to_start(campaign)
