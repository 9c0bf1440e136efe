"""One stage's job on one shard, as a script sees it: pictures, settings, products."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import pandas as pd

from nanocensus.campaign.products import (
    index_path,
    product_path,
    results_folder,
    shard_path,
    stage_path,
)
from nanocensus.campaign.stages import SHARD_STAGES, Stage

_log = logging.getLogger(__name__)


class StaleIndexError(RuntimeError):
    """An index was made by other code, of other settings or of other pictures than planned."""


@dataclass(frozen=True)
class Outcome:
    """What a stage found of one picture, beside the files it wrote.

    Attributes
    ----------
    record : mapping
        Flat, JSON-serialisable facts; missing ones are None.
    findings : sequence of dict
        Problems: code, level, message.
    rows : pandas.DataFrame, optional
        One row per particle, for stages that make a table.
    """

    record: Mapping[str, Any] = field(default_factory=dict)
    findings: Sequence[Mapping[str, str]] = ()
    rows: pd.DataFrame | None = None


@dataclass(frozen=True, eq=False)
class PictureTask:
    """One picture in a stage's job: what it may read and where it writes.

    `record` and `product` give only what the stage's entry in the table of stages
    declares, because only that enters the key under which results are kept.
    """

    stage: Stage
    results: Path
    manifest: Mapping[str, Any]
    upstream: Mapping[str, Mapping[str, Any]]

    @property
    def sample(self) -> str:
        """The sample's name."""
        return str(self.manifest["sample"])

    @property
    def name(self) -> str:
        """The name of the picture's products."""
        return str(self.manifest["name"])

    @property
    def raw(self) -> Path:
        """The raw file."""
        return Path(self.manifest["raw"]["path"])

    @property
    def sidecars(self) -> tuple[Path, ...]:
        """The files that lie beside the raw one, as the planner saw them."""
        return tuple(Path(one["path"]) for one in self.manifest["sidecars"])

    @property
    def sources(self) -> tuple[Mapping[str, Any], ...]:
        """The raw file and its sidecars, as the planner saw them."""
        return (self.manifest["raw"], *self.manifest["sidecars"])

    @property
    def fields(self) -> dict[str, Any]:
        """What the sample sheet says of the picture and the stage uses."""
        given = self.manifest["fields"]
        return {key: given[key] for key in self.stage.sheet_fields if key in given}

    def record(self, stage: str, name: str) -> Any:
        """Return a field of an earlier stage's record."""
        if name not in self.stage.records.get(stage, ()):
            raise KeyError(f"stage {self.stage.name} does not declare record {stage}.{name}")
        return self.upstream[stage]["record"][name]

    def product(self, stage: str, role: str) -> Path:
        """Return the path of an earlier stage's product."""
        if role not in self.stage.reads.get(stage, ()):
            raise KeyError(f"stage {self.stage.name} does not declare product {stage}.{role}")
        return self.results / self.upstream[stage]["files"][role]["path"]

    def output(self, role: str) -> Path:
        """Return where to write one of this stage's products; it is renamed when all is well.

        Only a product that `is_optional` names may stay unwritten.
        """
        final = self.results / product_path(self.stage.name, role, self.sample, self.name)
        final.parent.mkdir(parents=True, exist_ok=True)
        return final.with_name(f".{os.getpid()}.unfinished.{final.name}")


@dataclass(frozen=True)
class ShardJob:
    """One stage's job on one shard."""

    stage: Stage
    shard: str
    results: Path
    plan: Mapping[str, Any]
    tasks: tuple[PictureTask, ...]
    threads: int

    @property
    def settings(self) -> Mapping[str, Any]:
        """The configuration sections that the stage uses."""
        settings: Mapping[str, Any] = self.plan["settings"]
        return settings

    @property
    def device(self) -> str:
        """The device that the configuration asks for."""
        return str(self.plan["device"])

    def bundle(self) -> Path:
        """Return the folder of the stage's model bundle."""
        return Path(self.plan["bundles"][self.stage.bundles[0]])


def open_job(stage_name: str, arguments: Sequence[str]) -> ShardJob:
    """Read a stage script's arguments, the plan and the earlier stages' indexes.

    Raises
    ------
    StaleIndexError
        If an earlier stage's index does not fit the plan.
    """
    stage = SHARD_STAGES[stage_name]
    parser = argparse.ArgumentParser(description=f"{stage_name} the micrographs of one shard.")
    parser.add_argument("--plan", type=Path, required=True, help="plan/stage/<stage>.json")
    parser.add_argument("--shard", required=True)
    parser.add_argument("--threads", type=int, default=1, help="pictures worked on at once")
    parser.add_argument("--log", type=Path)
    given = parser.parse_args(arguments)
    start_log(given.log)
    plan = read_json(given.plan)
    results = results_folder(given.plan)
    manifest = read_json(results / shard_path(given.shard))
    indexes = {name: read_index(results, name, given.shard) for name in stage.upstream}
    entries = {name: entries_by_picture(index) for name, index in indexes.items()}
    tasks = tuple(
        PictureTask(
            stage,
            results,
            picture,
            {name: entries[name][picture["sample"], picture["name"]] for name in stage.upstream},
        )
        for picture in manifest["pictures"]
    )
    return ShardJob(stage, given.shard, results, plan, tasks, given.threads)


def start_log(path: Path | None) -> None:
    """Send the log of this process to a file, or to the standard error.

    What ends the process as an uncaught exception goes to the file, too.
    """
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # A job that outlived its Snakemake goes on writing to its own file.
        path.unlink(missing_ok=True)
    logging.basicConfig(
        filename=path,
        filemode="w" if path else None,  # type: ignore[arg-type]
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(message)s",
        force=True,
    )
    if path is not None:
        sys.excepthook = _log_uncaught


def _log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    _log.critical("ended by %s", kind.__name__, exc_info=(kind, error, trace))
    sys.__excepthook__(kind, error, trace)


def read_json(path: Path) -> dict[str, Any]:
    """Return the content of a JSON file."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def read_index(results: Path, stage: str, shard: str) -> dict[str, Any]:
    """Return a stage's index of a shard, after checking it against the plan.

    Raises
    ------
    StaleIndexError
        If the index was made under another fingerprint or of other pictures, for example
        after `--touch`.
    """
    path = results / index_path(stage, shard)
    index = read_json(path)
    if index["fingerprint"] != read_json(results / stage_path(stage))["fingerprint"]:
        other = "by other code or settings than the present ones"
    elif changed := _changed_pictures(read_json(results / shard_path(shard)), index):
        other = f"before these pictures came, went or changed: {', '.join(changed)}"
    else:
        return index
    raise StaleIndexError(
        f"{path}: made {other}. "
        f"Run snakemake again with `--forcerun {stage}`; results that still hold are kept."
    )


def _changed_pictures(manifest: Mapping[str, Any], index: Mapping[str, Any]) -> list[str]:
    """Return the pictures in which a shard's manifest and an index of it differ."""
    planned = {(picture["sample"], picture["name"]): picture for picture in manifest["pictures"]}
    entries = entries_by_picture(index)
    changed = {
        identity
        for identity in planned.keys() & entries.keys()
        if _versions(entries[identity]["sources"])
        not in ([], _versions([planned[identity]["raw"], *planned[identity]["sidecars"]]))
    }
    return ["/".join(one) for one in sorted(changed | (planned.keys() ^ entries.keys()))]


def _versions(sources: Iterable[Mapping[str, Any]]) -> list[tuple[int, int]]:
    return [(source["size"], source["mtime_ns"]) for source in sources]


def entries_by_picture(index: Mapping[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return an index's entries under (sample, name)."""
    return {(entry["sample"], entry["name"]): entry for entry in index["pictures"]}
