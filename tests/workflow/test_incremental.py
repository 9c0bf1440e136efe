"""What runs again and when: each row of the table in docs/design.md, counted in pictures."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from tests.workflow.campaigns import STAGES
from tests.workflow.conftest import write_discs

pytestmark = pytest.mark.workflow
NONE = dict.fromkeys(STAGES, 0)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {path}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_first_run_made_everything(campaign):
    micrographs = campaign.table("micrographs.csv")
    assert micrographs.count("\n") == 7
    assert (campaign.results / "report" / "index.html").is_file()
    assert len(list((campaign.results / "segmented").rglob("*.labels.tif"))) == 6
    runtime = campaign.table("runtime.csv").splitlines()
    assert sum(row.startswith("segment,") and ",cpu,float32," in row for row in runtime) == 6


def test_a_second_run_does_nothing(campaign):
    assert "Nothing to be done" in campaign.run()
    assert campaign.ran() == set()


def test_a_lost_snakemake_folder_costs_nothing(campaign):
    before = campaign.contents()
    shutil.rmtree(campaign.folder / ".snakemake")
    campaign.run()
    assert not any(campaign.computed().values())
    assert campaign.contents() == before


def test_one_picture_more_costs_one_picture(campaign):
    write_discs(campaign.raw / "gold" / "0 first.tif", 9)
    campaign.run()
    assert campaign.computed() == dict.fromkeys(STAGES, 1)
    assert campaign.table("micrographs.csv").count("\n") == 8


def test_a_changed_picture_is_noticed_even_with_an_older_time_stamp(campaign):
    path = campaign.raw / "silver" / "5.tif"
    write_discs(path, 50)
    os.utime(path, (1_000_000_000, 1_000_000_000))
    campaign.run()
    assert campaign.computed() == dict.fromkeys(STAGES, 1)


def test_a_removed_picture_costs_nothing_and_leaves_nothing(campaign):
    (campaign.raw / "silver" / "6.tif").unlink()
    campaign.run()
    assert campaign.computed() == NONE
    assert campaign.table("micrographs.csv").count("\n") == 6
    assert not [name for name in campaign.contents() if "/6-" in name]


def test_a_pixel_size_in_the_sheet_costs_its_row(campaign):
    edit(campaign.folder / "samples.tsv", "\toperator\n", "\toperator\tpixel_size_nm\n")
    edit(campaign.folder / "samples.tsv", "\tLee\n", "\tLee\t2.01\n")
    edit(campaign.folder / "samples.tsv", "\tKim\n", "\tKim\t\n")
    campaign.run()
    assert campaign.computed()["prepare"] == 3
    assert campaign.computed()["measure"] == 3


def test_a_further_column_runs_aggregate_and_report_only(campaign):
    edit(campaign.folder / "samples.tsv", "Lee", "Ada")
    campaign.run()
    assert campaign.ran() == {"aggregate", "report"}
    assert "Ada" in campaign.table("samples.csv")


def test_a_filter_leaves_the_science_alone(campaign):
    edit(campaign.folder / "my.yaml", "min_ecd_px: 3", "min_ecd_px: 14")
    campaign.run()
    assert campaign.ran() == {"aggregate", "report"}


def test_the_order_of_keys_does_not_matter(campaign):
    lines = campaign.folder / "my.yaml"
    first, second, *rest = lines.read_text().splitlines(keepends=True)
    lines.write_text("# a comment\n" + "".join([second, first, *rest]))
    assert "Nothing to be done" in campaign.run()


def test_a_setting_of_a_stage_runs_it_and_what_follows(campaign):
    edit(campaign.folder / "my.yaml", "working_scale: 1.0", "working_scale: 1.5")
    campaign.run()
    assert "prepare" not in campaign.ran()
    assert campaign.computed()["segment"] == 6


def test_another_model_runs_its_stage_and_what_follows(campaign):
    bundle = campaign.folder / "other_shapes"
    old = re.search(r"model: (.*tiny_shapes)", (campaign.folder / "my.yaml").read_text())[1]
    shutil.copytree(old, bundle)
    edit(bundle / "card.yaml", "seed:", "seed: 1\nformer_seed:")
    edit(campaign.folder / "my.yaml", old, str(bundle))
    campaign.run()
    assert campaign.ran() == {"classify", "aggregate", "report"}
    assert campaign.computed()["classify"] == 6


def test_words_in_the_code_run_nothing_and_science_runs_its_stage(campaign):
    campaign.with_own_code()
    scripts = campaign.repository / "scripts"
    assert "Nothing to be done" in campaign.run()
    edit(scripts / "measure.py", "def measure(", "# why it is so\n\n\ndef measure(")
    for script in scripts.glob("*.py"):
        script.touch()
    assert "Nothing to be done" in campaign.run()
    edit(
        scripts / "measure.py",
        "labels = read_labels",
        "more = 1  # science\n    labels = read_labels",
    )
    campaign.run()
    assert campaign.computed() == {"measure": 6}
    assert campaign.ran() == {"measure", "aggregate", "report"}
    edit(scripts / "report.py", "def main(", "MORE = 1\n\n\ndef main(")
    campaign.run()
    assert campaign.ran() == {"report"}


def test_forcerun_starts_the_jobs_and_recompute_computes(campaign):
    campaign.run("--forcerun", "segment")
    assert campaign.computed()["segment"] == 0
    campaign.run("--config", "recompute=[segment]")
    assert campaign.computed()["segment"] == 6
    assert campaign.computed()["measure"] == 0, "the same bytes spare what follows"
    campaign.run()
    assert campaign.computed().get("segment", 0) == 0
