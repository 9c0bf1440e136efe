"""The trie of shards: a pure function of the set of micrographs."""

from hypothesis import given
from hypothesis import strategies as st

from nanocensus.campaign.scan import Picture, SourceFile
from nanocensus.campaign.shards import assign_shards, is_kin

NAMES = st.sets(st.integers(0, 10_000), min_size=1, max_size=120)


def pictures(numbers):
    return [
        Picture("s", f"{n}.tif", f"{n}", SourceFile(f"/{n}.tif", 1, 1), (), {}) for n in numbers
    ]


def names(shards):
    return {shard: {one.path for one in content} for shard, content in shards.items()}


@given(NAMES, st.integers(1, 64))
def test_each_picture_is_in_one_shard_within_the_limit(numbers, limit):
    shards = names(assign_shards(pictures(numbers), limit=limit))
    assert sorted(path for content in shards.values() for path in content) == sorted(
        f"{n}.tif" for n in numbers
    )
    assert max(map(len, shards.values())) <= limit


@given(NAMES, st.randoms(use_true_random=False))
def test_the_order_of_discovery_does_not_matter(numbers, random):
    shuffled = list(numbers)
    random.shuffle(shuffled)
    assert names(assign_shards(pictures(numbers), limit=8)) == names(
        assign_shards(pictures(shuffled), limit=8)
    )


@given(NAMES, st.integers(10_001, 20_000))
def test_one_more_picture_touches_one_shard_and_its_descendants(numbers, added):
    before = names(assign_shards(pictures(numbers), limit=8))
    after = names(assign_shards(pictures({*numbers, added}), limit=8))
    gone = set(before) - set(after)
    changed = {shard for shard in after if after[shard] != before.get(shard)}
    assert len(gone) <= 1
    if gone:
        assert all(is_kin(shard, next(iter(gone))) for shard in changed)
    else:
        assert len(changed) == 1


def test_kin_are_ancestors_and_descendants_only():
    assert is_kin("b0", "b01")
    assert is_kin("b01", "b0")
    assert is_kin("b", "b111")
    assert not is_kin("b00", "b01")
