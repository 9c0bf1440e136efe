"""Fields by the positions of the stage."""

import numpy as np
import pytest

from nanocensus.tables import PictureRecord
from nanocensus.tables.fields import StageFields, share_of_common_fields, sittings
from nanocensus.tables.pictures import pictures_of


def picture(name, x_mm, y_mm, *, sample="A", **facts):
    record = {
        "stage_x_mm": x_mm,
        "stage_y_mm": y_mm,
        "rows": 500,
        "columns": 1000,
        "pixel_size_nm": 2.0,
        "instrument": "Supra 40",
        "acquired": "18 Jul 2019 10:09:27",
    }
    return PictureRecord(sample, name, name, {"prepare": record | facts}, ())


def test_shared_share_of_the_smaller_field():
    fields = StageFields(
        np.arange(3),
        np.array([[0.0, 0.0], [500.0, 0.0], [0.0, 250.0]]),
        np.array([[1000.0, 1000.0], [1000.0, 1000.0], [200.0, 200.0]]),
    )
    assert fields.shared_with(0) == pytest.approx([1.0, 0.5, 1.0])


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        ({}, {"acquired": "18 Jul 2019 14:01:15"}, True),
        ({}, {"acquired": "19 Jul 2019 10:09:27"}, False),
        ({"acquired": "2019-07-18T10:09"}, {"acquired": "2019-07-18T23:00:01"}, True),
        ({"acquired": "2019:07:18 10:09"}, {"acquired": "2019:07:19 10:09"}, False),
        ({}, {"instrument": "Quanta"}, False),
        ({"acquired": None}, {"acquired": None}, True),
    ],
)
def test_positions_are_compared_within_one_sitting(first, second, together):
    pictures = pictures_of([picture("a", 1.0, 2.0, **first), picture("b", 1.0, 2.0, **second)])
    assert sorted(fields.place.size for fields in sittings(pictures)) == (
        [2] if together else [1, 1]
    )


def test_what_is_no_position_is_left_out():
    still = [picture(name, 5.0, 5.0) for name in "abc"]
    zero = [picture(name, 0.0, 0.0) for name in "de"]
    unknown = [picture("f", None, 1.0), picture("g", 1.0, 1.0, pixel_size_nm=None)]
    moved = [picture("h", 5.0, 6.0)]
    pictures = pictures_of([*still, *zero, *unknown, *moved])
    (fields,) = sittings(pictures)
    assert [pictures[at].micrograph for at in fields.place] == ["h"]


def test_samples_of_the_same_fields_in_two_modes_are_told():
    pairs = [
        picture(f"{sample}{k}", float(k), 1.0, sample=sample)
        for sample, number in (("sem", 6), ("tsem", 4))
        for k in range(number)
    ]
    pairs.append(picture("far", 50.0, 1.0, sample="tsem"))
    pairs.append(picture("other", 70.0, 1.0, sample="third"))
    assert share_of_common_fields(pictures_of(pairs)) == {("sem", "tsem"): pytest.approx(4 / 5)}
