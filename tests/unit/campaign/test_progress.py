"""How far a job is, told to whoever still listens."""

import os
import sys

from nanocensus.campaign.progress import Progress


def test_a_job_goes_on_when_nobody_reads_its_progress(monkeypatch):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        Progress("prepare b", 1).step()
        monkeypatch.undo()
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # so that closing may flush


def test_the_end_is_told(capsys):
    Progress("prepare b", 1).step()
    assert capsys.readouterr().out.startswith("prepare b: picture 1 of 1, done in")
