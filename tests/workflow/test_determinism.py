"""The same inputs give the same bytes, whatever the cores, the shards and the history."""

from __future__ import annotations

import shutil

import pytest

from tests.workflow.conftest import write_discs

pytestmark = pytest.mark.workflow


def test_cores_and_shard_size_do_not_matter(campaign, finished_campaign):
    shutil.rmtree(campaign.folder / "results")
    campaign.cores = 1
    campaign.run("--config", "shard_size=2")
    assert len(list((campaign.results / "plan" / "shards").iterdir())) > 2
    assert campaign.contents() == finished_campaign.contents()


def test_history_does_not_matter(campaign, finished_campaign):
    """Grow past a shard's limit, shrink again, and be as if nothing had happened."""
    for number in range(4):
        write_discs(campaign.raw / "silver" / f"more {number}.tif", 20 + number)
    campaign.run("--config", "shard_size=4")
    assert campaign.computed()["segment"] == 4
    indexes = (campaign.results / "index" / "segment").glob("b*.json")
    assert {path.name for path in indexes} > {"b00.json", "b01.json"}
    assert not (campaign.results / "index" / "segment" / "b.json").exists()
    for number in range(4):
        (campaign.raw / "silver" / f"more {number}.tif").unlink()
    campaign.run()
    assert not any(campaign.computed().values())
    assert campaign.contents() == finished_campaign.contents()
