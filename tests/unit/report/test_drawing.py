"""Outlines as SVG, and the file that they are drawn from."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from nanocensus.report import DisplayOutlines, palette, read_outlines, write_outlines
from nanocensus.report.assets import colour_sheet
from nanocensus.report.drawing import draw_outlines

SHAPES = ["sphere", "bipyramid", "star", "unknown"]
SVG = "{http://www.w3.org/2000/svg}"


def square(x, y, side):
    return np.array([[x, y], [x + side, y], [x + side, y + side], [x, y + side]], dtype=np.int32)


@pytest.fixture
def outlines():
    rings = {k: (square(300 * k, 100, 250),) for k in range(1, 6)}
    return DisplayOutlines(640, 480, rings)


@pytest.fixture
def particles():
    """A table's rows: 4 is not among them."""
    return pd.DataFrame(
        {
            "particle": [1, 2, 3, 5],
            "status": ["counted", "counted", "excluded", "counted"],
            "shape": ["star", "sphere", "sphere", "unknown"],
        }
    )


def lines_of(svg):
    """Return (colour, dashed, number of rings) of the lines, without their rims."""
    root = ET.fromstring(svg)
    data = {f"#{path.get('id')}": path.get("d") for path in root.iter(f"{SVG}path")}
    return [
        (use.get("stroke"), "stroke-dasharray" in use.attrib, data[use.get("href")].count("M"))
        for use in root.findall(f"{SVG}use")
    ]


def test_counted_particles_are_solid_in_their_colour_and_all_others_dashed(outlines, particles):
    drawn = lines_of(draw_outlines(outlines, particles, SHAPES))
    assert sorted(drawn) == sorted(
        [
            (palette.shape_colour("star", SHAPES), False, 1),
            (palette.SHAPE_COLOURS["sphere"], False, 1),
            (palette.SHAPE_COLOURS["unknown"], False, 1),
            (palette.SET_ASIDE_COLOUR, True, 2),
        ]
    )


def test_colours_go_by_all_classes_as_in_the_legend(outlines, particles):
    """Also where a picture holds one of the classes that the palette does not name."""
    svg = draw_outlines(outlines, particles[particles["particle"] == 1], SHAPES)
    legend = re.search(r"shape-2 { background: (#\w+)", colour_sheet(SHAPES))[1]
    assert [colour for colour, dashed, _ in lines_of(svg) if not dashed] == [legend]
    assert legend != palette.shape_colour("bipyramid", SHAPES)


def test_every_line_lies_on_a_dark_rim(outlines, particles):
    root = ET.fromstring(draw_outlines(outlines, particles, SHAPES))
    rims = {u.get("href"): float(u.get("stroke-width")) for u in root.find(f"{SVG}g")}
    lines = {u.get("href"): float(u.get("stroke-width")) for u in root.findall(f"{SVG}use")}
    assert rims.keys() == lines.keys()
    assert all(rims[k] >= lines[k] + 10 for k in lines)


def test_paths_lead_through_the_vertices(outlines):
    svg = draw_outlines(outlines, pd.DataFrame(columns=["particle", "status", "shape"]), SHAPES)
    assert 'viewBox="0 0 6400 4800"' in svg
    assert "M300 100l250 0 0 250-250 0z" in svg


def test_no_particles_give_an_empty_picture():
    none = pd.DataFrame({"particle": [], "status": [], "shape": []})
    assert lines_of(draw_outlines(DisplayOutlines(64, 48, {}), none, SHAPES)) == []


def test_the_file_holds_numbers_and_colours_alone(outlines, particles):
    root = ET.fromstring(draw_outlines(outlines, particles, SHAPES))
    assert {element.tag for element in root.iter()} == {
        SVG + tag for tag in ("svg", "defs", "path", "g", "use")
    }
    assert not "".join(root.itertext()).strip()


def test_outlines_are_read_as_they_were_written(outlines, tmp_path):
    two = {**outlines.particles, 10: (square(0, 0, 9), square(50, 50, 9))}
    for name in ("a.json", "b.json"):
        write_outlines(tmp_path / name, DisplayOutlines(640, 480, two))
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    read = read_outlines(tmp_path / "a.json")
    assert (read.columns_px, read.rows_px) == (640, 480)
    assert list(read.particles) == [1, 2, 3, 4, 5, 10]
    for label, rings in two.items():
        np.testing.assert_array_equal(np.stack(read.particles[label]), np.stack(rings))
