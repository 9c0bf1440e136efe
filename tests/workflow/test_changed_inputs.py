"""What else runs again: sidecars, the sheet's fields, the other model, imported code."""

from __future__ import annotations

import re
import shutil

import pytest

from tests.workflow.test_incremental import edit

pytestmark = pytest.mark.workflow


def test_a_sidecar_costs_its_picture_and_nothing_after(campaign):
    (campaign.raw / "silver" / "5.txt").write_text("written later")
    campaign.run()
    assert campaign.computed()["prepare"] == 1
    assert campaign.computed()["segment"] == 0, "the same picture came out of prepare"


def test_fields_of_a_row_cost_the_row_where_they_are_used(campaign):
    sheet = campaign.folder / "samples.tsv"
    edit(sheet, "\toperator\n", "\toperator\tmodality\tpolarity\n")
    edit(sheet, "\tKim\n", "\tKim\t\t\n")
    edit(sheet, "\tLee\n", "\tLee\tse\tbright\n")
    campaign.run()
    assert campaign.computed()["prepare"] == 3, "modality"
    assert campaign.computed()["segment"] == 3, "polarity"
    assert campaign.computed()["measure"] == 0, "the same labels came out of segment"
    assert campaign.table("micrographs.csv").count(",se,bright,") == 3


def test_the_limit_of_unknown_leaves_the_science_alone(campaign):
    edit(campaign.folder / "my.yaml", "  min_ecd_px: 3", "  min_ecd_px: 3\n  unknown_below: 0.99")
    campaign.run()
    assert campaign.ran() == {"aggregate", "report"}


def test_another_segmentation_model_segments_again(campaign):
    bundle = campaign.folder / "other_segmentation"
    configuration = campaign.folder / "my.yaml"
    old = re.search(r"model: (.*tiny_segmentation)", configuration.read_text())[1]
    shutil.copytree(old, bundle)
    edit(bundle / "card.yaml", "seed:", "seed: 1\nformer_seed:")
    edit(configuration, old, str(bundle))
    campaign.run()
    assert "prepare" not in campaign.ran()
    assert campaign.computed()["segment"] == 6
    assert campaign.computed()["classify"] == 0, "the same labels came out of it"


def test_a_docstring_of_an_imported_module_runs_nothing_its_science_does(campaign):
    campaign.with_own_code()
    module = campaign.repository / "scripts" / "nanocensus" / "measurement" / "intensities.py"
    before = module.read_text(encoding="utf-8")
    module.write_text(before.replace('"""', '"""In other words. ', 1), encoding="utf-8")
    assert "Nothing to be done" in campaign.run()
    module.write_text(before + "\n_MORE = 1\n", encoding="utf-8")
    campaign.run()
    assert campaign.computed()["measure"] == 6
    assert campaign.ran() == {"measure", "aggregate", "report"}


def test_accepting_outlines_ends_the_review_and_asks_no_network(campaign):
    """Of a model that doubts whatever it sees."""
    bundle, configuration = campaign.folder / "doubting", campaign.folder / "my.yaml"
    old = re.search(r"model: (.*tiny_segmentation)", configuration.read_text())[1]
    shutil.copytree(old, bundle)
    with (bundle / "card.yaml").open("a") as card:
        card.write("estimate: {weights: [-9, 1, 1], review_below: 0.9, version: 2}\n")
    edit(configuration, old, str(bundle))
    campaign.run()
    doubted = campaign.table("micrographs.csv")
    sheet = campaign.folder / "samples.tsv"
    edit(sheet, "\toperator\n", "\toperator\tsegmentation_ok\n")
    edit(sheet, "\tKim\n", "\tKim\t\n")
    edit(sheet, "\tLee\n", "\tLee\tyes\n")
    campaign.run()
    assert not any(campaign.computed().values())
    assert {"aggregate", "report"} <= campaign.ran()
    accepted = campaign.table("micrographs.csv")
    assert doubted.count("the model is unsure of this picture") == 6
    assert accepted.count("were accepted in the sample sheet (segmentation_ok)") == 3
    assert accepted.count("write yes as segmentation_ok") == 3
    assert accepted.count(",review,") == doubted.count(",review,") - 3
