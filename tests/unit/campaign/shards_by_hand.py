"""A results folder with a plan written by hand, and stages of a few bytes."""

import json
from pathlib import Path

import pandas as pd

from nanocensus.campaign import Computation, Outcome, open_job, run_shard
from nanocensus.micrographs import MicrographError


class Campaign:
    """A results folder with a hand-written plan of one shard."""

    def __init__(self, folder: Path, count: int = 4):
        self.folder = folder
        self.raw = folder / "raw"
        self.raw.mkdir(parents=True)
        for number in range(count):
            (self.raw / f"{number}.tif").write_bytes(bytes([number]) * 10)
        self.plan("prepare")
        self.shard("b")

    def plan(self, stage: str, fingerprint: str = "1", **more):
        path = self.folder / "plan" / "stage" / f"{stage}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        plan = {"fingerprint": fingerprint, "settings": {}, "bundles": {}, **more}
        path.write_text(json.dumps(plan))

    def shard(self, name: str, keep=lambda number: True):
        pictures = []
        for file in sorted(self.raw.iterdir()):
            if not keep(int(file.stem)):
                continue
            status = file.stat()
            raw = {"path": str(file), "size": status.st_size, "mtime_ns": status.st_mtime_ns}
            pictures.append(
                {
                    "sample": "s",
                    "path": file.name,
                    "name": file.stem,
                    "raw": raw,
                    "sidecars": [],
                    "fields": {"pixel_size_nm": 1.0, "polarity": "x"},
                }
            )
        path = self.folder / "plan" / "shards" / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"shard": name, "pictures": pictures}))

    def run(self, stage="prepare", shard="b", compute=None, threads=2, forks=True):
        """Run a stage and return the names of the pictures that it computed."""
        log = self.folder / "computed.txt"
        log.unlink(missing_ok=True)
        job = open_job(
            stage,
            [
                "--plan",
                str(self.folder / "plan" / "stage" / f"{stage}.json"),
                "--shard",
                shard,
                "--threads",
                str(threads),
                "--log",
                str(self.folder / "l.log"),
            ],
        )

        def counted(task):
            with log.open("a") as stream:
                stream.write(task.name + "\n")
            return (compute or prepare)(task)

        run_shard(job, lambda: Computation(counted, forks=forks), refusal=MicrographError)
        return sorted(log.read_text().split()) if log.exists() else []

    def index(self, stage="prepare", shard="b"):
        return json.loads((self.folder / "index" / stage / f"{shard}.json").read_text())

    def findings(self, **kwargs):
        return {
            entry["name"]: [finding["code"] for finding in entry["findings"]]
            for entry in self.index(**kwargs)["pictures"]
        }


def prepare(task):
    content = task.raw.read_bytes()
    task.output("picture").write_bytes(content * 2)
    task.output("overlay").write_bytes(b"o")
    return Outcome({"first": content[0], "modality": None})


def segment(task):
    task.output("labels").write_bytes(task.product("prepare", "picture").read_bytes())
    task.output("probability").write_bytes(b"p")
    return Outcome({"polarity": "bright", "working_scale": 1.0, "convincing": True})


def outline(task):
    task.output("labels").write_bytes(task.product("segment", "labels").read_bytes())
    task.output("soft").write_bytes(b"s")
    return Outcome({"edge_model": None})


def measure(task):
    size = task.product("outline", "labels").read_bytes()[0]
    return Outcome(rows=pd.DataFrame({"particle": range(1, size + 1), "ecd_px": float(size)}))


UP_TO_MEASURE = (
    ("prepare", prepare),
    ("segment", segment),
    ("outline", outline),
    ("measure", measure),
)
