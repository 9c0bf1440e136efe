"""Measured and classified rows side by side."""

import numpy as np
import pytest

from nanocensus.tables import TablesError, columns_of


def test_rows_of_both_stages_meet_by_label_whatever_their_order(made_up):
    made_up.micrograph("A", "m1", [20.0, 30.0, 40.0])
    made_up.micrograph("B", "m1", [50.0])
    made_up.classified[0]["p_shape_rod"] = [0.8, 0.1, 0.2]
    made_up.classified[0]["p_shape_sphere"] = [0.1, 0.85, 0.1]
    for seed in (None, 1, 2):
        table = made_up.tables(seed=seed).particles
        assert list(table["ecd_px"]) == [20.0, 30.0, 40.0, 50.0]
        assert list(table["particle"]) == [1, 2, 3, 1]
        assert list(table["shape"]) == ["rod", "sphere", "unknown", "sphere"]
        assert list(table["sample"]) == ["A", "A", "A", "B"]


def test_what_was_not_classified_is_unknown_and_set_aside(made_up):
    made_up.micrograph("A", "m1", [20.0, 30.0])
    made_up.classified[0] = made_up.classified[0].iloc[:1]
    table = made_up.tables().particles
    assert list(table["shape"]) == ["sphere", "unknown"]
    assert table["excluded_by"].isna().tolist() == [True, False]
    assert table["excluded_by"].iloc[1] == "completeness_unknown"
    assert np.isnan(table["p_shape_sphere"].iloc[1])


def test_the_probability_of_the_segmentation_is_found_by_label(made_up):
    made_up.micrograph("A", "m1", [20.0, 30.0], particle_probability=[0.2, 0.4, 0.6])
    made_up.measured[0]["particle"] = made_up.classified[0]["particle"] = [1, 3]
    table = made_up.tables().particles
    np.testing.assert_allclose(table["particle_probability"], [0.2, 0.6], rtol=1e-6)
    assert list(table["status"]) == ["excluded", "counted"]


def test_the_way_of_an_outline_is_found_by_label_and_empty_where_it_stayed(made_up):
    made_up.micrograph("A", "m1", [20.0, 30.0], outline_shift_px=[-1.5, None])
    shift_px = made_up.tables().particles["outline_shift_px"]
    np.testing.assert_allclose(shift_px, [-1.5, np.nan])


def test_classes_of_another_model_make_columns_of_their_own(made_up):
    made_up.micrograph("A", "m1", [20.0])
    frame = made_up.classified[0]
    shapes = [c for c in frame.columns if c.startswith("p_shape_")]
    made_up.classified[0] = frame.drop(columns=shapes).assign(p_shape_star=0.9, p_shape_disc=0.1)
    tables = made_up.tables()
    assert list(tables.particles.columns) == columns_of("particles", shapes=("star", "disc"))
    assert tables.samples["n_shape_star"].tolist() == [1]
    assert "n_shape_sphere" not in tables.samples


def test_rows_that_do_not_fit_together_are_refused(made_up):
    made_up.micrograph("A", "m1", [20.0, 30.0])
    made_up.measured[0]["particle"] = [1, 1]
    with pytest.raises(TablesError, match="measured particle 1 of 'A/m1' came twice"):
        made_up.tables()
    made_up.measured[0]["particle"] = [1, 3]
    with pytest.raises(
        TablesError, match=r"2 values of particle_probability .* measured particle 3"
    ):
        made_up.tables()
    made_up.measured[0]["particle"] = [1, 2]
    made_up.measured[0]["micrograph"] = "m2"
    with pytest.raises(TablesError, match="measured rows of 'A/m2'"):
        made_up.tables()
    made_up.measured[0]["micrograph"] = "m1"
    del made_up.measured[0]["solidity"]
    with pytest.raises(TablesError, match="lack the columns solidity"):
        made_up.tables()
