"""Labels and probability on disk: compressed TIFF that Fiji opens calibrated."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import tifffile

from nanocensus.campaign import replacing

if TYPE_CHECKING:
    from nanocensus.micrographs import PixelSize

    from .segmenter import Segmentation

_LARGEST_UINT16 = np.iinfo(np.uint16).max


def write_segmentation(
    segmentation: Segmentation,
    pixel_size: PixelSize | None,
    labels_path: Path,
    probability_path: Path,
) -> None:
    """Write labels (uint16, uint32 beyond 65535 particles) and probability (uint8, 255 is 1).

    The files carry ImageJ's description and resolution in nm where the pixel size is known. The
    same segmentation gives the same bytes.
    """
    labels = segmentation.labels
    small = labels.max(initial=0) <= _LARGEST_UINT16
    _write(labels_path, labels.astype(np.uint16 if small else np.uint32), pixel_size)
    probability = np.rint(segmentation.probability * np.float32(255)).astype(np.uint8)
    _write(probability_path, probability, pixel_size)


def read_labels(path: Path) -> np.ndarray:
    """Read labels: (H, W) int32, 0 background."""
    return tifffile.imread(path).astype(np.int32)


def read_probability(path: Path) -> np.ndarray:
    """Read the foreground probability: (H, W) float32, 0..1."""
    return tifffile.imread(path).astype(np.float32) / np.float32(255)


def _write(path: Path, values: np.ndarray, pixel_size: PixelSize | None) -> None:
    """Write one grey plane as ImageJ does: pixels per unit as rationals, the unit in the text."""
    description = "ImageJ=1.53t\n"
    resolution = None
    if pixel_size is not None:
        description += "unit=nm\n"
        resolution = (_rational(1 / pixel_size.x_nm), _rational(1 / pixel_size.y_nm))
    with replacing(path) as unfinished:
        tifffile.imwrite(
            unfinished,
            values,
            photometric="minisblack",
            compression="zlib",
            byteorder="<",
            description=description,
            metadata=None,
            resolution=resolution,
            resolutionunit="NONE",
            software="nanocensus",
            maxworkers=1,
        )


def _rational(value: float) -> tuple[int, int]:
    """Return the nearest fraction of two 32-bit numbers."""
    largest = 2**32 - 1
    nearest = Fraction(value).limit_denominator(max(1, int(largest / max(value, 1.0))))
    return nearest.numerator, nearest.denominator
