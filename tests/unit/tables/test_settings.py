"""Settings out of the configuration."""

import pytest

from nanocensus.tables import CountSettings, StatisticsSettings, TablesError

SECTION = {
    "unknown_below": 0.75,
    "completeness": ["whole", "covered"],
    "shapes": [],
    "min_probability": 0.5,
    "min_ecd_px": 10,
}


def test_sections_become_settings():
    settings = CountSettings.from_mapping(SECTION)
    assert settings.completeness == ("whole", "covered")
    assert settings.min_ecd_px == 10.0
    section = {"resamples": 2000, "confidence": 0.95, "seed": 1}
    assert StatisticsSettings.from_mapping(section).resamples == 2000


def test_whole_particles_always_count():
    with pytest.raises(TablesError, match="add whole"):
        CountSettings.from_mapping(SECTION | {"completeness": ["covered"]})
