from dataclasses import replace

import numpy as np
import pytest
import torch
import yaml
from safetensors.torch import save_file
from tests.unit.training.pictures import CARD, TINY, disc_picture, write_disc_pictures

from nanocensus.bundles import read_bundle, write_bundle
from nanocensus.segmentation import (
    ArchitectureError,
    DecodingParameters,
    EstimateParameters,
    InputParameters,
    SegmentationSettings,
    build_network,
    load_segmenter,
)
from nanocensus.training import (
    CheckpointError,
    SeenError,
    TrainingSettings,
    TrainingSettingsError,
    complete_bundle,
    fit_bundle_estimate,
    judge,
    list_specimens,
    read_training_plan,
    run_training,
    specimens_of_plan,
    write_data_sheet,
)

SPLITS = ("train", "validation", "test")
SEEN_TEST = {"train": ["test0"], "validation": [], "picture_sha256": []}


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
    page = (tmp_path / "run" / "training.html").read_text()
    assert page.count("<figure>") == 3  # curves; the one test picture as example and as failure
    assert "Test pictures, labelled by people" in page
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


def test_a_fitted_estimate_goes_into_the_card_and_can_be_fitted_again(
    tmp_path, values, monkeypatch
):
    torch.set_num_threads(1)
    parameters = EstimateParameters(weights=(-1.0, 0.5, 0.125), review_below=0.61)
    one = np.array([0.3, 0.9])
    scores = {"as_they_are": judge(one, one, one < 0.61), "spoiled": judge(one, one, one < 0)}
    fits = iter([(parameters, scores), None])
    monkeypatch.setattr("nanocensus.training.shipping.fit_estimate", lambda *_, **__: next(fits))
    plan = read_training_plan(write(tmp_path, values))
    run_training(plan, device="cpu", workers=0)
    folder = tmp_path / "run" / "discs"
    card, weights = read_bundle(folder).card, (folder / "weights.safetensors").read_bytes()
    assert EstimateParameters.from_mapping(card["estimate"]) == parameters
    assert card["metrics"]["validation_estimate"] == scores
    readme = (folder / "README.md").read_text()
    assert "Review below 0.61" in readme
    assert "| as they are | 2 | – | 0.0 | 1.0 | 1.0 | 0.0 |" in readme
    fit_bundle_estimate(plan, folder, device="cpu")  # this time nothing could be fitted
    card = read_bundle(folder).card
    assert "estimate" not in card
    assert "validation_estimate" not in card["metrics"]
    assert card["metrics"]["test"]["n_pictures"] == 1
    assert (folder / "weights.safetensors").read_bytes() == weights
    assert "Review below" not in (folder / "README.md").read_text()


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
    first, further = (read_bundle(tmp_path / part / "discs").card for part in ("run", "further"))
    told = first["specimens"]
    assert list(told) == ["train", "validation", "picture_sha256"]
    assert told["train"] == ["train0", "train1", "train2"]
    assert told["validation"] == ["validation0", "validation1"]
    assert len(told["picture_sha256"]) == 5
    start = {key: first[key] for key in ("name", "version", "weights_sha256")}
    assert further["specimens"]["start_from"] == {**start, "specimens": told}


def test_going_on_from_a_bundle_begins_at_its_decoding(tmp_path, values, monkeypatch):
    torch.set_num_threads(1)
    fitted_before = {
        "input": InputParameters(smallest_ecd_px=28).as_mapping(),
        "decoding": DecodingParameters(min_rise=0.23).as_mapping(),
    }
    write_bundle(tmp_path / "first", CARD | fitted_before, build_network(TINY).state_dict())
    begun = []

    def fit(segmenter, *_):
        weights = DecodingParameters().probability_weights
        assert segmenter.decoding.probability_weights != weights  # of the new network
        begun.append(replace(segmenter.decoding, probability_weights=weights))
        return DecodingParameters(min_rise=0.07), {}

    monkeypatch.setattr("nanocensus.training.shipping.fit_end_to_end", fit)
    values["start_from"] = "first"
    run_training(read_training_plan(write(tmp_path, values)), device="cpu", workers=0)
    assert begun == [DecodingParameters(min_rise=0.23)]
    card = read_bundle(tmp_path / "run" / "discs").card
    assert card["input"]["smallest_ecd_px"] == 28
    assert card["decoding"]["min_rise"] == 0.07


def test_a_test_of_what_the_start_bundle_has_seen_is_refused_before_training(tmp_path, values):
    bundle = tmp_path / "first"
    weights = build_network(TINY).state_dict()
    write_bundle(bundle, CARD | {"specimens": SEEN_TEST}, weights)
    values["start_from"] = "first"
    plan = read_training_plan(write(tmp_path, values))
    with pytest.raises(SeenError, match=r"\('test0'\).* give them split train"):
        run_training(plan, device="cpu", workers=0)


def test_specimens_can_be_listed_in_the_card_of_a_finished_bundle(tmp_path, values):
    bundle = tmp_path / "run" / "fold-1" / "discs"
    write_bundle(bundle, CARD, build_network(TINY).state_dict(), readme="as it was")
    before = (bundle / "weights.safetensors").read_bytes()
    values |= {"folds": 3}
    plan = read_training_plan(write(tmp_path, values), "fold-1")
    list_specimens(plan, bundle)
    card = read_bundle(bundle).card
    assert card["specimens"] == specimens_of_plan(plan)
    assert card["specimens"]["run"] == "fold-1"
    assert {k: v for k, v in card.items() if k not in ("specimens", "weights_sha256")} == CARD
    assert (bundle / "weights.safetensors").read_bytes() == before
    assert (bundle / "README.md").read_text() == "as it was"


def further_sheet(tmp_path, values, split, count=1, **changes):
    """Add a second sheet with pictures of one split from a folder of its own."""
    rows = [replace(r, **changes) for r in write_disc_pictures(tmp_path / "more", count, split)]
    write_data_sheet(tmp_path / "more.tsv", rows, automatic=False)
    values["data"].append({"sheet": "more.tsv", "share": 1.0})


def test_a_sheet_for_training_alone_does_not_end_the_run(tmp_path, values):
    torch.set_num_threads(1)
    further_sheet(tmp_path, values, "train")
    run_training(read_training_plan(write(tmp_path, values)), device="cpu", workers=0)
    assert read_bundle(tmp_path / "run" / "discs").card["metrics"]["test"]["n_pictures"] == 1


def test_the_test_pictures_of_all_sheets_are_scored_together(tmp_path, values):
    torch.set_num_threads(1)
    further_sheet(tmp_path, values, "test", count=2, specimen="another")
    run_training(read_training_plan(write(tmp_path, values)), device="cpu", workers=0)
    test = read_bundle(tmp_path / "run" / "discs").card["metrics"]["test"]
    assert (test["n_pictures"], test["n_specimens"]) == (3, 2)


@pytest.mark.parametrize("split", ["train", "validation"])
def test_a_split_without_pictures_is_told_before_training(tmp_path, values, split):
    rows = [r for s in SPLITS if s != split for r in write_disc_pictures(tmp_path / "d", 2, s)]
    write_data_sheet(tmp_path / "sheet.tsv", rows, automatic=False)
    message = f"no picture of split {split}: set `split` in sheet.tsv, or use folds"
    with pytest.raises(TrainingSettingsError, match=message):
        read_training_plan(write(tmp_path, values))


def test_a_specimen_on_two_sides_of_two_sheets_is_refused(tmp_path, values):
    further_sheet(tmp_path, values, "test", specimen="train0")
    with pytest.raises(TrainingSettingsError, match=r"1 specimens .*'train0': test, train"):
        read_training_plan(write(tmp_path, values))


def test_a_picture_under_two_specimens_is_refused_in_a_plain_run(tmp_path, values):
    picture = tmp_path / "data" / "test0.png"
    further_sheet(tmp_path, values, "train", specimen="another", picture=picture)
    with pytest.raises(TrainingSettingsError, match="'test0' and 'another'"):
        read_training_plan(write(tmp_path, values))


def test_pictures_of_one_name_are_told_before_training(tmp_path, values):
    rows = list(read_training_plan(write(tmp_path, values)).parts[0].pictures)
    rows += write_disc_pictures(tmp_path / "more", 1, "test")
    write_data_sheet(tmp_path / "sheet.tsv", rows, automatic=False)
    with pytest.raises(ValueError, match=r"data/test0.png and .*more/test0.png"):
        read_training_plan(write(tmp_path, values))


@pytest.mark.parametrize("changed", ["first weights", "validation labels"])
def test_an_interrupted_run_with_other_files_is_not_taken_up(tmp_path, values, changed):
    torch.set_num_threads(1)
    encoder = build_network(TINY).get_submodule("encoder").get_submodule("model")
    weights = tmp_path / "encoder.safetensors"
    save_file(encoder.state_dict(), weights)
    values["encoder_weights"] = weights.name
    plan = read_training_plan(write(tmp_path, values))
    run_training(plan, device="cpu", workers=0, stop_after=1)
    if changed == "first weights":
        save_file({k: v + 1 for k, v in encoder.state_dict().items()}, weights)
    else:
        labels = plan.drawn("validation")[0].labels
        labels.write_bytes(labels.read_bytes() + b" ")
    with pytest.raises(CheckpointError, match="first weights"):
        run_training(plan, device="cpu", workers=0, stop_after=2)


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
        {"rendered": {"count": 4, "seed": 7, "height_px": 96, "width_px": 96}, "share": 1.0}
    ]
    plan = read_training_plan(write(tmp_path, values))
    files = sorted((tmp_path / "run" / "rendered").rglob("*.png"))
    before = [file.read_bytes() for file in files]
    files[0].unlink()
    again = read_training_plan(write(tmp_path, values))
    assert [file.read_bytes() for file in files] == before
    assert plan.parts == again.parts
    assert {row.specimen for row in plan.parts[0].pictures} == {
        f"rendered-7-0000{number}" for number in range(4)
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


def test_a_learning_curve_begins_with_its_start_bundle_which_is_tested_and_not_trained(
    tmp_path, values, monkeypatch
):
    torch.set_num_threads(1)
    weights = build_network(TINY).state_dict()
    metrics = {"validation_step": 7, "test": "of other pictures", "test_rendered": "others"}
    write_bundle(tmp_path / "first", CARD | {"metrics": metrics}, weights)
    values |= {"name": "mine", "start_from": "first", "learning_curve": [2]}
    for name in ("train", "fit_end_to_end", "fit_estimate"):
        monkeypatch.delattr(f"nanocensus.training.shipping.{name}")
    run_training(read_training_plan(write(tmp_path, values), "labelled-0"), device="cpu")
    start, tested = (read_bundle(tmp_path / part) for part in ("first", "run/labelled-0/mine"))
    test = tested.card["metrics"].pop("test")
    assert (test["n_pictures"], test["n_particles"]) == (1, 2)
    assert tested.card == start.card | {"metrics": {"validation_step": 7}}
    assert all(torch.equal(start.state_dict[k], v) for k, v in tested.state_dict.items())
    page = (tmp_path / "run" / "labelled-0" / "training.html").read_text()
    assert "Test pictures, labelled by people" in page


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


def test_the_configurations_of_the_repository_name_settings_that_exist(request):
    folder = request.config.rootpath / "resources" / "training"
    given = {path.name: yaml.safe_load(path.read_text()) for path in folder.glob("*.yaml")}
    ours = {
        name: values["training"]["settings"]
        for name, values in given.items()
        if "training" in values and values.get("task", "segmentation") == "segmentation"
    }
    assert {"nanocensus.yaml", "unet_resnet50_bam.yaml", "unetpp_weighted_bam.yaml"} <= set(ours)
    settings = {name: TrainingSettings.from_mapping(values) for name, values in ours.items()}
    same = {(s.steps, s.patches) for name, s in settings.items() if name.startswith("unet")}
    same.add((settings["nanocensus_bam.yaml"].steps, settings["nanocensus_bam.yaml"].patches))
    assert len(same) == 1, "architectures are compared at the same budget"


def test_what_was_seen_is_not_forgotten_when_a_bundle_is_completed(tmp_path, values):
    bundle = tmp_path / "first"
    weights = build_network(TINY).state_dict()
    seen = {"train": ["older"], "validation": [], "picture_sha256": ["0" * 16]}
    write_bundle(bundle, CARD | {"specimens": seen}, weights)
    plan = read_training_plan(write(tmp_path, values))
    list_specimens(plan, bundle)
    told = read_bundle(bundle).card["specimens"]
    ours = specimens_of_plan(plan)
    assert told["train"] == sorted([*ours["train"], "older"])
    assert set(ours["picture_sha256"]) < set(told["picture_sha256"])


def test_a_bundle_is_not_completed_with_a_test_of_what_it_has_seen(tmp_path, values):
    bundle = tmp_path / "first"
    write_bundle(bundle, CARD | {"specimens": SEEN_TEST}, build_network(TINY).state_dict())
    plan = read_training_plan(write(tmp_path, values))
    with pytest.raises(SeenError, match=r"\('test0'\).* complete it with the sheets"):
        complete_bundle(plan, bundle, device="cpu")
