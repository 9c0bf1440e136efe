"""Every named architecture is built, trained and decoded as the others are."""

import pytest
import torch
from tests.unit.training.pictures import write_disc_pictures

from nanocensus.segmentation import build_network, stride_of
from nanocensus.training import (
    RECIPES,
    Source,
    TrainingSettings,
    TrainingSettingsError,
    train,
)

PATCHES = {"sides_px": [32], "pixels_per_batch": 2 * 32 * 32, "particle_px": [8, 20]}
OURS = {"foreground": 1, "dice": 1, "boundary": 1, "distance": 2}
PARTS_OF_LOSS = {
    "nanocensus": OURS,
    "unet_resnet50": {"foreground": 0, "dice": 1},
    "unet_resnet50_cbam": {"foreground": 0, "dice": 1},
    "unetpp_weighted": {"foreground": 1, "dice": 0},
}
PUBLISHED = sorted(set(RECIPES) - {"nanocensus"})


def settings_of(name, **changes):
    given = {"architecture": name, "steps": 1, "validate_every": 1, "half_precision": False}
    return TrainingSettings.from_mapping({**given, "patches": PATCHES, **changes})


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    return [Source(write_disc_pictures(tmp_path_factory.mktemp("recipes"), 2, "train"), 1.0)]


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_each_takes_a_step_and_answers_for_every_pixel(name, sources, tmp_path):
    torch.set_num_threads(1)
    before, shapes = {}, []

    def remember(network):
        before.update({key: value.clone() for key, value in network.state_dict().items()})

    def score(network):
        with torch.inference_mode():
            shapes.append(network(torch.zeros(1, 1, 32, 64)).shape)
        return {"score": 1.0}

    weights, history = train(
        sources,
        settings_of(name),
        folder=tmp_path,
        score=score,
        first_weights=remember,
        workers=0,
    )
    channels = 3 if name == "nanocensus" else 1
    assert shapes == [(1, channels, 32, 64)]
    kernels = [key for key, value in before.items() if value.ndim == 4]
    still = [key for key in kernels if torch.equal(before[key], weights[key])]
    assert len(still) < 0.05 * len(kernels), still  # narrow attention may have no live unit
    parts = ["foreground", "dice", "boundary", "distance"][: 2 if channels == 1 else 4]
    assert {key for key in history[0] if key.startswith("train_")} == {
        f"train_{part}" for part in ["loss", *parts]
    }
    weighted = [PARTS_OF_LOSS[name][part] * history[0][f"train_{part}"] for part in parts]
    assert history[0]["train_loss"] == pytest.approx(sum(weighted), rel=1e-5)


def test_a_configuration_wins_over_what_a_name_brings():
    settings = settings_of("unetpp_weighted", weight_map={"gamma": 2.0}, rate=3e-4)
    assert (settings.weight_map.kind, settings.weight_map.gamma) == ("gaps", 2.0)
    assert (settings.weight_map.w0, settings.weight_map.sigma_px) == (10.0, 7.0)
    assert (settings.optimiser, settings.rate) == ("adam", 3e-4)


def test_the_published_ones_come_with_a_batch_of_four_and_adam():
    for name in PUBLISHED:
        settings = TrainingSettings.from_mapping({"architecture": name})
        (side_px,) = settings.patches.sides_px
        assert settings.patches.pixels_per_batch / side_px**2 == 4
        assert (settings.optimiser, settings.rate, settings.schedule) == ("adam", 1e-4, "constant")


def test_our_name_is_what_a_run_without_a_name_trains():
    assert settings_of("nanocensus") == TrainingSettings.from_mapping(
        {"steps": 1, "validate_every": 1, "half_precision": False, "patches": PATCHES}
    )


def test_an_unknown_name_or_choice_is_told_with_the_known_ones():
    with pytest.raises(TrainingSettingsError, match="'unet_resnet50_cbam'"):
        settings_of("unet_resnet51")
    with pytest.raises(TrainingSettingsError, match=r"\['adam', 'adamw'\]"):
        settings_of("nanocensus", optimiser="sgd")
    with pytest.raises(TrainingSettingsError, match="'gaps'"):
        settings_of("nanocensus", weight_map={"kind": "holes"})


def test_attention_adds_weights_to_the_decoder_only():
    plain, attending = (
        build_network(RECIPES[name]["architecture"])
        for name in ("unet_resnet50", "unet_resnet50_cbam")
    )
    assert stride_of(attending) == 32
    assert plain.encoder.state_dict().keys() == attending.encoder.state_dict().keys()
    added = attending.decoder.state_dict().keys() - plain.decoder.state_dict().keys()
    assert {name.split(".attention2.")[0] for name in added} == {f"blocks.{n}" for n in range(5)}
