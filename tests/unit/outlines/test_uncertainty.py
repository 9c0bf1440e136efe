"""The edge's part of a diameter's uncertainty."""

from __future__ import annotations

import pytest

from nanocensus.outlines.uncertainty import edge_uncertainty_px


def test_doubt_counts_on_both_sides_where_it_is_the_larger() -> None:
    certain = edge_uncertainty_px(0.0, 20.0)
    assert edge_uncertainty_px(0.3, 20.0) == certain
    assert edge_uncertainty_px(0.5, 20.0) == pytest.approx(1.0)


def test_no_size_is_known_better_than_the_bench_allows() -> None:
    assert all(edge_uncertainty_px(0.0, ecd_px) >= 0.3 for ecd_px in (5, 15, 40, 80, 500))
