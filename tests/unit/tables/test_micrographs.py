"""The table of micrographs."""

import numpy as np
import pandas as pd

from nanocensus.tables import RULE_NAMES, columns_of

CHARGING = {"code": "charging", "level": "warn", "message": "charges; coat it"}
SATURATED = {"code": "saturated", "level": "warn", "message": "clips; lower the gain"}


def test_every_micrograph_has_a_row_with_status_and_reasons(made_up):
    made_up.micrograph("A", "m2", [20.0, 22.0, 24.0], findings=(CHARGING, SATURATED, CHARGING))
    made_up.micrograph("A", "m1", [20.0])
    made_up.failed("A", "m3")
    table = made_up.tables().micrographs
    assert list(table.columns) == columns_of("micrographs")
    assert list(table["micrograph"]) == ["m1", "m2", "m3"]
    assert list(table["status"]) == ["ok", "warn", "failed"]
    assert table["reasons"].isna().tolist() == [True, False, False]
    assert table["reasons"].iloc[1] == "charges; coat it; clips; lower the gain"


def test_a_picture_that_the_model_is_unsure_of_stands_aside_with_its_estimate(made_up):
    doubt = {"code": "doubtful_segmentation", "level": "review", "message": "look at it"}
    made_up.micrograph("A", "m1", [20.0, 22.0], predicted_f1_50=0.93)
    made_up.micrograph("A", "m2", [20.0, 22.0], predicted_f1_50=0.31, findings=(doubt,))
    made_up.micrograph("A", "m3", [20.0, 22.0])  # by a model without an estimate
    table = made_up.tables().micrographs
    assert table["predicted_f1_50"].fillna(-1).tolist() == [0.93, 0.31, -1]
    assert table["status"].tolist() == ["ok", "review", "ok"]
    assert table["reasons"].fillna("").tolist() == ["", "look at it", ""]
    assert table["n_counted"].tolist() == [2, 0, 2]
    assert table["calibration_status"].tolist() == ["ok"] * 3


def test_findings_on_the_calibration_are_told_apart(made_up):
    deviates = {"code": "pixel_size_deviates", "level": "warn", "message": "3 % off"}
    disputed = {"code": "pixel_size_disputed", "level": "review", "message": "12 % off"}
    made_up.micrograph("A", "m1", [20.0], findings=(CHARGING,))
    made_up.micrograph("A", "m2", [20.0], findings=(CHARGING, deviates))
    made_up.micrograph("A", "m3", [20.0], findings=(deviates, disputed))
    made_up.micrograph("A", "m4", [20.0], pixel_size_nm=None)
    made_up.failed("A", "m5")
    tilted = {"code": "tilted", "level": "review", "message": "52 deg"}
    resized = {"code": "resized_copy", "level": "review", "message": "was resized"}
    made_up.micrograph("A", "m6", [20.0], findings=(tilted,))
    made_up.micrograph("A", "m7", [20.0], findings=(resized,), pixel_size_nm=None)
    table = made_up.tables().micrographs
    said = table["calibration_status"].fillna("").tolist()
    assert said == ["ok", "warn", "review", "none", "", "warn", "refused"]
    usable = table["usable_for_sizes"].fillna("").tolist()
    assert usable == ["yes", "yes", "yes", "yes", "", "no", "yes"]
    assert table["status"].tolist()[-2:] == ["review", "review"]
    reasons = table["calibration_reasons"].fillna("").tolist()
    assert reasons == ["", "3 % off", "3 % off; 12 % off", "", "", "52 deg", "was resized"]


def test_numbers_of_particles_add_up_and_stay_empty_where_none_were_looked_for(made_up):
    cut = {"touches_frame": [True, False, False, False]}
    made_up.micrograph("A", "m1", [20.0, 9.0, 30.0, 40.0], particles=cut)
    made_up.micrograph("A", "m2", [])
    made_up.failed("A", "m3")
    table = made_up.tables().micrographs
    excluded = [f"n_excluded_{rule}" for rule in RULE_NAMES]
    first, empty, failed = (table.iloc[k] for k in range(3))
    assert first["n_particles"] == 4
    assert first["n_counted"] == 2
    assert first["n_excluded_cut"] == first["n_excluded_unresolved"] == 1
    assert first["n_counted"] + first[excluded].sum() == first["n_particles"]
    assert empty["n_particles"] == empty["n_counted"] == 0
    assert failed[["n_particles", "n_counted", *excluded]].isna().all()
    assert pd.isna(failed["pixel_size_nm"])


def test_found_but_not_measured_is_not_none_counted(made_up):
    made_up.micrograph("A", "m1", [], n_particles=12)
    row = made_up.tables().micrographs.iloc[0]
    assert row["n_particles"] == 12
    assert pd.isna(row["n_counted"])


def test_medians_weigh_for_the_frame_and_leave_out_what_does_not_count(made_up):
    sizes = np.array([20.0, 40.0, 80.0])
    made_up.micrograph("A", "m1", [*sizes, 15.0], pixel_size_nm=2.0, completeness="whole")
    made_up.measured[0]["inclusion_weight"] = [1.0, 1.0, 2.0, 1.0]
    made_up.measured[0]["cut_by_overlay"] = [False, False, False, True]
    made_up.micrograph("A", "m2", [30.0], pixel_size_nm=None)
    table = made_up.tables().micrographs
    # Steps of 1/4, 1/4, 1/2: the middles lie at 1/8, 3/8, 3/4.
    assert table["d50_n_px"].tolist() == [np.float64(40 + 40 / 3).round(5), 30.0]
    assert np.isclose(table["d50_n_nm"].iloc[0], 2 * table["d50_n_px"].iloc[0], rtol=1e-6)
    assert np.isnan(table["d50_n_nm"].iloc[1])
