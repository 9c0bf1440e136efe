"""The edge's part of a diameter's uncertainty."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from nanocensus.campaign.stages import STAGES
from nanocensus.outlines.uncertainty import (
    ERRORS_FILE,
    FLOOR_PX,
    EdgeErrors,
    edge_errors,
    edge_uncertainty_px,
    read_edge_errors,
)
from nanocensus.paths import REPOSITORY
from nanocensus.training.outline_bias import MODES, error_classes

ERRORS = EdgeErrors((10.0, 20.0, 80.0), {"se": (0.3, 0.01, 0.2), "tem": (0.9, 0.4, None)})


def test_doubt_counts_on_both_sides_where_it_is_the_larger() -> None:
    certain = edge_uncertainty_px(0.0, 40.0, "se")
    assert certain is not None
    assert edge_uncertainty_px(certain / 4, 40.0, "se") == certain
    assert edge_uncertainty_px(certain, 40.0, "se") == pytest.approx(2 * certain)


def test_each_modality_has_its_own_and_an_unknown_one_the_worst() -> None:
    assert ERRORS.at(11.0, "se") == 0.3
    assert ERRORS.at(11.0, "tem") == 0.9
    assert ERRORS.at(11.0, None) == ERRORS.at(11.0, "ebsd") == 0.9


def test_the_nearest_diameter_counts_and_nothing_below_the_floor() -> None:
    assert ERRORS.at(14.1, "tem") == 0.9
    assert ERRORS.at(14.2, "tem") == 0.4
    assert ERRORS.at(20.0, "se") == FLOOR_PX


@pytest.mark.parametrize(("ecd_px", "modality"), [(7.0, "se"), (114.0, "se"), (80.0, "tem")])
def test_nothing_is_stated_where_nothing_was_measured(ecd_px, modality) -> None:
    assert ERRORS.at(ecd_px, modality) is None


def test_within_the_measured_range_something_is_stated() -> None:
    assert ERRORS.at(7.1, "se") == 0.3
    assert ERRORS.at(113.0, "se") == 0.2


def test_the_package_reads_what_the_bench_wrote() -> None:
    held = json.loads(ERRORS_FILE.read_text())
    assert f"--seed {held['seed']}" in held["command"]
    assert f"--most-fields {held['most_fields']}" in held["command"]
    assert edge_errors() == read_edge_errors(ERRORS_FILE)
    assert set(edge_errors().rms_px) == set(MODES)
    for mode, row in held["rms_px"].items():
        for ecd_px, rms_px in zip(held["diameters_px"], row, strict=True):
            assert edge_uncertainty_px(0.0, ecd_px, mode) == max(FLOOR_PX, rms_px)


def test_the_stage_that_states_it_depends_on_the_file() -> None:
    assert str(ERRORS_FILE.relative_to(REPOSITORY)) in STAGES["outline"].data


def test_every_kind_counts_once() -> None:
    table = pd.DataFrame(
        {
            "mode": ["se", "se", "se", "tem"],
            "ecd_px": [10.0, 10.0, 20.0, 20.0],
            "rms_px": [0.3, 0.4, 0.2, np.nan],
        }
    )
    found = error_classes(table)
    assert found["diameters_px"] == [10.0, 20.0]
    assert found["rms_px"] == {"se": [pytest.approx(0.354), 0.2], "tem": [None, None]}
