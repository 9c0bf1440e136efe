"""What happened to a picture since its metadata were written."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanocensus.calibration import causes, frames
from nanocensus.calibration.frames import Frame, compare_frames


def test_examples_in_the_docstrings() -> None:
    assert doctest.testmod(frames).failed == 0
    assert doctest.testmod(causes).failed == 0


@given(st.tuples(st.integers(1, 9999), st.integers(1, 9999)))
def test_the_same_is_the_same(shape) -> None:
    assert compare_frames(shape, shape) is Frame.SAME


@given(
    st.integers(64, 4000),
    st.integers(64, 4000),
    st.sampled_from([0.25, 1 / 3, 0.5, 0.625, 0.8, 1.25, 1.6, 2, 3]),
    st.sampled_from([0.0, 0.05, 0.09]),
)
def test_every_resized_copy_is_found_with_and_without_bar(rows, columns, factor, bar) -> None:
    copy = (int(rows * (1 + bar) * factor), int(columns * factor))
    if copy[1] != columns:
        assert compare_frames((rows, columns), copy) is Frame.RESIZED


@pytest.mark.parametrize(
    ("declared", "actual"),
    [
        ((442, 512), (471, 512)),  # Helios
        ((1024, 1536), (1094, 1536)),  # Teneo
        ((960, 1280), (1024, 1280)),  # JEOL 8530F
    ],
)
def test_real_appended_bars(declared, actual) -> None:
    assert compare_frames(declared, actual) is Frame.BAR_APPENDED
