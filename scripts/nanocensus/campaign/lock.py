"""One run at a time plans a campaign, and one job at a time works on a shard.

Snakemake parses, and so plans, before it locks; and its lock is no lock on the jobs that
live on when only Snakemake is killed.
"""

from __future__ import annotations

import fcntl
import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO

from nanocensus.campaign.faults import CampaignError, Fault
from nanocensus.campaign.products import lock_path

_LOCK = Path("plan", ".lock")
_log = logging.getLogger(__name__)
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
    _held[path] = stream
    return True


@contextmanager
def hold_shard(results: Path, stage: str, shard: str) -> Iterator[None]:
    """Hold a stage's work on a shard; wait while another job has any of its pictures.

    The shards that it was split from are held too, but shared, since its pictures were
    theirs and their journals are read. Child processes inherit the locks: a job that was
    killed holds its shard until its last child has put its picture away.
    """
    with ExitStack() as stack:
        for length in range(1, len(shard) + 1):
            path = results / lock_path(stage, shard[:length])
            path.parent.mkdir(parents=True, exist_ok=True)
            stream = stack.enter_context(path.open("a", encoding="utf-8"))
            kind = fcntl.LOCK_EX if length == len(shard) else fcntl.LOCK_SH
            try:
                fcntl.flock(stream, kind | fcntl.LOCK_NB)
            except BlockingIOError:
                _log.warning("%s %s: waiting for another job that works on it", stage, shard)
                fcntl.flock(stream, kind)
        yield
