"""From predictions to instances: parting, closing, removing, and the probability of each."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from nanocensus.segmentation import DecodingParameters, complete, decode, targets_from_labels
from nanocensus.segmentation.decoding import close_holes, remove_specks

from .pictures import disc_labels

PARAMETERS = DecodingParameters()


def soft(labels, blur=0.7):
    """A good network's answer: the targets, a little blurred."""
    return np.stack([ndimage.gaussian_filter(t, blur) for t in targets_from_labels(labels)])


def overlap_of_each(truth, found):
    """Return each true particle's best intersection over union."""
    best = []
    for number in np.unique(truth[truth > 0]):
        mask = truth == number
        candidate = np.bincount(found[mask]).argmax()
        best.append((mask & (found == candidate)).sum() / (mask | (found == candidate)).sum())
    return np.array(best)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(5, 16))
def test_touching_discs_are_parted(seed, radius):
    rng = np.random.default_rng(seed)
    truth = np.zeros((120, 160), dtype=np.int32)
    rows, columns = np.ogrid[:120, :160]
    for number in range(1, 15):
        y, x, r = rng.uniform(0, 120), rng.uniform(0, 160), radius * rng.uniform(0.8, 1.25)
        inside = (rows - y) ** 2 + (columns - x) ** 2 <= r**2
        # Overlapped ones keep most of their disc, otherwise parting would not be defined.
        if inside.sum() > 60 and (truth[inside] > 0).mean() < 0.08:
            truth[inside & (truth == 0)] = number
    found, probability, _ = decode(soft(truth), PARAMETERS)
    assert found.max() == len(np.unique(truth)) - 1 == len(probability)
    # A blurred answer loses some of the one-pixel rim of a small disc: 0.8 at 5 px radius.
    assert overlap_of_each(truth, found).min() > 0.75


def test_long_and_branched_particles_stay_whole():
    truth = np.zeros((80, 120), dtype=np.int32)
    truth[10:18, 5:115] = 1
    truth[40:48, 20:100] = 2
    truth[30:60, 55:62] = 2
    found, *_ = decode(soft(truth), PARAMETERS)
    assert found.max() == 2
    assert overlap_of_each(truth, found).min() > 0.9


def test_noise_on_the_distance_does_not_part():
    truth = disc_labels((80, 80), [(40, 40, 30)])
    answer = soft(truth)
    answer[2] += np.random.default_rng(4).normal(0, 0.05, truth.shape)
    assert decode(answer.astype(np.float32), PARAMETERS)[0].max() == 1


def test_order_does_not_change_and_goes_by_rows():
    truth = disc_labels((60, 90), [(45, 20, 9), (15, 70, 9), (30, 45, 9)])
    found, *_ = decode(soft(truth), PARAMETERS)
    assert [found[15, 70], found[30, 45], found[45, 20]] == [1, 2, 3]
    again, *_ = decode(soft(truth), PARAMETERS)
    assert np.array_equal(found, again)


def test_holes_inside_one_particle_are_closed():
    labels = disc_labels((60, 110), [(30, 30, 25), (30, 80, 24)])
    labels[28:34, 28:34] = 0  # 36 px of about 1960
    labels[10:50, 65:96] = np.where(labels[10:50, 65:96] > 0, 0, labels[10:50, 65:96])
    closed = labels.copy()
    close_holes(closed, max_share=0.3)
    assert (closed[28:34, 28:34] == 1).all()
    assert closed[30, 80] == 0  # a ring around more than itself is no particle with a hole
    assert (closed[labels > 0] == labels[labels > 0]).all()


def test_a_gap_between_particles_stays():
    labels = np.zeros((30, 30), dtype=np.int32)
    labels[5:25, 5:15] = 1
    labels[5:25, 15:25] = 2
    labels[13:17, 13:17] = 0
    close_holes(labels, max_share=1)
    assert (labels[13:17, 13:17] == 0).all()


def test_a_bay_at_the_frame_stays():
    labels = np.ones((10, 10), dtype=np.int32)
    labels[0, 4] = 0
    close_holes(labels, max_share=1)
    assert labels[0, 4] == 0


def test_specks_go_and_the_rest_is_numbered():
    labels = np.zeros((20, 30), dtype=np.int32)
    labels[1, 1:4] = 7
    labels[3:10, 20:28] = 9
    labels[12:19, 2:10] = 2
    kept = labels.copy()
    assert remove_specks(kept, min_area_px=20) == 1
    assert (kept[1] == 0).all()
    assert (kept[3:10, 20:28] == 1).all()
    assert (kept[12:19, 2:10] == 2).all()


def test_foreground_without_a_middle_is_still_a_particle():
    answer = soft(disc_labels((40, 40), [(20, 20, 10)]))
    answer[2] = 0
    assert decode(answer, PARAMETERS)[0].max() == 1


def test_nothing_found():
    labels, probability, _ = decode(np.zeros((3, 9, 7), dtype=np.float32), PARAMETERS)
    assert labels.shape == (9, 7)
    assert not labels.any()
    assert probability.shape == (0,)


def test_all_found():
    labels, probability, _ = decode(np.ones((3, 9, 7), dtype=np.float32), PARAMETERS)
    assert (labels == 1).all()
    assert probability.shape == (1,)


def test_a_sure_particle_is_more_probable_than_a_doubtful_one():
    truth = disc_labels((50, 100), [(25, 25, 15), (25, 75, 15)])
    answer = soft(truth)
    answer[:, :, 50:] *= 0.6
    labels, probability, _ = decode(answer.astype(np.float32), PARAMETERS)
    sure, doubtful = probability[labels[25, 25] - 1], probability[labels[25, 75] - 1]
    assert sure > 0.9 > doubtful


def test_parameters_go_into_a_card_and_come_back():
    parameters = dataclasses.replace(PARAMETERS, seed_levels=(0.4, 0.6), min_area_px=9)
    assert DecodingParameters.from_mapping(parameters.as_mapping()) == parameters
    with pytest.raises(ValueError, match="min_size unknown"):
        DecodingParameters.from_mapping({"min_size": 3})
    with pytest.raises(ValueError, match="ascend"):
        DecodingParameters(seed_levels=(0.6, 0.4))


def test_specks_are_counted():
    truth = disc_labels((60, 90), [(30, 20, 12), (10, 70, 2), (50, 70, 2)])
    found, _, n_specks = decode(soft(truth, blur=0.3), PARAMETERS)
    assert found.max() == 1
    assert n_specks == 2


def test_strips_do_not_show(monkeypatch):
    discs = [(y, x, 8 + x % 2) for y in range(8, 120, 15) for x in range(9, 160, 15)]
    answer = soft(disc_labels((120, 160), discs))
    answer[0, 30:34, 40:44] = 0.1
    whole = decode(answer, PARAMETERS)
    monkeypatch.setattr("nanocensus.segmentation.strips.STRIP_PX", 160 * 3)
    cut = decode(answer, PARAMETERS)
    assert np.array_equal(cut.labels, whole.labels)
    # Sums in another order: rounding of float64.
    np.testing.assert_allclose(cut.particle_probability, whole.particle_probability, rtol=1e-12)


def test_the_foreground_alone_parts_touching_discs_by_their_shape():
    truth = disc_labels((60, 100), [(30, 30, 14), (30, 55, 13), (12, 85, 6)])
    assert ndimage.label(truth)[1] == 2, "two of the three touch"
    foreground = soft(truth)[:1]
    found, probability, _ = decode(foreground, PARAMETERS)
    assert found.max() == 3 == len(probability)
    assert overlap_of_each(truth, found).min() > 0.9


def test_a_prediction_of_one_channel_is_completed_at_its_threshold():
    prediction = np.zeros((1, 9, 20), dtype=np.float32)
    prediction[0, 2:7, 3:8] = 0.7
    prediction[0, 2:7, 8:13] = 0.5
    narrow, wide = (complete(prediction, threshold) for threshold in (0.6, 0.4))
    assert (narrow[0] == prediction[0]).all()
    expected = np.array([1, 3, 5, 3, 1, 0, 0, 0, 0, 0]) / 5
    np.testing.assert_allclose(narrow[2, 4, 3:13], expected, rtol=1e-6)
    assert (wide[2, 4, 3:13] > 0).all()
    assert complete(narrow, 0.4) is narrow, "three channels are nothing to complete"
