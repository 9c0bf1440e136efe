"""One shard of four pictures."""

import pytest
from tests.unit.campaign.shards_by_hand import Campaign


@pytest.fixture
def campaign(tmp_path):
    return Campaign(tmp_path / "results")
