"""The picture as it was read and what its metadata say, before anything is decided."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nanocensus.micrographs.findings import Finding

Modality = Literal["se", "stem", "tem"]


@dataclass(frozen=True)
class PixelSize:
    """The calibration of a picture, decided.

    Attributes
    ----------
    y_nm, x_nm : float
        Distance between neighbouring rows and columns, nm.
    source : str
        Kind of evidence that it was taken from, e.g. ``zeiss_tag`` or ``sheet``.
    u_rel : float or None
        Relative standard uncertainty (k = 1) as far as it is known; None is not stated.
    """

    y_nm: float
    x_nm: float
    source: str
    u_rel: float | None = None

    def __post_init__(self) -> None:
        for value in (self.y_nm, self.x_nm):
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f"a pixel size is a positive number of nm, not {value!r}")

    @property
    def mean_nm(self) -> float:
        """Side of the square with the pixel's area, nm."""
        return _mean_nm(self.y_nm, self.x_nm)


def _mean_nm(y_nm: float, x_nm: float) -> float:
    """Return the geometric mean, without the root's rounding where both are equal."""
    return x_nm if y_nm == x_nm else math.sqrt(y_nm * x_nm)


@dataclass(frozen=True)
class PixelSizeEvidence:
    """One statement about the pixel size, as one source makes it, right or wrong.

    Attributes
    ----------
    source : str
        Kind of evidence, a name in the registry of `nanocensus.calibration`.
    y_nm, x_nm : float
        The value stated, nm; may be 0, negative or not finite, the resolver judges.
    raw_text : str
        The passage of the metadata that it was taken from.
    u_rel : float or None
        Relative standard uncertainty of reading it (rounding of the digits, ends of a bar);
        the magnification error of the instrument is not in it.
    declared_shape : (int, int) or None
        Rows and columns of the picture that the value belongs to, as the source says.
    field_width_nm : float or None
        Width of that picture by a second statement of the same source, nm; checks the value.
    """

    source: str
    y_nm: float
    x_nm: float
    raw_text: str
    u_rel: float | None = None
    declared_shape: tuple[int, int] | None = None
    field_width_nm: float | None = None

    @property
    def mean_nm(self) -> float:
        """Side of the square with the pixel's area, nm."""
        return _mean_nm(self.y_nm, self.x_nm)


@dataclass(frozen=True)
class Instrument:
    """How the picture was taken, as far as the metadata say; None is not said.

    Attributes
    ----------
    instrument, detector : str or None
        Names as the vendor writes them.
    voltage_kv, working_distance_mm, magnification, dwell_time_us : float or None
        Units in the names; the magnification is the vendor's figure, for any print width.
    tilt_rad : float or None
        Tilt of the stage, rad.
    tilt_corrected : bool or None
        Whether the scan was stretched to make up for the tilt.
    stage_x_mm, stage_y_mm : float or None
        Position of the stage, mm.
    acquired : str or None
        Date and time as written; the order of day and month is the vendor's.
    """

    instrument: str | None = None
    detector: str | None = None
    voltage_kv: float | None = None
    working_distance_mm: float | None = None
    magnification: float | None = None
    dwell_time_us: float | None = None
    tilt_rad: float | None = None
    tilt_corrected: bool | None = None
    stage_x_mm: float | None = None
    stage_y_mm: float | None = None
    acquired: str | None = None


@dataclass(frozen=True)
class Micrograph:
    """One grey picture and all that its file says about it.

    Attributes
    ----------
    path : Path
        The file.
    pixels : ndarray of shape (H, W), uint8, uint16 or float32
        Grey values, native where the type allows, brighter is larger.
    format : str
        File format and vendor, e.g. ``TIFF (Zeiss SmartSEM)``.
    modality : str or None
        ``se``, ``stem`` or ``tem`` where the metadata leave no doubt.
    instrument : Instrument
        Normalised instrument fields.
    evidence : tuple of PixelSizeEvidence
        Every statement about the pixel size.
    picture_rows : int or None
        Rows from the top that show the specimen, where the metadata say so; rows below
        are an appended info bar. None means that a bar has to be looked for.
    coloured : ndarray of shape (H, W), bool, or None
        Pixels whose colour shows that they were drawn into a grey picture afterwards.
    print_dpi : float or None
        Pixels per inch when printed. Never a calibration; together with a magnification for a
        known print width it can confirm one.
    findings : tuple of Finding
        What the reader has to tell, none worse than ``review``.
    """

    path: Path
    pixels: NDArray[np.generic]
    format: str
    modality: Modality | None = None
    instrument: Instrument = field(default_factory=Instrument)
    evidence: tuple[PixelSizeEvidence, ...] = ()
    picture_rows: int | None = None
    coloured: NDArray[np.bool_] | None = None
    print_dpi: float | None = None
    findings: tuple[Finding, ...] = ()
