"""One job at a time on a shard and its kin."""

import multiprocessing

import pytest
from tests.unit.campaign.shards_by_hand import prepare

from nanocensus.campaign.lock import hold_shard


def hold_elsewhere(results, shard, holds, let_go):
    with hold_shard(results, "prepare", shard):
        holds.set()
        let_go.wait(20)


@pytest.mark.parametrize(
    ("held", "wanted", "waits"),
    [
        ("b", "b", True),
        ("b01", "b01", True),
        ("b", "b01", True),
        ("b01", "b", True),
        ("b0", "b1", False),
    ],
)
def test_a_job_waits_for_one_that_has_its_pictures(tmp_path, held, wanted, waits):
    fork = multiprocessing.get_context("fork")
    events = [(fork.Event(), fork.Event()) for _ in range(2)]
    jobs = [
        fork.Process(target=hold_elsewhere, args=(tmp_path, shard, *pair))
        for shard, pair in zip((held, wanted), events, strict=True)
    ]
    (first_holds, first_lets_go), (second_holds, second_lets_go) = events
    second_lets_go.set()
    jobs[0].start()
    assert first_holds.wait(20)
    jobs[1].start()
    assert second_holds.wait(0.3 if waits else 20) is not waits
    first_lets_go.set()
    assert second_holds.wait(20)
    for job in jobs:
        job.join(20)
        assert job.exitcode == 0


def test_a_job_that_was_killed_holds_nothing(tmp_path):
    fork = multiprocessing.get_context("fork")
    holds = fork.Event()
    job = fork.Process(target=hold_elsewhere, args=(tmp_path, "b", holds, fork.Event()))
    job.start()
    assert holds.wait(20)
    job.kill()
    job.join()
    with hold_shard(tmp_path, "prepare", "b"):
        pass


def test_a_job_waits_and_then_finds_what_the_other_did(campaign):
    fork = multiprocessing.get_context("fork")
    begun, go_on = fork.Event(), fork.Event()

    def slow(task):
        begun.set()
        go_on.wait(20)
        return prepare(task)

    first = fork.Process(target=campaign.run, kwargs={"compute": slow, "forks": False})
    first.start()
    assert begun.wait(20)
    second = fork.Process(target=campaign.run, kwargs={"compute": crash, "forks": False})
    second.start()
    second.join(0.5)
    assert second.is_alive(), "it must wait"
    go_on.set()
    for job in (first, second):
        job.join(20)
        assert job.exitcode == 0
    assert campaign.findings() == {"0": [], "1": [], "2": [], "3": []}
    assert "waiting for another job" in (campaign.folder / "l.log").read_text()


def crash(task):
    raise AssertionError(f"{task.name} is computed twice")
