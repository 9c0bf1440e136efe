"""A sample's row and its part of statistics.json."""

import numpy as np
import pytest

from nanocensus.statistics import FIGURES
from nanocensus.tables import RULE_NAMES


@pytest.fixture
def tables(made_up):
    rng = np.random.default_rng(1)
    made_up.log_normal("A", [f"m{k}" for k in range(6)], 30, rng, n=160)
    made_up.log_normal("A", ["rods"], 30, rng, n=20, shape="rod")
    made_up.log_normal("A", ["covered"], 30, rng, n=10, completeness="covered")
    made_up.log_normal("B", ["m0", "m1"], 30, rng, pixel_size_nm=None)
    made_up.micrograph("C", "m0", [])
    return made_up.tables()


def test_the_ledger_adds_up(tables):
    for row in tables.samples.to_dict("records"):
        excluded = sum(row[f"n_excluded_{rule}"] for rule in RULE_NAMES)
        shapes = sum(value for name, value in row.items() if name.startswith("n_shape_"))
        assert row["n_particles"] == row["n_counted"] + excluded
        assert shapes == row["n_counted"]
    assert tables.samples["n_counted"].tolist() == [980, 80, 0]
    assert tables.samples["n_micrographs_counted"].tolist() == [7, 2, 0]
    assert tables.statistics["samples"]["A"]["excluded"]["covered"] == 10


def test_figures_of_the_row_are_those_of_the_statistics(tables):
    row = tables.samples.iloc[0]
    detail = tables.statistics["samples"]["A"]
    for name in FIGURES:
        column = name if name.startswith(("span", "sigma")) else f"{name}_nm"
        figure = detail["figures"][name]
        for end, key in (("", "value"), ("_low", "low"), ("_high", "high")):
            assert row[column + end] == figure[key]
        assert row[f"{column}_low"] < row[column] < row[f"{column}_high"]
    # Median 30 px of 2 nm; 980 sizes of sigma 0.25 know it to 1 %.
    assert row["d50_n_nm"] == pytest.approx(60, rel=0.04)
    assert detail["tail"]["supported"]
    assert row["n_eff"] == detail["n_eff_n"]


def test_an_unsupported_tail_is_empty_but_its_number_is_kept_beside(made_up):
    made_up.log_normal("A", ["m0", "m1", "m2"], 30, np.random.default_rng(2), n=20)
    tables = made_up.tables()
    row = tables.samples.iloc[0]
    empty = [f"{name}{end}" for name in ("d90_v_nm", "span_v") for end in ("", "_low", "_high")]
    assert row[empty].isna().all()
    assert np.isfinite(row["d50_v_nm"])
    detail = tables.statistics["samples"]["A"]
    assert not detail["tail"]["supported"]
    assert detail["figures"]["d90_v"]["value"] > row["d50_v_nm"]


def test_a_sample_without_sizes_still_has_its_row(tables):
    figures = [c for c in tables.samples.columns if c.endswith(("_nm", "_nm_low", "_nm_high"))]
    assert tables.samples[figures].iloc[1:].isna().all(axis=None)
    assert tables.samples["n_shape_sphere"].tolist() == [960, 80, 0]
    for name in "BC":
        assert "figures" not in tables.statistics["samples"][name]
        assert tables.statistics["samples"][name]["notes"]


def test_histograms_and_curves_share_their_axes(tables):
    statistics = tables.statistics
    detail = statistics["samples"]["A"]
    edges, points = statistics["edges_nm"], statistics["points_nm"]
    assert len(detail["histogram"]["count"]) == len(edges) - 1
    assert sum(detail["histogram"]["count"]) == detail["n_sized"] == 980
    for kind in ("number", "volume"):
        assert sum(detail["histogram"][kind]) == pytest.approx(1, abs=1e-5)
        assert len(detail["curves"][kind]["share"]) == len(points)
        assert detail["curves"][kind]["share"][-1] == 1.0


def test_shares_of_shapes_have_intervals(tables):
    shapes = tables.statistics["samples"]["A"]["shapes"]
    assert shapes["rod"]["n"] == 20
    assert shapes["rod"]["share"] == pytest.approx(0.02, abs=0.005)
    assert shapes["rod"]["low"] < 0.02 < shapes["rod"]["high"]
    assert shapes["cube"]["share"] == 0.0
    assert 0 < shapes["cube"]["high"] < 0.05
