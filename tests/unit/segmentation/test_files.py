"""Labels and probability on disk."""

import dataclasses

import numpy as np
import pytest
import tifffile
from tests.unit.segmentation.pictures import segmentation

from nanocensus.micrographs import PixelSize
from nanocensus.segmentation import (
    read_labels,
    read_probability,
    write_segmentation,
)

PIXEL_SIZE = PixelSize(y_nm=7.344, x_nm=3.5, source="test", u_rel=None)


def two_particles(largest=3):
    labels = np.zeros((30, 41), dtype=np.int32)
    labels[3:9, 5:20] = 1
    labels[20, 20] = largest
    probability = np.linspace(0, 1, labels.size, dtype=np.float32).reshape(labels.shape)
    return segmentation(labels, probability=probability, polarity="dark")


def written(folder, found, pixel_size=PIXEL_SIZE):
    paths = folder / "a.labels.tif", folder / "a.probability.tif"
    write_segmentation(found, pixel_size, *paths)
    return paths


@pytest.mark.parametrize(("largest", "dtype"), [(3, np.uint16), (70_000, np.uint32)])
def test_comes_back(tmp_path, largest, dtype):
    found = two_particles(largest)
    labels_path, probability_path = written(tmp_path, found)
    assert tifffile.imread(labels_path).dtype == dtype
    assert tifffile.imread(probability_path).dtype == np.uint8
    assert np.array_equal(read_labels(labels_path), found.labels)
    assert read_labels(labels_path).dtype == np.int32
    np.testing.assert_allclose(
        read_probability(probability_path), found.probability, atol=0.5 / 255 + 1e-6
    )


def test_one_half_stays_on_its_side(tmp_path):
    found = two_particles()
    probability = np.full(found.labels.shape, 0.5, dtype=np.float32)
    probability[0] = 0.4999
    _, path = written(tmp_path, dataclasses.replace(found, probability=probability))
    back = read_probability(path)
    assert (back[1:] >= 0.5).all()
    assert (back[0] <= 0.5).all()


def test_same_bytes(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    first, second = (written(tmp_path / name, two_particles()) for name in ("a", "b"))
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize("size_nm", [7.344, 1e-3, 0.98765432, 1e6])
def test_opens_calibrated_in_imagej(tmp_path, size_nm):
    path, _ = written(tmp_path, two_particles(), PixelSize(size_nm, 2 * size_nm, "test", None))
    with tifffile.TiffFile(path) as tif:
        page = tif.pages.first
        assert tif.imagej_metadata["unit"] == "nm"
        for tag, expected in (("XResolution", 2 * size_nm), ("YResolution", size_nm)):
            numerator, denominator = page.tags[tag].value
            assert denominator / numerator == pytest.approx(expected, rel=1e-6)


def test_unknown_pixel_size_is_not_made_up(tmp_path):
    path, _ = written(tmp_path, two_particles(), None)
    with tifffile.TiffFile(path) as tif:
        assert "unit" not in tif.imagej_metadata
        assert tif.pages.first.tags["XResolution"].value == (1, 1)
