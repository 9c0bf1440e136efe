"""Make a campaign's tables from what all shards left."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from nanocensus.campaign import (
    SAMPLES_PATH,
    SHARD_STAGES,
    collect,
    prune,
    read_json,
    read_plan,
    results_folder,
    start_log,
)
from nanocensus.quality import QualityGates
from nanocensus.tables import (
    CountSettings,
    StatisticsSettings,
    StrictError,
    build_tables,
    picture_records,
    write_tables,
)

_log = logging.getLogger(__name__)


def main(arguments: Sequence[str]) -> None:
    """Write the tables, then remove what no index names any more."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plan", type=Path, required=True, help="plan/stage/<stage>.json")
    parser.add_argument("--log", type=Path)
    given = parser.parse_args(arguments)
    start_log(given.log)
    results = results_folder(given.plan)
    plan = read_json(given.plan)
    settings = plan["settings"]
    shards = read_plan(results).shards
    collection = collect(results, tuple(SHARD_STAGES), shards)
    sheet = read_json(results / SAMPLES_PATH)
    try:
        tables = build_tables(
            plan["campaign"],
            picture_records(
                collection.entries, QualityGates(**settings["quality"]), collection.fields
            ),
            collection.rows("measure"),
            collection.rows("classify"),
            pd.DataFrame([{"sample": name, **more} for name, more in sheet["samples"].items()]),
            count=CountSettings.from_mapping(settings["count"]),
            statistics=StatisticsSettings.from_mapping(settings["statistics"]),
            strict=settings["strict"],
        )
    except StrictError as error:
        _log.error("%s", error)
        sys.exit(str(error))
    write_tables(tables, results / "tables")
    collection.write_runtime(results / "tables" / "runtime.csv")
    prune(results, shards)


if __name__ == "__main__":
    main(sys.argv[1:])
