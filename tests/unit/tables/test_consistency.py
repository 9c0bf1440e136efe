"""Scales and sizes that do not fit the rest of the sample."""

import numpy as np
import pytest

from nanocensus.tables import PictureRecord
from nanocensus.tables.consistency import (
    magnification_drift,
    mixed_conditions,
    outline_findings,
    pixel_size_findings,
    print_width_findings,
    size_outliers,
    working_scale_findings,
)
from nanocensus.tables.pictures import pictures_of


def pictures(*facts):
    usual = {"magnification": 50_000.0, "columns_raw": 1024, "instrument": "Supra"}
    return pictures_of(
        PictureRecord("A", f"m{k}", f"{k}.tif", {"prepare": usual | fact}, ())
        for k, fact in enumerate(facts)
    )


def test_the_odd_pixel_size_out_is_warned_about():
    known = pictures(*({"pixel_size_nm": size} for size in (2.0, 2.005, 4.0, 2.0)))
    found = pixel_size_findings(known)
    assert set(found) == {2}
    (finding,) = found[2]
    assert finding.level == "warn"
    assert "4 nm, but 2 nm" in finding.message


def test_without_a_majority_all_are_warned_about():
    known = pictures({"pixel_size_nm": 2.0}, {"pixel_size_nm": 2.5})
    found = pixel_size_findings(known)
    assert set(found) == {0, 1}
    assert "2.5 nm, but 2 nm" in found[1][0].message


def test_pixel_size_and_magnification_go_together_over_the_campaign():
    """At any magnification, in any sample: 120 mm is the print width of this instrument."""
    known = pictures(
        *(
            {"pixel_size_nm": 120e6 / (magnification * 1024), "magnification": magnification}
            | {"print_width_mm": 120.0 * factor}
            for magnification, factor in ((1e4, 1.0), (2e4, 1.005), (5e4, 0.5), (1e5, 0.99))
        )
    )
    found = print_width_findings(known)
    assert set(found) == {2}
    (finding,) = found[2]
    assert (finding.code, finding.level) == ("print_width_inconsistent", "warn")
    assert "is 60 mm, 118.8 mm in other" in finding.message


@pytest.mark.parametrize(
    "other", [{"instrument": "Quanta"}, {"instrument": None}, {"columns_raw": 2}]
)
def test_other_instruments_print_otherwise(other):
    known = pictures({"print_width_mm": 120.0}, {"print_width_mm": 300.0} | other)
    assert print_width_findings(known) == {}


@pytest.mark.parametrize(
    "other",
    [
        {"magnification": 25_000.0},
        {"columns_raw": 512},
        {"instrument": "Quanta"},
        {"magnification": None},
    ],
)
def test_other_settings_may_have_another_pixel_size(other):
    known = pictures({"pixel_size_nm": 2.0}, {"pixel_size_nm": 4.0} | other)
    assert pixel_size_findings(known) == {}


def test_a_micrograph_seen_at_another_resolution_is_warned_about():
    scales = (1.0, 0.5, 1.0, 0.25, 2.0, 4.0)
    known = pictures(
        *({"pixel_size_nm": 2.0, "working_scale": s, "n_particles": 9} for s in scales)
    )
    found = working_scale_findings(known)
    # The median is 2 nm; a factor of 2 itself passes, 8 nm and 0.5 nm do not.
    assert set(found) == {3, 5}
    (finding,) = found[3]
    assert (finding.code, finding.level) == ("working_scale_differs", "warn")
    assert "8 nm per pixel, at 2 nm in the middle" in finding.message


@pytest.mark.parametrize(
    "other",
    [{"pixel_size_nm": 0.2}, {"pixel_size_nm": None}, {"n_particles": 0}, {"working_scale": 1.9}],
)
def test_other_magnifications_and_empty_fields_may_be_seen_otherwise(other):
    usual = {"pixel_size_nm": 2.0, "working_scale": 1.0, "n_particles": 9}
    known = pictures(usual, usual, usual, usual | {"working_scale": 0.1} | other)
    assert working_scale_findings(known) == {}


def test_masks_alone_among_refined_outlines_are_warned_about():
    edges = ("rim", None, "step")
    known = pictures(*({"edge_model": edge, "n_particles": 9} for edge in edges))
    found = outline_findings(known)
    assert set(found) == {1}
    (finding,) = found[1]
    assert (finding.code, finding.level) == ("outlines_differ", "warn")
    assert "but 2 counted" in finding.message


@pytest.mark.parametrize("edges", [(None, None), ("rim", "rim")])
def test_outlines_of_one_kind_are_no_matter(edges):
    known = pictures(*({"edge_model": edge, "n_particles": 9} for edge in edges))
    assert outline_findings(known) == {}


def test_empty_fields_have_no_outlines_to_differ():
    known = pictures(
        {"edge_model": "rim", "n_particles": 9}, {"edge_model": None, "n_particles": 0}
    )
    assert outline_findings(known) == {}


@pytest.mark.parametrize(
    ("factor", "spread", "found"),
    [(1.3, 0.02, True), (0.7, 0.02, True), (1.05, 0.001, False), (1.3, 0.5, False)],
)
def test_sizes_that_drift_with_the_magnification_are_told(factor, spread, found):
    medians = 50 * np.exp(spread * np.array([-1, 0, 1, -1, 0, 1]))
    medians[3:] *= factor
    micrograph = np.repeat(np.arange(6), 3)
    drift = magnification_drift(micrograph, medians[micrograph], np.array([1.0] * 3 + [4.0] * 3))
    assert (drift is not None) == found
    if drift is not None:
        assert drift == pytest.approx((1.0, 4.0, factor))


def test_one_micrograph_of_a_magnification_shows_no_drift():
    assert (
        magnification_drift(np.array([0, 1]), np.array([50.0, 99.0]), np.array([1.0, 4.0])) is None
    )


def sized(rng, medians, n=50):
    micrograph = np.repeat(np.arange(len(medians)), n)
    ecd = np.array(medians)[micrograph] * np.exp(0.2 * rng.standard_normal(micrograph.size))
    return micrograph, ecd, np.ones(micrograph.size)


def test_a_micrograph_of_another_scale_stands_out():
    rng = np.random.default_rng(1)
    medians = 50 * np.exp(0.03 * rng.standard_normal(8))
    medians[5] *= 2
    found = size_outliers(*sized(rng, medians))
    assert list(found) == [5]
    assert found[5] == pytest.approx(2.0, rel=0.2)


def test_few_micrographs_or_few_particles_say_nothing():
    rng = np.random.default_rng(2)
    assert size_outliers(*sized(rng, [50.0, 50.0, 50.0, 50.0, 100.0])) == {}
    assert size_outliers(np.zeros(0, int), np.zeros(0), np.zeros(0)) == {}
    # One particle of another size is no odd micrograph.
    micrograph, ecd, _ = sized(rng, 50 * np.exp(0.05 * rng.standard_normal(8)))
    micrograph, ecd = np.append(micrograph, 8), np.append(ecd, 60.0)
    assert 8 not in size_outliers(micrograph, ecd, np.ones(ecd.size))


def test_recording_conditions_that_differ_are_named():
    known = pictures({"detector": "SE2"}, {"detector": "InLens"}, {"detector": None})
    assert mixed_conditions(known) == ["micrographs of 2 detectors: InLens, SE2"]
