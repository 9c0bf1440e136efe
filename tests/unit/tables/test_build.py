"""The tables of a whole campaign."""

import numpy as np
import pandas as pd
import pytest

from nanocensus.tables import TablesError, columns_of


def campaign(made_up):
    rng = np.random.default_rng(1)
    made_up.log_normal("B", ["m1", "m2", "m3"], 30, rng)
    made_up.log_normal("A", ["m1", "m2", "m3", "m4"], 40, rng, pixel_size_nm=1.5)
    made_up.failed("A", "m9")
    made_up.micrograph("C", "m1", [])
    return made_up


def test_columns_are_those_of_the_glossary(made_up):
    campaign(made_up).sheet["A"] = {"group": "new", "operator": "Ö. K.", "true_d50_n_nm": "60"}
    made_up.sheet["B"] = {"group": "old", "operator": "", "true_d50_n_nm": ""}
    tables = made_up.tables()
    assert list(tables.particles.columns) == columns_of("particles")
    assert list(tables.micrographs.columns) == columns_of("micrographs")
    samples = columns_of("samples")
    assert list(tables.samples.columns) == [
        *samples[:2],
        "operator",
        "true_d50_n_nm",
        *samples[2:],
    ]
    assert tables.samples["operator"].tolist()[:1] == ["Ö. K."]
    assert tables.samples["true_d50_n_nm"].isna().tolist() == [False, True, True]


def test_the_order_of_the_input_changes_nothing(made_up):
    campaign(made_up)
    plain, shuffled = made_up.tables(), made_up.tables(seed=5)
    for name in ("particles", "micrographs", "samples"):
        pd.testing.assert_frame_equal(
            getattr(plain, name), getattr(shuffled, name), check_exact=True
        )
    assert plain.statistics == shuffled.statistics


def test_a_further_sample_leaves_the_figures_of_the_others(made_up):
    campaign(made_up)
    before = made_up.tables().samples.set_index("sample")
    made_up.log_normal("AB", ["m1", "m2"], 20, np.random.default_rng(2))
    after = made_up.tables().samples.set_index("sample")
    pd.testing.assert_frame_equal(before, after.loc[before.index])


def test_nothing_at_all(made_up):
    made_up.failed("A", "m1")
    tables = made_up.tables()
    assert list(tables.particles.columns) == columns_of("particles")
    assert len(tables.particles) == 0
    assert tables.samples["notes"].tolist() == [
        "not processed: 1 of 1 micrographs; no particle counted"
    ]
    assert tables.statistics["edges_nm"] == tables.statistics["comparisons"] == []


def test_a_duplicate_counts_in_one_sample_only(made_up):
    made_up.micrograph("A", "m1", [20.0, 30.0], sha256="s", path="raw/1.tif")
    made_up.micrograph("B", "m2", [20.0, 30.0], sha256="s", path="raw/2.tif")
    tables = made_up.tables()
    assert tables.samples["n_counted"].tolist() == [2, 0]
    assert tables.samples["n_excluded_micrograph"].tolist() == [0, 2]
    copy = tables.micrographs.iloc[1]
    assert (copy["status"], copy["duplicate_of"]) == ("warn", "A/m1")
    assert "raw/1.tif (sample A)" in copy["reasons"]


def test_a_jump_of_the_working_scale_is_in_the_row(made_up):
    campaign(made_up)
    made_up.log_normal("B", ["m4"], 30, np.random.default_rng(3), working_scale=0.2)
    table = made_up.tables().micrographs.set_index(["sample", "micrograph"])
    assert "another resolution" in table.loc[("B", "m4"), "reasons"]
    assert table.loc[("B", "m4"), "status"] == "warn"
    assert table.loc[("B", "m1"), "status"] == "ok"


def test_a_sheet_that_does_not_fit_is_refused(made_up):
    campaign(made_up)
    made_up.sheet["A"] = {"group": "", "d50_n_nm": "60"}
    with pytest.raises(TablesError, match="d50_n_nm of the sample sheet"):
        made_up.tables()
    del made_up.sheet["A"]
    with pytest.raises(TablesError, match="'A'"):
        made_up.tables()
