"""Sources of one pixel size that contradict themselves or each other, and what ends the dispute."""

from __future__ import annotations

from collections.abc import Sequence

from nanocensus.calibration.causes import likely_cause
from nanocensus.calibration.frames import Frame
from nanocensus.calibration.statements import DISPUTED_REL, Statement, agree, ratio_of
from nanocensus.micrographs import IN_SHEET, Finding

_IN_ITS_ROW = "in the row of the sample sheet that holds for this file"


def contradictions(
    statements: Sequence[Statement], chosen: Statement | None
) -> tuple[Finding, ...]:
    """Return which statements contradict themselves; harmless where a consistent one is used."""
    findings = []
    for statement in statements:
        if statement.contradiction is None:
            continue
        if chosen is None or chosen.contradiction is not None:
            message = f"{statement.contradiction}; give pixel_size_nm {IN_SHEET}"
            findings.append(Finding("pixel_size_disputed", "review", message))
        elif agree(chosen, statement) and not chosen.vouches:
            message = (
                f"{statement.contradiction}, and {chosen.title} says the same without saying for "
                f"which picture; give pixel_size_nm {IN_SHEET}"
            )
            findings.append(Finding("pixel_size_disputed", "review", message))
        else:
            message = (
                f"{statement.contradiction}; {chosen.title} is used instead: if that is wrong, "
                f"{_correction(chosen)}"
            )
            findings.append(Finding("pixel_size_deviates", "warn", message))
    return tuple(findings)


def comparison(
    chosen: Statement, other: Statement, others: Sequence[Statement], reason: str | None
) -> tuple[Finding, ...]:
    """Return what a second source has against the first."""
    ratio = ratio_of(other, chosen)
    if agree(chosen, other):
        return ()
    cause = likely_cause(ratio)
    message = (
        f"{chosen.title} says {chosen.mean_nm:.5g} nm per pixel, {other.title} "
        f"{other.mean_nm:.5g} nm ({ratio - 1:+.1%})" + (f"; perhaps {cause}" if cause else "")
    )
    if abs(ratio - 1) <= DISPUTED_REL:
        used = f"{message}; the first is used: if it is wrong, {_correction(chosen)}"
        return (Finding("pixel_size_deviates", "warn", used),)
    overruled = _overruled(chosen, other, others)
    if overruled is not None:
        message = f"{message}; the first is used, because {overruled}"
        return (Finding("pixel_size_deviates", "warn", message),)
    if chosen.evidence.source == "sheet" and reason:
        message = f"{message}; the first is used, for the reason given there: {reason}"
        return (Finding("pixel_size_overridden", "warn", message),)
    return (Finding("pixel_size_disputed", "review", f"{message}; {_remedy(chosen, other)}"),)


def _overruled(chosen: Statement, other: Statement, others: Sequence[Statement]) -> str | None:
    """Return why the word of another source does not count against the chosen one.

    Where two sources of the file disagree, the user's word decides between them.
    """
    if chosen.contradiction is not None:
        return None
    if other.contradiction is not None:
        return f"{other.title} contradicts itself"
    if chosen.evidence.source != "sheet":
        return None
    if other.kind.by_machine:
        return "a person's word counts more than what was read by machine"
    return next(
        (
            f"{third.title} agrees with it"
            for third in others
            if third.contradiction is None and agree(chosen, third)
        ),
        None,
    )


def _remedy(chosen: Statement, other: Statement) -> str:
    """Return what ends a dispute; each of it is tested to do so."""
    if chosen.evidence.source != "sheet":
        return f"give the right one of the two as pixel_size_nm {IN_SHEET}"
    if other.frame is Frame.RESIZED:
        return f"correct pixel_size_nm {_IN_ITS_ROW}, or use the original file"
    return (
        f"correct pixel_size_nm {_IN_ITS_ROW}, remove it there if {other.title} is right, or "
        "say in pixel_size_reason of that row why it is not"
    )


def _correction(chosen: Statement) -> str:
    """Return how to replace a value that is used and is wrong."""
    if chosen.evidence.source == "sheet":
        return f"correct pixel_size_nm {_IN_ITS_ROW}"
    return f"give pixel_size_nm {IN_SHEET}"
