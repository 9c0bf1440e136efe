"""The demo campaign: an oxide in two batches by SE, gold by TEM and STEM."""

from __future__ import annotations

from dataclasses import replace

from .campaigns import RenderedFile, RenderedSample
from .lettering import Acquisition
from .recipes import Recipe
from .shapes import ShapeStyle

DEMO_SEED = 20261121

_OXIDE = Recipe(
    mode="se",
    height_px=444,
    width_px=640,
    pixel_size_nm=2.5,
    shapes=(("sphere", 0.7), ("cube", 0.3)),
    geometric_sd=1.18,
    coverage=0.16,
    style=ShapeStyle(corner_share=0.15, tilted=0.35, irregularity=0.25),
    background=0.17,
    contrast=0.28,
    variation=0.08,
    rim=0.55,
    relief=0.08,
    shadow=0.7,
    substrate="mottled",
    substrate_level=0.008,
    substrate_period_px=30,
    blur_px=0.9,
    electrons=220,
    read_noise=0.01,
)
_OXIDE_FIELDS = (
    replace(_OXIDE, arrangement="isolated", coverage=0.12, shading=0.1),
    replace(_OXIDE, arrangement="touching"),
    replace(_OXIDE, arrangement="touching", charging=0.05, vibration_px=0.2),
    replace(_OXIDE, arrangement="overlapping", shading=0.25, electrons=120),
)
_GOLD = Recipe(
    mode="tem",
    height_px=451,
    width_px=640,
    pixel_size_nm=0.5,
    shapes=(("sphere", 0.6), ("rod", 0.4)),
    median_ecd_nm=22,
    geometric_sd=1.13,
    coverage=0.14,
    style=ShapeStyle(rod_aspect=2.6, irregularity=0.2),
    background=0.68,
    contrast=0.75,
    variation=0.2,
    fringe=0.5,
    substrate="film",
    substrate_level=0.02,
    blur_px=0.8,
    electrons=120,
)
_GOLD_STEM = replace(
    _GOLD, mode="stem", background=0.06, contrast=0.6, electrons=90, read_noise=0.015, fringe=0
)
_SCANNING = Acquisition(
    instrument="Rendered SEM",
    detector="InLens",
    signal="SE",
    voltage_kv=5.0,
    working_distance_mm=3.1,
    # Polaroid 545 convention: 114.3 mm over the width of the field.
    magnification=round(114.3e6 / (640 * 2.5), -1),
    dwell_time_us=0.4,
    stage_x_mm=61.2,
    stage_y_mm=48.7,
    acquired="2026-03-17 14:05:00",
)
_TRANSMISSION = Acquisition(
    instrument="Rendered TEM",
    detector="Camera",
    signal="TEM",
    voltage_kv=200.0,
    working_distance_mm=0.0,
    magnification=150000,
    dwell_time_us=1.0,
    stage_x_mm=-0.31,
    stage_y_mm=0.12,
    acquired="2026-03-19 09:40:00",
)


def demo_samples() -> tuple[RenderedSample, ...]:
    """Return the samples of the demo campaign; batch B of the oxide is 30 % larger than A."""
    return (
        _oxide("oxide-batch-a", 95.0, _SCANNING),
        _oxide(
            "oxide-batch-b",
            124.0,
            # The next stub on the holder: another place of the stage.
            replace(_SCANNING, stage_y_mm=36.2, acquired="2026-03-17 16:30:00"),
        ),
        RenderedSample(
            "gold",
            "gold",
            "auto",
            _TRANSMISSION,
            (
                RenderedFile("tem-01.tif", replace(_GOLD, arrangement="isolated"), "fei", "fei"),
                RenderedFile("tem-02.tif", replace(_GOLD, arrangement="touching"), "fei", "fei"),
                RenderedFile(
                    "stem-01.ome.tif",
                    replace(_GOLD_STEM, height_px=480, arrangement="isolated"),
                    "ome",
                    None,
                ),
                RenderedFile(
                    "stem-02.tif",
                    replace(_GOLD_STEM, height_px=480, arrangement="touching", shading=0.1),
                    "imagej",
                    None,
                ),
            ),
        ),
    )


def _oxide(name: str, median_ecd_nm: float, acquisition: Acquisition) -> RenderedSample:
    files = tuple(
        RenderedFile(
            f"{name[-1]}{number:02d}.tif",
            replace(recipe, median_ecd_nm=median_ecd_nm),
            "zeiss",
            "zeiss",
        )
        for number, recipe in enumerate(_OXIDE_FIELDS, start=1)
    )
    return RenderedSample(name, "oxide", "se", acquisition, files)
