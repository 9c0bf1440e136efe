"""The print resolution that a file states: never a calibration, at best a check of one."""

from __future__ import annotations

import math
from typing import Any

import tifffile

_X_RESOLUTION, _UNIT = 282, 296
_PER_INCH = {2: 1.0, 3: 2.54}
"""By the value of `ResolutionUnit`: inch, centimetre."""


def ratio(page: tifffile.TiffPage, code: int) -> float | None:
    """Return a resolution tag as a number above zero, None for 0/0, x/0 and absent."""
    tag = page.tags.get(code)
    value = tag.value if tag is not None else None
    if not (isinstance(value, tuple) and len(value) == 2):
        return None
    numerator, denominator = value
    return numerator / denominator if numerator > 0 and denominator > 0 else None


def print_dpi(page: tifffile.TiffPage) -> float | None:
    """Return the pixels per inch, None where the unit is no length of print."""
    tag = page.tags.get(_UNIT)
    factor = _PER_INCH.get(int(tag.value)) if tag is not None else None
    value = ratio(page, _X_RESOLUTION)
    return value * factor if value and factor else None


def pillow_dpi(dpi: Any) -> float | None:
    """Return Pillow's `dpi` of a picture, (x, y), as one number above zero."""
    if not (isinstance(dpi, tuple) and len(dpi) == 2):
        return None
    value = float(dpi[0])
    return value if math.isfinite(value) and value > 0 else None
