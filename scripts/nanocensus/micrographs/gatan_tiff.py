"""TIFF files exported by Gatan's DigitalMicrograph: private tags 65003 to 65010."""

from __future__ import annotations

from typing import Any

import tifffile

from nanocensus.micrographs.metadata import Metadata, TiffVendor, tag_bytes
from nanocensus.micrographs.refusals import no_micrograph, reciprocal_space
from nanocensus.micrographs.texts import decoded
from nanocensus.micrographs.types import PixelSizeEvidence
from nanocensus.micrographs.units import is_reciprocal, length_nm

_UNIT_X, _UNIT_Y, _SCALE_X, _SCALE_Y = 65003, 65004, 65009, 65010
_ENERGIES = ("ev", "kev")


def read(page: tifffile.TiffPage) -> Metadata | None:
    """Read DigitalMicrograph's tags of a page; None if it has none.

    Raises
    ------
    MicrographError
        If a unit is one of reciprocal space or of energy.
    """
    if _SCALE_X not in page.tags:
        return None
    unit = decoded(tag_bytes(page, _UNIT_X)).strip("\0 ")
    y_unit = decoded(tag_bytes(page, _UNIT_Y)).strip("\0 ") or unit
    for one in (unit, y_unit):
        if is_reciprocal(one):
            raise reciprocal_space("DigitalMicrograph's tag", one)
        if one.lower() in _ENERGIES:
            raise no_micrograph(f"a spectrum (one of its axes is in {one})")
    x, y = _number(page, _SCALE_X), _number(page, _SCALE_Y)
    x_unit_nm, y_unit_nm = length_nm(unit), length_nm(y_unit)
    if x is None or x_unit_nm is None or y_unit_nm is None:
        return Metadata(vendor=VENDOR.name)
    evidence = PixelSizeEvidence(
        source="dm_tag",
        y_nm=abs(x if y is None else y) * y_unit_nm,
        x_nm=abs(x) * x_unit_nm,
        raw_text=f"scale {x:g} {unit}",
    )
    return Metadata(vendor=VENDOR.name, evidence=(evidence,))


def _number(page: tifffile.TiffPage, code: int) -> float | None:
    tag = page.tags.get(code)
    value: Any = tag.value if tag is not None else None
    if isinstance(value, tuple):
        value = value[0] if len(value) == 1 else None
    return float(value) if isinstance(value, int | float) else None


VENDOR = TiffVendor("Gatan DigitalMicrograph", (_SCALE_X,), read)
