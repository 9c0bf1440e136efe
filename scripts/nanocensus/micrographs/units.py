"""Numbers and units as vendors write them, turned into one unit or refused."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass

NM_PER_INCH, NM_PER_M, NM_PER_MM, NM_PER_UM, NM_PER_ANGSTROM = 25.4e6, 1e9, 1e6, 1e3, 0.1
MM_PER_M, MM_PER_UM, MM_PER_NM = 1e3, 1e-3, 1e-6
KV_PER_V = 1e-3
US_PER_S, US_PER_NS = 1e6, 1e-3
"""What a reader multiplies by where the vendor's unit is fixed and not written."""

_VOLTAGES_KV = {"v": KV_PER_V, "volt": KV_PER_V, "volts": KV_PER_V, "kv": 1.0, "k_v": 1.0}
_TIMES_US = {"s": US_PER_S, "ms": 1e3, "us": 1.0, "μs": 1.0, "ns": US_PER_NS}
_THOUSANDS = {"": 1.0, "x": 1.0, "k": 1e3, "kx": 1e3, "m": 1e6, "mx": 1e6}
_LENGTHS_NM = {
    "fm": 1e-6,
    "pm": 1e-3,
    "A": 0.1,
    "Å": 0.1,
    "angstrom": 0.1,
    "angstroms": 0.1,
    "nm": 1.0,
    "nanometer": 1.0,
    "nanometers": 1.0,
    "nanometre": 1.0,
    "nanometres": 1.0,
    "um": 1e3,
    "μm": 1e3,
    "micron": 1e3,
    "microns": 1e3,
    "micrometer": 1e3,
    "micrometers": 1e3,
    "micrometre": 1e3,
    "micrometres": 1e3,
    "mm": 1e6,
    "cm": 1e7,
    "m": 1e9,
}
_MISENCODED_MICRO = {"?m": "μm", "\N{REPLACEMENT CHARACTER}m": "μm", "Âμm": "μm"}
_RECIPROCAL = re.compile(r"1\s*/.+|.+\^?\s*[-−]\s*1|m?rad|mradians?|radians?", re.IGNORECASE)
_QUANTITY = re.compile(
    r"\s*(?P<number>[-+]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][-+]?\d+)?)\s*(?P<unit>[^\d\s].*)?"
)


@dataclass(frozen=True)
class Quantity:
    """A number with the unit written behind it, and how finely it was written.

    Attributes
    ----------
    value : float
        The number.
    unit : str
        What stands behind it, may be empty.
    u_rel : float
        Relative standard uncertainty of its rounding: half a unit of the last digit,
        evenly spread (JCGM 100, 4.3.7).
    """

    value: float
    unit: str
    u_rel: float


def normal_unit(unit: str) -> str:
    """Return a unit with one code point for micro and ångström and without blanks around.

    Examples
    --------
    >>> normal_unit(" \\\\u00B5m ") == normal_unit("µm") == normal_unit("μm")
    True
    """
    for escaped, sign in (("\\u00B5", "μ"), ("\\u00b5", "μ"), ("\\u00C5", "Å"), ("\\u00c5", "Å")):
        unit = unit.replace(escaped, sign)
    unit = unicodedata.normalize("NFKC", unit).strip()
    return _MISENCODED_MICRO.get(unit, unit)


def length_nm(unit: str) -> float | None:
    """Return the nanometres in a unit of length, None for any other word.

    Inch is left out on purpose: where a micrograph says inch, it is a print resolution.

    Examples
    --------
    >>> length_nm("µm"), length_nm("pixel"), length_nm("inch")
    (1000.0, None, None)
    """
    unit = normal_unit(unit)
    return _LENGTHS_NM.get(unit, _LENGTHS_NM.get(unit.lower()) if len(unit) > 2 else None)


def length_mm(unit: str) -> float | None:
    """Return the millimetres in a unit of length, None for any other word.

    Examples
    --------
    >>> length_mm("µm"), length_mm("m"), length_mm("kV")
    (0.001, 1000.0, None)
    """
    unit_nm = length_nm(unit)
    return None if unit_nm is None else unit_nm / NM_PER_MM


def voltage_kv(unit: str) -> float | None:
    """Return the kilovolts in a unit of voltage, None for any other word.

    Examples
    --------
    >>> voltage_kv("kV"), voltage_kv("Volt"), voltage_kv("mm")
    (1.0, 0.001, None)
    """
    return _VOLTAGES_KV.get(normal_unit(unit).lower())


def time_us(unit: str) -> float | None:
    """Return the microseconds in a unit of time, None for any other word.

    Examples
    --------
    >>> time_us("µs"), time_us("ns"), time_us("s"), time_us("X")
    (1.0, 0.001, 1000000.0, None)
    """
    return _TIMES_US.get(normal_unit(unit).lower())


def magnification_times(unit: str) -> float | None:
    """Return by how much the number before the unit of a magnification is multiplied.

    Examples
    --------
    >>> [magnification_times(unit) for unit in ("K X", "x", "k×", "mm")]
    [1000.0, 1.0, 1000.0, None]
    """
    return _THOUSANDS.get(normal_unit(unit).lower().replace(" ", "").replace("×", "x"))


def is_reciprocal(unit: str) -> bool:
    """Return whether a unit belongs to a diffraction pattern or Fourier transform.

    Examples
    --------
    >>> [is_reciprocal(unit) for unit in ("1/nm", "nm^-1", "nm⁻¹", "mrad", "nm")]
    [True, True, True, True, False]
    """
    return _RECIPROCAL.fullmatch(normal_unit(unit)) is not None


def quantity(text: str) -> Quantity | None:
    """Return the number at the beginning of a text and its unit; None if there is none.

    A decimal comma counts as a point.

    Examples
    --------
    >>> quantity("7,344 nm").value, quantity("4.53 K X").unit, quantity("calibrated")
    (7.344, 'K X', None)
    """
    match = _QUANTITY.match(text)
    if match is None:
        return None
    number = match["number"].replace(",", ".")
    value = float(number)
    if not math.isfinite(value):
        return None
    mantissa, _, exponent = number.lower().partition("e")
    decimals = len(mantissa.partition(".")[2]) - int(exponent or 0)
    u_rel = 0.5 * 10.0**-decimals / math.sqrt(3) / abs(value) if value and decimals > -300 else 0.0
    return Quantity(value, (match["unit"] or "").strip(), u_rel)


def number(text: str | None) -> float | None:
    """Return a text that is one finite number, else None.

    Examples
    --------
    >>> number("-1.5e-3"), number(""), number("12 kV"), number("nan")
    (-0.0015, None, None, None)
    """
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def scaled(value: float | None, factor: float) -> float | None:
    """Return value times factor, None for None; rounded to drop the factor's float noise.

    Examples
    --------
    >>> scaled(0.0103, 1e3), scaled(None, 1e3)
    (10.3, None)
    """
    return None if value is None else float(f"{value * factor:.12g}")
