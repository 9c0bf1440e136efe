"""Numbers and units as vendors write them."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanocensus.micrographs import units


def test_examples_in_the_docstrings() -> None:
    assert doctest.testmod(units).failed == 0


@pytest.mark.parametrize(
    ("spelling", "nm"),
    [
        ("fm", 1e-6),
        ("pm", 1e-3),
        ("A", 0.1),
        ("Å", 0.1),
        ("\u212b", 0.1),
        ("Angstrom", 0.1),
        ("nm", 1),
        (" nm ", 1),
        ("nanometers", 1),
        ("um", 1e3),
        ("\u00b5m", 1e3),
        ("\u03bcm", 1e3),
        ("\\u00B5m", 1e3),
        ("Âµm", 1e3),
        ("?m", 1e3),
        ("\ufffdm", 1e3),
        ("micron", 1e3),
        ("Microns", 1e3),
        ("mm", 1e6),
        ("cm", 1e7),
        ("m", 1e9),
    ],
)
def test_lengths(spelling: str, nm: float) -> None:
    assert units.length_nm(spelling) == nm


@pytest.mark.parametrize(
    "spelling", ["", " ", "pixel", "pixels", "inch", "in", "M", "MM", "NM", "1/nm", "a", "s", "eV"]
)
def test_words_that_are_no_length(spelling: str) -> None:
    assert units.length_nm(spelling) is None


@pytest.mark.parametrize(
    "unit", ["1/nm", "1 / nm", "nm^-1", "nm-1", "nm⁻¹", "1/\\u00C5", "mrad", "rad", "1/m"]
)
def test_reciprocal_units(unit: str) -> None:
    assert units.is_reciprocal(unit)


@pytest.mark.parametrize("unit", ["nm", "µm", "", "pixel", "inch", "Å"])
def test_units_that_are_not_reciprocal(unit: str) -> None:
    assert not units.is_reciprocal(unit)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("7.344 nm", 7.344, "nm"),
        ("  3.9 mm", 3.9, "mm"),
        ("7,344nm", 7.344, "nm"),
        (".5 um", 0.5, "um"),
        ("5.824988e-009", 5.824988e-9, ""),
        ("-15 kV", -15, "kV"),
        ("50.00 K X", 50, "K X"),
    ],
)
def test_quantities(text: str, value: float, unit: str) -> None:
    found = units.quantity(text)
    assert found is not None
    assert (found.value, found.unit) == (value, unit)


@pytest.mark.parametrize("text", ["", "calibrated", "nm 5", "1e999", "-", "."])
def test_texts_without_a_quantity(text: str) -> None:
    assert units.quantity(text) is None


def test_rounding_uncertainty_is_half_a_digit_evenly_spread() -> None:
    found = units.quantity("7.344 nm")
    assert found is not None
    # Half of 0.001, over the root of 3, over the value.
    assert found.u_rel == pytest.approx(0.0005 / 3**0.5 / 7.344)
    wide = units.quantity("5e3")
    assert wide is not None
    assert wide.u_rel == pytest.approx(500 / 3**0.5 / 5000)


@given(st.text())
def test_no_text_breaks_them(text: str) -> None:
    units.quantity(text)
    units.length_nm(text)
    units.is_reciprocal(text)
    units.number(text)
