"""Strict mode names every micrograph that is not fit to be counted."""

import pytest

from nanocensus.tables import StrictError


def finding(code, level):
    return {"code": code, "level": level, "message": f"is {code}"}


DISPUTED = finding("pixel_size_disputed", "review")


def test_all_of_them_are_listed_at_once(made_up):
    made_up.micrograph("A", "fine", [20.0], findings=(finding("charging", "warn"),))
    made_up.micrograph("A", "unscaled", [20.0], findings=(finding("no_pixel_size", "warn"),))
    made_up.micrograph("A", "disputed", [20.0], findings=(DISPUTED,))
    made_up.micrograph("A", "void", [], findings=(finding("no_particles", "empty"),))
    made_up.micrograph("B", "one", [20.0], sha256="s")
    made_up.micrograph("B", "two", [20.0], sha256="s")
    made_up.failed("B", "broken")
    assert len(made_up.tables().micrographs) == 7
    with pytest.raises(StrictError) as caught:
        made_up.tables(strict=True)
    assert caught.value.lines == (
        "A: raw/A/disputed.tif: is pixel_size_disputed",
        "A: raw/A/unscaled.tif: is no_pixel_size",
        "A: raw/A/void.tif: is no_particles",
        "B: raw/broken.tif: is truncated",
        "B: raw/B/two.tif: is the same file as raw/B/one.tif: counted once, there; "
        "remove one of the two",
    )
    assert "strict: 5 micrographs" in str(caught.value)


def test_strict_has_nothing_against_warnings(made_up):
    made_up.micrograph("A", "fine", [20.0], findings=(finding("charging", "warn"),))
    assert made_up.tables(strict=True).micrographs["status"].tolist() == ["warn"]
