"""Limits of the figures are said in words."""

import numpy as np
import pytest

REVIEW = {"code": "pixel_size_disputed", "level": "review", "message": "disputed"}


@pytest.fixture
def note(made_up):
    """Return the notes of sample A."""
    return lambda: made_up.tables().samples["notes"].iloc[0]


def test_a_large_clean_sample_only_has_the_note_on_volumes(made_up, note):
    rng = np.random.default_rng(1)
    made_up.log_normal("A", [f"m{k}" for k in range(8)], 30, rng, n=100)
    assert note() == "volume-weighted figures take each particle as a sphere of its ecd"


def test_few_micrographs(made_up, note):
    rng = np.random.default_rng(2)
    made_up.log_normal("A", ["m1"], 30, rng)
    assert "intervals not estimable: one micrograph" in note()
    assert "d90_v and span_v not supported" in note()
    made_up.log_normal("A", ["m2"], 30, rng)
    assert "intervals rest on 2 micrographs: wide, t = 12.7" in note()


def test_what_does_not_count(made_up, note):
    rng = np.random.default_rng(3)
    made_up.log_normal("A", ["m1", "m2"], 30, rng)
    made_up.log_normal("A", ["m3"], 30, rng, findings=(REVIEW,))
    made_up.log_normal("A", ["m4"], 30, rng, pixel_size_nm=None)
    made_up.failed("A", "m5")
    made_up.log_normal("A", ["m6"], 30, rng, sha256="same")
    made_up.log_normal("A", ["m7"], 30, rng, sha256="same", completeness="covered")
    made_up.log_normal("A", ["m8"], 30, rng, completeness="covered")
    text = note()
    assert "not counted before review: 1 of 8 micrographs" in text
    assert "not processed: 1 of 8 micrographs" in text
    assert "counted once, because others show the same: 1 of 8 micrographs" in text
    assert "in no figure in nm: 1 of 8 micrographs with 40 counted particles" in text
    # m8 is covered throughout: 40 of 200 particles of micrographs that count.
    assert "set aside as covered" not in text
    made_up.log_normal("A", ["m9"], 30, rng, completeness="touching_cluster")
    assert "33% of the particles set aside as covered or touching" in note()


def test_no_sizes(made_up, note):
    made_up.micrograph("A", "m1", [20.0, 30.0], pixel_size_nm=None)
    assert note() == "no pixel size known: sizes only in px, by micrograph"
    made_up.pictures.clear()
    made_up.measured.clear()
    made_up.classified.clear()
    made_up.micrograph("A", "m1", [])
    assert note() == "no particle counted"


def test_floor_frame_and_shape(made_up, note):
    rng = np.random.default_rng(4)
    made_up.log_normal("A", ["m1", "m2", "m3"], 13, rng, shape="rod")
    text = note()
    assert "lie below 1.5 times the smallest size counted (20 nm)" in text
    assert "100% of that volume are not told to be spheres" in text
    made_up.log_normal("A", ["m3a"], 40, rng, detection_floor_px=25.0)
    assert "1.5 times the smallest size counted (20 to 50 nm)" in note()
    made_up.micrograph("A", "m4", [380.0, 20.0])
    assert "magnification too high for the largest particles (edge weight up to" in note()


@pytest.mark.parametrize("shape", ["cube", "octahedron", "other"])
def test_every_shape_but_the_sphere_has_another_volume(made_up, note, shape):
    rng = np.random.default_rng(9)
    made_up.log_normal("A", ["m1", "m2", "m3"], 30, rng, shape=shape)
    assert "100% of that volume are not told to be spheres" in note()


def test_sizes_no_larger_than_the_blur(made_up, note):
    rng = np.random.default_rng(8)
    made_up.log_normal("A", ["m1", "m2", "m3"], 30, rng, edge_width_px=5.0)
    assert "blur" not in note()
    made_up.log_normal("A", ["m4"], 30, rng, edge_width_px=30.0)
    # Twice 30 px / 1.088 is 55 px, more than (nearly) all sizes of the last micrograph.
    assert "25% are smaller than twice the blur of their edges" in note()


def test_magnifications(made_up, note):
    rng = np.random.default_rng(5)
    made_up.log_normal("A", ["m1", "m2"], 30, rng, pixel_size_nm=1.0)
    made_up.log_normal("A", ["m3"], 30, rng, pixel_size_nm=2.0)
    text = note()
    assert "2 magnifications (1 to 2 nm/px) pooled" in text
    assert "magnifications of one micrograph joined" in text
    made_up.log_normal("A", ["m4"], 30, rng, pixel_size_nm=2.0, overlay_share=None)
    assert "put together without weights, because a frame is unknown: biased" in note()


def test_micrographs_that_stand_out(made_up, note):
    rng = np.random.default_rng(6)
    made_up.log_normal("A", [f"m{k}" for k in range(7)], 30, rng)
    made_up.log_normal("A", ["odd"], 90, rng)
    tables = made_up.tables()
    row = tables.samples.iloc[0]
    assert "standing out by median size but counted: 1 of 8 micrographs" in row["notes"]
    without = float(row["notes"].split("without which d50_n = ")[1].split(" nm")[0])
    # Seven micrographs of 40 sizes with sigma 0.25 know 60 nm to 1.9 %.
    assert without == pytest.approx(60, rel=0.06)
    assert row["d50_n_nm"] > 1.02 * without
    odd = tables.micrographs.set_index("micrograph").loc["odd"]
    assert odd["status"] == "warn"
    assert odd["n_counted"] == 40
