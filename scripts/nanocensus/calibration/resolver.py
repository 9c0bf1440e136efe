"""From all that is stated about a picture's pixel size to one value, or to none."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from nanocensus.calibration.disputes import comparison, contradictions
from nanocensus.calibration.frames import Frame
from nanocensus.calibration.others import OTHER_PIXEL_SIZES, OtherSource
from nanocensus.calibration.statements import Statement, agree, is_same, statements_of
from nanocensus.calibration.status import CalibrationStatus, calibration_status
from nanocensus.calibration.tilt import tilt_findings
from nanocensus.calibration.user import UserStatement
from nanocensus.micrographs import IN_SHEET, Finding, Instrument, PixelSize, PixelSizeEvidence

_LARGE_FACTOR_REL = 0.05
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
    findings : tuple of Finding
        Why.
    raw_text : str or None
        The passage that the value was taken from.
    others : tuple of OtherSource
        What else states a pixel size of this picture, the most trusted first.
    """

    pixel_size: PixelSize | None
    findings: tuple[Finding, ...] = ()
    raw_text: str | None = None
    others: tuple[OtherSource, ...] = ()

    @property
    def status(self) -> CalibrationStatus:
        """What is to be thought of it as far as the resolver sees."""
        return calibration_status(self.findings, known=self.pixel_size is not None)

    @property
    def second_source(self) -> str | None:
        """The most trusted of the other sources."""
        return self.others[0].source if self.others else None

    @property
    def second_pixel_size_nm(self) -> float | None:
        """Its value for this picture, nm."""
        return self.others[0].pixel_size_nm if self.others else None

    @property
    def disagreement_rel(self) -> float | None:
        """Second value over first minus one."""
        return self.others[0].deviation_rel if self.others else None

    @property
    def confirmed_by(self) -> str | None:
        """The most trusted of the independent sources that agree."""
        return next((other.source for other in self.others if other.confirms), None)


def resolve_pixel_size(
    evidence: Iterable[PixelSizeEvidence],
    *,
    actual_shape: tuple[int, int],
    user: UserStatement | None = None,
    modality: str | None = None,
    instrument: Instrument | None = None,
) -> Calibration:
    """Decide on a picture's pixel size.

    Parameters
    ----------
    evidence : iterable of PixelSizeEvidence
        What the files state.
    actual_shape : (int, int)
        Rows and columns of the picture as read, before the info bar is cut.
    user : UserStatement, optional
        The user's word; its pixel size is above all others. `scale_factor` multiplies what the
        files state. As long as `scale_u` is not stated, no uncertainty of the pixel size is:
        the rounding of digits and the ends of a bar are a small part of it.
    modality : str, optional
        ``se``, ``stem`` or ``tem``; sets the range of plausible values.
    instrument : Instrument, optional
        For the tilt.

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
    user = user or UserStatement()
    sheet = () if user.pixel_size_nm is None else (_of_sheet(user.pixel_size_nm),)
    statements, findings = statements_of(
        (*sheet, *evidence), actual_shape, user.scale_factor or 1.0
    )
    tilt = tilt_findings(instrument or Instrument(), accepted=user.tilt_ok)
    chosen, doubts = _choose(statements)
    findings += contradictions(statements, chosen) + doubts
    if chosen is None:
        findings += tilt
        return _without_value(statements, findings)
    others = [
        s
        for s in statements
        if s is not chosen
        and s.frame is not Frame.EDITED
        and (agree(chosen, s) or not s.kind.confirms_only)
    ]
    findings += _own_doubts(chosen, others, actual_shape, modality, user)
    for other in others:
        findings += comparison(chosen, other, others, user.pixel_size_reason)
    findings += tilt + _large_factor(user.scale_factor, chosen)
    return Calibration(
        pixel_size=_pixel_size(chosen.evidence, user.scale_u),
        findings=findings,
        raw_text=chosen.evidence.raw_text,
        others=tuple(OtherSource.of(other, chosen) for other in others),
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
        "confirmed_by": calibration.confirmed_by,
        "other_sources": "; ".join(str(other) for other in calibration.others) or None,
        OTHER_PIXEL_SIZES: [asdict(other) for other in calibration.others] or None,
    }


def _of_sheet(value_nm: float) -> PixelSizeEvidence:
    return PixelSizeEvidence("sheet", value_nm, value_nm, f"pixel_size_nm = {value_nm:g}")


def _choose(
    statements: Sequence[Statement],
) -> tuple[Statement | None, tuple[Finding, ...]]:
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
            other.title for other in statements if other.holds and is_same(other, statement)
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
                f"used; use the original, or give pixel_size_nm {IN_SHEET}",
            )
        )
    return None, tuple(findings)


def _without_value(statements: Sequence[Statement], findings: tuple[Finding, ...]) -> Calibration:
    """Return the calibration of a picture whose sizes stay in pixels."""
    if all(statement.kind.confirms_only for statement in statements):
        missing = Finding(
            "no_pixel_size",
            "warn",
            f"no pixel size in the file: sizes in nm stay empty; give pixel_size_nm {IN_SHEET}",
        )
        return Calibration(None, (*findings, missing))
    resized = [OtherSource.of(s, None) for s in statements if s.frame is Frame.RESIZED]
    return Calibration(None, findings, others=tuple(resized))


def _own_doubts(
    chosen: Statement,
    others: Sequence[Statement],
    actual_shape: tuple[int, int],
    modality: str | None,
    user: UserStatement,
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
            f"plausible for {kind} micrograph; give the right pixel_size_nm, or modality, "
            f"{IN_SHEET}"
        )
        level: Literal["warn", "review"] = "warn" if of_user else "review"
        findings.append(Finding("implausible_pixel_size", level, message))
    if abs(item.y_nm / item.x_nm - 1) > _SQUARE_REL:
        message = (
            f"pixels are not square: {item.y_nm:.5g} nm high, {item.x_nm:.5g} nm wide; if that is "
            f"wrong, give pixel_size_nm {IN_SHEET}"
        )
        findings.append(Finding("non_square_pixels", "warn", message))
    if chosen.frame is Frame.CROPPED:
        message = (
            f"{chosen.title} is for a larger picture: the file was cropped, and its pixel size "
            "holds only if it was not resized as well; use the original, or give pixel_size_nm "
            f"{IN_SHEET}"
        )
        findings.append(Finding("cropped_copy", "warn", message))
    confirmed = chosen.frame is Frame.RESIZED  # Only chosen where another source agrees.
    if chosen.kind.by_machine:
        findings.append(
            _read_by_machine(
                chosen, others, accepted=user.scale_bar_ok and item.source == "scale_bar"
            )
        )
    elif (
        not of_user
        and not confirmed
        and chosen.contradiction is None  # told already
        and not any(s.vouches and agree(chosen, s) for s in (chosen, *others))
    ):
        message = (
            f"nothing confirms the pixel size of {chosen.title}: it does not say for which "
            f"picture size it holds; confirm it by pixel_size_nm {IN_SHEET}"
        )
        findings.append(Finding("pixel_size_unconfirmed", "warn", message))
    return tuple(findings)


def _read_by_machine(chosen: Statement, others: Sequence[Statement], *, accepted: bool) -> Finding:
    """Return what a person has to look at where no metadata state the pixel size."""
    confirming = [other.title for other in others if agree(chosen, other)]
    also = f", as {confirming[0]} does" if confirming else ""
    message = (
        f"{chosen.title}, read by machine, says {chosen.mean_nm:.5g} nm per pixel "
        f"({chosen.evidence.raw_text}){also}"
    )
    if accepted:
        return Finding("read_by_machine", "warn", f"{message}; the sample sheet accepts it")
    is_bar = chosen.evidence.source == "scale_bar"
    how = "yes in scale_bar_ok, or by pixel_size_nm," if is_bar else "pixel_size_nm"
    return Finding(
        "read_by_machine",
        "review",
        f"{message}; look at it and accept it by {how} {IN_SHEET}",
    )


def _large_factor(factor: float | None, chosen: Statement) -> tuple[Finding, ...]:
    """Return the warning on a calibration standard that moves the pixel size a lot."""
    if factor is None or chosen.evidence.source == "sheet" or abs(factor - 1) <= _LARGE_FACTOR_REL:
        return ()
    stated_nm = chosen.mean_nm / factor
    message = (
        f"scale_factor {factor:g} of the sample sheet turns {stated_nm:.5g} nm per pixel into "
        f"{chosen.mean_nm:.5g} nm: more than a microscope is usually off; check scale_factor in "
        "that row with the certificate"
    )
    return (Finding("large_scale_factor", "warn", message),)


def _pixel_size(item: PixelSizeEvidence, scale_u: float | None) -> PixelSize:
    """Return the decided pixel size; axes that differ by rounding only become one value."""
    y_nm, x_nm = item.y_nm, item.x_nm
    difference = abs(y_nm / x_nm - 1)
    if difference < _AVERAGE_REL and y_nm != x_nm:
        y_nm = x_nm = (y_nm + x_nm) / 2
    u_rel = None
    if scale_u is not None:
        u_rel = math.hypot(scale_u, item.u_rel or 0.0)
    return PixelSize(y_nm, x_nm, item.source, u_rel)
