"""File names and links from names that nobody vouches for."""

from __future__ import annotations

import posixpath
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanocensus.report.names import link, safe_file_name


@pytest.mark.parametrize("name", ["gold_A", "Größe", "金属", "a+b-c.d", "Å\u030a"])
def test_names_that_the_sheet_allows_stay_as_they_are(name):
    assert safe_file_name(name) == name


@pytest.mark.parametrize("name", ["../up", "a/b", ".hidden", "-flag", "a b", "<b>", "", "x" * 999])
def test_other_names_become_tame_and_stay_apart(name):
    tame = safe_file_name(name)
    assert tame != name
    assert tame.isascii()
    assert "/" not in tame
    assert tame != safe_file_name(name + "!")


@given(st.text(max_size=40))
def test_no_name_leads_out_of_its_folder(name):
    tame = safe_file_name(name)
    assert tame
    assert "/" not in tame
    assert "\0" not in tame
    assert posixpath.normpath(posixpath.join("folder", tame)) == f"folder/{tame}"


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40))
def test_a_link_decodes_to_its_parts_and_holds_no_sign_with_a_meaning(part):
    encoded = link("samples", part)
    assert encoded.isascii()
    assert not set(encoded) & set("\"'<>&#?: ")
    assert unquote(encoded) == f"samples/{part}"
