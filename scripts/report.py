"""Write a campaign's pages from its tables and gallery."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from nanocensus.campaign import (
    PLAN_PATH,
    STAGES,
    read_json,
    results_folder,
    stage_path,
    start_log,
)
from nanocensus.report import ReportSettings, write_report


def main(arguments: Sequence[str]) -> None:
    """Write the report folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plan", type=Path, required=True, help="plan/stage/<stage>.json")
    parser.add_argument("--log", type=Path)
    given = parser.parse_args(arguments)
    start_log(given.log)
    results = results_folder(given.plan)
    plans = {stage: read_json(results / stage_path(stage)) for stage in STAGES}
    configuration = {
        section: values for plan in plans.values() for section, values in plan["settings"].items()
    }
    versions = {
        f"model {Path(plan['bundles'][section]).name}": f"weights {digest[:12]}"
        for plan in plans.values()
        for section, digest in plan["decides"]["bundles"].items()
    }
    versions |= {
        name: version
        for plan in plans.values()
        for name, version in plan["decides"]["libraries"].items()
    }
    settings = ReportSettings(
        pictures_per_page=plans["report"]["settings"]["report"]["pictures_per_page"],
        configuration=configuration,
        versions=versions,
        ignored_files=read_json(results / PLAN_PATH)["ignored_files"],
    )
    write_report(results, settings)


if __name__ == "__main__":
    main(sys.argv[1:])
