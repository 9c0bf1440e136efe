"""README and docs: links lead somewhere, columns exist, commands name files that exist."""

import re

import pytest

from nanocensus.paths import REPOSITORY
from nanocensus.tables import columns_of

DOCUMENTS = sorted([REPOSITORY / "README.md", *(REPOSITORY / "docs").glob("*.md")])
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_relative_link_leads_to_a_file(document):
    text = document.read_text(encoding="utf-8")
    targets = [target for target in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in target]
    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_script_and_configuration_that_is_named_exists(document):
    text = document.read_text(encoding="utf-8")
    named = set(re.findall(r"(?<![\w./])((?:scripts|resources|config|profiles)/[\w./-]+\w)", text))
    assert [name for name in sorted(named) if not (REPOSITORY / name).exists()] == []


def test_the_columns_that_the_readme_explains_are_in_the_glossary():
    rows = re.findall(r"^\| (particles|micrographs|samples) \| ([^|]+) \|", README, re.MULTILINE)
    named = [(table, column) for table, cell in rows for column in re.findall(r"`(\w+)`", cell)]
    assert len(named) > 10
    assert [one for one in named if one[1] not in columns_of(one[0])] == []
