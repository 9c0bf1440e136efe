"""Recognising diffraction patterns and Fourier transforms by their pixels.

Rather blind than wrong: what is refused here is lost to the count. Patterns whose
centre is hidden by a beam stop, or lies near the edge, are not recognised.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

_SIDE_PX = 256
"""Short side to which pictures are reduced; spots and rings of patterns are wider."""
_SMALLEST_SIDE_PX = 64
"""Below it noise alone can be symmetric."""
_CENTRE_SHARE = 0.25
"""The centre is sought in the middle, up to an eighth of the frame from its centre."""
_BINS = 50
"""Rings of equal width from the centre to half the short side."""
_NEAR, _FAR = 0.15, 0.95
_OUTER = 0.35
_INNER_RINGS = slice(2, 46)
_FOOT_RING = 6

# docs/design.md says what these limits part.
_LEAST_SYMMETRY = 0.6
_LEAST_OUTER_SYMMETRY = 0.5
_EXACT_SYMMETRY = 0.97
_LEAST_RADIAL_SHARE = 0.42
_LEAST_DECAY = 0.8
_LEAST_SPOT = 0.7
_LEAST_SHARPNESS = 0.1


def is_diffraction_pattern(pixels: NDArray[np.generic]) -> bool:
    """Return whether a picture is symmetric about a bright spot like no field of particles.

    Parameters
    ----------
    pixels : ndarray of shape (H, W), any real number type
        Finite grey values without an info bar.

    Notes
    -----
    Friedel's law makes patterns, and mathematics makes power spectra, symmetric about a point.
    All of these are asked for, after a logarithm: that symmetry, in the whole picture and in the
    finer detail far from the centre (a single round particle has it only in its own place);
    a bright spot in the centre, the brightest place of all, that falls off steeply; and a mean
    over rings that decays outwards and, unless the symmetry is that of a computed spectrum,
    makes up a good part of the variance.
    """
    picture = _reduced(pixels)
    if min(picture.shape) < _SMALLEST_SIDE_PX or np.ptp(picture) == 0:
        return False
    picture = np.log1p(3 * (picture - picture.min()) / (picture - picture.min()).mean())
    side = min(picture.shape)
    detail = ndimage.gaussian_filter(picture, 1) - ndimage.gaussian_filter(picture, 0.08 * side)
    twice_centre = _symmetry_centre(picture, detail)
    rows, columns = np.indices(picture.shape)
    radius = np.hypot(rows - twice_centre[0] / 2, columns - twice_centre[1] / 2) / (side / 2)
    ring = np.minimum((radius * _BINS).astype(int), _BINS)
    counts = np.bincount(ring.ravel(), minlength=_BINS + 1)[:_BINS]
    means = np.bincount(ring.ravel(), picture.ravel(), _BINS + 1)[:_BINS] / np.maximum(counts, 1)
    if not _has_decaying_spot(picture, radius, means):
        return False
    fine = ndimage.gaussian_filter(picture, 1) - ndimage.gaussian_filter(picture, 0.03 * side)
    outer = _symmetry(fine, twice_centre, radius, _OUTER)
    return (
        _symmetry(detail, twice_centre, radius, _NEAR) > _LEAST_SYMMETRY
        and outer > _LEAST_OUTER_SYMMETRY
        and (outer > _EXACT_SYMMETRY or _radial_share(picture, radius, means) > _LEAST_RADIAL_SHARE)
    )


def _reduced(pixels: NDArray[np.generic]) -> NDArray[np.float64]:
    """Return block means, so that the short side has about `_SIDE_PX`."""
    factor = max(1, min(pixels.shape) // _SIDE_PX)
    rows, columns = (length // factor for length in pixels.shape)
    cut = pixels[: rows * factor, : columns * factor]
    blocks = cut.reshape(rows, factor, columns, factor)
    return np.asarray(blocks.mean(axis=(1, 3), dtype=np.float64))


def _symmetry_centre(picture: NDArray[np.float64], detail: NDArray[np.float64]) -> tuple[int, int]:
    """Return twice the point about which the picture is most symmetric.

    The self-convolution of the detail peaks there. A lattice has many such points; the brightest
    of the good ones is taken.
    """
    rows, columns = picture.shape
    spectrum = np.fft.rfft2(detail, (2 * rows, 2 * columns))
    convolution = np.fft.irfft2(spectrum**2, (2 * rows, 2 * columns))
    margins = [int(_CENTRE_SHARE * length) for length in picture.shape]
    first = (rows - 1 - margins[0], columns - 1 - margins[1])
    middle = convolution[first[0] : rows + margins[0], first[1] : columns + margins[1]]
    peaks = (ndimage.maximum_filter(middle, 5) == middle) & (middle > 0.7 * middle.max())
    candidates = np.argwhere(peaks) + first
    places = np.rint(candidates / 2).astype(int)
    smooth = ndimage.gaussian_filter(picture, 1.5)
    best = candidates[int(np.argmax(smooth[places[:, 0], places[:, 1]]))]
    return int(best[0]), int(best[1])


def _symmetry(
    detail: NDArray[np.float64],
    twice_centre: tuple[int, int],
    radius: NDArray[np.float64],
    nearest: float,
) -> float:
    """Return the correlation of the detail with itself, turned by 180 degrees, in an annulus."""
    rows, columns = np.nonzero((radius > nearest) & (radius < _FAR))
    turned_rows, turned_columns = twice_centre[0] - rows, twice_centre[1] - columns
    inside = (
        (turned_rows >= 0)
        & (turned_rows < detail.shape[0])
        & (turned_columns >= 0)
        & (turned_columns < detail.shape[1])
    )
    here = detail[rows[inside], columns[inside]]
    there = detail[turned_rows[inside], turned_columns[inside]]
    if np.ptp(here) == 0 or np.ptp(there) == 0:
        return 0.0
    return float(np.corrcoef(here, there)[0, 1])


def _has_decaying_spot(
    picture: NDArray[np.float64], radius: NDArray[np.float64], means: NDArray[np.float64]
) -> bool:
    """Return whether a bright, steep spot lies in the centre and brightness decays from there.

    `means` is the mean brightness in rings about the centre.
    """
    middle = float(np.median(picture))
    spot = picture[radius <= max(0.03, 3 / min(picture.shape))].mean() - middle
    top = means[:2].max()
    inner = means[_INNER_RINGS]
    ranks = np.argsort(np.argsort(-inner, kind="stable"), kind="stable")
    return bool(
        spot > _LEAST_SPOT * (picture.max() - middle)
        and top - means[_FOOT_RING] > _LEAST_SHARPNESS * (top - means.min())
        and np.corrcoef(ranks, np.arange(len(inner)))[0, 1] > _LEAST_DECAY
    )


def _radial_share(
    picture: NDArray[np.float64], radius: NDArray[np.float64], means: NDArray[np.float64]
) -> float:
    """Return how much of the variance in the annulus the rings' means explain."""
    annulus = (radius > _NEAR) & (radius < _FAR)
    values = picture[annulus]
    if np.ptp(values) == 0:
        return 0.0
    expected = means[(radius[annulus] * _BINS).astype(int)]
    return float(1 - ((values - expected) ** 2).mean() / values.var())
