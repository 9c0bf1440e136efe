"""Outlines: closed, sub-pixel, true to the label, shared by neighbours."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import ndimage
from skimage.draw import polygon2mask

from nanocensus.measurement import AnalyticShape, particle_outlines, particle_parts


def area_of(ring: np.ndarray) -> float:
    y, x = ring.T
    return float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum() / 2)


def total_area(parts: tuple[np.ndarray, ...]) -> float:
    return sum(area_of(part) for part in parts)


@st.composite
def label_pictures(draw, values: int = 3):
    shape = draw(st.tuples(st.integers(1, 9), st.integers(1, 9)))
    labels = draw(arrays.arrays(np.int32, shape, elements=st.integers(0, values)))
    probability = draw(arrays.arrays(np.float32, shape, elements=st.floats(0, 1, width=32)))
    return labels, probability


def test_soft_edge_is_found_between_pixels():
    # A vertical edge: the left pixel has 0.8, the right one 0.3, so 0.5 lies 0.6 along.
    labels = np.zeros((5, 8), int)
    labels[1:4, 2:4] = 7
    probability = np.zeros(labels.shape)
    probability[1:4, 2:4] = 0.8
    probability[1:4, 4] = 0.3
    outline = particle_outlines(labels, probability)[7]
    assert outline[:, 1].max() == pytest.approx(3.6)


def test_outline_is_closed_clockwise_and_float():
    labels = np.zeros((12, 12), np.uint16)
    labels[3:8, 4:9] = 1
    outlines = particle_outlines(labels, labels.astype(np.float32))
    assert list(outlines) == [1]
    assert outlines[1].dtype == np.float64
    assert outlines[1][0] == pytest.approx(outlines[1][-1])
    assert area_of(outlines[1]) > 0  # x to the right, y down: clockwise is positive


@given(label_pictures())
@settings(max_examples=80, deadline=None)
def test_vertices_stay_within_half_a_pixel_of_the_border(pictures):
    labels, probability = pictures
    padded = np.pad(labels, 1)
    for label, parts in particle_parts(labels, probability).items():
        for part in parts:
            # Each vertex lies on the line between a centre inside and a centre outside.
            low, high = np.floor(part).astype(int), np.ceil(part).astype(int)
            first = padded[low[:, 0] + 1, low[:, 1] + 1] == label
            second = padded[high[:, 0] + 1, high[:, 1] + 1] == label
            assert (first != second).all()


@given(label_pictures())
@settings(max_examples=80, deadline=None)
def test_area_is_the_labels_to_half_a_pixel_along_the_rim(pictures):
    labels, probability = pictures
    parts = particle_parts(labels, probability)
    assert set(parts) == set(np.unique(labels)) - {0}
    for label, rings in parts.items():
        mask = labels == label
        if (ndimage.binary_fill_holes(mask) == mask).all():
            # Every side of a pixel moves by at most half a pixel.
            padded = np.pad(mask, 1)
            sides = sum(np.abs(np.diff(padded.astype(int), axis=axis)).sum() for axis in (0, 1))
            assert abs(total_area(rings) - mask.sum()) <= 0.5 * sides


@pytest.mark.parametrize("angle", np.linspace(0, np.pi, 9))
def test_border_between_two_labels_is_straight_and_shared(angle):
    y, x = np.mgrid[:64, :64]
    side = (y - 31.7) * np.cos(angle) + (x - 31.2) * np.sin(angle)
    labels = np.where(side > 0, 1, 2)
    outlines = particle_outlines(labels, np.ones(labels.shape))
    total = sum(area_of(outline) for outline in outlines.values())
    # The frame's four corners are cut by a triangle of 1/8 px² each, the two ends of the
    # border by less than 1/2 px each; nothing else is lost and nothing counted twice.
    assert labels.size - 1.5 <= total <= labels.size
    lengths = []
    for outline in outlines.values():
        inner = np.hypot(*(outline - 31.5).T) < 25
        steps = np.diff(outline, axis=0)[inner[:-1] & inner[1:]]
        along = abs((steps @ [-np.sin(angle), np.cos(angle)]).sum())
        lengths.append(np.hypot(*steps.T).sum() / along)
    # A pixel chain would be up to 1.41 times as long, its 0.5 contour up to 1.08 times.
    assert max(lengths) < 1.013
    assert lengths[0] == pytest.approx(lengths[1], abs=1e-3)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=6, deadline=None)
def test_touching_neighbours_do_not_overlap(seed):
    generator = np.random.default_rng(seed)
    seeds = generator.uniform(0, 48, (6, 2))
    pixels = np.stack(np.mgrid[:48, :48], axis=-1)
    labels = 1 + np.argmin(((pixels[:, :, None] - seeds) ** 2).sum(-1), axis=2)
    labels[:, :6] = 0
    probability = ndimage.gaussian_filter((labels > 0).astype(float), 1.0)
    fine = 8  # samples per pixel: an overlap of 0.02 px width along a border would show
    covered = np.zeros((48 * fine, 48 * fine), int)
    for parts in particle_parts(labels, probability).values():
        for part in parts:
            covered += polygon2mask(covered.shape, (part + 0.5) * fine - [0.5137, 0.5072])
    assert covered.max() == 1
    inner = covered[fine:-fine, 8 * fine : -fine]
    assert (inner == 0).mean() < 0.01  # gaps only where three labels meet


@pytest.mark.parametrize("level", [0.0, 0.2, 0.45, 0.55, 1.0])
def test_label_rules_where_the_probability_disagrees(level):
    # The map says the same everywhere: particle and background alike.
    y, x = np.mgrid[:40, :40]
    labels = (np.hypot(y - 19.6, x - 20.3) < 12).astype(int)
    outline = particle_outlines(labels, np.full(labels.shape, level))[1]
    # ECD within half a pixel on each side of the label's, in the worst case of 0.45 / 0.55
    # (half-way between the two rules); within 0.2 px where they contradict by far.
    error_px = 2 * np.sqrt(area_of(outline) / np.pi) - 2 * np.sqrt(labels.sum() / np.pi)
    assert abs(error_px) < (0.2 if abs(level - 0.5) >= 0.1 else 0.7)


def test_outline_changes_continuously_into_disagreement():
    labels = np.zeros((9, 9), int)
    labels[2:7, 2:7] = 1
    areas = []
    for outside in np.linspace(0.40, 0.75, 141):
        probability = np.where(labels > 0, 0.9, outside)
        areas.append(area_of(particle_outlines(labels, probability)[1]))
    # A step of 0.0025 in probability moves no vertex by more than 0.05 px (20 vertices).
    assert np.abs(np.diff(areas)).max() < 20 * 0.05


def test_holes_are_closed_and_islands_in_them_not_counted_again():
    labels = np.zeros((20, 20), int)
    labels[2:18, 2:18] = 1
    labels[5:15, 5:15] = 0
    labels[8:12, 8:12] = 1
    parts = particle_parts(labels, (labels > 0).astype(float))[1]
    assert len(parts) == 1
    assert area_of(parts[0]) == pytest.approx(16 * 16 - 0.5)  # four corners cut by 1/8 px²


def test_parts_of_a_crossed_particle_stay_apart():
    labels = np.zeros((30, 40), int)
    labels[12:18, 4:36] = 1
    labels[2:28, 16:24] = 2
    probability = (labels > 0).astype(float)
    left, right = particle_parts(labels, probability)[1]
    assert left[:, 1].max() < 16
    assert right[:, 1].min() > 23
    joined = particle_outlines(labels, probability)[1]
    assert area_of(joined) == pytest.approx(area_of(left) + area_of(right))
    assert area_of(joined) == pytest.approx((labels == 1).sum(), rel=0.02)


def test_pixels_that_meet_at_a_corner_are_two_parts():
    labels = np.eye(4, dtype=int)[1:3, 1:3]
    assert len(particle_parts(labels, labels.astype(float))[1]) == 2


def test_particle_at_the_frame_ends_at_the_outer_side_of_its_pixels():
    labels = np.ones((6, 9), int)
    outline = particle_outlines(labels, np.ones(labels.shape))[1]
    assert outline.min(axis=0) == pytest.approx([-0.5, -0.5])
    assert outline.max(axis=0) == pytest.approx([5.5, 8.5])


def test_no_particles_give_no_outlines():
    assert particle_outlines(np.zeros((5, 6), int), np.zeros((5, 6))) == {}


def test_shapes_that_differ_are_refused():
    with pytest.raises(ValueError, match="differ in shape"):
        particle_outlines(np.zeros((5, 6), int), np.zeros((6, 5)))


def test_quantised_probability_moves_the_outline_by_less_than_a_tenth():
    shape = AnalyticShape("ellipse", 20.0, 0.6)
    soft = shape.coverage(60, (29.7, 30.2), 0.4)
    labels = (soft >= 0.5).astype(int)
    exact = area_of(particle_outlines(labels, soft)[1])
    stored = area_of(particle_outlines(labels, np.round(soft * 255) / 255)[1])
    # One code is 0.004 of the edge's height, that is 0.004 px of an edge 1 px wide.
    assert stored == pytest.approx(exact, abs=0.1)
