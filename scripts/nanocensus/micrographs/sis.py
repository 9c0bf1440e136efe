"""Olympus and EMSIS Soft Imaging Solutions: TIFF tag 33560."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import tifffile

from nanocensus.micrographs.metadata import Metadata, TiffVendor, positive
from nanocensus.micrographs.types import Instrument, PixelSizeEvidence
from nanocensus.micrographs.units import NM_PER_M

_TAG = 33560
_CAMERA_TAG = 272


def read(page: tifffile.TiffPage) -> Metadata | None:
    """Read the tag of a page; None if it has none. It is on the data's page, behind a preview."""
    tag = page.tags.get(_TAG)
    header = tag.value if tag is not None else None
    if not isinstance(header, Mapping):
        return None
    x_m, y_m = header.get("pixelsizex"), header.get("pixelsizey")
    evidence: tuple[PixelSizeEvidence, ...] = ()
    if isinstance(x_m, float):
        y_m = y_m if isinstance(y_m, float) and y_m else x_m
        evidence = (
            PixelSizeEvidence(
                source="sis_tag",
                y_nm=float(f"{y_m * NM_PER_M:.12g}"),
                x_nm=float(f"{x_m * NM_PER_M:.12g}"),
                raw_text=f"pixelsizex={x_m:g} m",
            ),
        )
    return Metadata(vendor=VENDOR.name, evidence=evidence, instrument=_instrument(page, header))


def _instrument(page: tifffile.TiffPage, header: Mapping[str, object]) -> Instrument:
    camera = page.tags.get(_CAMERA_TAG)
    named = header.get("cameraname") or (camera.value if camera is not None else None)
    taken = header.get("datetime")
    magnification = header.get("magnification")
    return Instrument(
        detector=str(named).strip() or None if named else None,
        magnification=positive(magnification) if isinstance(magnification, float) else None,
        acquired=taken.isoformat(" ") if isinstance(taken, datetime) else None,
    )


VENDOR = TiffVendor("Olympus SIS", (_TAG,), read)
