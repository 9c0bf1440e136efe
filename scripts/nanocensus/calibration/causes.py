"""What may lie behind two pixel sizes that disagree."""

from __future__ import annotations

_SAME_RATIO_REL = 0.01
_CAUSES = (
    (2.0, "one of them is for a copy resized or binned by 2"),
    (4.0, "one of them is for a copy resized or binned by 4"),
    (1.25, "one of them is for a copy resized by 1.25"),
    (1.6, "one of them is for a copy resized by 1.6"),
    (2.54, "centimetre and inch were mixed up"),
    (25.4, "millimetre and inch were mixed up"),
    (10.0, "a decimal place slipped, or nm and Å were mixed up"),
    (100.0, "two decimal places slipped"),
    (1e3, "units of length were mixed up (a factor of 1000)"),
    (1e6, "units of length were mixed up (a factor of a million)"),
)


def likely_cause(ratio: float) -> str | None:
    """Return in words what makes two pixel sizes differ by a ratio, None if nothing is known.

    Examples
    --------
    >>> likely_cause(0.5)
    'one of them is for a copy resized or binned by 2'
    >>> likely_cause(1.33) is None
    True
    """
    ratio = max(ratio, 1 / ratio)
    for known, cause in _CAUSES:
        if abs(ratio / known - 1) < _SAME_RATIO_REL:
            return cause
    return None
