"""Removing what no index names any more: products of pictures and shards that are gone."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from nanocensus.campaign.products import (
    ENDINGS,
    PRODUCT_FOLDERS,
    failures_path,
    index_path,
    journal_path,
    table_path,
)
from nanocensus.campaign.stages import SHARD_STAGES

_MARK = Path("plan", ".unpruned")
_RESULT = Path("tables", "micrographs.csv")
_log = logging.getLogger(__name__)


def mark_unpruned(results: Path) -> None:
    """Remember that shards changed, so that something may have to be removed."""
    (results / _MARK).touch()


def prune_if_marked(results: Path, shards: Sequence[str]) -> None:
    """Prune what an aggregate that was cut short after its tables left behind."""
    mark, tables = results / _MARK, results / _RESULT
    is_due = mark.is_file() and tables.is_file()
    if is_due and tables.stat().st_mtime_ns > mark.stat().st_mtime_ns:
        prune(results, shards)


def prune(results: Path, shards: Sequence[str]) -> None:
    """Remove products, indexes and tables that the shards' indexes do not name.

    Only files whose endings are those of products are ours; what people saved beside them
    stays. So do the locks, which a job may hold.

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
    for index in indexes:
        keep.update(results / path for path in _products_in(index))
    for path in _files_on_disk(results):
        if path not in keep:
            path.unlink()
            _log.info("removed %s, which no shard names any more", path)
    _remove_empty_folders(results)
    (results / _MARK).unlink(missing_ok=True)


def _products_in(index: Path) -> Iterator[str]:
    for entry in json.loads(index.read_text(encoding="utf-8"))["pictures"]:
        yield from (file["path"] for file in entry["files"].values())


def _files_on_disk(results: Path) -> Iterator[Path]:
    for folder in ENDINGS:
        endings = ENDINGS[folder]
        for path in list((results / folder).rglob("*")):
            if path.name.endswith(endings) and path.is_file():
                yield path


def _remove_empty_folders(results: Path) -> None:
    for folder in ("index", *PRODUCT_FOLDERS):
        for path in sorted((results / folder).rglob("*"), reverse=True):
            if path.is_dir() and not any(path.iterdir()):
                shutil.rmtree(path)
