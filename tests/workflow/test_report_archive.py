"""`snakemake --report report.zip` carries the campaign's pages and tables with captions."""

from __future__ import annotations

import re
import zipfile
from pathlib import PurePosixPath

import pytest

from tests.workflow.campaigns import REPOSITORY

pytestmark = pytest.mark.workflow
CAPTIONS = REPOSITORY / "docs" / "captions"


def test_each_registered_output_has_a_caption_and_each_caption_an_output():
    rules = "".join(path.read_text() for path in sorted((REPOSITORY / "rules").glob("*.smk")))
    named = re.findall(r'caption="\.\./docs/captions/([^"]+)"', rules)
    assert len(re.findall(r"\breport\(", rules)) == len(named)
    assert sorted(named) == sorted(path.name for path in CAPTIONS.glob("*.rst"))


def test_the_archive_holds_the_pages_the_tables_and_what_they_mean(campaign):
    campaign.run("--report", "report.zip")
    report = campaign.results / "report"
    with zipfile.ZipFile(campaign.folder / "report.zip") as archive:
        names = archive.namelist()
        index = next(name for name in names if name.endswith("/index.html"))
        root = PurePosixPath(index).parent
        for path in sorted(report.rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                kept = archive.read(str(root / path.relative_to(report).as_posix()))
                assert kept == path.read_bytes(), path
        for table in ("samples.csv", "micrographs.csv"):
            kept = [archive.read(name) for name in names if name.endswith(f"/{table}")]
            assert (campaign.results / "tables" / table).read_bytes() in kept
        overview = archive.read(next(n for n in names if n.endswith("/report.html"))).decode()
    for caption in CAPTIONS.glob("*.rst"):
        # The caption's own markup becomes HTML; its first plain words do not change.
        first = re.match(r"[\w ]+", caption.read_text(encoding="utf-8"))[0]
        assert first.strip() in overview, caption.name
