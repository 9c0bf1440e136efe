"""Pairs of samples in statistics.json."""

import numpy as np
import pytest


def compared(made_up):
    return {(c["first"], c["second"]): c for c in made_up.tables().statistics["comparisons"]}


def test_every_pair_with_ratio_p_and_distance(made_up):
    rng = np.random.default_rng(1)
    names = [f"m{k}" for k in range(5)]
    made_up.log_normal("B", names, 30, rng)
    made_up.log_normal("A", names, 45, rng)
    made_up.log_normal("C", names, 30, rng)
    pairs = compared(made_up)
    assert list(pairs) == [("A", "B"), ("A", "C"), ("B", "C")]
    apart, alike = pairs["A", "B"], pairs["B", "C"]
    assert apart["ratio_d50_n"]["low"] < 1.5 < apart["ratio_d50_n"]["high"]
    assert apart["p"] == pytest.approx(2 / 252, rel=1e-5)
    assert apart["smallest_p"] == apart["p"]
    assert apart["p_holm"] == pytest.approx(3 * apart["p"], rel=1e-5)
    assert apart["distance"] == pytest.approx(np.log(1.5), abs=0.1)
    assert alike["p"] > 0.05
    assert alike["distance"] < 0.1
    assert apart["notes"] == []


def test_few_micrographs_are_said_to_be_few(made_up):
    rng = np.random.default_rng(2)
    made_up.log_normal("A", ["m1", "m2", "m3"], 45, rng)
    made_up.log_normal("B", ["m1", "m2", "m3"], 30, rng)
    made_up.log_normal("C", ["m1"], 30, rng)
    made_up.micrograph("D", "m1", [30.0], pixel_size_nm=None)
    pairs = compared(made_up)
    assert list(pairs) == [("A", "B"), ("A", "C"), ("B", "C")]
    assert pairs["A", "B"]["notes"] == ["with so few micrographs p cannot be below 0.1"]
    single = pairs["A", "C"]
    assert single["p"] is single["p_holm"] is single["ratio_d50_n"]["low"] is None
    assert "fewer than two micrographs" in single["notes"][0]
    # Only one pair was tested: nothing to adjust for.
    assert pairs["A", "B"]["p_holm"] == pairs["A", "B"]["p"]


def test_sizes_that_one_sample_cannot_show_do_not_part_them(made_up):
    rng = np.random.default_rng(3)
    for k in range(5):
        sizes_nm = 30 * np.exp(0.5 * rng.standard_normal((2, 200)))
        made_up.micrograph("A", f"m{k}", sizes_nm[0][sizes_nm[0] > 10], pixel_size_nm=1.0)
        coarse = sizes_nm[1][sizes_nm[1] > 30] / 3
        made_up.micrograph("B", f"m{k}", coarse, pixel_size_nm=3.0)
    pair = compared(made_up)["A", "B"]
    assert pair["notes"] == ["p compares sizes above 30 nm, which all micrographs resolve"]
    assert pair["p"] > 0.05


def test_what_the_segmentation_cannot_find_in_one_sample_does_not_part_them(made_up):
    rng = np.random.default_rng(3)
    for k in range(5):
        sizes_px = 30 * np.exp(0.5 * rng.standard_normal((2, 200)))
        made_up.micrograph("A", f"m{k}", sizes_px[0], pixel_size_nm=1.0)
        made_up.micrograph("B", f"m{k}", sizes_px[1], pixel_size_nm=1.0, detection_floor_px=30.0)
    pair = compared(made_up)["A", "B"]
    assert pair["notes"] == ["p compares sizes above 30 nm, which all micrographs resolve"]
    assert pair["p"] > 0.05


def test_the_same_fields_in_two_modes_are_not_tested_as_independent(made_up):
    rng = np.random.default_rng(4)
    for sample, detector in (("sem", "InLens"), ("tsem", "SE2")):
        for k in range(4):
            made_up.log_normal(
                sample,
                [f"m{k}"],
                30,
                rng,
                stage_x_mm=10.0 + k,
                stage_y_mm=5.0,
                detector=detector,
            )
    pair = compared(made_up)["sem", "tsem"]
    assert pair["p"] is pair["ratio_d50_n"]["low"] is None
    assert "same fields" in pair["notes"][0]
    assert pair["ratio_d50_n"]["value"] == pytest.approx(1.0, abs=0.2)
