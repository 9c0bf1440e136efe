"""Limits and the warnings beyond them."""

from __future__ import annotations

from dataclasses import asdict, fields, replace

import numpy as np
import pytest
import tifffile
import yaml

from nanocensus.paths import REPOSITORY
from nanocensus.quality import QualityGates, picture_quality, quality_findings

GOOD = {
    "certificate_age_days": 100,
    "focus": 40.0,
    "edge_share": 0.05,
    "saturation_dark": 0.0,
    "saturation_bright": 0.0,
    "astigmatism": 0.1,
    "charging": 1.0,
    "illumination": 1.0,
    "contrast_snr": -20.0,
    "coverage": 0.1,
}


@pytest.mark.parametrize(
    ("figure", "value", "code", "words"),
    [
        ("focus", 1.2, "out_of_focus", "focus 1.2, limit 1.5"),
        ("edge_share", 0.52, "out_of_focus", "0.52 of their diameter"),
        ("saturation_dark", 0.4, "saturated", "40.0% of the pixels have the darkest"),
        ("saturation_bright", 0.4, "saturated", "40.0% of the pixels have the brightest"),
        ("astigmatism", 1.4, "astigmatic", "stigmator"),
        ("charging", 7.0, "charging", "charging 7, limit 4.5"),
        ("illumination", 33.3, "shading", "illumination 33.3"),
        ("contrast_snr", -0.6, "faint", "-0.6 noise widths"),
        ("contrast_snr", 0.6, "faint", "0.6 noise widths"),
        ("coverage", 0.25, "crowded", "cover 25% of the picture (limit 20%)"),
    ],
)
def test_a_figure_beyond_its_limit_warns(figure, value, code, words):
    (finding,) = quality_findings(GOOD | {figure: value}, QualityGates())
    assert (finding.code, finding.level) == (code, "warn")
    assert words in finding.message


def test_good_figures_say_nothing():
    assert quality_findings(GOOD, QualityGates()) == ()


def test_missing_figures_are_not_judged():
    assert quality_findings(dict.fromkeys(GOOD), QualityGates()) == ()
    assert quality_findings({}, QualityGates()) == ()


def test_other_entries_do_not_matter():
    assert quality_findings(GOOD | {"sha256": "00", "n_particles": 3}, QualityGates()) == ()


def test_several_faults_are_all_told():
    found = quality_findings(GOOD | {"charging": 9.0, "focus": 1.0}, QualityGates())
    assert [finding.code for finding in found] == ["out_of_focus", "charging"]


@pytest.mark.parametrize("limit", [field.name for field in fields(QualityGates)])
def test_each_limit_moves_its_warning(limit):
    """With the limit put beyond the good value on its bad side, the good picture is warned."""
    bad = 0.0 if limit.startswith("max_") else 1e9
    shifted = {figure: value or 1e-6 for figure, value in GOOD.items()}
    assert len(quality_findings(shifted, replace(QualityGates(), **{limit: bad}))) == 1


def test_no_raw_picture_of_bam_is_warned(shared):
    for name in ("sem/1908248", "sem/1908320", "tsem/1908249", "tsem/1908311"):
        (path,) = (shared / "data" / "bam").glob(f"{name}.*")
        picture = tifffile.imread(path)[:712]
        figures = picture_quality(picture, np.zeros(picture.shape, bool))
        assert quality_findings(figures, QualityGates()) == (), name


def test_the_schema_gives_every_limit_with_the_same_default():
    schema = yaml.safe_load((REPOSITORY / "config/schemas/config.schema.yaml").read_text())
    properties = schema["properties"]["quality"]["properties"]
    given = {name: limit["default"] for name, limit in properties.items()}
    assert given == asdict(QualityGates())
