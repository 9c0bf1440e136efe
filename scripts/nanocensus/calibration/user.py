"""What the user states about the scale of a row's pictures, in the sample sheet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_FIELDS = (
    *("pixel_size_nm", "pixel_size_reason", "scale_factor", "scale_u"),
    *("scale_standard", "scale_date"),
)
_MARKS = ("scale_bar_ok", "tilt_ok")


@dataclass(frozen=True)
class UserStatement:
    """The calibration columns of one row of the sample sheet; None is not stated.

    Attributes
    ----------
    pixel_size_nm : float or None
        Of the raw picture, nm; above all that the file says.
    pixel_size_reason : str or None
        Why it holds against a file that says something else by more than 10 %.
    scale_bar_ok, tilt_ok : bool
        Whether the user accepts the bars that were read, and sizes in spite of the tilt.
    scale_factor : float or None
        True over stated pixel size, by a calibration standard.
    scale_u : float or None
        Relative standard uncertainty (k = 1) of the magnification.
    scale_standard, scale_date : str or None
        The standard, and the day of the calibration (YYYY-MM-DD).
    """

    pixel_size_nm: float | None = None
    pixel_size_reason: str | None = None
    scale_bar_ok: bool = False
    tilt_ok: bool = False
    scale_factor: float | None = None
    scale_u: float | None = None
    scale_standard: str | None = None
    scale_date: str | None = None

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> UserStatement:
        """Take them from a row's fields, which may hold others."""
        given: dict[str, Any] = {name: fields.get(name) for name in _FIELDS}
        given |= {name: fields.get(name) == "yes" for name in _MARKS}
        return cls(**given)

    def record(self) -> dict[str, Any]:
        """Return the columns of the table `micrographs` that name the certificate."""
        return {
            name: getattr(self, name)
            for name in ("scale_factor", "scale_u", "scale_standard", "scale_date")
        }
