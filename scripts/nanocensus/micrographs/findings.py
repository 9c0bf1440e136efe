"""What a stage has to say about one micrograph, from a warning to a refusal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

Level = Literal["ok", "warn", "review", "empty", "refused", "failed"]

IN_SHEET = "in the sample sheet, in a row that names this file"
"""Where the user says of one picture what its files do not; behind the name of a column."""

LEVELS: tuple[Level, ...] = ("ok", "warn", "review", "empty", "refused", "failed")
"""Levels of a micrograph's status, from good to bad."""


@dataclass(frozen=True)
class Finding:
    """One thing worth telling about a micrograph.

    Attributes
    ----------
    code : str
        Name of the kind of finding in snake_case, e.g. ``no_pixel_size``.
    level : str
        How bad it is: one of `LEVELS` but ``ok``.
    message : str
        What was found and what to do about it, in plain words.
    """

    code: str
    level: Level
    message: str

    def __post_init__(self) -> None:
        if self.level not in LEVELS[1:]:
            raise ValueError(f"level of a finding is one of {LEVELS[1:]}, not {self.level!r}")

    def as_dict(self) -> dict[str, str]:
        """Return the finding as a dictionary for a JSON record."""
        return asdict(self)


def worst_level(findings: Iterable[Finding]) -> Level:
    """Return the worst level among the findings, ``ok`` when there are none.

    Examples
    --------
    >>> worst_level([Finding("saturated", "warn", "."), Finding("too_small", "refused", ".")])
    'refused'
    >>> worst_level([])
    'ok'
    """
    return max((finding.level for finding in findings), key=LEVELS.index, default="ok")


class MicrographError(Exception):
    """One micrograph cannot be used; the others go on.

    Attributes
    ----------
    finding : Finding
        Why, as it goes into the micrograph's row.
    """

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding)
        self.finding = finding

    def __str__(self) -> str:
        return f"{self.finding.code}: {self.finding.message}"
