"""The plan: which micrographs are in which shard, and what each stage's result depends on.

It is written at parse time, only by the main process, and only where its content changed,
so that time stamps tell Snakemake what to run.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nanocensus.campaign.bundle_files import bundle_digest
from nanocensus.campaign.configuration import Configuration
from nanocensus.campaign.failures import may_have_passed
from nanocensus.campaign.files import sha256_of_file, sha256_of_json, write_text_if_changed
from nanocensus.campaign.fingerprint import code_digest, library_versions
from nanocensus.campaign.products import PLAN_PATH, SAMPLES_PATH, shard_path, stage_path
from nanocensus.campaign.prune import mark_unpruned, prune_if_marked
from nanocensus.campaign.scan import Picture
from nanocensus.campaign.shards import assign_shards
from nanocensus.campaign.stages import SCRIPTS, STAGES, Stage
from nanocensus.campaign.survey import survey
from nanocensus.paths import REPOSITORY


@dataclass(frozen=True)
class Plan:
    """What the workflow needs to know of a planned campaign."""

    shards: tuple[str, ...]
    samples: tuple[str, ...]


def read_plan(results: Path) -> Plan:
    """Return the plan on disk, as jobs see it."""
    stored = json.loads((results / PLAN_PATH).read_text(encoding="utf-8"))
    return Plan(tuple(stored["shards"]), tuple(stored["samples"]))


def write_plan(configuration: Configuration, *, runs: bool = True) -> Plan:
    """Scan the sample sheet's folders and write what changed of the plan.

    Parameters
    ----------
    configuration : Configuration
    runs : bool
        Whether jobs may follow. If not (a dry run, say), nothing is pruned, and what
        failed and `recompute` wait.

    Raises
    ------
    CampaignError
        With every fault of sheet, folders and bundles.
    """
    results = configuration.results
    seen = survey(configuration)
    sheet, scan = seen.sheet, seen.scan
    shards = assign_shards(scan.pictures, limit=configuration.values["shard_size"])
    stages = _stage_plans(configuration, seen.bundles, runs=runs)
    gone = _planned_before(results) - {(picture.sample, picture.name) for picture in scan.pictures}
    if gone:
        mark_unpruned(results, sorted(gone))
    changed = [
        _write_json(
            results / shard_path(name),
            _manifest(name, pictures, tries=_tries(results, name, runs=runs)),
        )
        for name, pictures in shards.items()
    ]
    changed.append(_remove_other_shards(results, shards))
    for name, content in stages.items():
        _write_json(results / stage_path(name), content)
    samples = sheet.samples
    _write_json(
        results / SAMPLES_PATH,
        {"further_columns": list(sheet.further_columns), "samples": samples},
    )
    _write_json(
        results / PLAN_PATH,
        {
            "campaign": configuration.campaign,
            "shards": list(shards),
            "samples": list(samples),
            "micrographs": len(scan.pictures),
            "ignored_files": scan.ignored,
        },
    )
    if any(changed):
        mark_unpruned(results)
    elif runs:
        prune_if_marked(results, tuple(shards))
    return Plan(tuple(shards), tuple(samples))


def _planned_before(results: Path) -> set[tuple[str, str]]:
    """Return sample and name of the micrographs in the manifests on disk."""
    return {
        (picture["sample"], picture["name"])
        for path in (results / shard_path("b")).parent.glob("b*.json")
        for picture in json.loads(path.read_text(encoding="utf-8"))["pictures"]
    }


def _manifest(shard: str, pictures: Sequence[Picture], *, tries: int) -> dict[str, Any]:
    return {
        "shard": shard,
        "pictures": [asdict(picture) for picture in pictures],
        "tries": tries,
    }


def _tries(results: Path, shard: str, *, runs: bool) -> int:
    """Return how often a shard's jobs were started only because a failure may have passed."""
    path = results / shard_path(shard)
    if not path.is_file():
        return 0
    tries: int = json.loads(path.read_text(encoding="utf-8")).get("tries", 0)
    return tries + (runs and may_have_passed(results, shard))


def _write_json(path: Path, content: Mapping[str, Any]) -> bool:
    text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False)
    return write_text_if_changed(path, text + "\n")


def _remove_other_shards(results: Path, shards: Iterable[str]) -> bool:
    current = {shard_path(name).name for name in shards}
    others = [
        path
        for path in (results / shard_path("b")).parent.glob("b*.json")
        if path.name not in current
    ]
    for path in others:
        path.unlink()
    return bool(others)


def _stage_plans(
    configuration: Configuration, folders: Mapping[str, Path], *, runs: bool
) -> dict[str, dict[str, Any]]:
    """Return what is written of each stage, given the bundles' folders."""
    plans = {}
    for stage in STAGES.values():
        bundles = {
            section: {"folder": str(folders[section]), "sha256": bundle_digest(folders[section])}
            for section in stage.bundles
        }
        plan = _stage_plan(stage, configuration, bundles)
        if stage.name in configuration.values["recompute"]:
            # A new number makes the jobs start and refuse what earlier runs left.
            number = time.time_ns() if runs else _planned_number(configuration.results, stage)
            plan |= {"recompute": number} if number else {}
        plans[stage.name] = plan
    return plans


def _stage_plan(
    stage: Stage, configuration: Configuration, bundles: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    settings = configuration.subset(stage.settings)
    decides = {
        "code": code_digest(SCRIPTS / f"{stage.name}.py"),
        "settings": _without_bundle_names(settings, stage),
        "bundles": {section: bundle["sha256"] for section, bundle in bundles.items()},
        "libraries": library_versions(stage.libraries),
        "data": _data_digests(stage),
    }
    plan: dict[str, Any] = {
        "stage": stage.name,
        "fingerprint": sha256_of_json(decides),
        "decides": decides,
        "settings": settings,
        "bundles": {section: bundle["folder"] for section, bundle in bundles.items()},
        "campaign": configuration.campaign,
    }
    if stage.bundles:
        plan["device"] = configuration.values["device"]
    return plan


def _planned_number(results: Path, stage: Stage) -> int | None:
    """Return the number under which a stage was recomputed last, if its plan still says so."""
    path = results / stage_path(stage.name)
    if not path.is_file():
        return None
    number: int | None = json.loads(path.read_text(encoding="utf-8")).get("recompute")
    return number


def _without_bundle_names(settings: Mapping[str, Any], stage: Stage) -> dict[str, Any]:
    """Drop where a bundle lies: what it holds decides, and that is hashed beside."""
    kept = dict(settings)
    for section in stage.bundles:
        kept[section] = {key: value for key, value in kept[section].items() if key != "model"}
    return kept


def _data_digests(stage: Stage) -> dict[str, str]:
    return {
        path.relative_to(REPOSITORY).as_posix(): sha256_of_file(path)
        for pattern in stage.data
        for path in sorted(REPOSITORY.glob(pattern))
        if path.is_file()
    }
