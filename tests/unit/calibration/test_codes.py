"""Every finding of the calibration is among those that the calibration page shows."""

import ast

from nanocensus.calibration import CALIBRATION_CODES
from nanocensus.paths import REPOSITORY

# What readers warn of that has nothing to do with the pixel size.
OF_THE_PICTURE = {"colour_picture", "further_pictures"}


def findings(package):
    """Return the texts in the first two arguments of every finding that a package makes."""
    made = []
    for path in (REPOSITORY / "scripts" / "nanocensus" / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Finding":
                made.append(tuple({*_texts(argument)} for argument in node.args[:2]))
    return made


def _texts(argument):
    constants = (c.value for c in ast.walk(argument) if isinstance(c, ast.Constant))
    return (value for value in constants if isinstance(value, str))


def test_codes_of_the_calibration_are_listed():
    found = {code for codes, *_ in findings("calibration") for code in codes}
    assert "pixel_size_disputed" in found
    assert found - {"warn"} <= CALIBRATION_CODES


def test_what_readers_doubt_about_a_pixel_size_is_listed():
    doubts = {
        code
        for codes, levels in findings("micrographs")
        if levels & {"warn", "review"}
        for code in codes
    }
    assert "unusual_size" in doubts
    assert doubts - OF_THE_PICTURE <= CALIBRATION_CODES
