"""All mistakes of configuration, sheet, folders and models in one go."""

import logging
import shutil
from pathlib import Path

import pytest
import yaml

from nanocensus.campaign import CampaignError, check_configuration
from nanocensus.campaign.plan import write_plan
from nanocensus.campaign.products import PLAN_PATH
from nanocensus.campaign.survey import survey
from nanocensus.paths import REPOSITORY

BUNDLES = REPOSITORY / "tests" / "data" / "bundles"
MODELS = "segment: {model: tiny_segmentation}\nclassify: {model: tiny_shapes}\n"


@pytest.fixture
def folder(tmp_path):
    """Give a folder with a campaign of one picture, and the models beside its sheet."""
    shutil.copytree(BUNDLES, tmp_path, dirs_exist_ok=True)
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "a.tif").write_bytes(b"x")
    (tmp_path / "s.tsv").write_text("sample\tmicrographs\nA\traw\n")
    return tmp_path


def configured(folder: Path, text: str):
    file = folder / "my.yaml"
    file.write_text("campaign: c\nsamples: s.tsv\n" + text, encoding="utf-8")
    given = yaml.safe_load(file.read_text(encoding="utf-8"))
    return check_configuration(given, [file], folder=folder)


def told(folder: Path, text: str) -> list[str]:
    with pytest.raises(CampaignError) as caught:
        survey(configured(folder, text))
    return [str(fault) for fault in caught.value.faults]


def test_mistakes_of_every_kind_are_told_together(folder):
    (folder / "s.tsv").write_text("sample\tmicrographs\tpolarity\nA\traw\tpale\nB\tgone\t\n")
    text = "shard_sise: 3\nsegment:\n  model: nanocencus\nclassify: {model: tiny_shapes}\n"
    faults = told(folder, text)
    for part in (
        "my.yaml, line 3, shard_sise: unknown key",
        "my.yaml, line 5, segment.model: there is no model bundle 'nanocencus'. Did you mean "
        "'nanocensus'?",
        "s.tsv, line 2, column polarity",
        "s.tsv, line 3, column micrographs: 'gone' does not exist",
    ):
        assert sum(part in fault for fault in faults) == 1, part
    assert len(faults) == 4
    assert not any(".." in fault for fault in faults)


def test_mistakes_of_sheet_and_models_are_told_together(folder):
    (folder / "s.tsv").write_text("sample\tmicrographs\nA b\traw\nB\tgone\n")
    faults = told(folder, "segment: {model: gone}\nclassify: {model: tiny_segmentation}\n")
    assert [fault.split(":")[0].removeprefix(f"{folder}/") for fault in faults] == [
        "s.tsv, line 2, column sample",
        "s.tsv, line 3, column micrographs",
        "my.yaml, line 3, segment.model",
        "my.yaml, line 4, classify.model",
    ]


def test_models_are_relative_to_the_configuration(folder, tmp_path_factory, monkeypatch):
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert survey(configured(folder, MODELS)).bundles == {
        "segment": folder / "tiny_segmentation",
        "classify": folder / "tiny_shapes",
    }


def test_a_shipped_model_comes_before_a_folder_of_its_name(folder):
    (folder / "tiny_shapes").rename(folder / "shapes")
    found = survey(configured(folder, "segment: {model: tiny_segmentation}\n")).bundles
    assert found["classify"] == REPOSITORY / "resources" / "models" / "shapes"


def test_a_shape_that_the_model_does_not_tell_is_refused(folder):
    (fault,) = told(
        folder, MODELS + "count:\n  shapes:\n    - sphere\n    - cubes\n    - unknown\n"
    )
    assert "my.yaml, line 8, count.shapes.1: 'cubes' is no class" in fault
    assert "Did you mean 'cube'?" in fault


def test_an_estimate_of_another_version_is_told_before_anything_runs(folder):
    with (folder / "tiny_segmentation" / "card.yaml").open("a") as card:
        card.write("estimate: {weights: [0, 1, 1, 1], review_below: 0.5, version: 1}\n")
    (fault,) = told(folder, MODELS)
    assert "segment.model: 'tiny_segmentation': estimate is of version 1" in fault
    assert "--fit-estimate" in fault


def test_a_card_that_is_no_card_is_told_with_the_key(folder):
    (folder / "tiny_shapes" / "card.yaml").write_text("a: [")
    (fault,) = told(folder, MODELS)
    assert "my.yaml, line 4, classify.model: 'tiny_shapes': card.yaml cannot be read" in fault


def test_files_that_are_not_read_are_told(folder, caplog):
    for name in ("b.psd", "c.PSD", "d.sup"):
        (folder / "raw" / name).write_bytes(b"x")
    configuration = configured(folder, MODELS)
    with caplog.at_level(logging.WARNING):
        write_plan(configuration)
    assert [record.getMessage().split(";")[0] for record in caplog.records] == [
        "2 files of the suffix .psd in the sheet's folders passed over",
        "1 file of the suffix .sup in the sheet's folders passed over",
    ]
    assert ".tif" in caplog.records[0].getMessage()
    plan = yaml.safe_load((configuration.results / PLAN_PATH).read_text())
    assert plan["ignored_files"] == {".psd": 2, ".sup": 1}
