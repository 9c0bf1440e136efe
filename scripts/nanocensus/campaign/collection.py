"""All that the shards' jobs left of a campaign, picture by picture."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from nanocensus.campaign.files import replacing
from nanocensus.campaign.job import read_index, read_json
from nanocensus.campaign.products import shard_path, table_path

_RUNTIME_COLUMNS = (
    *("stage", "shard", "sample", "micrograph"),
    *("seconds", "device", "arithmetic", "products"),
)


@dataclass(frozen=True)
class Collection:
    """The indexes of several stages over all shards.

    Attributes
    ----------
    entries : mapping of (sample, micrograph) to mapping of stage to entry
        Sorted by sample and name; the stages in their order.
    fields : mapping of (sample, micrograph) to mapping
        What the sample sheet says of each picture.
    """

    results: Path
    shards: tuple[str, ...]
    entries: Mapping[tuple[str, str], Mapping[str, Mapping[str, Any]]]
    fields: Mapping[tuple[str, str], Mapping[str, Any]]

    def rows(self, stage: str) -> pd.DataFrame:
        """Return a stage's rows of all pictures."""
        frames = []
        for shard in self.shards:
            path = table_path(stage, shard)
            assert path is not None, f"stage {stage} makes no rows"
            frames.append(pd.read_parquet(self.results / path))
        filled = [frame for frame in frames if len(frame)]
        return pd.concat(filled or frames[:1], ignore_index=True)

    def write_runtime(self, path: Path) -> None:
        """Write what each stage spent on each picture: the one table that runs differ in."""
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(_RUNTIME_COLUMNS)
        for (sample, name), stages in self.entries.items():
            for stage, entry in stages.items():
                products = " ".join(file["path"] for file in entry["files"].values())
                device = entry["record"].get("device", "cpu")
                # empty where no network was asked, or its arithmetic is one for all machines
                arithmetic = entry["record"].get("arithmetic", "")
                told = (entry["seconds"], device, arithmetic, products)
                writer.writerow([stage, entry["shard"], sample, name, *told])
        with replacing(path) as unfinished:
            unfinished.write_text(stream.getvalue(), encoding="utf-8")


def collect(results: Path, stages: Sequence[str], shards: Sequence[str]) -> Collection:
    """Read the indexes of all shards.

    Raises
    ------
    StaleIndexError
        If one of them does not fit the plan.
    """
    found: dict[tuple[str, str], dict[str, Mapping[str, Any]]] = {}
    for stage, entry in _entries(results, stages, shards):
        found.setdefault((entry["sample"], entry["name"]), {})[stage] = entry
    fields = {
        (picture["sample"], picture["name"]): picture["fields"]
        for shard in shards
        for picture in read_json(results / shard_path(shard))["pictures"]
    }
    return Collection(results, tuple(shards), dict(sorted(found.items())), fields)


def _entries(
    results: Path, stages: Sequence[str], shards: Sequence[str]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for stage in stages:
        for shard in shards:
            for entry in read_index(results, stage, shard)["pictures"]:
                yield stage, entry
