"""What a rendered micrograph shall show."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.random import Generator

from .shapes import SHAPES, ShapeStyle
from .textures import SUBSTRATES

MODES = ("se", "stem", "tem")


@dataclass(frozen=True)
class Recipe:
    """Settings of a rendered micrograph; the polarity follows from the mode.

    Parameters
    ----------
    mode : str
        "se" (secondary electrons, bright rims and shadows), "stem" (dark field, bright with
        mass thickness), "tem" (bright field, dark by absorption).
    height_px, width_px : int, px
    pixel_size_nm : float, nm
    shapes : tuple of (str, float)
        Shape and its share of the number; shares are normalised.
    median_ecd_nm : float, nm
    geometric_sd : float
        Area-equivalent diameters are log-normal by number.
    n_particles : int or None
        Number drawn for frame and margin; None: as many as `coverage` asks for.
    coverage : float
        Sum of the outlines' areas over the area of frame and margin.
    arrangement : str
        isolated | touching | overlapping | clustered | packed.
    centred : bool
        Whether the first particles lie near the middle, as where an operator chose the field.
        Such a field is no fair sample; False places them uniformly.
    style : ShapeStyle
    interior : str
        solid | hollow | core_shell (transmission modes only).
    background, contrast : float, 0..1
        Grey level of the support and change of level by a particle of median size.
    variation : float
        Spread (sd of the logarithm) of the contrast from particle to particle: diffraction
        contrast in transmission, tilt and charge in SE.
    rim, relief, shadow : float
        SE: strength of edge brightening, of side lighting, of shadows between neighbours.
    roughness : float
        SE: relative texture on the particles. Transmission: bands within particles.
    fringe : float
        TEM: strength of the Fresnel fringe of a defocused objective.
    substrate : str
    substrate_level, substrate_period_px : float
        Texture of the support, relative to the full grey range, and its typical size.
    debris : float
        Mean number of unlabelled specks per 512 x 512 px.
    blur_px : float, px
        Standard deviation of the point spread.
    electrons : float
        Mean number of electrons per pixel at full grey level (shot noise).
    read_noise : float
        Gaussian noise, relative to the full grey range.
    noise_blur_px : float, px
        Smoothing after the noise, as in resampled pictures.
    shading : float
        Change of brightness over the field, relative.
    charging : float
        Streaks behind particles and rows lifted by them, relative to the full grey range.
    drift_px, vibration_px : float, px
        Sidewise drift from the first to the last row; sd of a random shift of each row.
    stretch : bool
        Whether grey levels are spread to the full range, as in published figures.
    jpeg_quality : int or None
    bits : int
        8 or 16.
    annotations : int
        Number of burned-in letters, bars and boxes.

    """

    mode: str
    height_px: int = 512
    width_px: int = 512
    pixel_size_nm: float = 1.0
    shapes: tuple[tuple[str, float], ...] = (("sphere", 1.0),)
    median_ecd_nm: float = 40.0
    geometric_sd: float = 1.2
    n_particles: int | None = None
    coverage: float = 0.15
    arrangement: str = "isolated"
    centred: bool = False
    style: ShapeStyle = field(default_factory=ShapeStyle)
    interior: str = "solid"
    background: float = 0.3
    contrast: float = 0.4
    variation: float = 0.1
    rim: float = 0.5
    relief: float = 0.1
    shadow: float = 0.5
    roughness: float = 0.0
    fringe: float = 0.0
    substrate: str = "film"
    substrate_level: float = 0.02
    substrate_period_px: float = 20.0
    debris: float = 0.0
    blur_px: float = 1.0
    electrons: float = 300.0
    read_noise: float = 0.01
    noise_blur_px: float = 0.0
    shading: float = 0.0
    charging: float = 0.0
    drift_px: float = 0.0
    vibration_px: float = 0.0
    stretch: bool = False
    jpeg_quality: int | None = None
    bits: int = 8
    annotations: int = 0

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise ValueError(f"mode is {self.mode!r}; allowed are {', '.join(MODES)}")
        for shape, share in self.shapes:
            if shape not in SHAPES or share < 0:
                raise ValueError(f"shape {shape!r} with share {share}; shapes are {SHAPES}")
        if self.bits not in (8, 16):
            raise ValueError(f"bits is {self.bits}; allowed are 8 and 16")

    @property
    def polarity(self) -> str:
        """Whether particles are bright or dark."""
        return "dark" if self.mode == "tem" else "bright"


def random_recipe(
    rng: Generator,
    *,
    height_px: int = 512,
    width_px: int = 512,
    ecd_px: tuple[float, float] = (5.0, 300.0),
    modes: tuple[str, ...] = MODES,
) -> Recipe:
    """Draw a recipe from the whole width of what is seen in practice, for training.

    Parameters
    ----------
    rng : numpy.random.Generator
    height_px, width_px : int, px
    ecd_px : (float, float), px
        Range of the median area-equivalent diameter; drawn uniformly in the logarithm.
    modes : tuple of str

    """
    mode = str(rng.choice(modes))
    median_px = float(np.exp(rng.uniform(np.log(ecd_px[0]), np.log(ecd_px[1]))))
    pixel_size_nm = float(np.exp(rng.uniform(np.log(0.1), np.log(50))))
    base = Recipe(
        mode=mode,
        height_px=height_px,
        width_px=width_px,
        pixel_size_nm=pixel_size_nm,
        shapes=_random_shapes(rng),
        median_ecd_nm=median_px * pixel_size_nm,
        geometric_sd=float(1 + abs(rng.normal(0.05, 0.25))),
        coverage=float(np.exp(rng.uniform(np.log(0.01), np.log(0.9)))),
        arrangement=str(
            rng.choice(
                ["isolated", "touching", "overlapping", "clustered", "packed"],
                p=[0.3, 0.25, 0.15, 0.2, 0.1],
            )
        ),
        style=_random_style(mode, rng),
    )
    # Three particles in the field on average; one that is cut by a corner teaches little.
    coverage = max(base.coverage, 3 * median_px**2 / (height_px * width_px))
    # Thousands of tiny particles cost seconds and teach nothing that hundreds do not.
    coverage = min(coverage, 600 * median_px**2 / (height_px * width_px))
    few = coverage * height_px * width_px < 20 * median_px**2
    drawn = replace(base, coverage=coverage, centred=bool(few and rng.random() < 0.7))
    return replace(drawn, **_random_signal(mode, median_px, rng), **_random_detector(mode, rng))


def _random_shapes(rng: Generator) -> tuple[tuple[str, float], ...]:
    """Mostly one shape, sometimes a mixture; round ones are the most frequent in practice."""
    frequency = np.array([5, 2, 2.5, 1.5, 2, 1.5, 1.5, 1.5])
    count = int(rng.choice([1, 2, 3, len(SHAPES)], p=[0.5, 0.25, 0.15, 0.1]))
    chosen = rng.choice(len(SHAPES), count, replace=False, p=frequency / frequency.sum())
    return tuple(
        (SHAPES[k], float(share))
        for k, share in zip(chosen, rng.dirichlet(np.ones(count)), strict=True)
    )


def _random_style(mode: str, rng: Generator) -> ShapeStyle:
    # Thin plates among solids are all but transparent; SE does not see the thickness.
    thinnest = 0.1 if mode == "se" else 0.3
    return ShapeStyle(
        corner_share=float(rng.uniform(0, 0.4)),
        tilted=float(rng.uniform(0, 0.8)),
        plate_thickness=float(rng.uniform(thinnest, 0.8)),
        rod_aspect=float(1.8 + rng.exponential(2.0)),
        irregularity=float(rng.uniform(0, 1)),
    )


def _random_signal(mode: str, median_px: float, rng: Generator) -> dict[str, Any]:
    """Draw what the electrons do: levels, texture of the support, noise, blur."""
    signal: dict[str, Any] = {
        "variation": float(rng.uniform(0, 0.35)),
        "roughness": float(rng.choice([0, rng.uniform(0, 0.3)])),
        "substrate": str(rng.choice(SUBSTRATES)),
        "substrate_period_px": float(np.exp(rng.uniform(np.log(4), np.log(80)))),
        "debris": float(rng.choice([0, 0, rng.exponential(10)])),
        "blur_px": float(rng.uniform(0.3, min(2.5, 0.5 + median_px / 15))),
    }
    if mode == "tem":
        signal |= {
            "background": float(rng.uniform(0.45, 0.9)),
            "contrast": float(rng.uniform(0.25, 0.97)),
            "fringe": float(rng.choice([0, rng.uniform(0, 1)])),
        }
        step = signal["background"] * signal["contrast"]
    elif mode == "stem":
        signal |= {
            "background": float(rng.uniform(0.02, 0.35)),
            "contrast": float(rng.uniform(0.15, 0.7)),
        }
        step = signal["contrast"]
    else:
        signal |= {
            "background": float(rng.choice([rng.uniform(0.02, 0.15), rng.uniform(0.1, 0.5)])),
            "contrast": float(rng.uniform(0.08, 0.45)),
            "rim": float(rng.uniform(0.1, 1.2)),
            "relief": float(rng.uniform(0, 0.3)),
            "shadow": float(rng.uniform(0, 1)),
        }
        step = signal["contrast"]
    if mode != "se":
        interiors = ["solid", "hollow", "core_shell"]
        signal["interior"] = str(rng.choice(interiors, p=[0.8, 0.1, 0.1]))
    return signal | _random_noise(step, signal["background"], median_px, rng)


def _random_noise(
    step: float, background: float, median_px: float, rng: Generator
) -> dict[str, Any]:
    """Draw noise and texture that leave the particles visible.

    The contrast over the noise of one pixel is at least 0.7, for particles of 5 px 3: below that
    nobody would have labelled the picture. The texture stays below 0.4 of the contrast.
    """
    visible = max(0.7, 7 / np.sqrt(median_px))
    noise = float(np.exp(rng.uniform(np.log(step / 60), np.log(step / visible))))
    read_share = float(rng.uniform(0, 0.5))
    read_noise = read_share * noise
    return {
        "read_noise": read_noise,
        "electrons": background / (noise**2 - read_noise**2),
        "substrate_level": step * float(np.exp(rng.uniform(np.log(0.01), np.log(0.4)))),
    }


def _random_detector(mode: str, rng: Generator) -> dict[str, Any]:
    """Draw what the recording adds; only scanned modes shake by rows, only SE charges up."""
    detector: dict[str, Any] = {
        "noise_blur_px": float(rng.choice([0, 0, rng.uniform(0.4, 1.2)])),
        "shading": float(rng.choice([0, rng.uniform(0, 0.4)])),
        "stretch": bool(rng.random() < 0.6),
        "jpeg_quality": int(rng.integers(50, 96)) if rng.random() < 0.4 else None,
        "annotations": int(rng.choice([0, 1, 2, 3, 4])),
    }
    if mode != "tem":
        detector["drift_px"] = float(rng.choice([0, 0, rng.uniform(-5, 5)]))
        detector["vibration_px"] = float(rng.choice([0, 0, rng.uniform(0, 0.5)]))
    if mode == "se":
        detector["charging"] = float(rng.choice([0, 0, rng.uniform(0.02, 0.12)]))
    return detector
