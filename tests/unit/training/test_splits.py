from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanocensus.training import SplitShares, deal_folds, split_of

NAMES = [f"10.1000/paper.{number}" for number in range(4000)]


def test_shares_are_met_in_the_long_run():
    counts = Counter(split_of(name, seed=1) for name in NAMES)
    # standard deviation of a share of 0.2 among 4000 is 0.006; four of them
    assert counts["test"] / len(NAMES) == pytest.approx(0.2, abs=0.025)
    assert counts["validation"] / len(NAMES) == pytest.approx(0.1, abs=0.02)


@given(st.text(min_size=1), st.integers(0, 2**31))
def test_a_specimens_split_depends_on_nothing_but_its_name_and_the_seed(name, seed):
    assert split_of(name, seed=seed) == split_of(name, seed=seed)


def test_a_larger_test_share_only_adds_test_specimens():
    small = {n for n in NAMES if split_of(n, seed=1, shares=SplitShares(0.1, 0.2)) == "test"}
    large = {n for n in NAMES if split_of(n, seed=1, shares=SplitShares(0.1, 0.3)) == "test"}
    assert small < large


def test_another_seed_gives_another_split():
    differing = sum(split_of(n, seed=1) != split_of(n, seed=2) for n in NAMES)
    assert differing > 0.3 * len(NAMES)


def test_folds_hold_about_equal_numbers_of_pictures_though_specimens_differ():
    sizes = {name: 1 + number % 7 for number, name in enumerate(NAMES[:60])}
    dealt = deal_folds(sizes, seed=1, folds=5)
    held = Counter()
    for name, fold in dealt.items():
        held[fold] += sizes[name]
    assert set(dealt) == set(sizes)
    assert max(held.values()) - min(held.values()) <= 1, "the smallest specimens come last"
    assert dealt != deal_folds(sizes, seed=2, folds=5)


@pytest.mark.parametrize("shares", [(-0.1, 0.2), (0.5, 0.5)])
def test_shares_that_leave_nothing_to_train_on_are_refused(shares):
    with pytest.raises(ValueError, match="leave something for training"):
        SplitShares(*shares)
