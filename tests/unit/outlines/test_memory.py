"""The memory that a picture's outlines take: bounded per pixel and vertex, and not exceeded."""

from __future__ import annotations

import tracemalloc
from functools import partial

import numpy as np
import pytest
from scipy import ndimage

from nanocensus.measurement import trace_outlines
from nanocensus.outlines import memory, outline_record, refine_outlines, unrefined_outlines
from nanocensus.outlines.edge_models import template


def lattice(side, pitch, radius):
    """Return picture, labels and soft map of discs on a lattice."""
    at = np.arange(side) % pitch - pitch / 2
    inside = np.hypot(at[:, None], at) < radius
    number = np.arange(side) // pitch
    labels = np.where(inside, 1 + number[:, None] * (number[-1] + 1) + number, 0).astype(np.int32)
    soft = ndimage.gaussian_filter(inside.astype(np.float32), 0.7)
    noise = np.random.default_rng(3).normal(0, 3, inside.shape)
    return (60 + 100 * soft + noise).astype(np.float32), labels, soft


def comb(side):
    """Return picture, labels and soft map of one particle with the longest outline."""
    inside = np.zeros((side, side), dtype=bool)
    inside[20:-20, 20:40] = True
    for top in range(20, side - 40, 16):
        inside[top : top + 8, 20:-20] = True
    soft = ndimage.gaussian_filter(inside.astype(np.float32), 0.7)
    noise = np.random.default_rng(3).normal(0, 3, inside.shape)
    return (60 + 100 * soft + noise).astype(np.float32), inside.astype(np.int32), soft


def peak_bytes(given):
    """Return the peak, and what the module says that it may be."""
    template.cache_clear()
    tracemalloc.start()
    try:
        picture, labels, soft = given()
        nothing = np.zeros(labels.shape, dtype=bool)
        tracemalloc.reset_peak()
        found = refine_outlines(picture, labels, soft, nothing, modality="stem")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.model is not None
    stated = memory.BYTES_PER_PX * labels.size
    return peak, stated + memory.BYTES_PER_VERTEX * memory.count_vertices(labels)


@pytest.mark.parametrize(
    "given",
    [partial(lattice, 720, 14, 5.0), partial(lattice, 720, 120, 20.0), partial(comb, 1000)],
    ids=["crowded", "sparse", "one long outline"],
)
def test_bytes_per_pixel_and_vertex(monkeypatch, given) -> None:
    monkeypatch.setattr("nanocensus.segmentation.strips.STRIP_PX", 1 << 15)
    peak, stated = peak_bytes(given)
    # templates and blocks do not grow with the picture
    assert peak < stated + 40e6


def test_vertices_are_counted_as_they_are_traced() -> None:
    _, labels, soft = lattice(208, 26, 11.0)
    labels[:, 13:15] = labels[:, 12:13]
    touching = np.where(labels == 0, np.roll(labels, 5, axis=1), labels)
    for each in (labels, touching):
        each = np.pad(each, 1)
        traced = len(trace_outlines(each, np.pad(soft, 1)).points)
        assert memory.count_vertices(each) == traced


def test_a_picture_that_is_too_large_keeps_the_networks_outlines(monkeypatch) -> None:
    picture, labels, soft = lattice(200, 26, 11.0)
    nothing = np.zeros(labels.shape, dtype=bool)
    monkeypatch.setattr(memory, "MEMORY_PER_PICTURE", 300_100_000)
    found = refine_outlines(picture, labels, soft, nothing, modality="se")
    assert [(f.code, f.level) for f in found.findings] == [("outlines_too_large", "warn")]
    assert "200 x 200 pixels" in found.findings[0].message
    np.testing.assert_array_equal(found.labels, labels)
    assert found.shift_px == {}
    assert outline_record(found, "se") == outline_record(unrefined_outlines(labels, soft), "se")
