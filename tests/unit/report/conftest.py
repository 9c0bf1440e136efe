"""Reports that the tests look at, each written once."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from nanocensus.report import ReportSettings, write_report


def _beside(name):
    """Import a file beside this one: the tests' folders are not on the path."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


made_up = _beside("made_up_campaign")

HOSTILE = '"><img src=x onerror=alert(1)>&{{7*7}}</script><!--'
SETTINGS = ReportSettings(
    pictures_per_page=5,
    configuration={"campaign": HOSTILE, "count": {"min_ecd_px": 10}},
    versions={"nanocensus": "0.1.0", "model <b>": "1"},
)
ODD = (
    made_up.MadeUpSample(
        "1_many",
        micrographs=9,
        particles=25,
        sheet={"group": HOSTILE, "note": "007", "true_d50_n_nm": "50"},
        findings={
            0: ("charging", "warn", f"charged {HOSTILE}"),
            1: ("truncated", "failed", "ends early"),
        },
        facts_of={
            2: made_up.scale_bar(200.0, 160.0, HOSTILE),
            3: made_up.scale_bar(200.0, 161.0, "2OO nm", reason=HOSTILE),
        },
    ),
    made_up.MadeUpSample("2_one_micrograph", micrographs=1, particles=30),
    made_up.MadeUpSample("3_no_pixel_size", pixel_size_nm=None, micrographs=2, particles=30),
    made_up.MadeUpSample(
        "4_nothing",
        micrographs=1,
        particles=0,
        findings={0: ("no_particles", "empty", "No particle was found.")},
    ),
    made_up.MadeUpSample("Größe_β+金", micrographs=2, particles=20),
)


@pytest.fixture(scope="session")
def campaigns():
    """What makes up campaigns."""
    return made_up


@pytest.fixture(scope="session")
def odd_report(tmp_path_factory):
    """A report of samples that each lack something, with names that nobody vouches for."""
    results = tmp_path_factory.mktemp("odd") / "campaign"
    made_up.write_campaign(results, ODD)
    write_report(results, SETTINGS)
    return results / "report"
