"""A job's log, whatever ends the job."""

import subprocess
import sys

from nanocensus.campaign.stages import SCRIPTS


def test_what_ends_a_script_is_in_its_log_and_on_the_terminal(campaign):
    campaign.run()
    campaign.plan("prepare", fingerprint="2")
    campaign.plan("segment")
    log = campaign.folder / "segment.log"
    stage = campaign.folder / "plan" / "stage" / "segment.json"
    ended = subprocess.run(
        [
            *(sys.executable, SCRIPTS / "segment.py"),
            *("--plan", stage, "--shard", "b", "--log", log),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    for told in (log.read_text(), ended.stderr):
        assert "Traceback" in told
        assert "StaleIndexError" in told
        assert "--forcerun prepare" in told
