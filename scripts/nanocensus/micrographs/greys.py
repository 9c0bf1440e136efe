"""Pictures of any number type and colour model into one grey picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nanocensus.micrographs.findings import Finding

_LUMINANCE = (299, 587, 114)
"""Thousandths of red, green, blue in luminance (ITU-R BT.601, for gamma-encoded values)."""
_COLOURED_SHARE = 24 / 255
"""Spread of the channels, as a share of the range, above which a pixel is clearly coloured:
JPEG's chroma noise in grey pictures stays below it."""
_ANNOTATION_SHARE = 0.2
"""Coloured pixels up to this share of the picture are annotation; more are a false-colour look."""


@dataclass(frozen=True)
class GreyPicture:
    """A grey picture and what its colours told.

    Attributes
    ----------
    pixels : ndarray of shape (H, W), uint8, uint16 or float32
        Grey values.
    coloured : ndarray of shape (H, W), bool, or None
        Pixels whose colour shows that they were drawn into the picture; None if there are none.
    findings : tuple of Finding
        That colours were dropped.
    """

    pixels: NDArray[np.generic]
    coloured: NDArray[np.bool_] | None = None
    findings: tuple[Finding, ...] = ()


def native_grey(values: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return the values as uint8, uint16 or float32, exact where one of the first two holds them.

    Parameters
    ----------
    values : ndarray of shape (H, W), bool, integer or float

    Returns
    -------
    ndarray of shape (H, W)
        bool becomes 0 and 255.
    """
    if values.dtype == np.bool_:
        return values.astype(np.uint8) * np.uint8(255)
    if values.dtype.kind in "iu" and values.dtype != np.uint8 and values.size:
        low, high = int(values.min()), int(values.max())
        if low >= 0 and values.dtype.itemsize == 1:
            return values.astype(np.uint8)
        return values.astype(np.uint16 if low >= 0 and high <= 65535 else np.float32)
    with np.errstate(over="ignore"):
        return values.astype(np.uint8 if values.dtype == np.uint8 else np.float32)


def grey_of_colours(colours: NDArray[np.generic]) -> GreyPicture:
    """Return the grey picture of red, green, blue: as it is if they are equal, else luminance.

    Parameters
    ----------
    colours : ndarray of shape (H, W, 3), integer or float
        Red, green, blue.
    """
    red = colours[..., 0]
    if np.array_equal(red, colours[..., 1]) and np.array_equal(red, colours[..., 2]):
        return GreyPicture(native_grey(red))
    luminance = np.zeros(red.shape, np.float64)
    for channel, thousandths in enumerate(_LUMINANCE):
        luminance += thousandths * colours[..., channel].astype(np.float64)
    luminance /= 1000
    if colours.dtype.kind != "f":
        np.rint(luminance, out=luminance)
    pixels = native_grey(luminance.astype(colours.dtype))
    coloured = _is_coloured(colours)
    share = float(coloured.mean())
    told = f"; the {share:.1%} clearly coloured is taken for annotation"
    finding = Finding(
        "colour_picture",
        "warn",
        "a colour picture, turned to grey by its luminance"
        + (told if 0 < share <= _ANNOTATION_SHARE else ""),
    )
    return GreyPicture(pixels, _annotation(coloured), (finding,))


def grey_of_palette(indices: NDArray[np.integer], palette: NDArray[np.integer]) -> GreyPicture:
    """Return the grey picture of a palette picture.

    Parameters
    ----------
    indices : ndarray of shape (H, W), unsigned integer
        Places in the palette.
    palette : ndarray of shape (n, 3), integer
        Red, green, blue, 0 to 255. Vendors mix a few overlay colours into a grey
        palette; only those that the picture uses count.
    """
    if indices.size and int(indices.max()) >= len(palette):
        raise ValueError(f"index {int(indices.max())} in a palette of {len(palette)} colours")
    entries = palette[:, None, :].astype(np.uint8)
    pixels = grey_of_colours(entries).pixels[:, 0][indices]
    coloured = _is_coloured(entries)[:, 0][indices]
    if coloured.mean() <= _ANNOTATION_SHARE:
        return GreyPicture(pixels, _annotation(coloured))
    finding = Finding(
        "colour_picture", "warn", "a palette of colours, turned to grey by their luminance"
    )
    return GreyPicture(pixels, None, (finding,))


def _is_coloured(colours: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Return where the channels of (H, W, 3) differ clearly."""
    highest, lowest = colours.max(axis=-1), colours.min(axis=-1)
    if colours.dtype.kind == "f":
        full = float(highest.max() - lowest.min())
    else:
        full = 255.0 if int(highest.max()) <= 255 else 65535.0
    return np.asarray((highest - lowest) > _COLOURED_SHARE * full)


def _annotation(coloured: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    """Return the coloured pixels if they are few enough to be annotation, else None."""
    return coloured if 0 < coloured.mean() <= _ANNOTATION_SHARE else None
