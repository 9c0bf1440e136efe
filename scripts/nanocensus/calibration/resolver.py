"""From all that is stated about a picture's pixel size to one value, or to none."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from nanocensus.calibration.causes import likely_cause
from nanocensus.calibration.frames import Frame, compare_frames
from nanocensus.calibration.kinds import EVIDENCE_KINDS, EvidenceKind
from nanocensus.calibration.tilt import tilt_findings
from nanocensus.micrographs import Finding, Instrument, PixelSize, PixelSizeEvidence, worst_level

Status = Literal["ok", "warn", "review", "none", "refused"]

_LONGEST_NM = 1e6
_WITHOUT_PLACEHOLDER = ("sheet", "ome", "imagej")
_INTERNAL_REL = 0.005
_AGREE_REL = 0.02
_DISPUTED_REL = 0.10
_COVERAGE = 1.5 / 0.41
"""A scale bar's ends give u = 0.41 px / length; it may deviate by 1.5 px / length."""
_AVERAGE_REL, _SQUARE_REL = 0.005, 0.01
_PLAUSIBLE_NM = {"se": (0.2, 20_000.0), "stem": (0.005, 200.0), "tem": (0.005, 200.0)}
_PLAUSIBLE_UNKNOWN_NM = (0.005, 20_000.0)
_WIDEST_FIELD_NM = 5e6


@dataclass(frozen=True)
class Calibration:
    """The pixel size of one picture and how sure it is.

    Attributes
    ----------
    pixel_size : PixelSize or None
        None when nothing states it, or nothing that can be believed.
    status : str
        ``ok``, ``warn``, ``review`` (a person has to look), ``none`` (nothing states it) or
        ``refused`` (what is stated does not belong to this picture).
    findings : tuple of Finding
        Why.
    raw_text : str or None
        The passage that the value was taken from.
    second_source : str or None
        The most trusted of the other sources.
    second_pixel_size_nm : float or None
        Its value for this picture, nm.
    disagreement_rel : float or None
        Second value over first minus one.
    """

    pixel_size: PixelSize | None
    status: Status
    findings: tuple[Finding, ...] = ()
    raw_text: str | None = None
    second_source: str | None = None
    second_pixel_size_nm: float | None = None
    disagreement_rel: float | None = None


@dataclass(frozen=True)
class _Statement:
    """Evidence with what became of the picture that it belongs to; values for this picture.

    `contradiction` says in words how it contradicts itself, None if it does not.
    """

    evidence: PixelSizeEvidence
    frame: Frame
    contradiction: str | None

    @property
    def mean_nm(self) -> float:
        return self.evidence.mean_nm

    @property
    def holds(self) -> bool:
        return self.frame not in (Frame.RESIZED, Frame.EDITED)

    @property
    def kind(self) -> EvidenceKind:
        return EVIDENCE_KINDS[self.evidence.source]

    @property
    def vouches(self) -> bool:
        """Whether it tells a copy of another size from the picture that it was written for."""
        item = self.evidence
        bound = item.declared_shape is not None or bool(item.field_width_nm)
        return self.holds and (self.kind.sees_picture or (bound and not self.kind.confirms_only))

    @property
    def title(self) -> str:
        return self.kind.title


def resolve_pixel_size(
    evidence: Iterable[PixelSizeEvidence],
    *,
    actual_shape: tuple[int, int],
    sheet_pixel_size_nm: float | None = None,
    modality: str | None = None,
    instrument: Instrument | None = None,
    magnification_u_rel: float | None = None,
) -> Calibration:
    """Decide on a picture's pixel size.

    Parameters
    ----------
    evidence : iterable of PixelSizeEvidence
        What the files state.
    actual_shape : (int, int)
        Rows and columns of the picture as read, before the info bar is cut.
    sheet_pixel_size_nm : float, optional
        The user's word; above all others.
    modality : str, optional
        ``se``, ``stem`` or ``tem``; sets the range of plausible values.
    instrument : Instrument, optional
        For the tilt.
    magnification_u_rel : float, optional
        Relative standard uncertainty of the instrument's magnification from a certificate. As
        long as it is not stated the pixel size's uncertainty is not, because
        the rounding of the digits is a small part of it.

    Returns
    -------
    Calibration

    Notes
    -----
    Sources are trusted in the order of `EVIDENCE_KINDS`. The first one that holds for the picture
    as it is gives the value; the others check it: 2 % (or what the reading allows) pass, 10 % make
    a dispute, unless the other contradicts itself, or the sheet decides between two of them.
    A value for a resized copy is rescaled only if another source confirms it.
    """
    sheet = () if sheet_pixel_size_nm is None else (_of_sheet(sheet_pixel_size_nm),)
    statements, findings = _statements((*sheet, *evidence), actual_shape)
    chosen, doubts = _choose(statements)
    findings += _contradictions(statements, chosen) + doubts
    if chosen is None:
        findings += tilt_findings(instrument or Instrument())
        return _without_value(statements, findings)
    others = [
        s
        for s in statements
        if s is not chosen
        and s.frame is not Frame.EDITED
        and (_agree(chosen, s) or not s.kind.confirms_only)
    ]
    findings += _own_doubts(chosen, others, actual_shape, modality)
    for other in others:
        findings += _comparison(chosen, other, others)
    findings += tilt_findings(instrument or Instrument())
    second = others[0] if others else None
    level = worst_level(findings)
    return Calibration(
        pixel_size=_pixel_size(chosen.evidence, magnification_u_rel),
        status="warn" if level == "warn" else "ok" if level == "ok" else "review",
        findings=findings,
        raw_text=chosen.evidence.raw_text,
        second_source=second.evidence.source if second else None,
        second_pixel_size_nm=second.mean_nm if second else None,
        disagreement_rel=second.mean_nm / chosen.mean_nm - 1 if second else None,
    )


def calibration_record(calibration: Calibration) -> dict[str, Any]:
    """Return the columns of the table `micrographs` that a calibration fills; None is empty."""
    size = calibration.pixel_size
    return {
        "pixel_size_nm": size.mean_nm if size else None,
        "pixel_size_source": size.source if size else None,
        "pixel_size_u_rel": size.u_rel if size else None,
        "second_source": calibration.second_source,
        "second_pixel_size_nm": calibration.second_pixel_size_nm,
        "disagreement_rel": calibration.disagreement_rel,
    }


def _of_sheet(value_nm: float) -> PixelSizeEvidence:
    return PixelSizeEvidence("sheet", value_nm, value_nm, f"pixel_size_nm = {value_nm:g}")


def _statements(
    evidence: Iterable[PixelSizeEvidence], actual_shape: tuple[int, int]
) -> tuple[list[_Statement], tuple[Finding, ...]]:
    """Return what can be a pixel size, most trusted first, and why the rest cannot."""
    statements: list[_Statement] = []
    findings: list[Finding] = []
    for item in sorted(evidence, key=lambda item: EVIDENCE_KINDS[item.source].rank):
        title = EVIDENCE_KINDS[item.source].title
        if not all(0 < value <= _LONGEST_NM for value in (item.y_nm, item.x_nm)) or (
            # Placeholders of writers that know no calibration; OME's and ImageJ's are told by
            # the number in their own unit, where they are read.
            item.source not in _WITHOUT_PLACEHOLDER and item.y_nm == item.x_nm == 1.0
        ):
            message = f"{title} says {item.raw_text!r}, which is no calibration"
            findings.append(Finding("not_a_calibration", "warn", message))
            continue
        declared = item.declared_shape
        frame = compare_frames(declared, actual_shape) if declared else Frame.SAME
        columns = declared[1] if declared else actual_shape[1]
        contradiction = _contradiction(item, columns)
        if frame is Frame.RESIZED:
            ratio = columns / actual_shape[1]
            item = replace(item, y_nm=item.y_nm * ratio, x_nm=item.x_nm * ratio)
        statements.append(_Statement(item, frame, contradiction))
    return statements, tuple(findings)


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


def _contradictions(
    statements: Sequence[_Statement], chosen: _Statement | None
) -> tuple[Finding, ...]:
    """Return which statements contradict themselves; harmless where a consistent one is used."""
    findings = []
    for statement in statements:
        if statement.contradiction is None:
            continue
        if chosen is None or chosen.contradiction is not None:
            message = f"{statement.contradiction}; give pixel_size_nm in the sample sheet"
            findings.append(Finding("pixel_size_disputed", "review", message))
        else:
            message = f"{statement.contradiction}; {chosen.title} is used instead"
            findings.append(Finding("pixel_size_deviates", "warn", message))
    return tuple(findings)


def _choose(
    statements: Sequence[_Statement],
) -> tuple[_Statement | None, tuple[Finding, ...]]:
    """Return the most trusted statement that holds, or is confirmed, and doubts on the way."""
    findings: list[Finding] = []
    for statement in statements:
        if statement.kind.confirms_only:
            continue
        if statement.holds:
            return statement, tuple(findings)
        declared = statement.evidence.declared_shape or (0, 0)
        was = f"{statement.title} is for {declared[1]} x {declared[0]} pixels: the file was "
        was += f"{statement.frame.value} afterwards"
        confirming = [
            other.title
            for other in statements
            if other.holds and abs(other.mean_nm / statement.mean_nm - 1) <= _AGREE_REL
        ]
        if statement.frame is Frame.RESIZED and confirming:
            message = f"{was}; its value, rescaled, agrees with {confirming[0]}"
            return statement, (*findings, Finding("resized_copy", "warn", message))
        told = f" (rescaled it would be {statement.mean_nm:.5g} nm)"
        findings.append(
            Finding(
                "resized_copy" if statement.frame is Frame.RESIZED else "edited_copy",
                "review",
                f"{was}{told if statement.frame is Frame.RESIZED else ''}, so its value is not "
                "used; give pixel_size_nm in the sample sheet or use the original file",
            )
        )
    return None, tuple(findings)


def _without_value(statements: Sequence[_Statement], findings: tuple[Finding, ...]) -> Calibration:
    """Return the calibration of a picture whose sizes stay in pixels."""
    if all(statement.kind.confirms_only for statement in statements):
        missing = Finding(
            "no_pixel_size",
            "warn",
            "no pixel size in the file: sizes in nm stay empty; give pixel_size_nm in the sample "
            "sheet",
        )
        return Calibration(None, "none", (*findings, missing))
    resized = next((s for s in statements if s.frame is Frame.RESIZED), None)
    return Calibration(
        None,
        "refused",
        findings,
        second_source=resized.evidence.source if resized else None,
        second_pixel_size_nm=resized.mean_nm if resized else None,
    )


def _own_doubts(
    chosen: _Statement,
    others: Sequence[_Statement],
    actual_shape: tuple[int, int],
    modality: str | None,
) -> tuple[Finding, ...]:
    """Return what speaks against the chosen value without a look at the others."""
    item, findings = chosen.evidence, []
    of_user = item.source == "sheet"
    low_nm, high_nm = _PLAUSIBLE_NM.get(modality or "", _PLAUSIBLE_UNKNOWN_NM)
    field_nm = max(item.x_nm * actual_shape[1], item.y_nm * actual_shape[0])
    if not low_nm <= chosen.mean_nm <= high_nm or field_nm > _WIDEST_FIELD_NM:
        kind = {"se": "an SEM", "stem": "a STEM", "tem": "a TEM"}.get(modality or "", "an electron")
        message = (
            f"{chosen.mean_nm:.5g} nm per pixel, a field of {field_nm / 1e3:.5g} µm, is not "
            f"plausible for {kind} micrograph; check pixel_size_nm and modality in the sample sheet"
        )
        level: Literal["warn", "review"] = "warn" if of_user else "review"
        findings.append(Finding("implausible_pixel_size", level, message))
    if abs(item.y_nm / item.x_nm - 1) > _SQUARE_REL:
        message = f"pixels are not square: {item.y_nm:.5g} nm high, {item.x_nm:.5g} nm wide"
        findings.append(Finding("non_square_pixels", "warn", message))
    if chosen.frame is Frame.CROPPED:
        message = (
            f"{chosen.title} is for a larger picture: the file was cropped, and its pixel size "
            "holds only if it was not resized as well"
        )
        findings.append(Finding("cropped_copy", "warn", message))
    confirmed = chosen.frame is Frame.RESIZED  # Only chosen where another source agrees.
    if (
        not of_user
        and not confirmed
        and not any(s.vouches and _agree(chosen, s) for s in (chosen, *others))
    ):
        message = (
            f"nothing confirms the pixel size of {chosen.title}: it does not say for which "
            "picture size it holds; confirm it by pixel_size_nm in the sample sheet"
        )
        findings.append(Finding("pixel_size_unconfirmed", "warn", message))
    return tuple(findings)


def _comparison(
    chosen: _Statement, other: _Statement, others: Sequence[_Statement]
) -> tuple[Finding, ...]:
    """Return what a second source has against the first."""
    ratio = other.mean_nm / chosen.mean_nm
    if _agree(chosen, other):
        return ()
    cause = likely_cause(ratio)
    message = (
        f"{chosen.title} says {chosen.mean_nm:.5g} nm per pixel, {other.title} "
        f"{other.mean_nm:.5g} nm ({ratio - 1:+.1%})" + (f"; perhaps {cause}" if cause else "")
    )
    if abs(ratio - 1) <= _DISPUTED_REL:
        return (Finding("pixel_size_deviates", "warn", f"{message}; the first is used"),)
    overruled = _overruled(chosen, other, others)
    if overruled is not None:
        message = f"{message}; the first is used, because {overruled}"
        return (Finding("pixel_size_deviates", "warn", message),)
    return (Finding("pixel_size_disputed", "review", f"{message}; {_remedy(chosen, other)}"),)


def _agree(one: _Statement, other: _Statement) -> bool:
    u_rel = math.hypot(one.evidence.u_rel or 0.0, other.evidence.u_rel or 0.0)
    return abs(other.mean_nm / one.mean_nm - 1) <= max(_AGREE_REL, _COVERAGE * u_rel)


def _overruled(chosen: _Statement, other: _Statement, others: Sequence[_Statement]) -> str | None:
    """Return why the word of another source does not count against the chosen one.

    Where two sources of the file disagree, the user's word decides between them.
    """
    if chosen.contradiction is not None:
        return None
    if other.contradiction is not None:
        return f"{other.title} contradicts itself"
    if chosen.evidence.source != "sheet":
        return None
    return next(
        (
            f"{third.title} agrees with it"
            for third in others
            if third.contradiction is None and _agree(chosen, third)
        ),
        None,
    )


def _remedy(chosen: _Statement, other: _Statement) -> str:
    """Return what ends a dispute; each of it is tested to do so."""
    if chosen.evidence.source != "sheet":
        return "give the right one of the two as pixel_size_nm in the sample sheet"
    if other.frame is Frame.RESIZED:
        return "correct pixel_size_nm in the sample sheet, or use the original file"
    return (
        f"correct pixel_size_nm in the sample sheet, or remove it there if {other.title} is right"
    )


def _pixel_size(item: PixelSizeEvidence, magnification_u_rel: float | None) -> PixelSize:
    """Return the decided pixel size; axes that differ by rounding only become one value."""
    y_nm, x_nm = item.y_nm, item.x_nm
    difference = abs(y_nm / x_nm - 1)
    if difference < _AVERAGE_REL and y_nm != x_nm:
        y_nm = x_nm = (y_nm + x_nm) / 2
    u_rel = None
    if magnification_u_rel is not None:
        u_rel = math.hypot(magnification_u_rel, item.u_rel or 0.0)
    return PixelSize(y_nm, x_nm, item.source, u_rel)
