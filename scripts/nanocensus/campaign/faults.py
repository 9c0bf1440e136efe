"""Mistakes in what the user wrote, collected so that all are told at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Fault:
    """One mistake: where it stands, what is wrong, what to do."""

    file: Path | None
    place: str
    message: str
    remedy: str
    line: int | None = None

    def __str__(self) -> str:
        """Return the fault as `file, line N, place: message. remedy`."""
        where = str(self.file) if self.file else "command line"
        if self.line is not None:
            where += f", line {self.line}"
        if self.place:
            where += f", {self.place}"
        return f"{where}: {self.message}. {self.remedy}"


class CampaignError(ValueError):
    """The configuration or the sample sheet cannot be used as it stands."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        count = len(self.faults)
        title = "1 mistake" if count == 1 else f"{count} mistakes"
        super().__init__(
            "\n".join(
                [f"{title} in the configuration or the sample sheet:"]
                + [f"  - {fault}" for fault in self.faults]
            )
        )


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a remedy that names the known word nearest to a mistyped one."""
    known = sorted(known)
    matches = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    if matches:
        return f"Did you mean {matches[0]!r}?"
    return f"Known here: {', '.join(known)}."
