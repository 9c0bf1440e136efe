"""The command for single files."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tifffile
from tests.unit.micrographs.vendor_files import dm_bytes, dm_image, hitachi_text

from nanocensus.calibration.__main__ import describe_file, main


@pytest.fixture
def pictures(tmp_path):
    rows, columns = np.indices((960, 1280))
    tifffile.imwrite(tmp_path / "p.tif", ((3 * rows + 2 * columns) % 251).astype(np.uint8))
    (tmp_path / "p.txt").write_text(hitachi_text(), encoding="utf-16")
    (tmp_path / "tilted.dm3").write_bytes(
        dm_bytes(
            dm_image(tags={"Microscope Info": {"Stage Position": {"Stage Alpha": 25.0}}}),
        )
    )
    (tmp_path / "pattern.dm3").write_bytes(dm_bytes(dm_image(units=("1/nm", "1/nm"))))
    (tmp_path / "notes.tif").write_text("notes")
    names = ("p.tif", "tilted.dm3", "pattern.dm3", "notes.tif", "gone.tif")
    return [str(tmp_path / name) for name in names]


def test_json(pictures, capsys) -> None:
    assert main(["--json", *pictures]) == 1
    records = json.loads(capsys.readouterr().out)
    assert [one["file"] for one in records] == pictures
    assert [one["status"] for one in records] == ["ok", "warn", "refused", "failed", "failed"]
    assert [one["pixel_size_nm"] for one in records] == [165.3646, 0.5, None, None, None]
    assert records[0]["pixel_size_source"] == "hitachi_sidecar"
    assert records[0]["sidecars"] == [pictures[0].replace(".tif", ".txt")]
    assert records[0]["voltage_kv"] == 15
    # The tilt spoils the sizes, not the pixel size.
    assert (records[1]["usable_for_sizes"], records[0]["usable_for_sizes"]) == (False, True)
    assert "diffraction_pattern" in records[2]["reasons"][0]


def test_table(pictures, capsys) -> None:
    assert main(pictures[:3]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["file", "status", "pixel_size_nm", "pixel_size_source"]
    assert lines[1].split() == [pictures[0], "ok", "165.3646", "hitachi_sidecar"]
    assert any("diffraction_pattern" in line for line in lines)


def test_the_users_word(pictures) -> None:
    found = describe_file_of(pictures[0], 160.0)
    assert (found["status"], found["pixel_size_source"]) == ("warn", "sheet")
    assert describe_file_of(pictures[0], 100.0)["status"] == "review"


def describe_file_of(name: str, value_nm: float):
    from pathlib import Path

    return describe_file(Path(name), pixel_size_nm=value_nm)
