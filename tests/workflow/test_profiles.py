"""The profiles: keys repeated where one replaces the other, and a dry run for SLURM."""

from __future__ import annotations

import subprocess
import sys

import pytest
import yaml

from tests.workflow.campaigns import REPOSITORY

pytestmark = pytest.mark.workflow
# Locally one job holds the GPU; on a cluster SLURM hands out GPUs itself.
LOCAL_ONLY = {"resources"}


def profile(name: str) -> dict:
    return yaml.safe_load((REPOSITORY / "profiles" / name / "config.yaml").read_text())


def test_the_slurm_profile_repeats_the_default_one():
    # --workflow-profile switches profiles/default off.
    default, slurm = profile("default"), profile("slurm")
    assert {key: slurm.get(key) for key in default if key not in LOCAL_ONLY} == {
        key: value for key, value in default.items() if key not in LOCAL_ONLY
    }


def test_a_dry_run_with_the_slurm_profile_plans_the_campaign(campaign):
    (campaign.raw / "silver" / "6.tif").touch()
    printed = campaign.run(
        "--workflow-profile",
        str(REPOSITORY / "profiles" / "slurm"),
        "--dry-run",
        "--forcerun",
        "segment",
    )
    assert "gpu=1" in printed
    assert "index/segment/b.json" in printed


def test_snakemake_lint_finds_nothing():
    result = subprocess.run(
        [sys.executable, "-m", "snakemake", "--lint"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_under_another_run_the_plan_stays_as_it_is(campaign):
    """A dry run beside a run at work must not change what its jobs read."""
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, pathlib, nanocensus.campaign as c;"
            "assert c.hold_campaign(pathlib.Path('results/tiny')); print('held', flush=True);"
            "sys.stdin.read()",
        ],
        cwd=campaign.folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout.readline() == "held\n"
    manifest = campaign.results / "plan" / "shards" / "b.json"
    before = manifest.read_bytes()
    (campaign.raw / "silver" / "6.tif").unlink()
    campaign.run("--dry-run")
    assert manifest.read_bytes() == before
    holder.communicate("")
    campaign.run("--dry-run")
    assert manifest.read_bytes() != before


def test_a_run_of_the_same_results_from_another_folder_is_refused(campaign, tmp_path):
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, pathlib, nanocensus.campaign as c;"
            f"assert c.hold_campaign(pathlib.Path({str(campaign.results)!r}));"
            "print('held', flush=True); sys.stdin.read()",
        ],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout.readline() == "held\n"
    printed = campaign.run(fails=True)
    assert "in use by a run in" in printed
    holder.communicate("")
