"""Removing what no index names any more: products of pictures and shards that are gone."""

from __future__ import annotations

import json
import logging
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from nanocensus.campaign.products import (
    PRODUCT_FOLDERS,
    TABLE_FOLDERS,
    failures_path,
    index_path,
    journal_path,
    product_paths,
    table_path,
)
from nanocensus.campaign.stages import SHARD_STAGES

_MARK = Path("plan", ".unpruned")
_RESULT = Path("tables", "micrographs.csv")
_SHARD = re.compile("b[01]*")
_INDEX_ENDINGS = (".json", ".journal.jsonl", ".parquet")
_log = logging.getLogger(__name__)


def mark_unpruned(results: Path, gone: Iterable[tuple[str, str]] = ()) -> None:
    """Remember that shards changed, and which micrographs (sample, name) left the campaign."""
    with (results / _MARK).open("a", encoding="utf-8") as stream:
        stream.writelines(json.dumps(identity) + "\n" for identity in gone)


def prune_if_marked(results: Path, shards: Sequence[str]) -> None:
    """Prune what an aggregate that was cut short after its tables left behind."""
    mark, tables = results / _MARK, results / _RESULT
    is_due = mark.is_file() and tables.is_file()
    if is_due and tables.stat().st_mtime_ns > mark.stat().st_mtime_ns:
        prune(results, shards)


def prune(results: Path, shards: Sequence[str]) -> None:
    """Remove products, indexes and tables that the shards' indexes do not name.

    Only the paths of products of micrographs that are or were in the campaign are ours; what
    people saved beside them stays. So do the locks, which a job may hold.

    Only for a campaign whose indexes are all current: an index that is missing would make
    its products look abandoned, so then nothing is removed.
    """
    indexes = [results / index_path(stage, shard) for stage in SHARD_STAGES for shard in shards]
    if not all(index.is_file() for index in indexes):
        return
    keep = set(indexes)
    for stage in SHARD_STAGES:
        for shard in shards:
            keep |= {results / journal_path(stage, shard), results / failures_path(stage, shard)}
            if table := table_path(stage, shard):
                keep.add(results / table)
    identities = set(_marked(results))
    for index in indexes:
        for entry in json.loads(index.read_text(encoding="utf-8"))["pictures"]:
            identities.add((entry["sample"], entry["name"]))
            keep.update(results / file["path"] for file in entry["files"].values())
    for path in sorted(_candidates(results, identities) - keep):
        if path.is_file():
            path.unlink()
            _log.info("removed %s, which no shard names any more", path)
    _remove_empty_folders(results)
    (results / _MARK).unlink(missing_ok=True)


def _marked(results: Path) -> Iterator[tuple[str, str]]:
    mark = results / _MARK
    if mark.is_file():
        for line in mark.read_text(encoding="utf-8").splitlines():
            sample, name = json.loads(line)
            yield sample, name


def _candidates(results: Path, identities: Iterable[tuple[str, str]]) -> set[Path]:
    """Return every path that the workflow may have written for these micrographs or any shard."""
    found = {results / path for identity in identities for path in product_paths(*identity)}
    for folder in TABLE_FOLDERS:
        found |= {
            path for path in (results / folder).glob("*.parquet") if _SHARD.fullmatch(path.stem)
        }
    for path in (results / "index").rglob("*"):
        if path.name.endswith(_INDEX_ENDINGS):
            found.add(path)
    return found


def _remove_empty_folders(results: Path) -> None:
    for folder in ("index", *PRODUCT_FOLDERS):
        for path in sorted((results / folder).rglob("*"), reverse=True):
            if path.is_dir() and not any(path.iterdir()):
                shutil.rmtree(path)
