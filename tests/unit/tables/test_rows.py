"""Rows to columns of one type."""

import math

import numpy as np
import pandas as pd

from nanocensus.tables.rows import plain, typed_table


def test_missing_is_missing_in_every_type():
    rows = [
        {"sample": "NA", "n_particles": 3, "focus": 1 / 3, "rows": 480},
        {"sample": "007", "n_particles": None, "focus": math.inf, "rows": math.nan},
    ]
    table = typed_table("micrographs", rows, ["sample", "reasons", "n_particles", "focus", "rows"])
    assert list(table["sample"]) == ["NA", "007"]
    assert table["reasons"].isna().all()
    assert table["n_particles"].dtype == table["rows"].dtype == pd.Int64Dtype()
    assert (
        table.to_csv(index=False)
        == "sample,reasons,n_particles,focus,rows\nNA,,3,0.3333333,480\n007,,,,\n"
    )


def test_columns_of_the_sheet_stay_as_they_stand():
    table = typed_table("samples", [{"true_d50_n_nm": "040.0"}], ["true_d50_n_nm"])
    assert list(table["true_d50_n_nm"]) == ["040.0"]


def test_json_has_no_nan_and_no_noise():
    value = {"a": np.array([1 / 3, np.nan]), "b": (np.float64(0.1 + 0.2), 1, True, None, "x")}
    assert plain(value) == {"a": [0.3333333, None], "b": [0.3, 1, True, None, "x"]}
