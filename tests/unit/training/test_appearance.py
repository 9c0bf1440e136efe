import numpy as np
import pytest

from nanocensus.training import appearance

CHANGES = [
    *(appearance.blur, appearance.sharpen, appearance.gamma, appearance.invert),
    *(appearance.contrast, appearance.shading, appearance.charging, appearance.line_noise),
    appearance.noise,
]


def disc():
    y, x = np.mgrid[:64, :64]
    return np.where(np.hypot(y - 31, x - 33) < 12, 0.8, -0.6).astype(np.float32)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_alters_grey_values_and_leaves_particles_in_place(change):
    pixels = disc()
    before = pixels.copy()
    changed = change(pixels, np.random.default_rng(3))
    assert changed.shape == pixels.shape
    assert changed.dtype == np.float32
    assert (pixels == before).all()
    assert (changed != pixels).any()
    correlation = np.corrcoef(changed.ravel(), pixels.ravel())[0, 1]
    assert abs(correlation) > 0.5


def test_all_changes_together_stay_in_the_networks_range_and_repeat():
    first = [appearance.vary_appearance(disc(), np.random.default_rng(k)) for k in range(30)]
    again = [appearance.vary_appearance(disc(), np.random.default_rng(k)) for k in range(30)]
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert max(np.abs(a).max() for a in first) <= 2
    assert any((a == disc()).mean() < 0.01 for a in first)
