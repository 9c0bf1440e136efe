"""What each source states about a picture's pixel size, and whether two of them agree."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from nanocensus.calibration.frames import Frame, compare_frames
from nanocensus.calibration.kinds import EVIDENCE_KINDS, EvidenceKind
from nanocensus.micrographs import Finding, PixelSizeEvidence

AGREE_REL = 0.02
"""Two sources that differ by no more than this agree."""
DISPUTED_REL = 0.10
"""Two that differ by more than this are a dispute, whatever their uncertainty."""
VOUCHING_REL = 0.05
_LONGEST_NM = 1e6
_INTERNAL_REL = 0.005
_COVERAGE = 1.5 / 0.41
"""A scale bar's ends give u = 0.41 px / length; it may deviate by 1.5 px / length."""


@dataclass(frozen=True)
class Statement:
    """Evidence with what became of the picture that it belongs to; values for this picture.

    `contradiction` says in words how it contradicts itself, None if it does not.
    """

    evidence: PixelSizeEvidence
    frame: Frame
    contradiction: str | None

    @property
    def mean_nm(self) -> float:
        """Side of the square with the pixel's area, nm."""
        return self.evidence.mean_nm

    @property
    def holds(self) -> bool:
        """Whether it is for the picture as it is."""
        return self.frame not in (Frame.RESIZED, Frame.EDITED)

    @property
    def kind(self) -> EvidenceKind:
        """Its line in the registry."""
        return EVIDENCE_KINDS[self.evidence.source]

    @property
    def vouches(self) -> bool:
        """Whether it tells a copy of another size from the picture that it was written for."""
        item = self.evidence
        bound = item.declared_shape is not None or bool(item.field_width_nm)
        return (
            self.holds
            and self.contradiction is None
            and _COVERAGE * (item.u_rel or 0.0) <= VOUCHING_REL
            and (self.kind.sees_picture or (bound and not self.kind.confirms_only))
        )

    @property
    def title(self) -> str:
        """For messages."""
        return self.kind.title


def statements_of(
    evidence: Iterable[PixelSizeEvidence], actual_shape: tuple[int, int], scale_factor: float
) -> tuple[list[Statement], tuple[Finding, ...]]:
    """Return what can be a pixel size, most trusted first, and why the rest cannot."""
    statements: list[Statement] = []
    findings: list[Finding] = []
    for item in sorted(evidence, key=lambda item: EVIDENCE_KINDS[item.source].rank):
        title = EVIDENCE_KINDS[item.source].title
        if not all(0 < value <= _LONGEST_NM for value in (item.y_nm, item.x_nm)) or (
            # Placeholders of writers that know no calibration.
            not EVIDENCE_KINDS[item.source].may_be_one and item.y_nm == item.x_nm == 1.0
        ):
            message = f"{title} says {item.raw_text!r}, which is no calibration"
            findings.append(Finding("not_a_calibration", "warn", message))
            continue
        if item.source != "sheet":
            item = _corrected(item, scale_factor)
        declared = item.declared_shape
        frame = compare_frames(declared, actual_shape) if declared else Frame.SAME
        columns = declared[1] if declared else actual_shape[1]
        contradiction = _contradiction(item, columns)
        if frame is Frame.RESIZED:
            ratio = columns / actual_shape[1]
            item = replace(item, y_nm=item.y_nm * ratio, x_nm=item.x_nm * ratio)
        statements.append(Statement(item, frame, contradiction))
    return statements, tuple(findings)


def _corrected(item: PixelSizeEvidence, factor: float) -> PixelSizeEvidence:
    """Return what a source states in the lengths of a calibration standard."""
    width_nm = item.field_width_nm
    return replace(
        item,
        y_nm=item.y_nm * factor,
        x_nm=item.x_nm * factor,
        field_width_nm=None if width_nm is None else width_nm * factor,
    )


def _contradiction(item: PixelSizeEvidence, columns: int) -> str | None:
    """Return how a pixel size contradicts the field width beside it, in words."""
    # Writers that do not know the width write 0.
    if not item.field_width_nm:
        return None
    deviation = item.x_nm * columns / item.field_width_nm - 1
    if abs(deviation) <= _INTERNAL_REL:
        return None
    return (
        f"{EVIDENCE_KINDS[item.source].title} contradicts itself: {item.x_nm:.6g} nm x "
        f"{columns} px is not its field width of {item.field_width_nm:.6g} nm ({deviation:+.1%})"
    )


def ratio_of(one: Statement, other: Statement) -> float:
    """Return one pixel size over another; what measures along rows only is compared along them."""
    if one.kind.along_rows or other.kind.along_rows:
        return one.evidence.x_nm / other.evidence.x_nm
    return one.mean_nm / other.mean_nm


def is_same(one: Statement, other: Statement) -> bool:
    """Return whether two values are the same but for what calibrations differ by."""
    return abs(ratio_of(one, other) - 1) <= AGREE_REL


def agree(one: Statement, other: Statement) -> bool:
    """Return whether two values are the same but for that and what reading them allows."""
    allowed = allowed_rel(one.evidence.u_rel or 0.0, other.evidence.u_rel or 0.0)
    return abs(ratio_of(other, one) - 1) <= allowed


def allowed_rel(*u_rel: float) -> float:
    """Return by how much two pixel sizes may differ, relative, and still be the same.

    Parameters
    ----------
    *u_rel : float
        Relative standard uncertainties of reading them.

    Examples
    --------
    A bar of 200 px and one of 30 px (u = 0.41 px / length), and one that is told to be unsure:

    >>> [round(allowed_rel(u), 3) for u in (0.41 / 200, 0.41 / 30, 0.2)]
    [0.02, 0.05, 0.1]
    """
    return min(max(AGREE_REL, _COVERAGE * math.hypot(*u_rel)), DISPUTED_REL)
