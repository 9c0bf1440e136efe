"""The journal of a shard: what is finished, kept from earlier runs, or was in work at a death."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from nanocensus.campaign.failures import has_killed
from nanocensus.campaign.files import replacing, sha256_of_bytes, sha256_of_file
from nanocensus.campaign.job import PictureTask, ShardJob
from nanocensus.campaign.products import journal_path, part_path, table_path
from nanocensus.campaign.shards import is_kin

Entry = dict[str, Any]
_Identity = tuple[str, str]


class Journal:
    """Entries of finished pictures, on disk as one JSON object a line.

    A line without a `key` field is a mark: `working` before a picture is touched, `stopped`
    when a job ended in good order before its pictures were done.
    """

    def __init__(
        self, job: ShardJob, known: Mapping[_Identity, list[Entry]], marks: _Marks
    ) -> None:
        self._job = job
        self._known = known
        self._marks = marks
        self._entries: dict[_Identity, Entry] = {}
        self._path = job.results / journal_path(job.stage.name, job.shard)
        self._rows = RowStore(job)
        self._path.parent.mkdir(parents=True, exist_ok=True)

    @classmethod
    def open(cls, job: ShardJob) -> Journal:
        """Read the journals of the shard, its ancestors and its descendants."""
        known: dict[_Identity, list[Entry]] = {}
        marks = _Marks()
        own = job.results / journal_path(job.stage.name, job.shard)
        for path in sorted(own.parent.glob("b*.journal.jsonl")):
            shard = path.name.split(".")[0]
            if not is_kin(shard, job.shard):
                continue
            for line in _lines(path):
                if "mark" not in line:
                    known.setdefault(_identity(line), []).append(line)
                if path == own:
                    marks.read(line)
        return cls(job, known, marks)

    def find(self, task: PictureTask, key: str) -> Entry | None:
        """Return a finished entry with this key whose products are all there and unharmed."""
        for entry in reversed(self._known.get((task.sample, task.name), [])):
            if (
                entry["key"] == key
                and not entry["failures"]
                and self._job.plan.get("recompute") in (None, entry.get("recompute"))
                and self._holds(entry)
            ):
                return entry
        return None

    def failures(self, task: PictureTask, key: str) -> int:
        """Return in how many runs the picture failed under this key though it need not have."""
        known = self._known.get((task.sample, task.name), [])
        return max((entry["failures"] for entry in known if entry["key"] == key), default=0)

    def source_digest(self, task: PictureTask, source: Mapping[str, Any]) -> str | None:
        """Return the known SHA-256 of a raw file that has not changed since."""
        for entry in reversed(self._known.get((task.sample, task.name), [])):
            for known in entry["sources"]:
                if all(known[field] == source[field] for field in ("path", "size", "mtime_ns")):
                    return str(known["sha256"])
        return None

    def keep(self, task: PictureTask, entry: Entry) -> None:
        """Take an entry over as it is."""
        self._entries[task.sample, task.name] = entry

    def add(self, task: PictureTask, entry: Entry) -> None:
        """Take a new entry and write it down at once."""
        entry["recompute"] = self._job.plan.get("recompute")
        entry["shard"] = self._job.shard
        self.keep(task, entry)
        self._append(entry)

    def publish(self) -> list[Entry]:
        """Write the shard's table, shorten the journal and return all entries in order."""
        entries = [self._entries[task.sample, task.name] for task in self._job.tasks]
        self._rows.write_table(entries)
        for entry in entries:
            entry["shard"] = self._job.shard
        with replacing(self._path) as unfinished:
            unfinished.write_text("".join(_line(entry) for entry in entries), encoding="utf-8")
        self._rows.remove_parts(entries)
        return entries

    def stop(self) -> None:
        """Note that the job ends in good order, so that no picture is suspected."""
        self._append({"mark": "stopped"})

    def begin(self, task: PictureTask, *, alone: bool) -> None:
        """Note that a picture is about to be worked on."""
        mark = {"mark": "working", "sample": task.sample, "name": task.name, "alone": alone}
        self._marks.read(mark)
        self._append(mark)

    def is_suspect(self, task: PictureTask) -> bool:
        """Return whether the picture was in work when an earlier job died."""
        return (task.sample, task.name) in self._marks.suspects

    def deaths_alone(self, task: PictureTask) -> int:
        """Return how often work on the picture alone began and did not end."""
        return self._marks.alone[task.sample, task.name]

    def _append(self, content: Mapping[str, Any]) -> None:
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(_line(content))

    def _holds(self, entry: Entry) -> bool:
        for file in entry["files"].values():
            path = self._job.results / file["path"]
            if not path.is_file() or path.stat().st_size != file["bytes"]:
                return False
            if sha256_of_file(path) != file["sha256"]:
                return False
        return entry["rows_sha256"] is None or self._rows.read(entry) is not None


class _Marks:
    """Who was in work when an earlier job or its own process died."""

    def __init__(self) -> None:
        self.suspects: set[_Identity] = set()
        self.alone: Counter[_Identity] = Counter()

    def read(self, line: Mapping[str, Any]) -> None:
        if line.get("mark") == "stopped":
            self.suspects.clear()
            self.alone.clear()
        elif has_killed(line):
            self.suspects.add(_identity(line))
            del self.alone[_identity(line)]
        elif line.get("mark") == "working":
            self.suspects.add(_identity(line))
            self.alone[_identity(line)] += line["alone"]
        else:
            self.suspects.discard(_identity(line))
            del self.alone[_identity(line)]


class RowStore:
    """The rows of a shard's pictures: one part a picture while the job works, then one table."""

    def __init__(self, job: ShardJob) -> None:
        self._results = job.results
        self._stage = job.stage.name
        self._shard = job.shard
        self._tables: dict[str, pd.DataFrame] = {}

    def write_part(self, task: PictureTask, rows: pd.DataFrame) -> str:
        """Write one picture's rows, with its sample and name, and return their hash."""
        rows = rows.copy()
        rows.insert(0, "sample", task.sample)
        rows.insert(1, "micrograph", task.name)
        content = _parquet(rows)
        path = self._results / part_path(self._stage, task.sample, task.name)
        with replacing(path) as unfinished:
            unfinished.write_bytes(content)
        return sha256_of_bytes(content)

    def read(self, entry: Entry) -> pd.DataFrame | None:
        """Return a picture's rows, or None where they are not there or not the same."""
        part = self._results / part_path(self._stage, entry["sample"], entry["name"])
        if part.is_file() and sha256_of_file(part) == entry["rows_sha256"]:
            return pd.read_parquet(part)
        table = self._table(entry["shard"])
        own = (table["sample"] == entry["sample"]) & (table["micrograph"] == entry["name"])
        rows = table[own].reset_index(drop=True)
        return rows if sha256_of_bytes(_parquet(rows)) == entry["rows_sha256"] else None

    def write_table(self, entries: Sequence[Entry]) -> None:
        """Write the rows of all pictures, in their order, as the shard's table."""
        path = table_path(self._stage, self._shard)
        if path is None:
            return
        frames = []
        for entry in entries:
            if entry["rows_sha256"] is not None:
                rows = self.read(entry)
                assert rows is not None, "rows vanished while the job worked"
                frames.append(rows)
        filled = [frame for frame in frames if len(frame)] or frames[:1]
        table = pd.concat(filled, ignore_index=True) if filled else _no_rows()
        with replacing(self._results / path) as unfinished:
            unfinished.write_bytes(_parquet(table))

    def remove_parts(self, entries: Iterable[Entry]) -> None:
        """Remove the parts, whose rows are in the table now."""
        for entry in entries:
            part = self._results / part_path(self._stage, entry["sample"], entry["name"])
            part.unlink(missing_ok=True)

    def _table(self, shard: str) -> pd.DataFrame:
        if shard not in self._tables:
            path = table_path(self._stage, shard)
            is_there = path is not None and (self._results / path).is_file()
            self._tables[shard] = (
                pd.read_parquet(self._results / path) if is_there and path else _no_rows()
            )
        return self._tables[shard]


def _no_rows() -> pd.DataFrame:
    return pd.DataFrame({"sample": pd.Series(dtype="str"), "micrograph": pd.Series(dtype="str")})


def _parquet(rows: pd.DataFrame) -> bytes:
    stream = io.BytesIO()
    rows.to_parquet(stream, index=False)
    return stream.getvalue()


def _identity(line: Mapping[str, Any]) -> _Identity:
    return line["sample"], line["name"]


def _line(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False) + "\n"


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield a journal's lines; the last one may be cut short by a death."""
    # Not splitlines(): paths and metadata may hold U+0085 or U+2028, which it takes for ends.
    for text in path.read_text(encoding="utf-8").split("\n"):
        try:
            yield json.loads(text)
        except json.JSONDecodeError:
            continue
