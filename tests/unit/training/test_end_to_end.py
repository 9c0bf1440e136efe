"""The decoding is fitted to what whole segmentations score."""

import numpy as np
import pytest
from scipy import ndimage
from tests.unit.segmentation.pictures import segmentation
from tests.unit.training.pictures import write_disc_pictures

from nanocensus.segmentation import DecodingParameters
from nanocensus.training import fit_end_to_end, read_grey, read_instances
from nanocensus.training.end_to_end import _fit, _Seen, gain_and_error
from nanocensus.training.evaluation import PictureScore
from nanocensus.training.scores import compare


class Fake:
    """Merges all discs unless a region has to rise by 0.15 to count.

    Outlines move outwards with a lower threshold of the foreground.
    """

    def __init__(self, decoding, asked, resolution_helps=True):
        self.decoding = decoding
        self.asked = asked
        self.resolution_helps = resolution_helps

    def with_decoding(self, decoding):
        self.asked.append(decoding)
        return Fake(decoding, self.asked, self.resolution_helps)

    def see(self, pixels, overlay):
        grey = ndimage.gaussian_filter(pixels.astype(float), 1)
        return np.stack([grey / 220] * 3).astype(np.float32)

    def part(self, prediction, overlay):
        labels, count = ndimage.label(prediction[0] > self.decoding.foreground_threshold)
        if self.decoding.min_rise != 0.15:
            labels, count = np.minimum(labels, 1), 1
        return labels.astype(np.int32), np.ones(count)

    def segment(self, pixels, overlay):
        labels, _ = self.part(self.see(pixels, overlay), overlay)
        if not self.resolution_helps and self.decoding.min_rise == 0.15:
            labels = np.zeros_like(labels)
        return segmentation(labels)


@pytest.fixture
def pictures(tmp_path):
    return write_disc_pictures(tmp_path, 2, "validation")


def test_takes_the_value_that_scores_best(pictures):
    start = DecodingParameters(min_rise=0.1, max_hole_share=0.2)
    found, scores = fit_end_to_end(Fake(start, []), pictures, (), {"min_rise": (0.1, 0.15, 0.2)})
    assert found == DecodingParameters(min_rise=0.15, max_hole_share=0.2)
    assert scores["score"] == pytest.approx(1, abs=0.02)  # noise moves no outline below IoU 0.75


def test_stays_where_nothing_is_better(pictures):
    start = DecodingParameters(min_rise=0.15)
    found, _ = fit_end_to_end(Fake(start, []), pictures, (), {"max_hole_share": (0.1, 0.2)})
    assert found == start


def test_stays_where_whole_segmentations_get_worse(pictures):
    start = DecodingParameters(min_rise=0.1)
    fake = Fake(start, [], resolution_helps=False)
    found, scores = fit_end_to_end(fake, pictures, (), {"min_rise": (0.15,)})
    assert found == start
    assert scores["score"] < 0.5


def test_what_few_pictures_gain_by_chance_is_not_taken(tmp_path):
    """Two of three pictures get better by it, and one gets as much worse."""

    class Lucky(Fake):
        def with_decoding(self, decoding):
            return Lucky(decoding, self.asked)

        def segment(self, pixels, overlay):
            tried = self.decoding.min_rise == 0.15
            right = tried != np.array_equal(pixels, unlucky)
            return Fake(DecodingParameters(min_rise=0.15 if right else 0.1), []).segment(
                pixels, overlay
            )

    pictures = write_disc_pictures(tmp_path, 3, "validation")
    unlucky = read_grey(pictures[2].picture)
    start = DecodingParameters(min_rise=0.1)
    found, scores = fit_end_to_end(Lucky(start, []), pictures, (), {"min_rise": (0.15,)})
    assert found == start
    assert scores["f1_50"] == pytest.approx((2 / 3 + 2 / 3 + 1) / 3)  # not (1 + 1 + 2 / 3) / 3


def test_gain_and_its_error_by_hand(pictures):
    truth = read_instances(pictures[0].labels, pictures[0].kind)

    def scored(found, specimens="ab"):
        """One picture a letter: r is right, w has no particle."""
        given = {"r": truth, "w": np.zeros_like(truth)}
        return [
            PictureScore(name, name, 1.0, compare(truth, given[how]))
            for how, name in zip(found, specimens, strict=True)
        ]

    assert gain_and_error([scored("ww")], [scored("rr")]) == (1, 0)
    gain, error = gain_and_error([scored("wr"), scored("rr")], [scored("rr"), scored("rr")])
    # of the first kind both F1 of means rise by 1/2 and of pooled ones by 1 - 2/3
    assert gain == pytest.approx((1 / 2 + 1 / 3) / 2 / 2)
    # without the first picture nothing is gained, without the second one all: of two kinds
    assert error == pytest.approx(np.sqrt(1 / 2 * (0.5**2 + 0.5**2)) / 2)
    assert gain_and_error([scored("w", "a")], [scored("r", "a")]) == (1, np.inf)
    assert gain_and_error([scored("ww", "aa")], [scored("rr", "aa")]) == (1, np.inf)


def test_drawn_pictures_alone_place_outlines():
    """Rendered labels, which are exact and smaller, would have another threshold."""
    y, x = np.mgrid[:80, :80]
    cone = np.clip(1 - np.hypot(y - 40, x - 40) / 40, 0, 1)
    drawn, rendered = ([_seen(cone, level)] for level in (0.4, 0.7))
    grid = {"foreground_threshold": (0.4, 0.7)}
    start = DecodingParameters(min_rise=0.15, foreground_threshold=0.7)

    def threshold(kinds, *, first_is_drawn):
        fake = Fake(start, [])
        return _fit(fake, kinds, grid, first_is_drawn=first_is_drawn).foreground_threshold

    assert threshold([drawn, rendered], first_is_drawn=True) == 0.4
    assert threshold([drawn, rendered], first_is_drawn=False) == 0.7  # one against one
    assert threshold([drawn], first_is_drawn=False) == 0.4


def _seen(cone, level):
    return _Seen((cone > level).astype(np.int32), np.stack([cone] * 3).astype(np.float16))
