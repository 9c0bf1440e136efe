"""From a prediction to instances: seeds on the distance channel, watershed, holes, specks."""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from skimage.segmentation import watershed

from .settings import DecodingParameters

FEATURES = ("mean_foreground", "peak_distance", "outline_contrast")
"""What `instance_features` gives per instance."""

_CROSS = ndimage.generate_binary_structure(2, 1)


def decode(prediction: np.ndarray, parameters: DecodingParameters) -> tuple[np.ndarray, np.ndarray]:
    """Part a prediction into instances.

    Parameters
    ----------
    prediction : (3, H, W) float32, 0..1
        Foreground, boundary, distance (`targets_from_labels`).
    parameters : DecodingParameters

    Returns
    -------
    labels : (H, W) int32
        0 is background; 1..n in the order of each instance's first pixel, row by row.
    particle_probability : (n,) float64
        Probability that the instance is a particle.

    Notes
    -----
    Foreground is grown from seeds in the order of falling distance, so touching particles part
    where it is lowest. Every connected piece of foreground holds at least one seed. Each instance
    is 4-connected.
    """
    foreground = prediction[0] >= parameters.foreground_threshold
    if not foreground.any():
        return np.zeros(foreground.shape, dtype=np.int32), np.zeros(0)
    height = _seed_height(prediction, parameters)
    seeds, pieces = find_seeds(height, foreground, parameters)
    labels = _grow(seeds, pieces, height)
    labels = close_holes(labels, parameters.max_hole_share)
    labels = remove_specks(labels, parameters.min_area_px)
    return labels, particle_probability(prediction, labels, parameters)


def find_seeds(
    height: np.ndarray, foreground: np.ndarray, parameters: DecodingParameters
) -> tuple[np.ndarray, np.ndarray]:
    """Find one region per particle by raising a level through the height map.

    Parameters
    ----------
    height : (H, W) float32
        Distance, lowered on boundaries and smoothed.
    foreground : (H, W) bool
    parameters : DecodingParameters

    Returns
    -------
    seeds : (H, W) int32
        Regions 1..n. A piece of foreground begins as one region; at each level a region that
        holds two or more connected parts above the level is replaced by these parts. A part
        counts if it is large enough and rises far enough above the level.
    pieces : (H, W) int32
        The 4-connected pieces of foreground.

    Notes
    -----
    This is the component tree of the height map at a few levels: like h-maxima it parts what is
    joined by a pass, but costs one labelling per level instead of a reconstruction.
    """
    pieces, count = ndimage.label(foreground, structure=_CROSS)
    regions = pieces
    for level in parameters.seed_levels:
        parts, n_parts = ndimage.label(foreground & (height >= level), structure=_CROSS)
        if n_parts < 2:
            continue
        where = np.flatnonzero(parts)
        part = parts.ravel()[where]
        parent = np.zeros(n_parts + 1, dtype=np.int64)
        parent[part] = regions.ravel()[where]  # a part lies in one region or in none
        peak = np.zeros(n_parts + 1, dtype=np.float32)
        np.maximum.at(peak, part, height.ravel()[where])
        areas = np.bincount(part, minlength=n_parts + 1)
        counts = (areas >= parameters.min_seed_area_px) & (parent > 0)
        counts &= peak >= level + parameters.min_rise
        splits = np.bincount(parent[counts], minlength=count + 1) >= 2
        if not splits.any():
            continue
        kept = counts & splits[parent]
        number = np.zeros(n_parts + 1, dtype=regions.dtype)
        number[kept] = count + 1 + np.arange(kept.sum())
        regions = np.where(splits[regions], number[parts], regions)
        regions, count = _renumber(regions)
    return regions, pieces


def _grow(seeds: np.ndarray, pieces: np.ndarray, height: np.ndarray) -> np.ndarray:
    """Grow seeds over their piece of foreground: (H, W) int32.

    A piece with one seed is one instance; only the others need the watershed.
    """
    several = np.zeros(int(pieces.max()) + 1, dtype=bool)
    several[np.unique(pieces[(seeds == 0) & (pieces > 0)])] = True
    owner = np.zeros(len(several), dtype=np.int32)
    owner[pieces.ravel()] = seeds.ravel()  # a piece without gaps between seeds holds one seed
    owner[several] = 0
    labels = owner[pieces]
    parted = several[pieces]
    if parted.any():
        grown = watershed(-height, np.where(parted, seeds, 0), mask=parted, connectivity=1)
        labels = np.where(parted, grown.astype(np.int32), labels)
    return labels


def close_holes(labels: np.ndarray, max_share: float) -> np.ndarray:
    """Give gaps that lie inside one instance to it, up to a share of the instance's area.

    A gap is a 4-connected piece of background that does not reach the frame and whose neighbours
    all belong to one instance; a gap between several touching particles stays.
    """
    gaps, count = ndimage.label(labels == 0, structure=_CROSS)
    frame = np.concatenate([gaps[0], gaps[-1], gaps[:, 0], gaps[:, -1]])
    inner = np.ones(count + 1, dtype=bool)
    inner[0] = False
    inner[frame] = False
    where = np.flatnonzero(inner[gaps])
    if where.size == 0:
        return labels
    gap = gaps.ravel()[where]
    highest = np.zeros(count + 1, dtype=np.int64)
    lowest = np.full(count + 1, np.iinfo(np.int64).max)
    for step in (-labels.shape[1], labels.shape[1], -1, 1):  # no inner gap lies at the frame
        neighbour = labels.ravel()[where + step].astype(np.int64)
        np.maximum.at(highest, gap, neighbour)
        np.minimum.at(lowest, gap, np.where(neighbour == 0, np.iinfo(np.int64).max, neighbour))
    areas = np.bincount(labels.ravel())
    gap_areas = np.bincount(gap, minlength=count + 1)
    fits = inner & (highest == lowest) & (gap_areas <= max_share * areas[highest])
    filled = labels.copy()
    filled.ravel()[where] = np.where(fits, highest, 0)[gap]
    return filled


def remove_specks(labels: np.ndarray, min_area_px: int) -> np.ndarray:
    """Remove instances below an area and number the others in the order of their first pixel."""
    areas = np.bincount(labels.ravel())
    keep = areas >= min_area_px
    keep[0] = False
    where = np.flatnonzero(labels)
    first = np.zeros(len(areas), dtype=np.int64)
    first[labels.ravel()[where[::-1]]] = where[::-1]
    number = np.zeros(len(areas), dtype=np.int32)
    order = np.flatnonzero(keep)
    order = order[np.argsort(first[order], kind="stable")]
    number[order] = np.arange(1, len(order) + 1)
    return number[labels]


def instance_features(prediction: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Measure how sure the network was of each instance.

    Parameters
    ----------
    prediction : (3, H, W) float32, 0..1
    labels : (H, W) int32, 0..n

    Returns
    -------
    (n, 3) float64
        In the order of `FEATURES`: mean foreground probability over the instance; highest value
        of the distance channel in it (near 1 for a particle that was seen as a whole); mean
        foreground probability of the instance minus that of the background within 2 px around it
        (0 where it has none).
    """
    count = int(labels.max(initial=0))
    if count == 0:
        return np.zeros((0, len(FEATURES)))
    where = np.flatnonzero(labels)
    owner = labels.ravel()[where]
    pixels = np.bincount(owner, minlength=count + 1)[1:]
    inside = np.bincount(owner, prediction[0].ravel()[where], minlength=count + 1)[1:] / pixels
    peak = np.zeros(count + 1)
    np.maximum.at(peak, owner, prediction[2].ravel()[where])
    around = ndimage.grey_dilation(labels, size=5)
    ring = np.flatnonzero((labels == 0) & (around > 0))
    owner = around.ravel()[ring]
    pixels = np.bincount(owner, minlength=count + 1)[1:]
    sums = np.bincount(owner, prediction[0].ravel()[ring], minlength=count + 1)[1:]
    outside = np.divide(sums, pixels, out=inside.copy(), where=pixels > 0)
    return np.column_stack([inside, peak[1:], inside - outside])


def particle_probability(
    prediction: np.ndarray, labels: np.ndarray, parameters: DecodingParameters
) -> np.ndarray:
    """Turn the instances' features into probabilities: (n,) float64, 0..1."""
    intercept, *slopes = parameters.probability_weights
    score = intercept + instance_features(prediction, labels) @ np.array(slopes)
    return 1 / (1 + np.exp(-score))


def _seed_height(prediction: np.ndarray, parameters: DecodingParameters) -> np.ndarray:
    """Lower the distance on boundaries and smooth it."""
    height = prediction[2] - np.float32(parameters.boundary_weight) * prediction[1]
    return ndimage.gaussian_filter(height, parameters.smoothing_px, mode="nearest")


def _renumber(regions: np.ndarray) -> tuple[np.ndarray, int]:
    """Number the regions that are left 1..n, in the order of their numbers."""
    present = np.bincount(regions.ravel()) > 0
    present[0] = False
    number = np.cumsum(present) * present
    return number[regions], int(present.sum())
