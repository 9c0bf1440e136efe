"""Outlines move onto the edges of rendered particles, and nowhere without evidence."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from scipy import ndimage

from nanocensus.measurement import trace_outlines
from nanocensus.measurement.particles import sizes
from nanocensus.outlines import outline_record, refine_outlines, refinement, unrefined_outlines
from nanocensus.outlines.profiles import look_across
from nanocensus.segmentation import (
    NETWORK_MASK,
    read_labels,
    read_probability,
    write_label_pictures,
)
from nanocensus.training.outline_bias import OutlineCase, masks_like_a_networks, outline_errors

SIDE = 128


def discs(*circles, noise=4.0, level=120.0, ground=60.0, blur=1.0, seed=3):
    """Return a picture of discs (y, x, radius), its labels and their exact diameters."""
    y, x = np.mgrid[:SIDE, :SIDE]
    labels = np.zeros((SIDE, SIDE), dtype=np.int32)
    signal = np.zeros((SIDE, SIDE))
    for number, (row, column, radius) in enumerate(circles, start=1):
        depth = radius - np.hypot(y - row, x - column)
        signal = np.maximum(signal, np.clip(depth + 0.5, 0, 1))
        labels[depth > 0] = number
    rng = np.random.default_rng(seed)
    picture = ground + (level - ground) * ndimage.gaussian_filter(signal, blur)
    return picture + noise * rng.standard_normal(picture.shape), labels


def refined(picture, labels, *, outwards_px=1.5, modality=None, overlay=None):
    moved, soft = masks_like_a_networks(labels, outwards_px, np.random.default_rng(5))
    hidden = np.zeros(labels.shape, dtype=bool) if overlay is None else overlay
    return moved, soft, refine_outlines(picture, moved, soft, hidden, modality=modality)


def diameters(labels, soft):
    rings = trace_outlines(labels, soft)
    return dict(zip(rings.labels.tolist(), sizes(rings)["ecd"].tolist(), strict=True))


@pytest.mark.parametrize("outwards_px", [-1.0, 0.0, 1.5])
def test_a_disc_is_measured_whatever_the_mask(outwards_px) -> None:
    picture, labels = discs((40, 40, 18.3), (88, 84, 22.7))
    *_, found = refined(picture, labels, outwards_px=outwards_px, modality="se")
    assert diameters(found.labels, found.probability) == pytest.approx({1: 36.6, 2: 45.4}, abs=0.3)
    assert set(found.shift_px) == {1, 2}
    assert found.model is not None


def test_dark_particles_are_measured_as_bright_ones() -> None:
    picture, labels = discs((40, 40, 18.3), (88, 84, 22.7))
    *_, bright = refined(picture, labels, modality="stem")
    *_, dark = refined(255 - picture, labels, modality="stem")
    one, other = (diameters(each.labels, each.probability) for each in (bright, dark))
    assert one == pytest.approx(other, abs=0.02)


@pytest.mark.parametrize("mode", ["se", "stem", "tem"])
@pytest.mark.parametrize("modality_known", [True, False])
def test_the_edge_of_a_sphere_is_where_it_begins(mode, modality_known) -> None:
    """Half height lies 1.5 px and more inside it in transmission."""
    errors = outline_errors(
        OutlineCase(mode, "sphere", 40.0), seed=2, modality_known=modality_known
    )
    assert len(errors) >= 3
    assert errors["before_px"].mean() > 2
    assert abs(errors["after_px"].mean()) < 0.5


def test_squares_keep_their_size() -> None:
    errors = outline_errors(OutlineCase("tem", "cube", 60.0), seed=2)
    assert abs(errors["after_px"].mean()) < 0.3


def test_touching_discs_neither_overlap_nor_part() -> None:
    picture, labels = discs((64, 44, 20.0), (64, 84, 20.0))
    *_, found = refined(picture, labels, modality="se")
    assert diameters(found.labels, found.probability) == pytest.approx({1: 40, 2: 40}, abs=0.6)
    assert ndimage.label(found.labels > 0)[1] == 1


def test_what_shows_no_edge_keeps_the_networks_outline() -> None:
    picture, labels = discs((64, 64, 20.0), level=60.0)
    moved, soft, found = refined(picture, labels)
    assert found.shift_px == {}
    assert found.model is None
    assert found.kind == NETWORK_MASK
    np.testing.assert_array_equal(found.labels, moved)
    np.testing.assert_array_equal(found.probability, soft)


def test_a_mask_that_is_far_off_is_not_followed() -> None:
    """A network errs by a pixel or two: an edge 8 px away is another body's."""
    picture, labels = discs((64, 64, 40.0))
    small = np.where(ndimage.distance_transform_edt(labels > 0) > 8, labels, 0).astype(np.int32)
    found = refine_outlines(
        picture,
        small,
        small.astype(np.float32),
        np.zeros(small.shape, dtype=bool),
        modality=None,
    )
    way_px = (np.sqrt((found.labels > 0).sum() / np.pi)) - (np.sqrt((small > 0).sum() / np.pi))
    assert abs(way_px) < 4.1


def test_burned_in_drawing_is_no_edge() -> None:
    picture, labels = discs((64, 64, 24.0))
    drawn = picture.copy()
    drawn[60:68, 82:] = 255
    overlay = np.zeros(picture.shape, dtype=bool)
    overlay[58:70, 80:] = True
    *_, found = refined(drawn, labels, modality="se", overlay=overlay)
    assert diameters(found.labels, found.probability)[1] == pytest.approx(48, abs=0.5)


def test_the_frame_stays_the_frame() -> None:
    picture, labels = discs((2, 64, 24.0), (90, 60, 20.0))
    *_, found = refined(picture, labels, modality="se")
    assert (found.labels[0, 50:78] == 1).all()
    assert diameters(found.labels, found.probability)[2] == pytest.approx(40, abs=0.4)


def test_the_same_picture_gives_the_same_bytes() -> None:
    picture, labels = discs((40, 40, 18.3), (88, 84, 22.7))
    *_, first = refined(picture, labels)
    *_, second = refined(picture, labels)
    assert first.labels.tobytes() == second.labels.tobytes()
    assert first.probability.tobytes() == second.probability.tobytes()
    assert first.shift_px == second.shift_px


def test_no_particle_is_no_fault() -> None:
    nothing = np.zeros((40, 50), dtype=np.int32)
    found = refine_outlines(
        np.ones((40, 50)), nothing, nothing.astype(np.float32), nothing > 0, modality=None
    )
    assert (found.model, found.shift_px) == (None, {})


def test_the_record_has_an_entry_for_every_label() -> None:
    picture, labels = discs((40, 40, 18.3), (88, 84, 22.7))
    moved, soft, found = refined(picture, labels, modality="se")
    record = outline_record(found, "se")
    assert record["n_outlines_refined"] == 2
    masks = np.sqrt(np.bincount(moved.ravel())[1:] / np.pi)
    assert record["outline_shift_px"] == pytest.approx([18.3 - masks[0], 22.7 - masks[1]], abs=0.2)
    assert 0 <= record["edge_doubt_px"] < 0.35
    kept = outline_record(unrefined_outlines(moved, soft), "se")
    assert kept["outline_shift_px"] == [None, None]
    assert kept["edge_model"] is None
    assert kept["edge_doubt_px"] is None


def test_a_shell_keeps_the_networks_outline() -> None:
    """Seen in transmission it has two edges; the wall's inner one is the stronger."""
    y, x = np.mgrid[:SIDE, :SIDE]
    depth = 24.0 - np.hypot(y - 64, x - 64)
    signal = np.clip(depth + 0.5, 0, 1) - 0.7 * np.clip(depth - 4 + 0.5, 0, 1)
    noise = np.random.default_rng(3).standard_normal((SIDE, SIDE))
    picture = 60 + 80 * ndimage.gaussian_filter(signal, 1.0) + 2 * noise
    labels = (depth > 0).astype(np.int32)
    moved, soft, found = refined(picture, labels, modality="stem")
    assert found.shift_px == {}
    np.testing.assert_array_equal(found.labels, moved)
    np.testing.assert_array_equal(found.probability, soft)


def test_noise_that_hides_the_edge_leaves_the_mask() -> None:
    picture, labels = discs((64, 64, 20.0), noise=4.0)
    shading = ndimage.gaussian_filter(np.random.default_rng(8).standard_normal(labels.shape), 3)
    *_, clear = refined(picture, labels, modality="stem")
    *_, hidden = refined(picture + 400 * shading, labels, modality="stem")
    assert clear.model is not None
    assert hidden.model is None
    assert hidden.shift_px == {}


def test_a_mixture_is_not_made_worse() -> None:
    """One model for plates and a sphere would put the sphere's outline 1.5 px inside it."""
    y, x = np.mgrid[:SIDE, :SIDE]
    signal, labels = np.zeros((SIDE, SIDE)), np.zeros((SIDE, SIDE), dtype=np.int32)
    places = [(30, 30), (30, 96), (96, 30), (96, 96)]
    for number, (row, column) in enumerate(places, start=1):
        depth = 20.0 - np.hypot(y - row, x - column)
        share = np.clip(depth / 20, 0, 1)
        plate = np.clip(depth + 0.5, 0, 1)
        signal += plate if number < 4 else np.sqrt(1 - (1 - share) ** 2)
        labels[depth > 0] = number
    noise = np.random.default_rng(3).standard_normal((SIDE, SIDE))
    picture = 60 + 80 * ndimage.gaussian_filter(signal, 1.0) + noise
    moved, soft, found = refined(picture, labels, outwards_px=0.5, modality="stem")
    before = diameters(moved, soft)
    for number, after in diameters(found.labels, found.probability).items():
        assert abs(after - 40) < abs(before[number] - 40) + 0.3


def test_area_in_the_tables_is_that_of_the_files_outline(tmp_path) -> None:
    """The soft map has 256 levels on disk: a 0.002 px of the outline's place."""
    picture, labels = discs((40, 40, 18.3), (88, 84, 22.7))
    *_, found = refined(picture, labels, modality="se")
    files = tmp_path / "labels.tif", tmp_path / "soft.tif"
    write_label_pictures(found.labels, found.probability, None, *files, outline=found.kind)
    with tifffile.TiffFile(files[0]) as held:
        assert "edge in the picture" in held.pages[0].description
    written = trace_outlines(read_labels(files[0]), read_probability(files[1]))
    in_memory = trace_outlines(found.labels, found.probability)
    np.testing.assert_allclose(sizes(written)["area"], sizes(in_memory)["area"], rtol=2e-3)
    in_pixels = np.bincount(found.labels.ravel())[1:]
    np.testing.assert_allclose(sizes(written)["area"], in_pixels, rtol=0.02)


def test_labels_reported_as_kept_are_not_touched(monkeypatch) -> None:
    """A faint disc may show an edge in the first passes and none in the last one."""
    passes = []

    def second_disc_fades(grey, contours, *others):
        rings = look_across(grey, contours, *others)
        passes.append(rings)
        last = len(passes) == 3
        return [r for r in rings if not (last and contours.owner[r.where.start] == 2)]

    monkeypatch.setattr(refinement, "look_across", second_disc_fades)
    picture, labels = discs((40, 40, 18.3), (88, 84, 22.7))
    moved, _, found = refined(picture, labels, modality="se")
    assert len(passes) == 3
    assert set(found.shift_px) == {1}
    np.testing.assert_array_equal(found.labels == 2, moved == 2)


def test_a_whole_particle_beside_the_frame_moves_on_all_sides() -> None:
    picture, labels = discs((23.5, 64, 21.0), noise=2.0)
    *_, found = refined(picture, labels, modality="se")
    # of 12 mask pixels outside it in these rows
    assert (found.labels[:2] == 1).sum() <= 3
    assert diameters(found.labels, found.probability)[1] == pytest.approx(42, abs=0.5)


def test_the_way_of_a_rods_outline_is_its_own() -> None:
    """Not the difference of the radii of discs with its area, which is 2 px and more."""
    labels = np.zeros((SIDE, SIDE), dtype=np.int32)
    labels[58:70, 14:114] = 1
    noise = np.random.default_rng(3).standard_normal(labels.shape)
    picture = 60 + 60 * ndimage.gaussian_filter((labels > 0).astype(float), 1.0) + 2 * noise
    *_, found = refined(picture, labels, modality="se")
    assert found.shift_px[1] == pytest.approx(-1.5, abs=0.35)


def test_the_grey_scale_does_not_matter() -> None:
    picture, labels = discs((40, 40, 18.3), (88, 84, 22.7))
    *_, usual = refined(picture, labels, modality="se")
    *_, small = refined(picture * 1e-7, labels, modality="se")
    assert usual.shift_px
    np.testing.assert_array_equal(small.labels, usual.labels)


def test_no_uncertainty_is_claimed_where_none_was_measured() -> None:
    picture, labels = discs((64, 64, 30.0))
    moved, soft = masks_like_a_networks(labels, 1.5, np.random.default_rng(5))
    nothing = np.zeros(labels.shape, dtype=bool)
    fine, coarse = (
        outline_record(
            refine_outlines(picture, moved, soft, nothing, modality="se", unit_px=unit_px), "se"
        )
        for unit_px in (1.0, 1.5)
    )
    assert fine["edge_u_px"] > 0
    assert coarse["edge_model"] is not None
    assert coarse["edge_u_px"] is None
