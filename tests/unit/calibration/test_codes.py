"""Every finding of the calibration is among those that the calibration page shows."""

import ast

from nanocensus.calibration import CALIBRATION_CODES
from nanocensus.paths import REPOSITORY


def test_codes_of_the_calibration_are_listed():
    found = set()
    for path in (REPOSITORY / "scripts" / "nanocensus" / "calibration").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Finding":
                codes = (c.value for c in ast.walk(node.args[0]) if isinstance(c, ast.Constant))
                found |= {code for code in codes if isinstance(code, str)}
    assert "pixel_size_disputed" in found
    assert found - {"warn"} <= CALIBRATION_CODES
