"""Where the products of each stage lie in a campaign's results folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

# stage -> role -> (folder, ending after the micrograph's name)
_PRODUCTS: dict[str, dict[str, tuple[str, str]]] = {
    "prepare": {
        "picture": ("prepared", ".ome.tif"),
        "overlay": ("prepared", ".overlay.png"),
        "bar": ("gallery", ".bar.png"),
    },
    "segment": {
        "labels": ("segmented", ".labels.tif"),
        "probability": ("segmented", ".probability.tif"),
    },
    "outline": {
        "labels": ("outlined", ".labels.tif"),
        "soft": ("outlined", ".soft.tif"),
    },
    "gallery": {
        "picture": ("gallery", ".jpg"),
        "outlines": ("gallery", ".outlines.json"),
    },
}
# Products (stage, role) that not every micrograph has.
_OPTIONAL = {("prepare", "bar")}
# stage -> folder of its tables, one a shard
_TABLES = {"measure": "measured", "classify": "classified"}
PRODUCT_FOLDERS = tuple(
    sorted({folder for roles in _PRODUCTS.values() for folder, _ in roles.values()})
)
TABLE_FOLDERS = tuple(_TABLES.values())


def product_path(stage: str, role: str, sample: str, name: str) -> Path:
    """Return a product's path, relative to the campaign's results folder."""
    folder, ending = _PRODUCTS[stage][role]
    return Path(folder, sample, name + ending)


def product_paths(sample: str, name: str) -> Iterator[Path]:
    """Yield where all products of a micrograph lie if the stages make them."""
    for stage, roles in _PRODUCTS.items():
        for role in roles:
            yield product_path(stage, role, sample, name)


def roles_of(stage: str) -> tuple[str, ...]:
    """Return the roles of the products that a stage makes of each micrograph."""
    return tuple(_PRODUCTS.get(stage, ()))


def is_optional(stage: str, role: str) -> bool:
    """Return whether a stage may leave a product out for a micrograph that has nothing to show."""
    return (stage, role) in _OPTIONAL


def part_path(stage: str, sample: str, name: str) -> Path:
    """Return where one picture's rows lie until its shard's table is written."""
    return Path("index", stage, "parts", sample, f"{name}.parquet")


def table_path(stage: str, shard: str) -> Path | None:
    """Return the path of a stage's rows of a shard, or None where it has no rows."""
    return Path(_TABLES[stage], f"{shard}.parquet") if stage in _TABLES else None


def index_path(stage: str, shard: str) -> Path:
    """Return the path of the one file that Snakemake sees of a stage's work on a shard."""
    return Path("index", stage, f"{shard}.json")


def journal_path(stage: str, shard: str) -> Path:
    """Return the path of the list of finished pictures that a job keeps while it works."""
    return Path("index", stage, f"{shard}.journal.jsonl")


def failures_path(stage: str, shard: str) -> Path:
    """Return the path of the list of pictures that failed for a cause that may pass."""
    return Path("index", stage, f"{shard}.failures.json")


def lock_path(stage: str, shard: str) -> Path:
    """Return the path of the file that a job on a shard locks."""
    return Path("index", stage, f"{shard}.lock")


def shard_path(shard: str) -> Path:
    """Return the path of a shard's manifest."""
    return Path("plan", "shards", f"{shard}.json")


def stage_path(stage: str) -> Path:
    """Return the path of a stage's resolved settings and fingerprint."""
    return Path("plan", "stage", f"{stage}.json")


def results_folder(stage_plan: Path) -> Path:
    """Return the campaign's folder in which a stage's plan (`stage_path`) lies."""
    return stage_plan.parents[2]


PLAN_PATH = Path("plan", "plan.json")
SAMPLES_PATH = Path("plan", "samples.json")
