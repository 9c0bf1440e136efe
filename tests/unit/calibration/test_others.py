"""What sources beside the one that is used say, and which of them confirm it."""

from __future__ import annotations

import pytest
from tests.unit.calibration.stated import resolve, tag

from nanocensus.calibration import EVIDENCE_KINDS


def test_all_other_sources_are_told() -> None:
    found = resolve(tag(5.0), tag(5.05, source="ome"), tag(4.95, source="imagej"))
    assert [(other.source, other.pixel_size_nm) for other in found.others] == [
        ("ome", 5.05),
        ("imagej", 4.95),
    ]
    assert [other.deviation_rel for other in found.others] == pytest.approx([0.01, -0.01])


@pytest.mark.parametrize(
    ("first", "other", "confirmed"),
    [
        ("zeiss_tag", "scale_bar", True),
        ("zeiss_tag", "field_label", True),
        ("imagej", "scale_bar", True),
        ("sis_tag", "jeol_sidecar", True),
        ("fibics_tag", "zeiss_tag", True),
        # A copy of what the file says already, the same program once more, a print width of both.
        ("zeiss_tag", "ome", False),
        ("fei_tag", "thermo_xml", False),
        ("tescan_tag", "tescan_sidecar", False),
        ("mrc", "mdoc", False),
        ("dm_tag", "imagej", False),
        ("dm", "dm_tag", False),
        ("zeiss_tag", "print_size", False),
    ],
)
def test_only_an_independent_source_confirms(first: str, other: str, confirmed: bool) -> None:
    found = resolve(tag(source=first), tag(5.01, source=other))
    assert found.status == "ok"
    assert found.second_source is not None
    assert (found.confirmed_by is not None) == confirmed
    assert EVIDENCE_KINDS[first].confirms(EVIDENCE_KINDS[other]) == confirmed
    assert EVIDENCE_KINDS[other].confirms(EVIDENCE_KINDS[first]) == confirmed


def test_the_sheet_is_confirmed_by_what_it_agrees_with_and_by_nothing_else() -> None:
    assert resolve(tag(5.05), sheet=5.0).confirmed_by == "zeiss_tag"
    assert resolve(tag(5.3), sheet=5.0).confirmed_by is None
    assert resolve(sheet=5.0).confirmed_by is None
    bar = tag(5.02, source="scale_bar", declared=None)
    assert resolve(tag(5.3), bar, sheet=5.0).confirmed_by == "scale_bar"


def test_sources_that_survive_copying_or_contradict_themselves_confirm_nothing() -> None:
    kept = resolve(tag(source="sis_tag", declared=None), tag(source="jeol_sidecar", declared=None))
    assert [finding.code for finding in kept.findings] == ["pixel_size_unconfirmed"]
    assert kept.confirmed_by is None
    torn = resolve(tag(), tag(source="jeol_sidecar", width_nm=10.0 * 1024))
    assert (torn.status, torn.confirmed_by) == ("warn", None)
    # A short bar agrees with much: alone it tells no copy from its original.
    short = tag(5.2, source="scale_bar", declared=None, u_rel=0.41 / 20)
    assert resolve(tag(source="imagej", declared=None), short).confirmed_by is None
    assert resolve(tag(), short).confirmed_by == "scale_bar"


def test_a_short_bar_that_is_far_off_confirms_nothing() -> None:
    bar = tag(5.35, source="scale_bar", declared=None, u_rel=0.03)
    found = resolve(tag(), bar)
    assert (found.status, found.confirmed_by) == ("ok", None)
    near = tag(5.2, source="scale_bar", declared=None, u_rel=0.03)
    assert resolve(tag(), near).confirmed_by == "scale_bar"
