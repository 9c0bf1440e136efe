"""Numbers and texts as the pages print them."""

from __future__ import annotations

import doctest
import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanocensus.report import chart_parts, formatting, gallery, names, wording


@pytest.mark.parametrize("module", [formatting, names, gallery, chart_parts, wording])
def test_the_examples_in_the_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0


@given(st.floats(1e-3, 1e6), st.floats(1e-3, 0.5))
def test_an_interval_is_rounded_to_no_more_than_a_tenth_of_its_half_width(value, relative):
    low, high = value * (1 - relative), value * (1 + relative)
    text = formatting.with_interval(value, low, high, "nm").replace("\u202f", "")
    shown = float(text.split()[0])
    half = (high - low) / 2
    # Two digits of the half-width: off by at most half a unit of the second, and by one unit
    # where there are no decimals left to show.
    assert abs(shown - value) <= max(0.051 * half, 0.5 if half >= 10 else 5e-7)


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA, ""])
def test_what_is_missing_is_a_dash_and_never_a_number(missing):
    assert formatting.number(missing) == formatting.NOT_KNOWN
    assert formatting.count(missing) == formatting.NOT_KNOWN
    assert formatting.with_interval(missing, 1.0, 2.0) == formatting.NOT_KNOWN


def test_thousands_are_parted_by_narrow_spaces_that_do_not_break():
    assert formatting.count(1234567) == "1\u202f234\u202f567"


def test_minus_is_a_minus_sign():
    assert formatting.number(-3.5) == "−3.50"


def test_an_interval_with_an_infinite_end_is_printed_as_it_is():
    assert formatting.interval_decimals(1.0, math.inf) == 3


@pytest.mark.parametrize("text", ["<b>x</b>", "a & b", "%{x}", "$a$"])
def test_plotly_gets_no_markup(text):
    shown = formatting.plot_text(text)
    assert "<" not in shown
    assert "%{" not in shown
    assert "$" not in shown
