"""From a picture's files to its pixel size, for the workflow and for the command alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from nanocensus.calibration.resolver import Calibration, resolve_pixel_size
from nanocensus.calibration.scale_bar import (
    NoTextReaderError,
    ScaleBarReading,
    TextReaderError,
    read_scale_bar,
    scale_bar_evidence,
)
from nanocensus.calibration.user import UserStatement
from nanocensus.micrographs import IN_SHEET, Finding, Micrograph, read_micrograph, refuse_too_small


@dataclass(frozen=True)
class Examined:
    """A picture as read, and what its pixel size was decided to be.

    Attributes
    ----------
    micrograph : Micrograph
    reading : ScaleBarReading or None
        The scale bar in the picture; None where it was not looked for.
    user : UserStatement
        What the sample sheet says of the scale.
    calibration : Calibration
    modality : str or None
        The user's word, else the file's.
    findings : tuple of Finding
        What the scale bar gave rise to, beside those of micrograph and calibration.
    """

    micrograph: Micrograph
    reading: ScaleBarReading | None
    user: UserStatement
    calibration: Calibration
    modality: str | None
    findings: tuple[Finding, ...]

    @property
    def all_findings(self) -> tuple[Finding, ...]:
        """What reading, calibration and scale bar gave rise to, in this order."""
        return (*self.micrograph.findings, *self.calibration.findings, *self.findings)


def examine_file(
    path: Path,
    sidecars: Sequence[Path] = (),
    *,
    user: UserStatement | None = None,
    modality: str | None = None,
    scale_bar: bool = True,
    refuse_small: bool = False,
) -> Examined:
    """Read a picture with the files beside it and decide on its pixel size.

    Parameters
    ----------
    path : Path
        The picture.
    sidecars : sequence of Path, optional
        Files that may belong to it.
    user : UserStatement, optional
        What the sample sheet says of the scale.
    modality : str, optional
        The user's word: ``se``, ``stem`` or ``tem``.
    scale_bar : bool
        Whether to look for a scale bar in the picture.
    refuse_small : bool
        Whether a picture too small to count in is refused, before its text is read.

    Raises
    ------
    MicrographError
        If the file cannot be read or holds no micrograph.
    """
    micrograph = read_micrograph(path, sidecars)
    if refuse_small:
        refuse_too_small(micrograph.pixels.shape)
    user = user or UserStatement()
    modality = modality or micrograph.modality
    reading, findings = _scale_bar(micrograph, user) if scale_bar else (None, ())
    rows, columns = micrograph.pixels.shape
    calibration = resolve_pixel_size(
        (*micrograph.evidence, *scale_bar_evidence(reading, (rows, columns))),
        actual_shape=(rows, columns),
        user=user,
        modality=modality,
        instrument=micrograph.instrument,
    )
    return Examined(micrograph, reading, user, calibration, modality, findings)


def _scale_bar(
    micrograph: Micrograph, user: UserStatement
) -> tuple[ScaleBarReading | None, tuple[Finding, ...]]:
    """Return the scale bar of the whole picture, and what there is to say about it."""
    try:
        reading = read_scale_bar(micrograph.pixels)
    except NoTextReaderError as error:
        return None, (Finding("no_text_reader", "warn", str(error)),)
    except TextReaderError as error:
        message = (
            f"the scale bar was not looked for: {error}; look at the picture, and where it has "
            f"a bar give pixel_size_nm {IN_SHEET}"
        )
        return None, (Finding("scale_bar_not_looked_for", "warn", message),)
    if reading.reciprocal:
        message = (
            "the scale bar is in reciprocal units: a diffraction pattern; leave it out of the "
            f"folder, or, if it is none, give pixel_size_nm {IN_SHEET}"
        )
        level: Literal["warn", "review"] = "warn" if user.pixel_size_nm else "review"
        return reading, (Finding("reciprocal_scale_bar", level, message),)
    return reading, ()
