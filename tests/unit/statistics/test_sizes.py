"""Sizes stand in one order, whatever order their rows had."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanocensus.statistics import Sizes

ROWS = st.lists(
    st.tuples(st.floats(0.5, 900.0), st.floats(0.1, 9.0), st.integers(0, 5)), min_size=1
)


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_byte(rows, random):
    shuffled = list(rows)
    random.shuffle(shuffled)
    one = Sizes.of(*zip(*rows, strict=True))
    other = Sizes.of(*zip(*shuffled, strict=True))
    for name in ("ecd", "weight", "unit", "stratum"):
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes()


def test_micrographs_without_a_particle_are_no_units():
    sizes = Sizes.of([3.0, 1.0, 2.0], [1.0, 1.0, 1.0], [7, 2, 7], stratum=np.arange(9) % 4)
    assert sizes.ecd.tolist() == [1.0, 2.0, 3.0]
    assert sizes.unit.tolist() == [0, 1, 1]
    assert sizes.stratum.tolist() == [0, 1]
    assert (sizes.n, sizes.n_units, sizes.n_strata) == (3, 2, 2)


@pytest.mark.parametrize("wrong", [0.0, -1.0, np.nan, np.inf])
def test_sizes_and_weights_must_be_positive(wrong):
    with pytest.raises(ValueError, match="size"):
        Sizes.of([1.0, wrong], [1.0, 1.0], [0, 0])
    with pytest.raises(ValueError, match="weight"):
        Sizes.of([1.0, 1.0], [1.0, wrong], [0, 0])
