"""Which pictures a page shows when it cannot show all."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nanocensus.report.results import Sample
from nanocensus.report.selection import chosen_pictures, gallery_path

N = 60


@pytest.fixture
def sample(tmp_path):
    names = [f"m{k:02d}" for k in range(N)]
    for name in names:
        path = gallery_path(tmp_path, "picture", "s", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    statuses = ["ok"] * N
    statuses[40:45] = ["review", "warn", "empty", "warn", "review"]
    micrographs = pd.DataFrame(
        {
            "micrograph": names,
            "path": names,
            "status": statuses,
            "reasons": None,
            "n_particles": 10,
            "n_counted": 9,
            "d50_n_nm": np.linspace(40, 60, N),
        }
    )
    counted = pd.DataFrame({"status": ["counted"], "ecd_nm": [1.0], "ecd_px": [1.0]})
    return Sample("s", 0, {}, counted, micrographs, {}, {})


def test_all_are_shown_worst_first_where_there_is_room(sample, tmp_path):
    pictures = chosen_pictures(tmp_path, sample, N)
    assert len(pictures) == N
    assert [p.status for p in pictures[:5]] == ["review", "review", "empty", "warn", "warn"]


def test_else_the_worst_the_middle_and_a_draw(sample, tmp_path):
    pictures = chosen_pictures(tmp_path, sample, 15)
    why = pd.Series([p.why for p in pictures]).value_counts().to_dict()
    assert why == {"among the worst": 5, "near the median": 5, "drawn by lot": 5}
    middle = sorted(p.name for p in pictures if p.why == "near the median")
    assert middle == ["m27", "m28", "m29", "m30", "m31"] or middle == [
        "m28",
        "m29",
        "m30",
        "m31",
        "m32",
    ]
    assert pictures == chosen_pictures(tmp_path, sample, 15)


def test_the_draw_fills_up_what_is_not_bad(sample, tmp_path):
    pictures = chosen_pictures(tmp_path, sample, 30)
    why = pd.Series([p.why for p in pictures]).value_counts().to_dict()
    assert why == {"among the worst": 5, "near the median": 10, "drawn by lot": 15}


def test_micrographs_without_a_picture_are_left_to_the_table(sample, tmp_path):
    gallery_path(tmp_path, "picture", "s", "m40").unlink()
    assert "m40" not in [p.name for p in chosen_pictures(tmp_path, sample, N)]
