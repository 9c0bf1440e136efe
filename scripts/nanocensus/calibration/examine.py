"""From a picture's files to its pixel size, for the workflow and for the command alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nanocensus.calibration.resolver import Calibration, resolve_pixel_size
from nanocensus.micrographs import Micrograph, read_micrograph


@dataclass(frozen=True)
class Examined:
    """A picture as read, and what its pixel size was decided to be.

    Attributes
    ----------
    micrograph : Micrograph
    calibration : Calibration
    modality : str or None
        The user's word, else the file's.
    """

    micrograph: Micrograph
    calibration: Calibration
    modality: str | None


def examine_file(
    path: Path,
    sidecars: Sequence[Path] = (),
    *,
    sheet_pixel_size_nm: float | None = None,
    modality: str | None = None,
) -> Examined:
    """Read a picture with the files beside it and decide on its pixel size.

    Parameters
    ----------
    path : Path
        The picture.
    sidecars : sequence of Path, optional
        Files that may belong to it.
    sheet_pixel_size_nm : float, optional
        The user's word, nm per pixel.
    modality : str, optional
        The user's word: ``se``, ``stem`` or ``tem``.

    Raises
    ------
    MicrographError
        If the file cannot be read or holds no micrograph.
    """
    micrograph = read_micrograph(path, sidecars)
    modality = modality or micrograph.modality
    rows, columns = micrograph.pixels.shape
    calibration = resolve_pixel_size(
        micrograph.evidence,
        actual_shape=(rows, columns),
        sheet_pixel_size_nm=sheet_pixel_size_nm,
        modality=modality,
        instrument=micrograph.instrument,
    )
    return Examined(micrograph, calibration, modality)
