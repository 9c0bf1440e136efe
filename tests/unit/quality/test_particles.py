"""Quality figures that need particles."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nanocensus.quality import particle_quality

from .scenes import defocused, recorded, true_field


def measured(**columns: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"ecd_px": [20.0], "contrast_snr": [5.0]} | columns)


def test_figures():
    grey, labels = true_field()
    figures = particle_quality(
        recorded(defocused(grey, 1.0)),
        labels,
        measured(ecd_px=[10.0, 20.0, 30.0], contrast_snr=[-8.0, np.nan, -6.0]),
    )
    assert figures["coverage"] == (labels > 0).mean()
    assert figures["contrast_snr"] == -7.0
    assert figures["edge_width_px"] == pytest.approx(2.563, rel=0.15)
    assert figures["edge_share"] == figures["edge_width_px"] / 20


def test_no_particles_no_figures():
    empty = measured(ecd_px=[], contrast_snr=[])
    figures = particle_quality(np.zeros((50, 60), np.uint8), np.zeros((50, 60), int), empty)
    assert figures == {
        "edge_width_px": None,
        "edge_share": None,
        "contrast_snr": None,
        "coverage": 0.0,
    }


def test_more_particles_more_coverage():
    figures = [
        particle_quality(recorded(grey), labels, measured())["coverage"]
        for grey, labels in (true_field(count=30), true_field(count=70))
    ]
    assert figures[1] > 1.8 * figures[0]
