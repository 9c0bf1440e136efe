"""Running a stage over a shard: each picture once, whatever happened before or happens now.

A picture's result is kept under a key: the stage's fingerprint, the hashes of what it
reads, its fields of the sample sheet. The journal beside the index holds the entries of
finished pictures; Snakemake removes the index before it starts a job, the journal stays.
A job keeps every entry whose key and products still hold, of its own shard or of one that
this shard was split from or that was merged into it, and computes the rest.
"""

from __future__ import annotations

import json
import logging
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nanocensus.campaign.failures import PROCESS_DIED, VANISHED, note_failures
from nanocensus.campaign.files import replacing, sha256_of_file, sha256_of_json
from nanocensus.campaign.job import Outcome, PictureTask, ShardJob
from nanocensus.campaign.journal import Entry, Journal, RowStore
from nanocensus.campaign.lock import hold_shard
from nanocensus.campaign.products import index_path, is_optional, product_path, roles_of
from nanocensus.campaign.progress import Progress
from nanocensus.campaign.workers import Worked, work_through

Compute = Callable[[PictureTask], Outcome]
Load = Callable[[], "Computation"]
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Computation:
    """How a stage computes a picture.

    Attributes
    ----------
    compute : callable
        Writes one picture's products to `task.output(role)` and returns its Outcome.
    forks : bool
        Whether pictures may be computed in forked processes, `job.threads` at once;
        not where a GPU is in use.
    """

    compute: Compute
    forks: bool = True


def run_shard(job: ShardJob, load: Load, *, refusal: type[Exception]) -> None:
    """Bring a shard's products and index up to date.

    Parameters
    ----------
    job : ShardJob
        From `open_job`.
    load : callable
        Returns the Computation; called once, and only if a picture is to be computed, so that
        a job without work loads no network.
    refusal : exception class
        What `compute` raises to refuse a picture; it bears a `finding` with `as_dict()`.
        Any other exception also costs that picture only and is told as `crashed`.
    """
    signal.signal(signal.SIGTERM, _leave)
    # A job may outlive the Snakemake that started it, and meet the one that the next run starts.
    with hold_shard(job.results, job.stage.name, job.shard):
        journal = Journal.open(job)
        try:
            _bring_up_to_date(job, journal, load, refusal)
        except (KeyboardInterrupt, SystemExit):
            journal.stop()
            raise
        _publish(job, journal.publish())


def _publish(job: ShardJob, entries: list[Entry]) -> None:
    """Write the index; what may pass is noted first, so that no index is without its note."""
    note_failures(job, entries)
    index = {
        "stage": job.stage.name,
        "shard": job.shard,
        "fingerprint": job.plan["fingerprint"],
        "pictures": entries,
    }
    path = job.results / index_path(job.stage.name, job.shard)
    with replacing(path) as unfinished:
        text = json.dumps(index, indent=1, ensure_ascii=False)
        unfinished.write_text(text + "\n", encoding="utf-8")


def _leave(number: int, frame: object) -> None:
    raise SystemExit(128 + number)


def _bring_up_to_date(
    job: ShardJob, journal: Journal, load: Load, refusal: type[Exception]
) -> None:
    rows = RowStore(job)
    waiting: dict[PictureTask, Entry] = {}
    for task in job.tasks:
        blank = _blank_entry(job, task, journal)
        kept = journal.find(task, blank["key"]) if blank["key"] else None
        if kept:
            # The same content may have been touched or moved since.
            found_now = {field: blank[field] for field in ("path", "sources")}
            journal.keep(task, {**kept, **found_now})
            _remove_left_out(task, kept)
        elif blank["key"] is None:
            journal.keep(task, blank)
        else:
            waiting[task] = blank
    _log.info(
        "%s %s: %d of %d pictures to compute",
        job.stage.name,
        job.shard,
        len(waiting),
        len(job.tasks),
    )
    if not waiting:
        return
    computation = load()
    progress = Progress(f"{job.stage.name} {job.shard}", len(waiting))

    def work(task: PictureTask) -> Entry:
        return _worked_entry(task, waiting[task], computation.compute, refusal, rows)

    def finish(worked: Worked) -> None:
        entry = worked.entry or _dead_entry(worked, waiting[worked.task])
        if entry["failures"]:
            entry["failures"] += journal.failures(worked.task, entry["key"])
        journal.add(worked.task, entry)
        progress.step()

    processes = job.threads if computation.forks else 0
    work_through(tuple(waiting), work, finish, processes=processes, attempts=journal)


def _blank_entry(job: ShardJob, task: PictureTask, journal: Journal) -> Entry:
    """Return the entry of a picture that is not computed; without a key if it cannot be."""
    entry: Entry = {
        "sample": task.sample,
        "name": task.name,
        "path": task.manifest["path"],
        "shard": job.shard,
        "key": None,
        "done": False,
        "sources": [],
        "files": {},
        "record": {},
        "findings": [],
        "rows_sha256": None,
        "seconds": None,
        "failures": 0,
    }
    if not all(upstream["done"] for upstream in task.upstream.values()):
        return entry
    if not task.stage.upstream:
        try:
            entry["sources"] = _sources(task, journal)
        except OSError as error:
            entry["findings"] = [_vanished(error)]
            return entry
    entry["key"] = sha256_of_json([job.plan["fingerprint"], _reads(task, entry), task.fields])
    return entry


def _sources(task: PictureTask, journal: Journal) -> list[dict[str, Any]]:
    """Return the raw file and its sidecars with their hashes, computed only where they changed."""
    return [
        {
            **source,
            "sha256": journal.source_digest(task, source) or sha256_of_file(Path(source["path"])),
        }
        for source in task.sources
    ]


def _reads(task: PictureTask, entry: Entry) -> dict[str, Any]:
    """Return the hashes of all that a stage reads of a picture."""
    stage = task.stage
    reads: dict[str, Any] = {
        f"{name}.{role}": task.upstream[name]["files"][role]["sha256"]
        for name, roles in stage.reads.items()
        for role in roles
    }
    for name, fields in stage.records.items():
        reads |= {f"{name}.{field}": task.upstream[name]["record"][field] for field in fields}
    # A sidecar counts by its ending: the same picture may be renamed with its sidecar.
    reads["sources"] = [
        [Path(source["path"]).suffix.lower(), source["sha256"]] for source in entry["sources"]
    ]
    return reads


def _worked_entry(
    task: PictureTask,
    blank: Entry,
    compute: Compute,
    refusal: type[Exception],
    rows: RowStore,
) -> Entry:
    """Compute one picture; whatever goes wrong becomes its finding."""
    started = time.perf_counter()
    try:
        outcome = compute(task)
        done = {
            "done": True,
            "files": _take_over(task),
            "record": dict(outcome.record),
            "findings": [dict(finding) for finding in outcome.findings],
        }
        if outcome.rows is not None:
            done["rows_sha256"] = rows.write_part(task, outcome.rows)
    except refusal as error:
        finding = error.finding.as_dict()  # type: ignore[attr-defined]
        _log.warning("%s/%s: %s", task.sample, task.name, finding["message"])
        return {**blank, "findings": [finding]}
    except Exception as error:
        # The boundary between one picture and the others: none may cost another's result.
        if isinstance(error, FileNotFoundError) and error.filename == str(task.raw):
            _log.warning("%s/%s: %s", task.sample, task.name, error)
            return {**blank, "findings": [_vanished(error)], "failures": 1}
        _log.exception("%s/%s: %s failed", task.sample, task.name, task.stage.name)
        return {**blank, "findings": [_crashed(task, error)], "failures": 1}
    finally:
        for role in roles_of(task.stage.name):
            task.output(role).unlink(missing_ok=True)
    seconds = round(time.perf_counter() - started, 3)
    _log.info("%s/%s: %.2f s", task.sample, task.name, seconds)
    return {**blank, **done, "seconds": seconds}


def _take_over(task: PictureTask) -> dict[str, dict[str, Any]]:
    """Give the finished products their names and return path, size and hash of each.

    An optional product that was not made has none, nor has it a file of an earlier run any more.
    """
    files = {}
    for role in roles_of(task.stage.name):
        path = product_path(task.stage.name, role, task.sample, task.name)
        unfinished = task.output(role)
        if is_optional(task.stage.name, role) and not unfinished.exists():
            (task.results / path).unlink(missing_ok=True)
            continue
        files[role] = {
            "path": path.as_posix(),
            "bytes": unfinished.stat().st_size,
            "sha256": sha256_of_file(unfinished),
        }
        unfinished.replace(task.results / path)
    return files


def _remove_left_out(task: PictureTask, kept: Entry) -> None:
    """Remove an optional product that a run which was cut short made beside a kept entry."""
    for role in roles_of(task.stage.name):
        if role not in kept["files"] and is_optional(task.stage.name, role):
            path = product_path(task.stage.name, role, task.sample, task.name)
            (task.results / path).unlink(missing_ok=True)


def _vanished(error: OSError) -> dict[str, str]:
    return {
        "code": VANISHED,
        "level": "failed",
        "message": f"the file cannot be opened any more ({error}); "
        "bring it back, or run again so that it leaves the campaign",
    }


def _crashed(task: PictureTask, error: Exception) -> dict[str, str]:
    return {
        "code": "crashed",
        "level": "failed",
        "message": f"{task.stage.name} failed ({type(error).__name__}: {error}); "
        "the log holds the details; please report it with the file",
    }


def _dead_entry(worked: Worked, blank: Entry) -> Entry:
    finding = {
        "code": PROCESS_DIED,
        "level": "failed",
        "message": f"the process that worked on it alone ended abruptly ({worked.death}), "
        "most likely for lack of memory; give the job more memory or inspect the file",
    }
    return {**blank, "findings": [finding], "failures": 1}
