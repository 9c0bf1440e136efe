"""One run at a time plans a campaign: Snakemake parses, and so plans, before it locks."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import TextIO

from nanocensus.campaign.faults import CampaignError, Fault

_LOCK = Path("plan", ".lock")
# The lock lives as long as the process that holds it, so the open files are kept here.
_held: dict[Path, TextIO] = {}


def hold_campaign(results: Path) -> bool:
    """Hold a campaign for the life of this process.

    Returns
    -------
    bool
        False if another process of the same working directory holds it: then the plan on
        disk must stay as it is. Snakemake's own lock decides whether this run may go on.

    Raises
    ------
    CampaignError
        If a run in another working directory holds it, which Snakemake would not notice.
    """
    path = (results / _LOCK).absolute()
    if path in _held:
        return True
    path.parent.mkdir(parents=True, exist_ok=True)
    stream = path.open("a+", encoding="utf-8")
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        stream.seek(0)
        holder = stream.read().strip()
        stream.close()
        if holder and holder != str(Path.cwd()):
            raise CampaignError(
                [
                    Fault(
                        None,
                        "results",
                        f"{str(results)!r} is in use by a run in {holder!r}",
                        "Wait for that run, or choose another `results` folder.",
                    )
                ]
            ) from None
        return False
    stream.truncate(0)
    stream.write(str(Path.cwd()))
    stream.flush()
    os.set_inheritable(stream.fileno(), False)
    _held[path] = stream
    return True
