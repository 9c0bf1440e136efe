"""Rendered campaigns of random recipes, to measure the workflow on what no model was trained on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import tifffile
from numpy.random import Generator

from nanocensus.campaign import replacing

from .campaigns import RenderedFile, RenderedSample
from .lettering import Acquisition
from .micrograph import RenderedMicrograph
from .recipes import random_recipe

_INSTRUMENTS = {
    "se": (("zeiss", "zeiss", "InLens", "SE"), ("fei", "fei", "ETD", "SE")),
    "stem": (("fei", "fei", "STEM", "HAADF"), ("ome", None, "HAADF", "HAADF")),
    "tem": (("fei", "fei", "Camera", "TEM"), ("imagej", None, "Camera", "TEM")),
}
"""Vendor, info bar, detector and signal that go with a mode."""

_PRINT_WIDTH_MM = 114.3
"""Width that magnifications refer to (Polaroid 545)."""

_WIDEST_GEOMETRIC_SD = 1.5
"""Above it, a few large particles decide every quantile by volume and no campaign is big enough."""


def random_samples(
    rng: Generator,
    *,
    n_samples: int,
    n_files: int,
    height_px: int = 768,
    width_px: int = 1024,
    ecd_px: tuple[float, float] = (15.0, 80.0),
) -> tuple[RenderedSample, ...]:
    """Draw samples: one recipe each, other noise, shading and arrangement from file to file.

    Parameters
    ----------
    rng : numpy.random.Generator
        Its seed must differ from those of the training material.
    n_samples, n_files : int
    height_px, width_px : int, px
    ecd_px : (float, float), px
        Range of the median diameter; small against the field, so that a field holds many.

    """
    samples = []
    for number in range(n_samples):
        base = replace(
            random_recipe(rng, height_px=height_px, width_px=width_px, ecd_px=ecd_px),
            annotations=0,
            jpeg_quality=None,
            centred=False,
        )
        base = replace(base, geometric_sd=min(base.geometric_sd, _WIDEST_GEOMETRIC_SD))
        instruments = _INSTRUMENTS[base.mode]
        vendor, bar, detector, signal = instruments[int(rng.integers(len(instruments)))]
        files = []
        for file_number in range(n_files):
            other = random_recipe(
                rng, height_px=height_px, width_px=width_px, ecd_px=ecd_px, modes=(base.mode,)
            )
            recipe = replace(
                base,
                arrangement=other.arrangement,
                coverage=min(base.coverage * float(rng.uniform(0.5, 1.5)), 0.9),
                electrons=base.electrons * float(rng.uniform(0.6, 1.6)),
                shading=other.shading,
                charging=other.charging,
                vibration_px=other.vibration_px,
            )
            suffix = ".ome.tif" if vendor == "ome" else ".tif"
            files.append(RenderedFile(f"field-{file_number:03d}{suffix}", recipe, vendor, bar))
        name = f"rendered-{number:03d}"
        acquisition = _acquisition(base.pixel_size_nm * width_px, detector, signal)
        samples.append(RenderedSample(name, base.mode, base.mode, acquisition, tuple(files)))
    return tuple(samples)


def _acquisition(field_width_nm: float, detector: str, signal: str) -> Acquisition:
    return Acquisition(
        instrument="Rendered",
        detector=detector,
        signal=signal,
        voltage_kv=200.0 if signal in ("TEM", "HAADF") else 5.0,
        working_distance_mm=4.0,
        magnification=round(_PRINT_WIDTH_MM * 1e6 / field_width_nm, 0),
        dwell_time_us=1.0,
        stage_x_mm=20.0,
        stage_y_mm=30.0,
        acquired="2026-03-20 10:00:00",
    )


def write_label_pictures(
    micrographs: dict[tuple[str, str], RenderedMicrograph], folder: Path
) -> None:
    """Write the true labels as `folder`/<sample>/<stem>.labels.tif (uint16), for scoring.

    Parameters
    ----------
    micrographs : dict of (sample, file) to RenderedMicrograph
    folder : pathlib.Path

    """
    for (sample, file), rendered in micrographs.items():
        path = folder / sample / f"{file.split('.')[0]}.labels.tif"
        with replacing(path) as unfinished:
            tifffile.imwrite(
                unfinished,
                rendered.labels.astype(np.uint16),
                compression="zlib",
                metadata=None,
                software=False,
            )
