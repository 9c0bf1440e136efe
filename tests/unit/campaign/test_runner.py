"""The shard runner: every picture once, whatever happened before."""

import os
import signal

import pandas as pd
import pytest
from tests.unit.campaign.shards_by_hand import UP_TO_MEASURE, Campaign, measure, prepare, segment

from nanocensus.campaign import Outcome
from nanocensus.campaign.job import StaleIndexError, read_index
from nanocensus.micrographs import Finding, MicrographError


def test_a_second_run_computes_nothing(campaign):
    assert campaign.run() == ["0", "1", "2", "3"]
    (campaign.folder / "index" / "prepare" / "b.json").unlink()  # as Snakemake does
    assert campaign.run() == []
    assert len(campaign.index()["pictures"]) == 4


def test_only_a_changed_picture_is_computed_even_if_it_became_older(campaign):
    campaign.run()
    (campaign.raw / "2.tif").write_bytes(b"new")
    os.utime(campaign.raw / "2.tif", (1, 1))
    campaign.shard("b")
    assert campaign.run() == ["2"]


def test_a_touched_picture_of_the_same_content_is_not_computed(campaign):
    campaign.run()
    os.utime(campaign.raw / "2.tif", (1, 1))
    campaign.shard("b")
    assert campaign.run() == []


def test_a_new_fingerprint_computes_all(campaign):
    campaign.run()
    campaign.plan("prepare", fingerprint="2")
    assert len(campaign.run()) == 4


def test_recompute_holds_for_one_run(campaign):
    campaign.run()
    campaign.plan("prepare", recompute=1)
    assert len(campaign.run()) == 4
    assert campaign.run() == []
    campaign.plan("prepare")
    assert campaign.run() == []


def test_a_spoiled_or_missing_product_is_made_again(campaign):
    campaign.run()
    (campaign.folder / "prepared" / "s" / "1.ome.tif").write_bytes(b"spoiled")
    (campaign.folder / "prepared" / "s" / "3.overlay.png").unlink()
    assert campaign.run() == ["1", "3"]


def test_a_shard_that_splits_keeps_its_results_and_rows(campaign):
    for stage, compute in UP_TO_MEASURE:
        campaign.plan(stage)
        campaign.run(stage, compute=compute)
    for shard, keep in (("b0", lambda n: n < 2), ("b1", lambda n: n >= 2)):
        campaign.shard(shard, keep)
        for stage, compute in UP_TO_MEASURE:
            assert campaign.run(stage, shard, compute) == []
    rows = pd.read_parquet(campaign.folder / "measured" / "b1.parquet")
    assert rows.groupby("micrograph").size().to_dict() == {"2": 2, "3": 3}
    # and back again, as when pictures are removed
    (campaign.folder / "measured" / "b.parquet").unlink()
    assert campaign.run("measure", "b", measure) == []
    assert len(pd.read_parquet(campaign.folder / "measured" / "b.parquet")) == 6


def test_rows_do_not_depend_on_the_number_of_processes(tmp_path):
    contents = []
    for threads in (1, 3):
        campaign = Campaign(tmp_path / str(threads))
        for stage, compute in UP_TO_MEASURE:
            campaign.plan(stage)
            campaign.run(stage, compute=compute, threads=threads)
        contents.append((campaign.folder / "measured" / "b.parquet").read_bytes())
    assert contents[0] == contents[1]


def test_an_unchanged_product_spares_the_next_stage(campaign):
    campaign.plan("segment")
    campaign.run()
    campaign.run("segment", compute=segment)
    campaign.plan("prepare", fingerprint="2")
    assert len(campaign.run()) == 4
    assert campaign.run("segment", compute=segment) == []


def with_bar(*names):
    """Return a stage that finds a scale bar in the named pictures only."""

    def compute(task):
        if task.name in names:
            task.output("bar").write_bytes(b"bar of " + task.name.encode())
        return prepare(task)

    return compute


def bars(campaign):
    return sorted(path.name for path in (campaign.folder / "gallery").rglob("*.bar.png"))


def test_an_optional_product_is_taken_over_where_it_was_made(campaign):
    campaign.run(compute=with_bar("1", "2"))
    assert bars(campaign) == ["1.bar.png", "2.bar.png"]
    roles = {e["name"]: sorted(e["files"]) for e in campaign.index()["pictures"]}
    assert roles["0"] == roles["3"] == ["overlay", "picture"]
    assert roles["1"] == roles["2"] == ["bar", "overlay", "picture"]
    assert campaign.run(compute=with_bar("1", "2")) == []
    (campaign.folder / "gallery" / "s" / "1.bar.png").unlink()
    assert campaign.run(compute=with_bar("1", "2")) == ["1"], "made again like any other"
    assert not list(campaign.folder.rglob("*unfinished*"))


def test_an_optional_product_of_an_earlier_run_does_not_survive(campaign):
    campaign.run(compute=with_bar("1", "2"))
    campaign.plan("prepare", fingerprint="2")
    campaign.run(compute=with_bar("2"))
    assert bars(campaign) == ["2.bar.png"]
    assert [e["files"].keys() >= {"bar"} for e in campaign.index()["pictures"]] == [
        *(False, False, True, False)
    ]


def test_an_optional_product_of_a_run_cut_short_does_not_stand_beside_a_kept_entry(campaign):
    campaign.run()
    stray = campaign.folder / "gallery" / "s" / "1.bar.png"
    stray.parent.mkdir(parents=True, exist_ok=True)
    stray.write_bytes(b"of other settings")
    assert campaign.run() == []
    assert bars(campaign) == []


def test_a_product_that_is_not_optional_must_be_written(campaign):
    def forgetful(task):
        task.output("picture").write_bytes(b"p")
        return Outcome({})

    campaign.run(compute=forgetful)
    assert set(map(tuple, campaign.findings().values())) == {("crashed",)}


def test_a_refused_picture_is_an_entry_and_its_neighbours_go_on(campaign):
    def refuse_one(task):
        if task.name == "1":
            task.output("picture").write_bytes(b"half")
            raise MicrographError(Finding("truncated", "failed", "cut short"))
        return prepare(task)

    campaign.run(compute=refuse_one)
    assert campaign.findings() == {"0": [], "1": ["truncated"], "2": [], "3": []}
    assert not list((campaign.folder / "prepared").rglob("*unfinished*"))
    campaign.plan("segment")
    assert campaign.run("segment", compute=segment) == ["0", "2", "3"]
    assert campaign.run(compute=refuse_one) == [], "a refusal is a result, too"


def test_a_vanished_file_is_an_entry(campaign):
    (campaign.raw / "0.tif").unlink()
    assert campaign.run() == ["1", "2", "3"]
    assert campaign.findings()["0"] == ["vanished"]


def test_an_error_in_the_code_costs_one_picture_and_is_tried_again(campaign):
    def fail_one(task):
        if task.name == "1":
            raise ZeroDivisionError("oops")
        return prepare(task)

    campaign.run(compute=fail_one)
    assert campaign.findings()["1"] == ["crashed"]
    assert campaign.run() == ["1"]
    assert campaign.findings()["1"] == []


def test_a_picture_that_kills_its_process_is_isolated_and_told(campaign):
    def die_on_one(task):
        if task.name == "1":
            os.kill(os.getpid(), signal.SIGKILL)
        return prepare(task)

    computed = campaign.run(compute=die_on_one)
    assert computed.count("1") == 3, "once beside others, twice alone"
    assert campaign.findings() == {"0": [], "1": ["process_died"], "2": [], "3": []}
    assert "SIGKILL" in campaign.index()["pictures"][1]["findings"][0]["message"]


def test_after_the_death_of_the_job_the_finished_pictures_are_kept(campaign):
    child = os.fork()
    if child == 0:

        def die_late(task):
            if task.name == "3":
                os.kill(os.getppid(), signal.SIGKILL)
                os._exit(1)
            return prepare(task)

        campaign.run(compute=die_late, threads=1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert campaign.run() == ["3"]
    assert campaign.findings() == {"0": [], "1": [], "2": [], "3": []}


def test_an_index_of_other_code_is_refused(campaign):
    campaign.run()
    campaign.plan("prepare", fingerprint="2")
    with pytest.raises(StaleIndexError, match="--forcerun prepare"):
        read_index(campaign.folder, "prepare", "b")


def test_a_stage_reads_only_what_it_declares(campaign):
    campaign.plan("segment")
    campaign.run()

    def reads_too_much(task):
        task.record("prepare", "first")
        return segment(task)

    campaign.run("segment", compute=reads_too_much)
    assert campaign.findings(stage="segment")["0"] == ["crashed"]


def killed_by(campaign, name):
    """Run the shard without child processes in a process that a picture kills; True if it died."""

    def die(task):
        if task.name == name:
            os.kill(os.getpid(), signal.SIGKILL)
        return prepare(task)

    child = os.fork()
    if child == 0:
        try:
            campaign.run(compute=die, forks=False)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def test_without_child_processes_a_deadly_picture_comes_last_and_is_given_up(campaign):
    deaths = [killed_by(campaign, "1") for _ in range(4)]
    assert deaths == [True, True, True, False], "once among others, twice alone"
    assert campaign.findings() == {"0": [], "1": ["process_died"], "2": [], "3": []}
    journal = campaign.folder / "index" / "prepare" / "b.journal.jsonl"
    assert '"mark"' not in journal.read_text()


def test_without_child_processes_the_others_are_finished_before_the_suspect(campaign):
    assert killed_by(campaign, "0")
    assert killed_by(campaign, "0")
    assert campaign.run(forks=False) == ["0"], "the others were finished by the second job"


def test_a_picture_that_killed_its_process_is_a_suspect_for_good(campaign):
    assert [killed_by(campaign, "1") for _ in range(4)] == [True, True, True, False]
    order = []

    def noted(task):
        order.append(task.name)
        return prepare(task)

    campaign.plan("prepare", fingerprint="2")
    campaign.run(compute=noted, forks=False)
    assert order == ["0", "2", "3", "1"]


def test_odd_line_ends_in_metadata_do_not_break_the_journal(campaign):
    def odd(task):
        return Outcome({**prepare(task).record, "title": "a\u2028b\u0085c\x0bd"})

    campaign.run(compute=odd)
    (campaign.folder / "index" / "prepare" / "b.json").unlink()
    assert campaign.run(compute=odd) == []
    assert campaign.index()["pictures"][0]["record"]["title"] == "a\u2028b\u0085c\x0bd"


@pytest.mark.parametrize("change", ["more", "fewer", "changed"])
def test_an_index_of_other_pictures_is_refused(campaign, change):
    campaign.run()
    if change == "more":
        (campaign.raw / "7.tif").write_bytes(b"7")
    elif change == "fewer":
        (campaign.raw / "3.tif").unlink()
    else:
        os.utime(campaign.raw / "3.tif", (1, 1))
    campaign.shard("b")  # and `snakemake --touch` makes the index newer
    with pytest.raises(StaleIndexError, match=r"s/[37].*--forcerun prepare"):
        read_index(campaign.folder, "prepare", "b")
    campaign.run()
    read_index(campaign.folder, "prepare", "b")
