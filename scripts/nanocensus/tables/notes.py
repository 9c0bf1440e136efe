"""What limits the figures of a sample, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from nanocensus.statistics import Sizes, Summary, figures_of
from nanocensus.tables.consistency import magnification_drift, mixed_conditions
from nanocensus.tables.particles import Particles
from nanocensus.tables.samples import SampleParticles, floors_differ

# Shares from which a note is due (rules of the project).
_TRUNCATED = 0.1
_NOT_SPHERES = 0.1
_SET_ASIDE = 0.2
_NEAR_FLOOR = 1.5
# 10-90 % width of an edge blurred by a normal distribution over that one's full width at half
# maximum: 2.563 sigma / 2.355 sigma.
_EDGE_WIDTH_PER_FWHM = 1.088
_LARGE_WEIGHT = 5.0
_WEIGHT_EFFICIENCY = 0.9
# All other bodies have another volume than the sphere of their projected area.
_SPHERE = "sphere"


def notes_on_counting(sample: SampleParticles, excluded: Mapping[str, int]) -> Iterator[str]:
    """Give notes on micrographs and particles that are missing from the figures."""
    number = len(sample.pictures)
    for status, what in (
        ("review", "not counted before review"),
        ("refused", "refused"),
        ("failed", "not processed"),
    ):
        affected = sum(picture.status == status for picture in sample.pictures)
        if affected:
            yield f"{what}: {affected} of {number} micrographs"
    duplicates = sum(bool(picture.duplicate_of) for picture in sample.pictures)
    if duplicates:
        yield f"counted once, because others show the same: {duplicates} of {number} micrographs"
    if not sample.row.size:
        yield "no particle counted"
        return
    without = np.unique(sample.micrograph[~sample.sized])
    if without.size == np.unique(sample.micrograph).size:
        yield "no pixel size known: sizes only in px, by micrograph"
    elif without.size:
        yield (
            f"no pixel size, so in no figure in nm: {without.size} of {number} micrographs with "
            f"{int(np.sum(~sample.sized))} counted particles"
        )
    hidden = excluded["covered"] + excluded["touching_cluster"]
    if hidden > _SET_ASIDE * (hidden + sample.row.size):
        share = hidden / (hidden + sample.row.size)
        yield (
            f"{share:.0%} of the particles set aside as covered or touching: large ones are "
            "more often among them, and nothing makes up for it"
        )
    yield from mixed_conditions(sample.pictures)


def notes_on_sizes(
    sample: SampleParticles, summary: Summary, particles: Particles
) -> Iterator[str]:
    """Give notes on how far the size distribution can be trusted."""
    yield from _on_intervals(summary)
    yield from _on_pooling(sample, summary)
    yield from _on_floor_and_frame(sample, summary, particles)
    if not summary.tail.enough:
        yield (
            f"d90_v and span_v not supported: particles above d90_v {summary.tail.particles} "
            f"(10 needed), their micrographs {summary.tail.micrographs} (3 needed)"
        )
    yield _on_volume(sample, particles)


def note_on_outliers(sizes: Sizes, units: np.ndarray) -> str:
    """Return the note on micrographs that stand out by their median size.

    Parameters
    ----------
    sizes : Sizes
    units : (m,) int
        Numbers of these micrographs among the units of `sizes`.
    """
    rest = np.ones((1, sizes.n_units))
    rest[0, units] = 0.0
    d50 = figures_of(sizes, rest)["d50_n"][0]
    return (
        f"standing out by median size but counted: {len(units)} of {sizes.n_units} micrographs, "
        f"without which d50_n = {d50:.4g} nm"
    )


def _on_intervals(summary: Summary) -> Iterator[str]:
    units = summary.design.n_units
    if units == 1:
        yield "intervals not estimable: one micrograph"
    elif summary.design.degrees_of_freedom == 1:
        yield f"intervals rest on {units} micrographs: wide, t = {summary.design.t:.1f}"


def _on_pooling(sample: SampleParticles, summary: Summary) -> Iterator[str]:
    pixels = sample.magnifications_nm
    if pixels.size < 2:
        floors = sample.floor_nm[sample.sized]
        if floors_differ(floors):
            how = "pooled by weights" if sample.pooled else "put together without weights: biased"
            yield f"smallest sizes counted differ ({_range(floors)} nm), {how}"
        return
    span = f"{pixels.size} magnifications ({pixels.min():.3g} to {pixels.max():.3g} nm/px)"
    if sample.pooled:
        yield f"{span} pooled by weights that suppose the same mixture of sizes in all of them"
    else:
        yield f"{span} put together without weights, because a frame is unknown: biased"
    if summary.design.n_strata < pixels.size:
        yield "magnifications of one micrograph joined for the intervals, which widens them"
    seen_by_all = sample.sized & (sample.ecd_nm >= sample.floor_nm[sample.sized].max())
    pixel_nm = np.array([picture.number("pixel_size_nm") for picture in sample.pictures])
    drift = magnification_drift(
        sample.micrograph[seen_by_all], sample.ecd_nm[seen_by_all], pixel_nm
    )
    if drift is not None:
        fine, coarse, ratio = drift
        yield (
            f"sizes at {coarse:.3g} nm/px are {ratio - 1:+.0%} off those at {fine:.3g} nm/px "
            "among particles that both show, more than micrographs differ: an error of scale, or "
            "edges that the coarser one does not resolve"
        )


def _on_floor_and_frame(
    sample: SampleParticles, summary: Summary, particles: Particles
) -> Iterator[str]:
    sized = sample.sized
    weight = sample.weight[sized]
    near = sample.ecd_nm[sized] < _NEAR_FLOOR * sample.floor_nm[sized]
    share = float(weight[near].sum() / weight.sum())
    if share > _TRUNCATED:
        yield (
            f"truncated: {share:.0%} lie below 1.5 times the smallest size counted "
            f"({_range(sample.floor_nm[sized])} nm), smaller ones are missing"
        )
    share = float(weight[_blurred(sample)].sum() / weight.sum())
    if share > _TRUNCATED:
        yield f"{share:.0%} are smaller than twice the blur of their edges: sizes uncertain"
    largest = float(particles.number("inclusion_weight")[sample.row[sized]].max())
    thin = summary.clustering.weight_efficiency < _WEIGHT_EFFICIENCY and not sample.pooled
    if largest > _LARGE_WEIGHT or thin:
        yield f"magnification too high for the largest particles (edge weight up to {largest:.1f})"


def _range(floors_nm: np.ndarray) -> str:
    low = f"{floors_nm.min():.3g}"
    return f"{low} to {floors_nm.max():.3g}" if floors_differ(floors_nm) else low


def _blurred(sample: SampleParticles) -> np.ndarray:
    """Return whether each size is below twice the blur's full width at half maximum, (n,) bool."""
    widths_px = [picture.number("edge_width_px") for picture in sample.pictures]
    pixels_nm = [picture.number("pixel_size_nm") for picture in sample.pictures]
    blur_nm = np.array(widths_px) * np.array(pixels_nm) / _EDGE_WIDTH_PER_FWHM
    sized = sample.sized
    return sample.ecd_nm[sized] < 2 * blur_nm[sample.micrograph[sized]]


def _on_volume(sample: SampleParticles, particles: Particles) -> str:
    sized = sample.sized
    volume = sample.weight[sized] * sample.ecd_nm[sized] ** 3
    shape = particles.table["shape"].iloc[sample.row[sized]]
    far = (shape != _SPHERE).to_numpy()
    share = float(volume[far].sum() / volume.sum())
    note = "volume-weighted figures take each particle as a sphere of its ecd"
    if share > _NOT_SPHERES:
        note += f", but {share:.0%} of that volume are not told to be spheres"
    return note
