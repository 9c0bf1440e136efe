"""A stage's fingerprint: what changes it."""

from pathlib import Path

import pytest

from nanocensus.campaign import SHARD_STAGES, code_digest, modules_reached
from nanocensus.campaign.stages import SCRIPTS


@pytest.fixture
def project(tmp_path):
    """A tiny project of a script, a lazy package with two modules, and a helper."""
    package = tmp_path / "nanocensus" / "sizes"
    package.mkdir(parents=True)
    (tmp_path / "nanocensus" / "__init__.py").write_text("")
    (package / "__init__.py").write_text("import lazy_loader\n")
    (package / "__init__.pyi").write_text(
        "from .area import area as area\nfrom .other import other as other\n"
    )
    (package / "area.py").write_text('"""Doc."""\n\ndef area(r):\n    return 3 * r * r\n')
    (package / "other.py").write_text("def other():\n    return 1\n")
    script = tmp_path / "stage.py"
    script.write_text("def main():\n    from nanocensus.sizes import area\n    return area(1)\n")
    return script


def edit(path: Path, old: str, new: str):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_lazy_imports_are_followed_to_the_defining_module(project):
    names = {path.name for path in modules_reached(project)}
    assert "area.py" in names
    assert "other.py" not in names


def test_science_changes_the_digest_and_words_do_not(project):
    area = project.parent / "nanocensus" / "sizes" / "area.py"
    before = code_digest(project)
    edit(area, '"""Doc."""', '"""Better words."""\n# why')
    edit(area, "return 3 * r * r", "return (3 * r\n            * r)")
    assert code_digest(project) == before
    edit(area, "3 * r", "4 * r")
    assert code_digest(project) != before


def test_a_module_that_is_not_imported_does_not_matter(project):
    before = code_digest(project)
    edit(project.parent / "nanocensus" / "sizes" / "other.py", "1", "2")
    assert code_digest(project) == before


@pytest.mark.parametrize("stage", sorted(SHARD_STAGES))
def test_the_planner_is_no_part_of_a_stage(stage):
    # Else each change of how folders are scanned would compute every campaign anew.
    names = {path.name for path in modules_reached(SCRIPTS / f"{stage}.py")}
    assert "runner.py" in names
    assert not names & {"scan.py", "sheet.py", "configuration.py", "plan.py"}
