"""Both results are told: without the micrographs under review, and with them."""

from dataclasses import replace

import pandas as pd
import pytest

REVIEW = {"code": "read_by_machine", "level": "review", "message": "a bar alone"}


def test_the_figures_with_review_are_those_after_it_was_accepted(made_up):
    made_up.micrograph("A", "m1", [20.0, 30.0, 40.0])
    made_up.micrograph("A", "m2", [60.0, 70.0], findings=(REVIEW,))
    made_up.micrograph("B", "m1", [20.0])
    before = made_up.tables().samples.set_index("sample")
    assert before.loc["A", "n_counted"] == 3
    assert before.loc["A", "n_micrographs_review"] == 1
    assert before["d50_n_nm_with_review"].notna().to_dict() == {"A": True, "B": False}

    made_up.pictures[1] = replace(made_up.pictures[1], findings=())
    after = made_up.tables().samples.set_index("sample")
    assert after.loc["A", "n_counted"] == before.loc["A", "n_counted_with_review"] == 5
    assert after.loc["A", "d50_n_nm"] == pytest.approx(before.loc["A", "d50_n_nm_with_review"])
    assert pd.isna(after.loc["A", "n_micrographs_review"])


def test_where_all_are_under_review_there_is_the_other_result_only(made_up):
    made_up.micrograph("A", "m1", [60.0, 70.0], findings=(REVIEW,))
    row = made_up.tables().samples.iloc[0]
    assert row["n_counted"] == 0
    assert pd.isna(row["d50_n_nm"])
    assert row["d50_n_nm_with_review"] == pytest.approx(130.0, rel=0.01)  # edge weights
    assert made_up.tables().micrographs["d50_n_nm"].isna().all()
