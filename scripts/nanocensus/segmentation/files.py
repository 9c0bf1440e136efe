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

NETWORK_MASK = "mask of the network"
"""Whose outline a label picture holds, as its description says."""
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
    write_label_pictures(
        segmentation.labels,
        segmentation.probability,
        pixel_size,
        labels_path,
        probability_path,
        outline=NETWORK_MASK,
    )


def write_label_pictures(
    labels: np.ndarray,
    soft: np.ndarray,
    pixel_size: PixelSize | None,
    labels_path: Path,
    soft_path: Path,
    *,
    outline: str,
) -> None:
    """Write labels and the soft map (H, W) 0..1 whose level 0.5 parts pixels along their outlines.

    `outline` is written into both files: whose outline they hold.
    """
    small = labels.max(initial=0) <= _LARGEST_UINT16
    integers = labels.astype(np.uint16 if small else np.uint32)
    _write(labels_path, integers, pixel_size, outline)
    _write(soft_path, np.rint(soft * np.float32(255)).astype(np.uint8), pixel_size, outline)


def read_labels(path: Path) -> np.ndarray:
    """Read labels: (H, W) int32, 0 background."""
    return tifffile.imread(path).astype(np.int32)


def read_probability(path: Path) -> np.ndarray:
    """Read the foreground probability: (H, W) float32, 0..1."""
    return tifffile.imread(path).astype(np.float32) / np.float32(255)


def _write(path: Path, values: np.ndarray, pixel_size: PixelSize | None, outline: str) -> None:
    """Write one grey plane as ImageJ does: pixels per unit as rationals, the unit in the text."""
    description = f"ImageJ=1.53t\noutline={outline}\n"
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
