"""Failures whose cause may pass: they must not outlive it, nor be tried for ever.

Where nothing else changed, Snakemake starts no job. So jobs note what may be tried again
beside their index, and the planner counts up a number in the shard's manifest for

- a file that could not be opened, as soon as it can be;
- a picture whose computation crashed, once; it may have been the disk or the memory, but a
  second crash is taken for its own;
- not a picture that killed its process, which was tried alone and more than once already.

Any job that starts tries all of its failures again, so `--forcerun` on the stage does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nanocensus.campaign.files import replacing
from nanocensus.campaign.job import ShardJob
from nanocensus.campaign.products import failures_path
from nanocensus.campaign.stages import SHARD_STAGES

VANISHED = "vanished"
PROCESS_DIED = "process_died"
_RUNS_UNTIL_KEPT = 2


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


def may_have_passed(results: Path, shard: str) -> bool:
    """Return whether any stage's job on a shard has something to try again."""
    for stage in SHARD_STAGES:
        note = results / failures_path(stage, shard)
        if note.is_file():
            failures = json.loads(note.read_text(encoding="utf-8"))
            # A crash missed no file.
            if any(all(map(_opens, failure["missed"])) for failure in failures):
                return True
    return False


def _opens(name: str) -> bool:
    path = Path(name)
    if not path.is_file():  # a pipe would be waited for
        return False
    try:
        with path.open("rb") as stream:
            stream.read(1)
    except OSError:
        return False
    return True
