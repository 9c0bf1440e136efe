"""How sure a pixel size is, from what was found: one answer for the workflow and the command."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from nanocensus.calibration.codes import CALIBRATION_CODES
from nanocensus.micrographs import Finding, worst_level

CalibrationStatus = Literal["ok", "warn", "review", "none", "refused"]


def calibration_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return those that are about the calibration, in their order."""
    return tuple(finding for finding in findings if finding.code in CALIBRATION_CODES)


def calibration_status(findings: Iterable[Finding], *, known: bool) -> CalibrationStatus:
    """Return what is to be thought of a pixel size.

    Parameters
    ----------
    findings : iterable of Finding
        All of the picture; those that are not about its calibration do not matter.
    known : bool
        Whether there is a pixel size.

    Returns
    -------
    str
        ``ok``, ``warn`` or ``review`` (a person has to look); without a pixel size ``none``
        (nothing states one) or ``refused`` (what is stated does not belong to this picture).

    Notes
    -----
    A steep tilt spoils the sizes, not the pixel size: it warns here, and `usable_for_sizes` is
    False.

    Examples
    --------
    >>> disputed = Finding("pixel_size_disputed", "review", "12 % off")
    >>> calibration_status([disputed], known=True), calibration_status([disputed], known=False)
    ('review', 'refused')
    >>> tilted = Finding("tilted", "review", "52 deg")
    >>> calibration_status([tilted], known=True), usable_for_sizes([tilted])
    ('warn', False)
    """
    told = calibration_findings(findings)
    doubtful = worst_level(finding for finding in told if not _is_steep(finding)) == "review"
    if not known:
        return "refused" if doubtful else "none"
    return "review" if doubtful else "warn" if told else "ok"


def usable_for_sizes(findings: Iterable[Finding]) -> bool:
    """Return whether sizes can be taken from the picture, whatever its pixel size."""
    return not any(_is_steep(finding) for finding in findings)


def _is_steep(finding: Finding) -> bool:
    return finding.code == "tilted" and finding.level == "review"
