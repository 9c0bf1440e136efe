"""Noise of a micrograph, told apart from its structure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

_DIFFERENCE = np.array([1.0, -2.0, 1.0], dtype=np.float32)
# White noise of sd 1 has sd 6 after the product of two second differences (norm of the mask).
_DIFFERENCE_NORM = 6.0
_SD_PER_MAD = 1.4826  # of a normal distribution
_ROUNDING_SD = 12**-0.5  # of values rounded to integers
_FEWEST_PIXELS = 100


def noise_sd(pixels: NDArray[np.generic], where: NDArray[np.bool_]) -> float:
    """Return the standard deviation of the pixel noise.

    Parameters
    ----------
    pixels : (H, W) uint8, uint16 or float32
        Grey values.
    where : (H, W) bool
        Pixels to use; all are used when fewer than 100 remain.

    Returns
    -------
    float, grey values
        For integers at least the rounding noise, 1/√12.

    Notes
    -----
    Median absolute deviation of the picture after the mask [1 -2 1; -2 4 -2; 1 -2 1], which
    is blind to planes and to straight edges along the axes (Immerkær, CVIU 64, 1996, 300);
    the median ignores what structure is left. Noise that was smeared by resizing or JPEG is
    underestimated.
    """
    response = ndimage.correlate1d(pixels.astype(np.float32), _DIFFERENCE, axis=0)
    response = np.abs(ndimage.correlate1d(response, _DIFFERENCE, axis=1))
    if np.count_nonzero(where) >= _FEWEST_PIXELS:
        response = response[where]
    if np.issubdtype(pixels.dtype, np.integer):
        return max(_median_of_codes(response) * _SD_PER_MAD / _DIFFERENCE_NORM, _ROUNDING_SD)
    return float(np.median(response)) * _SD_PER_MAD / _DIFFERENCE_NORM


def _median_of_codes(response: NDArray[np.float32]) -> float:
    """Return the median of whole numbers >= 0 as if each were spread over its rounding step.

    The plain median moves in steps of a grey value / 4, too coarse for quiet pictures.
    """
    share = np.cumsum(np.bincount(response.ravel().astype(np.int64))) / response.size
    return float(np.interp(0.5, np.append(0.0, share), np.append(0.0, np.arange(share.size) + 0.5)))
