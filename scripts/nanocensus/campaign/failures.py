"""Failures whose cause may pass: they must not outlive it, nor be tried for ever.

An index that stands keeps Snakemake from starting its job. So the planner removes the index
of a shard whose job has something to try again:

- a file that could not be opened, as soon as it can be;
- a picture whose computation crashed, once; it may have been the disk or the memory, but a
  second crash is taken for its own;
- not a picture that killed its process, which was tried alone and more than once already.

`--forcerun` on the stage tries all of them again.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nanocensus.campaign.files import replacing
from nanocensus.campaign.job import ShardJob
from nanocensus.campaign.products import failures_path, index_path
from nanocensus.campaign.stages import SHARD_STAGES

VANISHED = "vanished"
PROCESS_DIED = "process_died"
_RUNS_UNTIL_KEPT = 2
_log = logging.getLogger(__name__)


def has_killed(entry: Mapping[str, Any]) -> bool:
    """Return whether a picture's entry tells that it killed its process."""
    return any(finding["code"] == PROCESS_DIED for finding in entry.get("findings", ()))


def note_failures(job: ShardJob, entries: Sequence[Mapping[str, Any]]) -> None:
    """Write which pictures may be tried again, or remove the note if none may.

    Parameters
    ----------
    job : ShardJob
    entries : sequence of mapping
        The entries of the job's tasks, in their order.
    """
    path = job.results / failures_path(job.stage.name, job.shard)
    noted: list[dict[str, Any]] = []
    for task, entry in zip(job.tasks, entries, strict=True):
        if any(finding["code"] == VANISHED for finding in entry["findings"]):
            noted.append({"missed": [source["path"] for source in task.sources]})
        elif 0 < entry["failures"] < _RUNS_UNTIL_KEPT and not has_killed(entry):
            noted.append({"missed": []})
    if not noted:
        path.unlink(missing_ok=True)
        return
    with replacing(path) as unfinished:
        text = json.dumps(noted, indent=1, ensure_ascii=False)
        unfinished.write_text(text + "\n", encoding="utf-8")


def try_again(results: Path, shards: Sequence[str]) -> None:
    """Remove the indexes of shards in which a failure's cause may have passed."""
    for stage in SHARD_STAGES:
        for shard in shards:
            note = results / failures_path(stage, shard)
            if not note.is_file():
                continue
            failures = json.loads(note.read_text(encoding="utf-8"))
            # A crash missed no file.
            if any(all(map(_opens, failure["missed"])) for failure in failures):
                (results / index_path(stage, shard)).unlink(missing_ok=True)
                _log.info("%s %s: failures of the last run are tried again", stage, shard)


def _opens(path: str) -> bool:
    try:
        with Path(path).open("rb") as stream:
            stream.read(1)
    except OSError:
        return False
    return True
