"""Tiny campaigns that the workflow tests run for real."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BUNDLES = REPOSITORY / "tests" / "data" / "bundles"
STAGES = ("prepare", "segment", "outline", "measure", "classify", "gallery")
CONFIGURATION = f"""\
campaign: tiny
samples: samples.tsv
prepare:
  scale_bar: none
segment:
  model: {BUNDLES / "tiny_segmentation"}
  working_scale: 1.0
classify:
  model: {BUNDLES / "tiny_shapes"}
count:
  completeness: [whole, covered, touching_cluster, unknown]
  min_ecd_px: 3
statistics:
  resamples: 100
"""
# Python imports a module named sitecustomize when it starts; tests change a stage's jobs by one.
CHANGE = """\
import sys

if any(argument.endswith("/{stage}.py") for argument in sys.orig_argv):
    import os
    import time

    import nanocensus.campaign.runner as runner

    work = runner._worked_entry
    take_over = runner._take_over
    {code}
"""
# The second sample waits for a file of this name beside the configuration.
GATE = "go on"
GATED = f"""\
def gated(task, *given):
        while task.sample == "silver" and not os.path.exists("{GATE}"):
            time.sleep(0.1)
        return work(task, *given)
    runner._worked_entry = gated"""
CRASHING = "runner._take_over = lambda task: 1 / 0 if 'gold' in task.sample else take_over(task)"
# What runs may differ in: seconds, and the scan of the disk.
DIFFERS = {"runtime.csv"}


@dataclass
class Campaign:
    """A folder with raw pictures, sheet and configuration, run with Snakemake."""

    folder: Path
    repository: Path = REPOSITORY
    cores: int = 2
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def results(self) -> Path:
        return self.folder / "results" / "tiny"

    @property
    def raw(self) -> Path:
        return self.folder / "raw"

    def copy_to(self, folder: Path) -> Campaign:
        """Copy everything, time stamps included."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Campaign(folder, self.repository, self.cores, dict(self.environment))

    def with_own_code(self) -> Campaign:
        """Run from a copy of the repository that a test may edit.

        Beside the campaign, since Snakemake takes braces in the path of a Snakefile for wildcards.
        """
        copy = self.folder.parent / "code"
        for part in ("rules", "scripts", "config", "profiles", "envs", "docs/captions"):
            shutil.copytree(
                self.repository / part, copy / part, ignore=shutil.ignore_patterns("__pycache__")
            )
        shutil.copy2(self.repository / "Snakefile", copy)
        (copy / "resources").symlink_to(self.repository / "resources")
        self.repository = copy
        self.environment["PYTHONPATH"] = str(copy / "scripts")
        return self

    def command(self, *arguments: str) -> list[str]:
        return [
            *(sys.executable, "-m", "snakemake", "--snakefile", str(self.repository / "Snakefile")),
            *("--cores", str(self.cores), "--configfile", "my.yaml", "--nocolor"),
            *arguments,
        ]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder,
            env={**os.environ, "OMP_NUM_THREADS": "1", **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, fails: bool = False) -> str:
        """Run Snakemake to its end and return what it printed."""
        shutil.rmtree(self.results / "logs", ignore_errors=True)
        process = self.start(*arguments)
        printed, _ = process.communicate(timeout=600)
        assert (process.returncode != 0) == fails, printed + self.logs()
        return printed

    def logs(self) -> str:
        files = sorted((self.results / "logs").rglob("*.log"))
        return "".join(f"\n--- {file.name}\n{file.read_text()}" for file in files)

    def forget(self, stage: str) -> None:
        """Remove what a stage made, the tables and the report."""
        products = {"prepare": "prepared", "measure": "measured"}
        for folder in (f"index/{stage}", products[stage], "tables", "report"):
            shutil.rmtree(self.results / folder)

    @contextmanager
    def changed(self, stage: str, code: str) -> Iterator[None]:
        """Run `code` in the jobs of a stage that start meanwhile."""
        folder = self.folder.parent / "changed"
        folder.mkdir(exist_ok=True)
        (folder / "sitecustomize.py").write_text(
            CHANGE.format(stage=stage, code=code), encoding="utf-8"
        )
        before = self.environment.get("PYTHONPATH", os.environ.get("PYTHONPATH", ""))
        usual = dict(self.environment)
        self.environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(folder), before]))
        try:
            yield
        finally:
            self.environment = usual

    def start_until(self, stage: str) -> subprocess.Popen[str]:
        """Start a run and return it when a stage has finished a picture and goes on."""
        shutil.rmtree(self.results / "logs", ignore_errors=True)
        process = self.start()
        for _ in range(3000):
            journals = (self.results / "index" / stage).glob("*.journal.jsonl")
            if any('"done": true' in journal.read_text("utf-8") for journal in journals):
                return process
            assert process.poll() is None, process.communicate()[0]
            time.sleep(0.02)
        raise AssertionError(f"{stage} finished no picture in a minute")

    def computed(self) -> dict[str, int]:
        """Return how many pictures each stage computed in the last run; absent: no job ran."""
        counts: dict[str, int] = {}
        for stage in STAGES:
            for log in (self.results / "logs" / stage).glob("*.log"):
                if match := re.search(r": (\d+) of \d+ pictures to compute", log.read_text()):
                    counts[stage] = counts.get(stage, 0) + int(match[1])
        return counts

    def ran(self) -> set[str]:
        """Return the stages of which any job ran in the last run."""
        logs = self.results / "logs"
        return {
            path.relative_to(logs).parts[0].removesuffix(".log") for path in logs.rglob("*.log")
        }

    def table(self, name: str) -> str:
        return (self.results / "tables" / name).read_text(encoding="utf-8")

    def contents(self) -> dict[str, str]:
        """Return the hash of every table and product."""
        folders = ("tables", "prepared", "segmented", "gallery", "report")
        return {
            str(path.relative_to(self.results)): hashlib.sha256(path.read_bytes()).hexdigest()
            for folder in folders
            for path in sorted((self.results / folder).rglob("*"))
            if path.is_file() and path.name not in DIFFERS and not path.name.startswith(".")
        }
