"""The one answer to how sure a pixel size is."""

from __future__ import annotations

import pytest

from nanocensus.calibration import calibration_findings, calibration_status, usable_for_sizes
from nanocensus.micrographs import Finding

SATURATED = Finding("saturated", "warn", "clips")
DEVIATES = Finding("pixel_size_deviates", "warn", "3 % off")
RESIZED = Finding("resized_copy", "review", "was resized")
TILTED = Finding("tilted", "review", "52 deg")


@pytest.mark.parametrize(
    ("findings", "known", "status"),
    [
        ([], True, "ok"),
        ([SATURATED], True, "ok"),
        ([SATURATED, DEVIATES], True, "warn"),
        ([DEVIATES, RESIZED], True, "review"),
        ([TILTED], True, "warn"),
        ([], False, "none"),
        ([DEVIATES, TILTED], False, "none"),
        ([RESIZED], False, "refused"),
    ],
)
def test_status(findings, known, status) -> None:
    assert calibration_status(findings, known=known) == status
    assert usable_for_sizes(findings) == (TILTED not in findings)
    assert SATURATED not in calibration_findings(findings)
