"""Signatures: copies are near, other fields are far."""

from __future__ import annotations

import io
from itertools import combinations

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from nanocensus.quality import NEAR_DUPLICATE_DISTANCE, picture_signature, signature_distance

from .scenes import defocused, recorded, streaked, true_field


def jpeg(picture: np.ndarray, quality: int = 40) -> np.ndarray:
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "JPEG", quality=quality)
    return np.asarray(Image.open(stream))


def resized(picture: np.ndarray, factor: float) -> np.ndarray:
    rows, columns = (round(side * factor) for side in picture.shape)
    return np.asarray(Image.fromarray(picture).resize((columns, rows), Image.Resampling.BICUBIC))


def captioned(picture: np.ndarray) -> np.ndarray:
    copy = picture.copy()
    copy[-40:, :120] = 255
    return copy


COPIES = {
    "jpeg": jpeg,
    "half size": lambda picture: resized(picture, 0.5),
    "larger": lambda picture: resized(picture, 1.7),
    "16 bit": lambda picture: picture.astype(np.uint16) * np.uint16(257),
    "float": lambda picture: picture.astype(np.float32) / 255,
    "gamma": lambda picture: np.round(255 * (picture / 255) ** 0.6).astype(np.uint8),
    "brighter": lambda picture: np.clip(picture * 1.3 + 10, 0, 255).astype(np.uint8),
    "caption": captioned,
    "border cut": lambda picture: picture[3:-3, 3:-3],
    "recorded again": lambda picture: recorded(picture.astype(float), seed=9),
}


@pytest.mark.parametrize("name", COPIES)
def test_copies_are_near(name):
    picture = recorded(defocused(true_field()[0], 0.8))
    distance = signature_distance(
        picture_signature(picture), picture_signature(COPIES[name](picture))
    )
    assert distance < NEAR_DUPLICATE_DISTANCE


def test_other_fields_are_far():
    signatures = [picture_signature(recorded(true_field(seed)[0])) for seed in range(5)]
    for first, second in combinations(signatures, 2):
        # 256 fair coins: 0.5 with an sd of 0.03.
        assert signature_distance(first, second) > 0.38


def test_shared_shading_and_streaks_do_not_make_fields_alike():
    ramp = np.linspace(0, 60, true_field()[0].shape[1])
    first, second = (
        picture_signature(recorded(streaked(true_field(seed)[0] + ramp, 12.0, seed)))
        for seed in (0, 1)
    )
    assert signature_distance(first, second) > 0.35


def test_turned_and_mirrored_pictures_are_others():
    picture = recorded(true_field()[0])
    for other in (picture[::-1], picture[:, ::-1], 255 - picture):
        assert signature_distance(picture_signature(picture), picture_signature(other)) > 0.35


def test_form():
    signature = picture_signature(recorded(true_field()[0]))
    assert len(signature) == 64
    assert int(signature, 16) >= 0
    assert signature == picture_signature(recorded(true_field()[0]))


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (63, 65)])
def test_small_and_flat_pictures_have_one_too(shape):
    assert len(picture_signature(np.full(shape, 7, np.uint8))) == 64


@given(st.binary(min_size=4, max_size=4), st.binary(min_size=4, max_size=4))
def test_distance_is_one(first, second):
    a, b = first.hex(), second.hex()
    assert signature_distance(a, a) == 0
    assert signature_distance(a, b) == signature_distance(b, a)
    assert (signature_distance(a, b) == 0) == (a == b)
    assert 0 <= signature_distance(a, b) <= 1


def test_signatures_of_different_length_are_refused():
    with pytest.raises(ValueError, match="different length"):
        signature_distance("00", "0000")


def test_all_fields_of_bam_differ(shared):
    for folder in ("sem", "tsem"):
        pictures = sorted((shared / "data" / "bam" / folder).glob("*.tif*"))
        signatures = [picture_signature(tifffile.imread(path)[:712]) for path in pictures]
        nearest = min(signature_distance(a, b) for a, b in combinations(signatures, 2))
        assert nearest > 0.35, folder
        half = resized(jpeg(tifffile.imread(pictures[0])[:712]), 0.5)
        assert signature_distance(signatures[0], picture_signature(half)) < 0.15


def test_fields_of_emps_differ(shared):
    paths = sorted((shared / "data" / "emps" / "images").glob("*.png"))[::6]
    signatures = [picture_signature(np.asarray(Image.open(path))) for path in paths]
    # 0.35 is the smallest distance among all 66,795 pairs of EMPS.
    assert min(signature_distance(a, b) for a, b in combinations(signatures, 2)) > 0.35
