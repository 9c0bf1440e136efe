"""Strict mode: what is otherwise a row with a reason is an error."""

from __future__ import annotations

from collections.abc import Sequence

from nanocensus.tables.pictures import COUNTED_STATUSES, Picture

# Warnings that leave a micrograph without a size in nm or out of the counts.
_BLEMISHES = ("no_pixel_size", "duplicate_file", "near_duplicate", "overlapping_field")


class StrictError(RuntimeError):
    """Strict mode is on, and some micrographs are not fit to be counted.

    Attributes
    ----------
    lines : tuple of str
        One for each of them.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = tuple(lines)
        super().__init__(
            f"strict: {len(self.lines)} micrographs cannot be counted as they are\n"
            + "\n".join(self.lines)
            + "\nRemove or repair them, or set strict: false to go on without them."
        )


def refuse_blemishes(pictures: Sequence[Picture]) -> None:
    """Raise `StrictError` if a micrograph is not counted or has no size in nm."""
    lines = []
    for picture in pictures:
        reasons = [
            finding.message
            for finding in picture.findings
            if finding.level not in COUNTED_STATUSES or finding.code in _BLEMISHES
        ]
        if reasons:
            lines.append(f"{picture.sample}: {picture.path}: {'; '.join(reasons)}")
    if lines:
        raise StrictError(lines)
