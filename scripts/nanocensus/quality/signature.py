"""A short signature by which near-identical micrographs are recognised."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.stats import rankdata

NEAR_DUPLICATE_DISTANCE = 0.25
"""Signatures at most this far apart are of near-identical pictures.

Different fields differ by 0.5 in the mean and by 0.35 at least (docs/design.md); copies that were
recompressed, resized, stretched or captioned by less than 0.25 (tests).
"""

_SIDE = 64  # the picture is reduced to this many rows and columns
_BITS = 256


def picture_signature(pixels: NDArray[np.generic]) -> str:
    """Return the signature of a picture, 64 hexadecimal digits.

    Parameters
    ----------
    pixels : (H, W) uint8, uint16 or float32
        The prepared picture.

    Notes
    -----
    Signs of the 256 lowest coefficients of the cosine transform of the picture, reduced to
    64 x 64 means and replaced by ranks: resizing, bit depth, recompression and any rising
    change of grey values hardly touch them. The mean and the two slopes are left out, as
    they hold the brightness and the shading that all pictures of a sitting share.
    """
    if min(pixels.shape) < 1:
        raise ValueError(f"a picture without pixels has no signature: {pixels.shape}")
    reduced = (
        _reduction(pixels.shape[0]) @ pixels.astype(np.float64) @ _reduction(pixels.shape[1]).T
    )
    # Rounding first: sums in another order must not part equal means.
    ranks = rankdata(np.round(reduced, 6)).reshape(reduced.shape)
    waves = fft.dctn(ranks, norm="ortho")
    bits = waves[_lowest_waves()] > 1e-6
    return np.packbits(bits).tobytes().hex()


def signature_distance(first: str, second: str) -> float:
    """Return the share of bits in which two signatures differ: 0 same, 0.5 unrelated.

    Examples
    --------
    >>> signature_distance("00ff", "00fe")
    0.0625
    """
    if len(first) != len(second) or not first:
        raise ValueError(f"signatures of different length: {first!r}, {second!r}")
    return (int(first, 16) ^ int(second, 16)).bit_count() / (4 * len(first))


def _reduction(length: int) -> NDArray[np.float64]:
    """Return the matrix that takes means over `_SIDE` equal, also broken, parts of a length."""
    edges = np.linspace(0, length, _SIDE + 1)
    start = np.arange(length)
    shared = np.minimum(edges[1:, None], start + 1) - np.maximum(edges[:-1, None], start)
    return np.clip(shared, 0, None) * (_SIDE / length)


def _lowest_waves() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return rows and columns of the lowest coefficients but the mean and the two slopes."""
    down, right = (axis.ravel() for axis in np.mgrid[:_SIDE, :_SIDE])
    order = np.lexsort((down, down + right))[3 : 3 + _BITS]
    return down[order], right[order]
