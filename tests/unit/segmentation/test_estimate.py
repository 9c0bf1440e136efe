"""The estimate of a segmentation's own F1, and what it says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage
from skimage import data

from nanocensus.paths import RESOURCES
from nanocensus.segmentation import (
    DOUBTFUL,
    SIGNS,
    DecodingParameters,
    EstimateParameters,
    InputParameters,
    SegmentationSettings,
    Segmenter,
    SettingsError,
    accepted_doubt,
    doubts,
    drop_improbable,
    load_segmenter,
    predict_f1,
)
from nanocensus.segmentation.estimate import measure_signs

from .pictures import disc_labels, grey, lattice

FITTED = EstimateParameters(weights=(-6.0, 8.0, 1.0), review_below=0.6)
TRUTH = disc_labels((200, 260), lattice((200, 260), 60, 17))
CONVICTION, CERTAINTY = range(len(SIGNS))


def segmenter(network, estimate=FITTED, working_scale=1):
    decoding, settings = DecodingParameters(), SegmentationSettings(working_scale=working_scale)
    return Segmenter(network, 8, InputParameters(), decoding, settings, estimate)


def signs_of(network, truth=TRUTH, working_scale=1):
    by = segmenter(network, working_scale=working_scale)
    return by.segment(grey(truth), np.zeros(truth.shape, bool)).signs


def test_a_network_that_is_right_has_the_best_signs(oracle):
    signs = signs_of(oracle)
    assert signs[CONVICTION] > 0.8
    assert signs[CERTAINTY] > 1.5


def test_shapes_that_contradict_the_predicted_distance_do_not_convince(oracle):
    def flat(tiles):
        answer = oracle(tiles)
        inside = answer[:, 2] > 0
        answer[:, 2] = np.where(inside, answer[:, 2].max(), 0)  # peaks, and so probability, stay
        return answer

    assert signs_of(flat)[CONVICTION] < signs_of(oracle)[CONVICTION] - 0.3


def test_the_conviction_is_that_of_the_chosen_resolution(oracle):
    far_too_large = disc_labels((900, 1000), lattice((900, 1000), 300, 130))
    signs = signs_of(oracle, far_too_large, working_scale="auto")
    assert signs[CONVICTION] > signs_of(oracle, far_too_large)[CONVICTION] + 0.1


@pytest.mark.parametrize("at", [(400, 400), (800, 1200)])
@pytest.mark.parametrize("working_scale", [1, "auto"])
def test_it_does_not_matter_where_the_particles_of_a_large_picture_are(oracle, at, working_scale):
    """The resolution of a large picture is chosen by windows, which may hold none of them."""
    y, x = at
    few = [(y + down, x + right, 17) for down in (0, 60) for right in (0, 60)]
    truth = disc_labels((1600, 1600), few)
    signs = signs_of(oracle, truth, working_scale)
    assert signs[CONVICTION] == pytest.approx(signs_of(oracle)[CONVICTION], abs=0.1)


def test_uncertain_pixels_lower_the_certainty(oracle):
    def hazy(tiles):
        answer = oracle(tiles)
        answer[:, 0] = 0.5 + 0.55 * (answer[:, 0] - 0.5)
        return answer

    assert signs_of(hazy)[CERTAINTY] < 0.1


def test_signs_by_hand():
    foreground = np.full((300, 10), 0.05, np.float32)
    foreground[:100] = 0.9
    foreground[100:110] = 0.3  # a tenth of the foreground
    conviction, certainty = measure_signs(0.75, foreground)
    assert conviction == 0.75
    assert certainty == pytest.approx(-np.log(0.11))
    assert measure_signs(0.0, foreground * 0)[CERTAINTY] == pytest.approx(-np.log(0.01))


def test_instances_that_are_less_probable_are_dropped_and_the_others_numbered_anew():
    labels = np.array([[1, 0, 2], [3, 3, 0]])
    dropped = drop_improbable(labels, np.array([0.9, 0.3, 0.5]), 0.5)
    assert dropped.tolist() == [[1, 0, 0], [2, 2, 0]]
    assert dropped.dtype == np.int32


@given(
    st.lists(st.floats(0, 1), min_size=2, max_size=2),
    st.sampled_from(range(len(SIGNS))),
    st.floats(0, 1),
)
def test_a_better_sign_never_lowers_the_estimate(signs, which, more):
    better = np.array(signs)
    better[which] += more
    assert 0 <= predict_f1(np.array(signs), FITTED) <= predict_f1(better, FITTED) <= 1


def test_only_a_low_estimate_is_told_and_a_person_can_accept_it():
    assert doubts(0.6, FITTED) == ()
    (doubt,) = doubts(0.59, FITTED)
    assert (doubt.code, doubt.level) == (DOUBTFUL, "review")
    assert "F1 0.59 (limit 0.60)" in doubt.message
    assert "segmentation_ok" in doubt.message
    accepted = accepted_doubt(0.59)
    assert (accepted.code, accepted.level) == (DOUBTFUL, "warn")
    assert "F1 0.59" in accepted.message
    assert "look at them" not in accepted.message


def test_a_picture_gets_its_estimate_and_its_finding(oracle):
    nothing_hidden = np.zeros(TRUTH.shape, bool)
    found = segmenter(oracle).segment(grey(TRUTH), nothing_hidden)
    assert found.predicted_f1_50 == predict_f1(found.signs, FITTED) > 0.6
    assert DOUBTFUL not in {f.code for f in found.findings}
    strict = EstimateParameters(FITTED.weights, review_below=0.9999)
    doubted = segmenter(oracle, strict).segment(grey(TRUTH), nothing_hidden)
    assert [f.level for f in doubted.findings if f.code == DOUBTFUL] == ["review"]
    assert not doubted.convincing
    assert found.convincing


def test_without_particles_or_parameters_there_is_no_estimate(oracle):
    hidden = np.zeros(TRUTH.shape, bool)
    empty = segmenter(lambda tiles: 0.01 * oracle(tiles)).segment(grey(TRUTH), hidden)
    assert (empty.signs, empty.predicted_f1_50) == (None, None)
    assert {f.code for f in empty.findings} == {"no_particles"}
    plain = segmenter(oracle, None).segment(grey(TRUTH), hidden)
    assert (plain.signs, plain.predicted_f1_50) == (None, None)


def test_weights_of_another_version_or_that_fall_are_refused():
    with pytest.raises(SettingsError, match="version 1"):
        EstimateParameters.from_mapping({"version": 1})
    with pytest.raises(SettingsError, match="from 0 up"):
        EstimateParameters(weights=(0.0, 1.0, -0.1))


def _rings():
    radius = np.hypot(*np.mgrid[-130:126, -120:136])
    rings = np.exp(-radius / 60) * (1 + np.cos(radius / 6) ** 8)
    return rings + np.random.default_rng(2).normal(0, 0.02, rings.shape)


NONSENSE = {
    "noise": lambda: np.random.default_rng(0).normal(size=(256, 256)),
    "grain": lambda: ndimage.gaussian_filter(np.random.default_rng(1).normal(size=(256, 256)), 3),
    "rings": _rings,
    "text": data.text,
    "photograph": lambda: data.camera()[64:320, 128:384],
}


@pytest.fixture(scope="module")
def shipped():
    bundle = RESOURCES / "models" / "nanocensus"
    return load_segmenter(bundle, device="cpu", settings=SegmentationSettings())


@pytest.mark.parametrize("what", NONSENSE)
def test_the_shipped_model_does_not_count_what_shows_no_particles(shipped, what):
    pixels = NONSENSE[what]().astype(np.float32)
    found = shipped.segment(pixels, np.zeros(pixels.shape, bool))
    assert {"no_particles", DOUBTFUL} & {f.code for f in found.findings}, found.predicted_f1_50


def test_the_shipped_model_counts_coins(shipped):
    found = shipped.segment(data.coins(), np.zeros(data.coins().shape, bool))
    assert found.labels.max() == 24
    assert DOUBTFUL not in {f.code for f in found.findings}
