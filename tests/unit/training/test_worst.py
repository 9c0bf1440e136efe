import io

import numpy as np
from PIL import Image
from tests.unit.training.pictures import disc_picture, squares

from nanocensus.training import draw_comparison


def pixels_of(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def greenish(image):
    return (image[..., 1] > image[..., 0] + 60) & (image[..., 1] > image[..., 2] + 60)


def orangish(image):
    return (image[..., 0] > image[..., 1] + 60) & (image[..., 1] > image[..., 2] + 30)


def test_equal_arguments_give_equal_bytes():
    pixels, labels = disc_picture(1)
    first = draw_comparison(pixels, labels, labels, "a $ and a <b>")
    assert draw_comparison(pixels, labels, labels, "a $ and a <b>") == first
    assert draw_comparison(pixels, labels, 0 * labels, "a $ and a <b>") != first


def test_true_and_predicted_outlines_stand_side_by_side():
    pixels = np.full((90, 90), 100.0, np.float32)  # flat: no contrast to stretch
    truth = squares((20, 20, 40), shape=(90, 90))
    none = np.zeros_like(truth)
    for given, left, right in (((truth, none), True, False), ((none, truth), False, True)):
        image = pixels_of(draw_comparison(pixels, *given, "x"))
        third = image.shape[1] // 3
        assert greenish(image[:, third : 2 * third]).any() == left
        assert orangish(image[:, 2 * third :]).any() == right
        assert not (greenish(image) | orangish(image))[:, :third].any()


def test_outlines_of_a_large_picture_are_still_seen():
    truth = np.zeros((1200, 1600), np.int32)
    truth[300:900, 500:1100] = 1
    image = pixels_of(draw_comparison(truth.astype(float), truth, truth, "large"))
    columns = greenish(image).any(axis=0)
    assert columns.sum() > 600 / 1600 * image.shape[1] / 3 * 0.9
