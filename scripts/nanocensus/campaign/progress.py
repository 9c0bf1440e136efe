"""How far a job is: picture k of n, seconds left."""

from __future__ import annotations

import logging
import sys
import time
from contextlib import suppress

_SECONDS_BETWEEN_LINES = 5.0
_log = logging.getLogger(__name__)


class Progress:
    """Tell a log, and a terminal if there is one, how far a job is."""

    def __init__(self, title: str, total: int) -> None:
        self._title = title
        self._total = total
        self._done = 0
        self._started = time.monotonic()
        self._told = self._started

    def step(self) -> None:
        """Count one picture as done; say so every few seconds and at the end."""
        self._done += 1
        now = time.monotonic()
        is_last = self._done == self._total
        if not is_last and now - self._told < _SECONDS_BETWEEN_LINES:
            return
        self._told = now
        spent = now - self._started
        left = spent / self._done * (self._total - self._done)
        ending = f"done in {spent:.0f} s" if is_last else f"{left:.0f} s left"
        line = f"{self._title}: picture {self._done} of {self._total}, {ending}"
        _log.info(line)
        # Who reads it may be gone with the Snakemake that this job outlived.
        with suppress(OSError):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
