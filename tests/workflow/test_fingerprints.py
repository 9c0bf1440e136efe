"""A stage's fingerprint covers every module that its job loads while it computes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nanocensus.campaign import STAGES, modules_reached
from nanocensus.campaign.stages import SCRIPTS

pytestmark = pytest.mark.workflow
# The job as it runs, but in one process, whose modules can then be listed.
RUN = """
import json, runpy, sys
if "--shard" in sys.argv:
    from nanocensus.campaign import runner
    several = runner.work_through
    runner.work_through = lambda *tasks, **options: several(*tasks, **options | {"processes": 0})
script, sys.argv = sys.argv[1], sys.argv[1:]
runpy.run_path(script, run_name="__main__")
files = [m.__file__ for n, m in list(sys.modules.items()) if n.startswith("nanocensus")]
print(json.dumps([file for file in files if file]))
"""


@pytest.mark.parametrize("stage", sorted(STAGES))
def test_the_digest_covers_all_modules_that_the_job_loads(campaign, stage):
    script = SCRIPTS / f"{stage}.py"
    arguments = ["--plan", f"results/tiny/plan/stage/{stage}.json"]
    index = campaign.results / "index" / stage
    if index.is_dir():
        shutil.rmtree(index)
        index.mkdir()
        arguments += ["--shard", "b"]
    result = subprocess.run(
        [sys.executable, "-c", RUN, str(script), *arguments],
        cwd=campaign.folder,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    loaded = {Path(file) for file in json.loads(result.stdout.splitlines()[-1])}
    # A lazy package's __init__ only names what it offers; its stub decides what is followed.
    science = {path for path in loaded if path.name != "__init__.py"}
    assert len(science) > 5
    assert science <= set(modules_reached(script))
