"""The same thing shown twice counts once."""

import numpy as np
import pytest

from nanocensus.quality import NEAR_DUPLICATE_DISTANCE, signature_distance
from nanocensus.tables import PictureRecord
from nanocensus.tables.duplicates import mark_duplicates
from nanocensus.tables.pictures import pictures_of

REVIEW = {"code": "pixel_size_disputed", "level": "review", "message": "disputed"}
FAILED = {"code": "empty_file", "level": "failed", "message": "empty"}


def picture(name, *, sample="A", path=None, findings=(), **facts):
    return PictureRecord(sample, name, path or f"raw/{name}", {"prepare": facts}, findings)


def duplicates(*records):
    marked = mark_duplicates(pictures_of(records))
    for one in marked:
        codes = [finding.code for finding in one.findings]
        ends = {"duplicate_file", "near_duplicate", "overlapping_field"} & set(codes)
        assert len(ends) == bool(one.duplicate_of)
    return {one.label: one.duplicate_of for one in marked if one.duplicate_of}


def signature(seed, flipped=0):
    rng = np.random.default_rng(seed)
    bits = rng.integers(0, 2, 256).astype(np.uint8)
    bits[rng.choice(256, flipped, replace=False)] ^= 1
    return np.packbits(bits).tobytes().hex()


def test_the_first_file_by_sample_and_path_counts():
    assert duplicates(
        picture("x", sample="B", path="raw/0", sha256="s"),
        picture("y", sample="A", path="raw/2", sha256="s"),
        picture("z", sample="A", path="raw/1", sha256="s"),
        picture("other", sha256="t"),
        picture("none"),
        picture("none too"),
    ) == {"A/y": "A/z", "B/x": "A/z"}


def test_one_that_counts_goes_before_one_that_does_not():
    assert duplicates(picture("a", sha256="s", findings=(REVIEW,)), picture("b", sha256="s")) == {
        "A/a": "A/b"
    }


def test_broken_files_are_not_duplicates():
    broken = [picture(name, sha256="s", findings=(FAILED,)) for name in "ab"]
    assert duplicates(*broken) == {}


def test_nearly_identical_pictures_count_once():
    at_limit = int(NEAR_DUPLICATE_DISTANCE * 256)
    near, far = signature(1, at_limit), signature(1, at_limit + 1)
    assert signature_distance(signature(1), near) == NEAR_DUPLICATE_DISTANCE
    assert duplicates(
        picture("a", signature=signature(1)),
        picture("b", sample="B", signature=near),
        picture("c", signature=far),
    ) == {"B/b": "A/a"}


def test_a_chain_of_copies_is_compared_with_what_counts():
    # b is near a; c is near b but not near a, so it counts.
    base = np.unpackbits(np.frombuffer(bytes.fromhex(signature(2)), np.uint8))
    b, c = base.copy(), base.copy()
    b[:50] ^= 1
    c[:100] ^= 1
    a, b, c = (np.packbits(bits).tobytes().hex() for bits in (base, b, c))
    assert duplicates(
        picture("a", signature=a), picture("b", signature=b), picture("c", signature=c)
    ) == {"A/b": "A/a"}


@pytest.mark.parametrize("fact", [{"detector": "SE2"}, {"modality": "stem"}, {"voltage_kv": 5.0}])
def test_a_field_in_two_modes_is_two_samples_but_counts_once_within_one(fact):
    first = {"detector": "InLens", "modality": "se", "voltage_kv": 20.0}
    one = picture("a", signature=signature(3), **first)
    in_another = picture("b", sample="B", signature=signature(3), **(first | fact))
    in_the_same = picture("c", signature=signature(3), **(first | fact))
    assert duplicates(one, in_another, in_the_same) == {"A/c": "A/a"}


def field(name, x_um, *, sample="A", pixel_size_nm=2.0, **facts):
    return picture(
        name,
        sample=sample,
        stage_x_mm=10 + x_um / 1000,
        stage_y_mm=5.0,
        rows=500,
        columns=1000,
        pixel_size_nm=pixel_size_nm,
        **facts,
    )


def test_overlapping_fields_of_a_sample_count_once():
    # Fields are 2 µm wide: at 1.9 µm they share a twentieth, at 1.5 µm a quarter.
    assert duplicates(field("a", 0.0), field("b", 1.9), field("c", 3.4)) == {"A/c": "A/b"}


def test_of_an_overview_and_the_details_inside_it_the_details_count():
    details = [field(name, x, pixel_size_nm=0.4) for name, x in (("b", 0.4), ("c", -0.4))]
    for overview in "ax":
        assert duplicates(field(overview, 0.0), *details) == {f"A/{overview}": "A/b"}
    marked = mark_duplicates(pictures_of([field("a", 0.0), *details]))
    (finding,) = marked[0].findings
    assert "raw/b: counted once, there, because its pixel is finer (0.4 against 2 nm)" in (
        finding.message
    )
    # Pixels that differ by the rounding of a tag are alike: the path decides.
    assert duplicates(field("a", 0.0), field("b", 0.0, pixel_size_nm=1.99)) == {"A/b": "A/a"}
    # What cannot be counted puts out nothing that can.
    fine = picture("b", findings=(REVIEW,), **dict(details[0].records["prepare"]))
    assert duplicates(field("a", 0.0), fine) == {"A/b": "A/a"}


def test_other_samples_may_lie_at_the_same_position():
    assert duplicates(field("a", 0.0), field("b", 0.0, sample="B")) == {}
