import pytest
import torch
import yaml
from tests.unit.training.pictures import TINY, disc_picture, write_disc_pictures

from nanocensus.bundles import read_bundle
from nanocensus.segmentation import ArchitectureError, SegmentationSettings, load_segmenter
from nanocensus.training import (
    TrainingSettings,
    TrainingSettingsError,
    complete_bundle,
    read_training_plan,
    run_training,
    write_data_sheet,
)


@pytest.fixture
def values(tmp_path):
    rows = [
        row
        for split, count in (("train", 3), ("validation", 2), ("test", 1))
        for row in write_disc_pictures(tmp_path / "data", count, split)
    ]
    write_data_sheet(tmp_path / "sheet.tsv", rows, automatic=False)
    return {
        "name": "discs",
        "folder": str(tmp_path / "run"),
        "date": "2026-01-01",
        "licence": "MIT",
        "training_data": "discs",
        "data": [{"sheet": "sheet.tsv", "share": 1.0}],
        "settings": {
            "architecture": TINY,
            "steps": 2,
            "validate_every": 1,
            "half_precision": False,
            "patches": {"sides_px": [32], "pixels_per_batch": 2048, "particle_px": [8, 20]},
        },
    }


def write(tmp_path, values):
    path = tmp_path / "training.yaml"
    path.write_text(yaml.safe_dump({"training": values}))
    return path


def test_a_plan_is_trained_to_a_bundle_that_segments(tmp_path, values):
    torch.set_num_threads(1)
    plan = read_training_plan(write(tmp_path, values))
    run_training(plan, device="cpu", workers=0)
    card = read_bundle(tmp_path / "run" / "discs").card
    assert card["metrics"]["test"]["n_pictures"] == 1
    assert card["metrics"]["test"]["n_particles"] == 2
    assert card["training"]["steps"] == 2
    assert "1 (1)" in (tmp_path / "run" / "discs" / "README.md").read_text()
    segmenter = load_segmenter(
        tmp_path / "run" / "discs", device="cpu", settings=SegmentationSettings()
    )
    pixels = disc_picture(0)[0]
    assert segmenter.segment(pixels, pixels > 300).labels.shape == pixels.shape


def test_a_bundle_can_be_completed_again_and_stays_the_same(tmp_path, values):
    torch.set_num_threads(1)
    plan = read_training_plan(write(tmp_path, values))
    run_training(plan, device="cpu", workers=0)
    folder = tmp_path / "run" / "discs"
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert "validation_end_to_end" in read_bundle(folder).card["metrics"]
    complete_bundle(plan, folder, device="cpu")
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_a_trained_bundle_can_be_gone_on_from(tmp_path, values):
    torch.set_num_threads(1)
    run_training(read_training_plan(write(tmp_path, values)), device="cpu", workers=0)
    values |= {"folder": str(tmp_path / "further"), "start_from": "run/discs"}
    values["settings"] |= {"rate": 1e-9, "weight_decay": 0.0}
    run_training(read_training_plan(write(tmp_path, values)), device="cpu", workers=0)
    name = "segmentation_head.0.weight"
    before, after = (
        read_bundle(tmp_path / part / "discs").state_dict[name] for part in ("run", "further")
    )
    assert torch.allclose(before, after, atol=1e-3)


def test_unknown_and_missing_keys_are_told(tmp_path, values):
    del values["licence"]
    values["sheets"] = []
    with pytest.raises(TrainingSettingsError, match=r"\['sheets'\] unknown, \['licence'\] missing"):
        read_training_plan(write(tmp_path, values))
    with pytest.raises(TrainingSettingsError, match="'sides'"):
        TrainingSettings.from_mapping({"patches": {"sides": [32]}})


def test_weights_that_are_not_there_are_told(tmp_path, values):
    values["encoder_weights"] = "weights.safetensors"
    with pytest.raises(TrainingSettingsError, match="does not exist"):
        read_training_plan(write(tmp_path, values))


def test_rendered_pictures_are_made_once_and_named_as_specimens(tmp_path, values):
    values["data"] = [
        {"rendered": {"count": 2, "seed": 7, "height_px": 96, "width_px": 96}, "share": 1.0}
    ]
    plan = read_training_plan(write(tmp_path, values))
    files = sorted((tmp_path / "run" / "rendered").rglob("*.png"))
    before = [file.read_bytes() for file in files]
    files[0].unlink()
    again = read_training_plan(write(tmp_path, values))
    assert [file.read_bytes() for file in files] == before
    assert plan.parts == again.parts
    assert {row.specimen for row in plan.parts[0].pictures} == {
        "rendered-7-00000",
        "rendered-7-00001",
    }


def test_a_fold_is_a_run_of_its_own_with_its_own_test(tmp_path, values):
    values["folds"] = 3
    path = write(tmp_path, values)
    plans = [read_training_plan(path, f"fold-{number}") for number in range(3)]
    assert [plan.folder.name for plan in plans] == ["fold-0", "fold-1", "fold-2"]
    tested = [row.picture for plan in plans for row in plan.drawn("test")]
    assert sorted(tested) == sorted(row.picture for row in plans[0].parts[0].pictures)
    with pytest.raises(TrainingSettingsError, match="is none of"):
        read_training_plan(path)


def test_the_librarys_download_is_asked_for_by_name(tmp_path, values, monkeypatch):
    values["encoder_weights"] = "imagenet"
    values["settings"]["architecture"] = {"decoder": "Unet", "encoder": "resnet18"}

    def offline(*_, **__):
        raise FileNotFoundError("no network")

    monkeypatch.setattr("segmentation_models_pytorch.encoders.hf_hub_download", offline)
    with pytest.raises(ArchitectureError, match="set `encoder_weights` to its path"):
        run_training(read_training_plan(write(tmp_path, values)), device="cpu", workers=0)


def test_a_fold_of_a_network_of_the_foreground_alone_becomes_a_bundle(tmp_path, values):
    torch.set_num_threads(1)
    values["folds"] = 3
    values["settings"]["architecture"] = {**TINY, "outputs": ["foreground"]}
    run_training(read_training_plan(write(tmp_path, values), "fold-1"), device="cpu", workers=0)
    bundle = tmp_path / "run" / "fold-1" / "discs"
    assert read_bundle(bundle).card["metrics"]["test"]["n_pictures"] == 2
    segmenter = load_segmenter(bundle, device="cpu", settings=SegmentationSettings())
    pixels = disc_picture(0)[0]
    assert segmenter.predict(pixels.astype("float32") / 255 - 0.5).shape == (3, *pixels.shape)
    assert segmenter.segment(pixels, pixels > 300).labels.shape == pixels.shape
