"""Bright or dark, measured."""

import numpy as np
import pytest

from nanocensus.segmentation.polarity import measure_polarity

from .pictures import disc_labels, grey, lattice


@pytest.mark.parametrize("bright", [True, False])
@pytest.mark.parametrize("pitch", [18, 30, 50])
def test_discs_on_a_shaded_ground(bright, pitch):
    labels = disc_labels((120, 160), lattice((120, 160), pitch, 8))
    shading = np.linspace(0, 200, 160, dtype=np.float32)
    values = grey(labels, bright=bright).astype(np.float32) + shading
    nothing = np.zeros(labels.shape, dtype=bool)
    assert measure_polarity(values, labels, nothing) == ("bright" if bright else "dark")


def test_burned_in_letters_do_not_vote():
    labels = disc_labels((60, 60), [(30, 30, 10)])
    overlay = np.zeros(labels.shape, dtype=bool)
    overlay[18:25] = True
    values = np.where(overlay, 255, grey(labels, bright=False)).astype(np.float32)
    values[30:45, 20:40] += 20 * (labels[30:45, 20:40] == 0)
    assert measure_polarity(values, labels, overlay) == "dark"


@pytest.mark.parametrize("bright", [True, False])
def test_packed_without_background(bright):
    rows, columns = np.mgrid[:60, :60]
    labels = (1 + rows // 20 * 3 + columns // 20).astype(np.int32)
    edge = (rows % 20 < 2) | (columns % 20 < 2)
    values = np.where(edge == bright, 10, 200).astype(np.float32)
    nothing = np.zeros(labels.shape, dtype=bool)
    assert measure_polarity(values, labels, nothing) == ("bright" if bright else "dark")


def test_without_particles_there_is_none():
    labels = np.zeros((9, 9), dtype=np.int32)
    assert measure_polarity(labels.astype(np.float32), labels, labels > 0) is None
