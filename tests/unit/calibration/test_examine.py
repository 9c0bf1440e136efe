"""What the scale bar in a picture gives rise to, beside its value."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from nanocensus.calibration import UserStatement, examine_file
from nanocensus.calibration.scale_bar import ScaleBarReading

EXAMINE = "nanocensus.calibration.examine"


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(np.arange(64 * 64, dtype=np.uint8).reshape(64, 64)).save(path)
    return path


@pytest.mark.parametrize(("sheet_nm", "level"), [(None, "review"), (2.5, "warn")])
def test_a_reciprocal_bar_waits_until_the_sheet_gives_a_pixel_size(
    picture, monkeypatch, sheet_nm, level
):
    reading = ScaleBarReading(None, reciprocal=True)
    monkeypatch.setattr(f"{EXAMINE}.read_scale_bar", lambda pixels: reading)
    examined = examine_file(picture, user=UserStatement(pixel_size_nm=sheet_nm))
    (finding,) = examined.findings
    assert (finding.code, finding.level) == ("reciprocal_scale_bar", level)
    assert "pixel_size_nm in the sample sheet, in a row" in finding.message


def test_no_bar_is_looked_for_where_none_is_wanted(picture, monkeypatch):
    monkeypatch.setattr(f"{EXAMINE}.read_scale_bar", pytest.fail)
    examined = examine_file(picture, scale_bar=False)
    assert (examined.reading, examined.findings) == (None, ())
