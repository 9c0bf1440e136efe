"""The decoding is fitted to what whole segmentations score."""

import numpy as np
import pytest
from scipy import ndimage
from tests.unit.segmentation.pictures import segmentation
from tests.unit.training.pictures import write_disc_pictures

from nanocensus.segmentation import DecodingParameters
from nanocensus.training import fit_end_to_end


class Fake:
    """Merges all discs unless a region has to rise by 0.15 to count."""

    def __init__(self, decoding, asked):
        self.decoding = decoding
        self.asked = asked

    def with_decoding(self, decoding):
        self.asked.append(decoding)
        return Fake(decoding, self.asked)

    def segment(self, pixels, overlay):
        labels, _ = ndimage.label(ndimage.gaussian_filter(pixels.astype(float), 1) > 110)
        if self.decoding.min_rise != 0.15:
            labels = np.minimum(labels, 1)
        return segmentation(labels)


@pytest.fixture
def pictures(tmp_path):
    return write_disc_pictures(tmp_path, 2, "validation")


def test_takes_the_value_that_scores_best(pictures):
    asked = []
    start = DecodingParameters(min_rise=0.1, min_area_px=33)
    found, scores = fit_end_to_end(Fake(start, asked), [pictures, ()])
    assert found == DecodingParameters(min_rise=0.15, min_area_px=33)
    assert scores["score"] == pytest.approx(1, abs=0.02)  # noise moves no outline below IoU 0.75
    assert start not in asked  # it was scored already


def test_stays_where_nothing_is_better(pictures):
    start = DecodingParameters(min_rise=0.15)
    found, _ = fit_end_to_end(Fake(start, []), [pictures], {"min_area_px": (5, 20)})
    assert found == start
