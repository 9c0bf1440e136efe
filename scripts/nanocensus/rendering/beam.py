"""What the electrons make of a field of particles: SE, STEM dark field, TEM bright field."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage

from .bodies import Body, FloatMap, Relief
from .outlines import FloatArray, pixel_coverage
from .recipes import Recipe
from .textures import smooth_noise, substrate_texture


@dataclass(frozen=True)
class Placed:
    """A body at its place in the frame."""

    label: int
    body: Body
    centre: FloatArray
    ecd_px: float
    shear: float = 0.0
    """Sidewise drift per row, which slants the particle without changing its area."""

    @property
    def outline(self) -> FloatArray:
        """The outline as recorded, in the frame."""
        body = self.body.outline
        return np.column_stack([body[:, 0], body[:, 1] + self.shear * body[:, 0]]) + self.centre


@dataclass(frozen=True)
class Footprint:
    """Pixels of one particle within the frame."""

    rows: slice
    columns: slice
    coverage: FloatMap
    pixels_outside: int
    """Pixels of the outline that lie beyond the frame."""

    @property
    def window(self) -> tuple[slice, slice]:
        """The pixels' place in the frame."""
        return self.rows, self.columns


def footprint(placed: Placed, shape: tuple[int, int]) -> Footprint | None:
    """Return a particle's coverage cut to the frame, or None if it does not reach into it."""
    coverage, (row, column) = pixel_coverage(placed.outline)
    top, left = max(-row, 0), max(-column, 0)
    bottom = min(coverage.shape[0], shape[0] - row)
    right = min(coverage.shape[1], shape[1] - column)
    if bottom <= top or right <= left:
        return None
    inside = coverage[top:bottom, left:right]
    outside = np.count_nonzero(coverage > 0.5) - np.count_nonzero(inside > 0.5)
    return Footprint(
        slice(row + top, row + bottom), slice(column + left, column + right), inside, int(outside)
    )


def local_relief(placed: Placed, foot: Footprint, shrink: float = 1.0) -> Relief:
    """Return the body's maps on its footprint; `shrink` < 1 gives a similar body inside it."""
    y = np.arange(foot.rows.start, foot.rows.stop, dtype=np.float32) - placed.centre[0]
    x = np.arange(foot.columns.start, foot.columns.stop, dtype=np.float32) - placed.centre[1]
    grid_y, grid_x = np.meshgrid(y, x, indexing="ij")
    grid_x = (grid_x - placed.shear * grid_y) / shrink
    grid_y = grid_y / shrink
    relief = placed.body.relief(grid_y.astype(np.float32), grid_x.astype(np.float32))
    return Relief(*(np.asarray(m, np.float32) * np.float32(shrink) for m in relief))


def render_signal(
    recipe: Recipe, particles: list[tuple[Placed, Footprint]], rng: Generator
) -> FloatMap:
    """Return the signal of a field before blur and noise, 0..1 for black..white.

    Parameters
    ----------
    recipe : Recipe
    particles : list of (Placed, Footprint)
        From the lowest to the topmost.
    rng : numpy.random.Generator

    """
    support = substrate_texture(
        recipe.substrate, (recipe.height_px, recipe.width_px), recipe.substrate_period_px, rng
    )
    support *= np.float32(recipe.substrate_level)
    if recipe.debris > 0:
        dirt = _debris(recipe, rng) * np.float32(recipe.contrast)
        support += -recipe.background * dirt if recipe.mode == "tem" else dirt
    if recipe.mode == "se":
        return _secondary_electrons(recipe, particles, support, rng)
    amount = _mass_thickness(recipe, particles, rng)
    if recipe.mode == "stem":
        return np.float32(recipe.background) + support + np.float32(recipe.contrast) * amount
    # Beer-Lambert: a particle of median size transmits 1 - contrast along its middle.
    transmitted = np.exp(amount * np.float32(np.log(max(1 - recipe.contrast, 0.02))))
    if recipe.fringe > 0:
        # A defocused phase edge shows as a bright line around a dark particle: the second
        # derivative of the transmitted wave's phase (transport of intensity).
        fine = ndimage.gaussian_filter(transmitted, 0.8)
        transmitted += np.float32(recipe.fringe) * (
            fine - ndimage.gaussian_filter(transmitted, 1.8)
        )
    return (np.float32(recipe.background) + support) * transmitted


def _debris(recipe: Recipe, rng: Generator) -> FloatMap:
    """Return specks much smaller than the particles, each with a peak of 0.3..1."""
    field = np.zeros((recipe.height_px, recipe.width_px), np.float32)
    median_px = recipe.median_ecd_nm / recipe.pixel_size_nm
    for _ in range(int(rng.poisson(recipe.debris * field.size / 512**2))):
        sigma_px = rng.uniform(0.5, max(0.6, min(4.0, 0.05 * median_px)))
        reach = int(np.ceil(3 * sigma_px))
        y, x = rng.uniform(0, field.shape)
        rows = slice(max(0, int(y) - reach), int(y) + reach + 1)
        columns = slice(max(0, int(x) - reach), int(x) + reach + 1)
        grid = np.ogrid[rows, columns]
        height, width = field[rows, columns].shape
        squared = (grid[0][:height] - y) ** 2 + (grid[1][:, :width] - x) ** 2
        spot = rng.uniform(0.3, 1) * np.exp(-squared / (2 * sigma_px**2))
        field[rows, columns] = np.maximum(field[rows, columns], spot)
    return field


def _mass_thickness(
    recipe: Recipe, particles: list[tuple[Placed, Footprint]], rng: Generator
) -> FloatMap:
    """Sum the thickness of all particles, over the greatest one of a sphere of median size."""
    amount = np.zeros((recipe.height_px, recipe.width_px), np.float32)
    unit_px = recipe.median_ecd_nm / recipe.pixel_size_nm
    shell = float(rng.uniform(0.5, 0.85))
    core = -0.85 if recipe.interior == "hollow" else float(rng.uniform(0.8, 3))
    for placed, foot in particles:
        relief = local_relief(placed, foot)
        thickness = relief.thickness
        if recipe.interior != "solid":
            inner = local_relief(placed, foot, shell)
            inside = np.where(inner.depth > 0, inner.thickness, np.float32(0))
            thickness = np.add(thickness, np.float32(core) * inside, dtype=np.float32)
        strength = np.exp(rng.normal(0, recipe.variation)) / unit_px
        if recipe.roughness > 0:
            thickness = thickness * _bands(thickness.shape, placed.ecd_px, recipe.roughness, rng)
        amount[foot.window] += foot.coverage * thickness * np.float32(strength)
    return amount


def _bands(shape: tuple[int, int], ecd_px: float, strength: float, rng: Generator) -> FloatMap:
    """Return a factor like bend contours or twins: waves across a crystal."""
    y, x = np.ogrid[: shape[0], : shape[1]]
    angle, waves = rng.uniform(0, np.pi), rng.uniform(0.5, 3)
    step = np.float32(2 * np.pi * waves / max(ecd_px, 1))
    phase = (y * np.float32(np.cos(angle)) + x * np.float32(np.sin(angle))) * step
    return (1 + np.float32(1.5 * strength) * np.sin(phase + rng.uniform(0, 6.28))).astype(
        np.float32
    )


def _secondary_electrons(
    recipe: Recipe,
    particles: list[tuple[Placed, Footprint]],
    support: FloatMap,
    rng: Generator,
) -> FloatMap:
    signal = np.float32(recipe.background) + support
    height = np.zeros_like(signal)
    light = rng.uniform(0, 2 * np.pi)
    escape_px = max(1.0, 0.04 * recipe.median_ecd_nm / recipe.pixel_size_nm)
    texture = None
    if recipe.roughness > 0:
        median_px = recipe.median_ecd_nm / recipe.pixel_size_nm
        period_px = max(2.0, float(rng.uniform(0.04, 0.2)) * median_px)
        texture = smooth_noise(signal.shape, period_px, rng) * np.float32(recipe.roughness)
    for placed, foot in particles:
        relief = local_relief(placed, foot)
        level = recipe.background + recipe.contrast * np.exp(rng.normal(0, recipe.variation))
        bright = _topography(relief, recipe, light, escape_px)
        if texture is not None:
            bright = bright + texture[foot.window]
        share = foot.coverage
        window = signal[foot.window]
        window += share * (np.float32(level) * bright - window)
        base = float(height[foot.window].max(initial=0, where=share > 0.5)) * 0.5
        ground = height[foot.window]
        ground += share * (np.clip(relief.top, 0, 2 * placed.ecd_px) + np.float32(base) - ground)
    if recipe.shadow > 0 and particles:
        signal *= _shadow(height, recipe)
    return signal


def _topography(
    relief: Relief, recipe: Recipe, light_rad: float, escape_px: float
) -> NDArray[np.float32]:
    """Return the yield of a surface over that of a flat one.

    The yield grows with 1/cos of the slope (Everhart-Thornley; the power 0.8 and the limit 4 keep
    the limb of spheres finite), more electrons escape within a depth `escape_px` of an edge, and a
    detector at one side sees facing slopes brighter.
    """
    padded = np.pad(relief.top, 1, mode="edge")
    slope_y = (padded[2:, 1:-1] - padded[:-2, 1:-1]) / 2
    slope_x = (padded[1:-1, 2:] - padded[1:-1, :-2]) / 2
    secant = np.minimum(np.sqrt(1 + slope_y**2 + slope_x**2), 4)
    rim = 0.35 * (secant**0.8 - 1)
    rim += np.exp(-np.maximum(relief.depth, 0) / np.float32(escape_px))
    rim += 0.6 * np.exp(-np.maximum(relief.ridge, 0) / np.float32(escape_px))
    side = (
        slope_y * np.float32(np.sin(light_rad)) + slope_x * np.float32(np.cos(light_rad))
    ) / secant
    brightness = 1 + np.float32(recipe.rim) * rim + np.float32(2 * recipe.relief) * side
    return brightness.astype(np.float32, copy=False)


def _shadow(height: FloatMap, recipe: Recipe) -> FloatMap:
    """Return the share of electrons that are not caught by higher neighbours."""
    unit_px = recipe.median_ecd_nm / recipe.pixel_size_nm
    period_px = float(np.clip(unit_px / 3, 1, 25))
    step = max(1, int(period_px // 3))
    coarse = ndimage.gaussian_filter(height[::step, ::step], period_px / step)
    around = ndimage.zoom(coarse, step, order=1)[: height.shape[0], : height.shape[1]]
    around = np.pad(
        around,
        ((0, height.shape[0] - around.shape[0]), (0, height.shape[1] - around.shape[1])),
        mode="edge",
    )
    hidden = np.maximum(around - height, 0) / np.float32(unit_px)
    caught = 1 / (1 + np.float32(1.5 * recipe.shadow) * hidden)
    return caught.astype(np.float32, copy=False)
