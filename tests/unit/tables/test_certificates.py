"""The age of a calibration certificate when a picture was taken."""

import doctest

import pytest

from nanocensus.quality import QualityGates
from nanocensus.tables import certificates, picture_records
from nanocensus.tables.certificates import certificate_age_days


def test_examples():
    assert doctest.testmod(certificates).failed == 0


@pytest.mark.parametrize(
    ("acquired", "days"),
    [
        ("2021-03-20T10:00:00", 365),
        ("20/03/2021", 365),
        ("20.03.2021 11:15", 365),
        ("03/20/2021 06:21:00 PM", 365),
        ("20 Mar 2021", 365),
        ("Mar 20, 2021", 365),
        ("2019/03/21", 365),
        ("01/02/2020", 48),  # 1 February, or 2 January at 78
        ("31/02/2020", None),
        ("10:20:30", None),
        ("20 Foo 2021", None),
        ("", None),
    ],
)
def test_dates_as_vendors_write_them(acquired, days):
    assert certificate_age_days("2020-03-20", acquired) == days


@pytest.mark.parametrize(
    ("certified", "acquired", "codes"),
    [
        ("2020-03-20", "2021/03/20", []),
        ("2020-03-20", "2022/03/21", ["old_certificate"]),
        ("2020-03-20", None, ["certificate_age_unknown"]),
        (None, "2022/03/21", []),
    ],
)
def test_an_old_certificate_is_warned_about(certified, acquired, codes):
    record = {"scale_date": certified, "acquired": acquired}
    entry = {"record": record, "path": "a.tif", "findings": [], "sources": []}
    (picture,) = picture_records({("A", "a"): {"prepare": entry}}, QualityGates(), {("A", "a"): {}})
    assert [finding["code"] for finding in picture.findings] == codes
    assert {finding["level"] for finding in picture.findings} <= {"warn"}


def test_the_print_width_follows_from_pixel_size_width_and_magnification():
    record = {"pixel_size_nm": 5.0, "columns_raw": 1200, "magnification": 20_000.0}
    entry = {"record": record, "path": "a.tif", "findings": [], "sources": []}
    (picture,) = picture_records({("A", "a"): {"prepare": entry}}, QualityGates(), {("A", "a"): {}})
    assert picture.records["derived"]["print_width_mm"] == pytest.approx(120.0)
