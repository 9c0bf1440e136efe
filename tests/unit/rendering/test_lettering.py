import numpy as np
import pytest

from nanocensus.rendering import INFO_BAR_STYLES, Acquisition, add_info_bar
from nanocensus.rendering.lettering import burn_in, length_label, round_length_nm

ACQUISITION = Acquisition(
    "Rendered SEM", "InLens", "SE", 5.0, 3.1, 71440.0, 0.4, 61.2, 48.7, "2026-03-17 14:05:00"
)


@pytest.mark.parametrize(
    ("longest_nm", "expected_nm"), [(0.7, 0.5), (99, 50), (100, 100), (640, 500), (1999, 1000)]
)
def test_scale_bars_have_round_lengths(longest_nm: float, expected_nm: float) -> None:
    assert round_length_nm(longest_nm) == pytest.approx(expected_nm)


@pytest.mark.parametrize(
    ("length_nm", "label"),
    [(0.5, "500 pm"), (20, "20 nm"), (500, "500 nm"), (1000, "1 µm"), (2e6, "2 mm")],
)
def test_lengths_are_written_as_instruments_do(length_nm: float, label: str) -> None:
    assert length_label(length_nm) == label


@pytest.mark.parametrize("style", INFO_BAR_STYLES)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_bar_lies_below_the_picture_with_a_ruler_of_its_length(style: str, dtype: type) -> None:
    pixels = np.full((300, 640), 90, dtype)
    labelled = add_info_bar(pixels, 2.5, ACQUISITION, style=style)
    assert labelled.pixels.dtype == dtype
    assert np.array_equal(labelled.pixels[:300], pixels)
    assert len(labelled.pixels) == 300 + labelled.rows
    assert labelled.scale_bar_px == round(labelled.scale_bar_nm / 2.5)
    strip = labelled.pixels[300:]
    ink = strip == (0 if style == "caption" else np.iinfo(dtype).max)
    if style == "fei":
        # Its text interrupts the line; the caps stand at both ends.
        caps = np.flatnonzero(ink.sum(0) >= labelled.rows // 2)
        assert labelled.scale_bar_px - 1 in np.subtract.outer(caps, caps)
    else:
        runs = np.diff(np.flatnonzero(np.diff(np.pad(ink, 1).astype(int), axis=1).ravel()))
        assert labelled.scale_bar_px in runs


def test_the_overlay_tells_every_changed_pixel() -> None:
    pixels = np.full((256, 320), 120, np.uint8)
    for seed in range(10):
        burned, overlay = burn_in(pixels, 1.0, 3, np.random.default_rng(seed))
        assert np.array_equal(burned != pixels, overlay)
        assert 0.001 < overlay.mean() < 0.4
    untouched, overlay = burn_in(pixels, 1.0, 0, np.random.default_rng(0))
    assert np.array_equal(untouched, pixels)
    assert not overlay.any()
