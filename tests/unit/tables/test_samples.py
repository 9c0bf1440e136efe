"""Counted particles of a sample and their weights."""

import numpy as np
import pytest

from nanocensus.statistics import weighted_quantiles
from nanocensus.tables import TablesError
from nanocensus.tables.particles import particles_of
from nanocensus.tables.pictures import pictures_of
from nanocensus.tables.samples import sample_particles


@pytest.fixture
def gather(made_up, count):
    def gather(name):
        pictures = pictures_of(made_up.pictures)
        particles = particles_of(
            pictures,
            made_up._stacked(made_up.measured),
            made_up._stacked(made_up.classified),
            campaign="c",
            settings=count,
        )
        return sample_particles(name, pictures, particles, count)

    return gather


def test_only_counted_particles_of_the_sample_are_gathered(made_up, gather):
    made_up.micrograph("A", "m1", [20.0])
    made_up.micrograph("B", "m1", [25.0, 5.0])
    made_up.micrograph("B", "m2", [30.0], pixel_size_nm=None)
    made_up.micrograph("C", "m1", [35.0])
    sample = gather("B")
    assert [p.label for p in sample.pictures] == ["B/m1", "B/m2"]
    assert sample.row.tolist() == [1, 3]
    assert sample.micrograph.tolist() == [0, 1]
    assert sample.sized.tolist() == [True, False]
    assert sample.floor_nm[0] == 20.0
    assert (sample.sizes.n, sample.sizes.n_units) == (1, 1)
    assert gather("nobody").sizes is None


def test_one_magnification_keeps_the_weights_of_the_frame(made_up, gather):
    made_up.micrograph("A", "m1", [20.0, 100.0], pixel_size_nm=2.0)
    made_up.micrograph("A", "m2", [20.0, 100.0], pixel_size_nm=2.02)
    sample = gather("A")
    assert not sample.pooled
    assert sample.strata.tolist() == [0, 0]
    np.testing.assert_allclose(
        sample.weight, made_up._stacked(made_up.measured)["inclusion_weight"]
    )


def test_magnifications_are_pooled_with_the_empty_fields_in_mind(made_up, gather):
    rng = np.random.default_rng(1)
    # Sizes 20 … 200 nm: the coarse fields resolve those from 80 nm on.
    for k in range(4):
        made_up.micrograph("A", f"fine{k}", rng.uniform(20, 200, 60), pixel_size_nm=1.0)
        made_up.micrograph("A", f"wide{k}", rng.uniform(10, 25, 80), pixel_size_nm=8.0)
    made_up.micrograph(
        "A",
        "void",
        [],
        pixel_size_nm=1.0,
        findings=({"code": "no_particles", "level": "empty", "message": ""},),
    )
    sample = gather("A")
    assert sample.pooled
    assert sample.magnifications_nm.tolist() == [1.0, 8.0]
    assert sample.sizes.n_strata == 2
    pooled = weighted_quantiles(sample.ecd_nm, sample.weight, [0.5])[0]
    plain = weighted_quantiles(sample.ecd_nm, np.ones(sample.row.size), [0.5])[0]
    # Uniform on 20 … 200 nm in the fine fields; the coarse ones add large particles only.
    assert pooled < 125 < plain


def test_the_floor_is_what_the_segmentation_could_find(made_up, gather):
    made_up.micrograph("A", "m1", [12.0, 20.0, 35.0], detection_floor_px=15.0)
    made_up.micrograph("A", "m2", [12.0, 35.0], detection_floor_px=4.0)
    sample = gather("A")
    assert sample.row.tolist() == [1, 2, 3, 4]
    assert sample.floor_nm.tolist() == [30.0, 30.0, 20.0, 20.0]
    # By what both show m1 has twice as many particles as m2, which alone shows 12 px: that one
    # stands for three, less what the frame cuts of large ones.
    assert sample.pooled
    assert sample.weight[2] / sample.weight[3] == pytest.approx(3.0, rel=0.15)
    tables = made_up.tables()
    assert tables.micrographs["n_excluded_unresolved"].tolist() == [1, 0]
    assert tables.micrographs["detection_floor_px"].tolist() == [15.0, 4.0]
    notes = tables.samples["notes"].iloc[0]
    assert "smallest sizes counted differ (20 to 30 nm), pooled by weights" in notes


def test_an_empty_field_seen_more_finely_pools_nothing(made_up, gather):
    empty = ({"code": "no_particles", "level": "empty", "message": ""},)
    made_up.micrograph("A", "m1", [60.0, 100.0], detection_floor_px=40.0)
    made_up.micrograph("A", "m2", [], findings=empty)
    assert not gather("A").pooled


def test_a_floor_that_was_not_recorded_is_an_error(made_up, gather):
    made_up.micrograph("A", "m1", [20.0], detection_floor_px=None)
    with pytest.raises(TablesError, match=r"A/m1: .* no detection_floor_px"):
        gather("A")


def test_a_particle_on_the_floor_ends_no_campaign(made_up, gather):
    # 10 px to seven digits, but a hair less in nm; no other field shows it.
    made_up.micrograph("A", "fine", [10.0, 30.0], pixel_size_nm=3.0)
    made_up.micrograph("A", "wide", [40.0], pixel_size_nm=30.0)
    made_up.measured[0]["ecd_nm"] = [30.0 * (1 - 1e-12), 90.0]
    sample = gather("A")
    assert sample.pooled
    assert np.isfinite(sample.weight).all()
    assert sample.sizes.n == 3


def test_the_rule_compares_all_digits(made_up, gather):
    # In single precision it is 10 px.
    made_up.micrograph("A", "m1", [10.0 * (1 - 1e-9), 20.0])
    assert gather("A").row.tolist() == [1]


def test_without_frames_nothing_is_pooled(made_up, gather):
    for k, pixel in enumerate([1.0, 1.0, 5.0, 5.0]):
        made_up.micrograph("A", f"m{k}", [30.0, 40.0], pixel_size_nm=pixel, overlay_share=None)
    sample = gather("A")
    assert not sample.pooled
    assert sample.sizes.n_strata == 2


def test_seeds_belong_to_the_sample(made_up, gather):
    made_up.micrograph("A", "m1", [20.0])
    made_up.micrograph("B", "m1", [20.0])
    assert gather("A").seed(7) == gather("A").seed(7)
    assert gather("A").seed(7) != gather("B").seed(7) != gather("B").seed(8)
