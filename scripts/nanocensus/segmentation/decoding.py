"""From a prediction to instances: seeds on the distance channel, watershed, holes, specks."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from scipy import ndimage
from skimage.segmentation import watershed

from .settings import DecodingParameters
from .strips import areas_of, renumber, strips, strips_with_rim
from .targets import targets_from_labels

FEATURES = ("mean_foreground", "peak_distance", "outline_contrast")
"""What `instance_features` gives per instance."""

_CROSS = ndimage.generate_binary_structure(2, 1)
_RING_PX = 2
_RING = np.ones((2 * _RING_PX + 1, 2 * _RING_PX + 1), dtype=np.uint8)


class Decoded(NamedTuple):
    """What a prediction was parted into.

    Attributes
    ----------
    labels : (H, W) int32
        0 is background; 1..n in the order of each instance's first pixel, row by row.
    particle_probability : (n,) float64
        Probability that the instance is a particle.
    n_specks : int
        Instances beside these that were removed because their area, with closed holes, is below
        `min_area_px`.
    """

    labels: np.ndarray
    particle_probability: np.ndarray
    n_specks: int


def decode(prediction: np.ndarray, parameters: DecodingParameters) -> Decoded:
    """Part a prediction into instances.

    Parameters
    ----------
    prediction : (3, H, W) or (1, H, W) float32, 0..1
        Foreground, boundary, distance (`targets_from_labels`), or foreground alone (`complete`).
    parameters : DecodingParameters

    Returns
    -------
    Decoded

    Notes
    -----
    Foreground is grown from seeds in the order of falling distance, so touching particles part
    where it is lowest. Every connected piece of foreground holds at least one seed. Each instance
    is 4-connected.
    """
    prediction = complete(prediction, parameters.foreground_threshold)
    foreground = prediction[0] >= parameters.foreground_threshold
    if not foreground.any():
        return Decoded(np.zeros(foreground.shape, dtype=np.int32), np.zeros(0), 0)
    height = _seed_height(prediction, parameters)
    labels, pieces = find_seeds(height, foreground, parameters)
    parted = _fill_lone(labels, pieces)
    del foreground, pieces  # the next step needs the most memory
    if parted.any():
        _flood(labels, parted, height)
    del height, parted
    close_holes(labels, parameters.max_hole_share)
    n_specks = remove_specks(labels, parameters.min_area_px)
    return Decoded(labels, particle_probability(prediction, labels, parameters), n_specks)


def complete(prediction: np.ndarray, foreground_threshold: float) -> np.ndarray:
    """Give a prediction of the foreground alone the channels that its network does not have.

    They are what they would be if every 4-connected piece of foreground were one particle
    (`targets_from_labels`): the distance is the distance transform of the piece, 1 where it is
    deepest. Seeds on it and the watershed then part touching particles where the piece is narrow,
    which is the usual way from a binary mask to particles.

    Parameters
    ----------
    prediction : (1, H, W) or (3, H, W) float32, 0..1
        Three channels are returned as they are.
    foreground_threshold : float

    Returns
    -------
    (3, H, W) float32, 0..1
    """
    if prediction.shape[0] > 1:
        return prediction
    channels = targets_from_labels((prediction[0] >= foreground_threshold).astype(np.int32))
    channels[0] = prediction[0]
    return channels


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
    regions = pieces.copy()
    for level in parameters.seed_levels:
        parts, n_parts = ndimage.label(foreground & (height >= level), structure=_CROSS)
        if n_parts < 2:
            continue
        parent, peak, areas = _parents_peaks_areas(parts, n_parts, regions, height)
        counts = (areas >= parameters.min_seed_area_px) & (parent > 0)
        counts &= peak >= level + parameters.min_rise
        splits = np.bincount(parent[counts], minlength=count + 1) >= 2
        if not splits.any():
            continue
        kept = counts & splits[parent]
        number = np.zeros(n_parts + 1, dtype=np.int32)
        number[kept] = count + 1 + np.arange(kept.sum())
        for rows in strips(regions.shape):
            regions[rows] = np.where(splits[regions[rows]], number[parts[rows]], regions[rows])
        count += int(kept.sum())
    _number_without_gaps(regions, count)
    return regions, pieces


def _parents_peaks_areas(
    parts: np.ndarray, n_parts: int, regions: np.ndarray, height: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the region that each part lies in (0: in none), its greatest height and its area."""
    parent = np.zeros(n_parts + 1, dtype=np.int64)
    peak = np.zeros(n_parts + 1, dtype=np.float32)
    areas = np.zeros(n_parts + 1, dtype=np.int64)
    for rows in strips(parts.shape):
        inside = parts[rows] > 0
        part = parts[rows][inside]
        parent[part] = regions[rows][inside]
        np.maximum.at(peak, part, height[rows][inside])
        areas += np.bincount(part, minlength=n_parts + 1)
    return parent, peak, areas


def _fill_lone(seeds: np.ndarray, pieces: np.ndarray) -> np.ndarray:
    """Give pieces of foreground with a single seed to it, in place.

    Returns
    -------
    (H, W) bool
        The other pieces, which are to be flooded.
    """
    several = np.zeros(int(pieces.max()) + 1, dtype=bool)
    owner = np.zeros(len(several), dtype=np.int32)
    for rows in strips(seeds.shape):
        seed, piece = seeds[rows], pieces[rows]
        several[piece[(seed == 0) & (piece > 0)]] = True
        owner[piece] = seed  # a piece without gaps between seeds holds one seed
    parted = np.zeros(seeds.shape, dtype=bool)
    for rows in strips(seeds.shape):
        parted[rows] = several[pieces[rows]]
        seeds[rows] = np.where(parted[rows], seeds[rows], owner[pieces[rows]])
    return parted


def _flood(seeds: np.ndarray, parted: np.ndarray, height: np.ndarray) -> None:
    """Grow seeds over pieces of foreground in the order of falling height, in place.

    The height is turned upside down in place. The inside of seeds, where nothing can grow, is
    kept out of the watershed's queue, which takes more memory per pixel than anything else.
    """
    gaps = parted & (seeds == 0)
    rows, columns = np.flatnonzero(gaps.any(axis=1)), np.flatnonzero(gaps.any(axis=0))
    if rows.size == 0:
        return
    box = (
        slice(max(0, rows[0] - 1), rows[-1] + 2),
        slice(max(0, columns[0] - 1), columns[-1] + 2),
    )
    reach = ndimage.binary_dilation(gaps[box], structure=_CROSS)
    reach &= parted[box]
    np.negative(height, out=height)
    grown = watershed(height[box], seeds[box], mask=reach, connectivity=1)
    np.copyto(seeds[box], grown, where=reach)


def close_holes(labels: np.ndarray, max_share: float) -> None:
    """Give gaps inside one instance to it, up to a share of the instance's area, in place.

    A gap is a 4-connected piece of background that does not reach the frame and whose neighbours
    all belong to one instance; a gap between several touching particles stays.
    """
    gaps, count = ndimage.label(labels == 0, structure=_CROSS)
    inner = np.ones(count + 1, dtype=bool)
    inner[0] = False
    inner[np.concatenate([gaps[0], gaps[-1], gaps[:, 0], gaps[:, -1]])] = False
    if not inner.any():
        return
    none = np.iinfo(np.int64).max
    highest = np.zeros(count + 1, dtype=np.int64)
    lowest = np.full(count + 1, none)
    for rows in strips(labels.shape):
        y, x = np.nonzero(inner[gaps[rows]])
        y += rows.start
        gap = gaps[y, x]
        for step_y, step_x in ((-1, 0), (1, 0), (0, -1), (0, 1)):  # none lies at the frame
            neighbour = labels[y + step_y, x + step_x].astype(np.int64)
            np.maximum.at(highest, gap, neighbour)
            np.minimum.at(lowest, gap, np.where(neighbour == 0, none, neighbour))
    areas = areas_of(labels, int(labels.max()))
    fits = inner & (highest == lowest) & (areas_of(gaps, count) <= max_share * areas[highest])
    filling = np.where(fits, highest, 0).astype(labels.dtype)
    for rows in strips(labels.shape):
        labels[rows] += filling[gaps[rows]]  # gaps are 0 so far


def remove_specks(labels: np.ndarray, min_area_px: int) -> int:
    """Remove instances below an area, in place, and tell how many.

    The others are numbered in the order of their first pixel.
    """
    count = int(labels.max(initial=0))
    areas = areas_of(labels, count)
    keep = areas >= min_area_px
    keep[0] = False
    first = np.zeros(count + 1, dtype=np.int64)
    for rows in reversed(list(strips(labels.shape))):
        where = np.flatnonzero(labels[rows])[::-1]
        first[labels[rows].ravel()[where]] = where + rows.start * labels.shape[1]
    number = np.zeros(count + 1, dtype=labels.dtype)
    order = np.flatnonzero(keep)
    order = order[np.argsort(first[order], kind="stable")]
    number[order] = np.arange(1, len(order) + 1)
    renumber(labels, number)
    return int(np.count_nonzero(areas[1:])) - len(order)


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
    inside, around = np.zeros((2, count + 1)), np.zeros((2, count + 1))  # sums and pixels
    peak = np.zeros(count + 1)
    for rows, wider, inner in strips_with_rim(labels.shape, _RING_PX):
        within = labels[rows] > 0
        owner = labels[rows][within]
        _add_up(inside, owner, prediction[0, rows][within])
        np.maximum.at(peak, owner, prediction[2, rows][within])
        # OpenCV takes a third of SciPy's time; float32 holds labels up to 2**24 exactly
        near = cv2.dilate(labels[wider].astype(np.float32), _RING)[inner].astype(labels.dtype)
        ring = ~within & (near > 0)
        _add_up(around, near[ring], prediction[0, rows][ring])
    mean = inside[0, 1:] / inside[1, 1:]
    outside = np.divide(around[0, 1:], around[1, 1:], out=mean.copy(), where=around[1, 1:] > 0)
    return np.column_stack([mean, peak[1:], mean - outside])


def _add_up(sums_and_pixels: np.ndarray, owner: np.ndarray, values: np.ndarray) -> None:
    """Add the values, and the number of pixels, of each owner."""
    count = sums_and_pixels.shape[1]
    sums_and_pixels[0] += np.bincount(owner, values, minlength=count)
    sums_and_pixels[1] += np.bincount(owner, minlength=count)


def particle_probability(
    prediction: np.ndarray, labels: np.ndarray, parameters: DecodingParameters
) -> np.ndarray:
    """Turn the instances' features into probabilities: (n,) float64, 0..1."""
    intercept, *slopes = parameters.probability_weights
    score = intercept + instance_features(prediction, labels) @ np.array(slopes)
    return 1 / (1 + np.exp(-score))


def _seed_height(prediction: np.ndarray, parameters: DecodingParameters) -> np.ndarray:
    """Lower the distance on boundaries and smooth it."""
    height = prediction[1] * np.float32(-parameters.boundary_weight)
    height += prediction[2]
    return ndimage.gaussian_filter(height, parameters.smoothing_px, mode="nearest", output=height)


def _number_without_gaps(regions: np.ndarray, highest: int) -> None:
    """Number the regions that are left 1..n in the order of their numbers, in place."""
    present = areas_of(regions, highest) > 0
    present[0] = False
    renumber(regions, (np.cumsum(present) * present).astype(np.int32))
