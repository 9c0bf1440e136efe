"""Outlines of Fiji (ImageJ): a region in a .roi file, or the ROI manager's .zip of them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
from roifile import ROI_TYPE, ImagejRoi, roiread

from .labels import LabelError

_AREAS = {
    *(ROI_TYPE.POLYGON, ROI_TYPE.FREEHAND, ROI_TYPE.TRACED, ROI_TYPE.RECT, ROI_TYPE.OVAL),
}


def read_fiji(path: Path, picture: Path) -> list[list[np.ndarray] | np.ndarray]:
    """Read particles, in the order of the file; every region of an area is one.

    A composite region is one particle of several parts, its holes filled. Lines, angles and points
    have no area and are refused. The file does not name its picture.
    """
    try:
        read = roiread(path)
    except (ValueError, OSError, KeyError, zipfile.BadZipFile) as error:
        raise LabelError(f"{path}: no regions of Fiji ({error})") from error
    regions = read if isinstance(read, list) else [read]
    return [_parts(region, path) for region in regions]


def _parts(region: ImagejRoi, path: Path) -> list[np.ndarray] | np.ndarray:
    if region.roitype not in _AREAS:
        raise LabelError(
            f"{path}: region {region.name!r} is a {region.roitype.name.lower()}, which has no "
            "area; outline particles as polygons, freehand, ovals or rectangles"
        )
    parts = region.coordinates(multi=True)
    return [np.asarray(part, dtype=float)[:, ::-1] for part in parts]  # x, y -> y, x
