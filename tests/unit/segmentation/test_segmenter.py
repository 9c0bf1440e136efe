"""Whole pictures through stand-in networks and a tiny real one."""

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nanocensus.bundles import BundleError, write_bundle
from nanocensus.paths import REPOSITORY
from nanocensus.segmentation import (
    DecodingParameters,
    DeviceError,
    InputParameters,
    NetworkOnTiles,
    SegmentationSettings,
    Segmenter,
    SettingsError,
    build_network,
    load_segmenter,
    resolve_arithmetic,
    resolve_device,
)
from nanocensus.segmentation.visibility import keep_visible

from .pictures import by_brightness, disc_labels, grey, lattice

TINY = {
    "decoder": "Unet",
    "encoder": "tu-mobilenetv3_small_050",
    "encoder_depth": 3,
    "decoder_channels": [48, 32, 16],
}


def segmenter(network, **options):
    return Segmenter(
        network, 8, InputParameters(), DecodingParameters(), SegmentationSettings(**options)
    )


def nothing_hidden(pixels):
    return np.zeros(pixels.shape, dtype=bool)


def found_in(network, pixels, **options):
    return segmenter(network, **options).segment(pixels, nothing_hidden(pixels))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_finds_every_disc_at_its_size(oracle, dtype):
    truth = disc_labels((200, 260), lattice((200, 260), 60, 17))
    found = found_in(oracle, grey(truth).astype(dtype))
    assert found.labels.dtype == np.int32
    assert found.labels.max() == len(found.particle_probability) == len(np.unique(truth)) - 1
    assert found.polarity == "bright"
    assert found.findings == ()
    assert found.working_scale == 1
    assert np.array_equal(found.labels > 0, found.probability >= 0.5)
    ecd = 2 * np.sqrt(np.bincount(found.labels.ravel())[1:] / np.pi)
    np.testing.assert_allclose(ecd, 34, atol=0.5)


@pytest.mark.parametrize(("radius", "side"), [(3, 150), (20, 300), (90, 800)])
def test_particles_of_any_size_are_seen_at_the_trained_one(sized, radius, side):
    pitch = 2.6 * radius
    truth = disc_labels((side, side), lattice((side, side), pitch, radius))
    found = found_in(sized, grey(truth))
    assert found.labels.max() == len(np.unique(truth)) - 1
    ecd = 2 * np.sqrt(np.bincount(found.labels.ravel())[1:] / np.pi)
    whole = np.median(ecd)
    # Half a pixel, or a quarter of a working pixel for what was seen shrunk.
    assert whole == pytest.approx(2 * radius, abs=max(0.6, 0.25 / found.working_scale))


def test_a_pinned_scale_is_kept(oracle):
    truth = disc_labels((200, 260), lattice((200, 260), 60, 17))
    assert found_in(oracle, grey(truth), working_scale=0.7).working_scale == 0.7


@pytest.mark.parametrize("scale", [0.5, 1, 1.7])
def test_the_detection_floor_is_in_the_pictures_pixels(oracle, scale):
    truth = disc_labels((200, 260), lattice((200, 260), 60, 17))
    found = found_in(oracle, grey(truth), working_scale=scale)
    floor_px = 2 * np.sqrt(DecodingParameters().min_area_px / np.pi) / scale
    assert found.detection_floor_px == pytest.approx(floor_px, rel=1e-12)


def test_removed_specks_are_counted(oracle):
    truth = disc_labels((120, 200), [(60, 60, 20), (30, 150, 2), (90, 150, 2)])
    found = found_in(oracle, grey(truth, blur=0.3), working_scale=1)
    assert found.labels.max() == 1
    assert (found.n_removed_specks, found.n_removed_hidden, found.n_removed_lost) == (2, 0, 0)


def test_instances_that_vanish_are_counted():
    labels = np.array([[0, 1, 1, 3], [0, 0, 3, 3]], dtype=np.int32)
    kept, n_hidden, n_vanished = keep_visible(labels, np.zeros((2, 4), dtype=bool), 4)
    assert kept.tolist() == [1, 3]
    assert (n_hidden, n_vanished) == (0, 2)
    assert labels.tolist() == [[0, 1, 1, 2], [0, 0, 2, 2]]


def test_instances_half_hidden_are_counted():
    truth = disc_labels((100, 200), [(50, 40, 18), (50, 150, 18)])
    overlay = nothing_hidden(truth)
    overlay[:, 150:] = True
    kept, n_hidden, n_vanished = keep_visible(truth, overlay, 2)
    assert kept.tolist() == [1]
    assert (n_hidden, n_vanished) == (1, 0)
    assert truth.max() == 1


def test_a_picture_that_convinces_at_no_resolution_is_not_ok():
    doubtful = by_brightness(lambda labels, distance: np.full_like(distance, 0.1))
    truth = disc_labels((200, 260), lattice((200, 260), 60, 17))
    for scale in ("auto", 1):
        found = found_in(doubtful, grey(truth), working_scale=scale)
        assert found.labels.max() > 0
        assert [(f.code, f.level) for f in found.findings] == [
            ("unconvincing_segmentation", "warn")
        ]


def test_a_picture_looked_at_coarsely_for_want_of_memory_says_so(oracle, monkeypatch):
    monkeypatch.setattr("nanocensus.segmentation.segmenter.largest_scale", lambda shape: 0.6)
    truth = disc_labels((300, 360), lattice((300, 360), 120, 40))
    found = found_in(oracle, grey(truth))
    assert found.working_scale <= 0.6
    assert "coarse_look" in {f.code for f in found.findings}


def test_dark_ones():
    dark = by_brightness(lambda labels, distance: distance)
    truth = disc_labels((100, 130), lattice((100, 130), 45, 14))
    found = segmenter(lambda tiles: dark(-tiles)).segment(
        grey(truth, bright=False), nothing_hidden(truth)
    )
    assert found.polarity == "dark"
    assert found.labels.max() == len(np.unique(truth)) - 1


def test_particles_under_letters_are_left_out(oracle):
    truth = disc_labels((100, 200), [(50, 40, 18), (50, 150, 18)])
    overlay = nothing_hidden(truth)
    overlay[25:75, 120:200] = True
    overlay[48:52, 30:50] = True
    pixels = np.where(overlay, 255, grey(truth)).astype(np.uint8)
    found = segmenter(oracle, working_scale=1).segment(pixels, overlay)
    assert found.labels.max() == len(found.particle_probability) == 1
    assert found.labels[40, 40] == 1
    assert found.labels[50, 40] == 1  # goes on below the letter


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((50, 60), dtype=np.uint8),
        np.full((50, 60), 65535, dtype=np.uint16),
        np.zeros((1, 1), dtype=np.uint8),
        np.full((300, 1), 0.5, dtype=np.float32),
    ],
)
def test_pictures_that_say_nothing_are_empty(oracle, pixels):
    found = found_in(oracle, pixels)
    assert [(f.code, f.level) for f in found.findings] == [("no_particles", "empty")]
    assert found.labels.shape == found.probability.shape == pixels.shape
    assert found.labels.max() == 0
    assert found.particle_probability.shape == (0,)
    assert found.polarity is None


def test_all_hidden_is_empty(oracle):
    pixels = grey(disc_labels((50, 60), [(25, 25, 10)]))
    found = segmenter(oracle).segment(pixels, np.ones(pixels.shape, dtype=bool))
    assert [f.code for f in found.findings] == ["no_particles"]


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(1, 70), st.integers(1, 70), st.integers(0, 2**32 - 1))
def test_no_picture_crashes(oracle, rows, columns, seed):
    pixels = np.random.default_rng(seed).integers(0, 256, (rows, columns)).astype(np.uint8)
    found = found_in(oracle, pixels)
    assert found.labels.shape == pixels.shape
    assert set(np.unique(found.labels)) - {0} == set(range(1, len(found.particle_probability) + 1))
    assert ("no_particles" in {f.code for f in found.findings}) == (found.labels.max() == 0)


def card():
    plain = ("classes", "licence", "training_data", "date", "seed", "libraries", "metrics")
    return {
        "name": "tiny",
        "version": "0",
        "task": "segmentation",
        "architecture": TINY,
        "input": InputParameters().as_mapping(),
        "decoding": DecodingParameters().as_mapping(),
        **dict.fromkeys(plain, ""),
    }


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    torch.manual_seed(7)
    folder = tmp_path_factory.mktemp("tiny")
    write_bundle(folder, card(), build_network(TINY).state_dict())
    return folder


def test_a_bundle_on_disk_is_small_and_repeats_itself(tiny):
    assert (tiny / "weights.safetensors").stat().st_size < 200_000
    pixels = grey(disc_labels((96, 96), lattice((96, 96), 32, 9)))
    options = SegmentationSettings(working_scale=1)
    results = [
        load_segmenter(tiny, device="cpu", settings=options).segment(pixels, nothing_hidden(pixels))
        for _ in range(2)
    ]
    assert torch.get_num_threads() == 1
    assert np.array_equal(results[0].probability, results[1].probability)
    assert np.array_equal(results[0].labels, results[1].labels)


def sizes_given(quality, working_scale=0.5):
    """The sides of the tiles that a network is given for a picture, px."""
    given = []

    def network(tiles):
        given.append(tiles.shape[1:])
        return by_brightness(lambda labels, distance: distance)(tiles)

    truth = disc_labels((200, 320), lattice((200, 320), 80, 30))
    found = found_in(network, grey(truth), working_scale=working_scale, quality=quality)
    assert found.labels.max() == 8
    assert found.working_scale == working_scale
    return given


def test_a_finer_look_is_merged_unless_it_has_to_be_fast():
    coarse, fine = (168, 224), (208, 296)  # with mirrored margins
    assert sizes_given("fast") == [coarse]
    assert sizes_given("balanced") == [coarse, fine]
    turned = [(224, 168), coarse, (224, 168)]
    assert sizes_given("best") == [coarse, *turned, fine, (296, 208), fine, (296, 208)]


def test_only_the_best_quality_enlarges_to_merge():
    assert len(sizes_given("balanced", 1.0)) == 1
    assert len(sizes_given("best", 1.0)) == 8


def test_the_merged_answer_is_the_mean_and_turns_come_back_in_place():
    """A network that sees half of the picture only when it is fine cannot bring it above 0.5."""
    truth = disc_labels((200, 320), [(60, 80, 30)])
    whole = by_brightness(lambda labels, distance: distance)

    def network(tiles):
        answer = whole(tiles)
        return answer if tiles.shape[1] * tiles.shape[2] < 40_000 else 0.6 * answer

    plain = found_in(network, grey(truth), working_scale=0.5, quality="fast")
    merged = found_in(network, grey(truth), working_scale=0.5, quality="balanced")
    best = found_in(network, grey(truth), working_scale=0.5, quality="best")
    assert plain.probability[60, 80] > 0.95
    assert merged.probability[60, 80] == pytest.approx(0.8, abs=0.02)
    for found in (merged, best):
        assert found.labels.max() == 1
        rows, columns = np.nonzero(found.labels)
        assert (rows.mean(), columns.mean()) == pytest.approx((60, 80), abs=0.5)


def test_bfloat16_only_where_it_is_fast_and_native(monkeypatch):
    def arithmetic(quality, **able):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able)
        return resolve_arithmetic("cpu", quality)

    assert arithmetic("fast", avx512_bf16=True) == torch.bfloat16
    assert arithmetic("fast", avx512_bf16=False) == torch.float32
    assert arithmetic("balanced", avx512_bf16=True) == torch.float32
    assert arithmetic("best", amx_bf16=True) == torch.float32
    assert resolve_arithmetic("cuda", "balanced") == torch.float16


def test_a_processor_is_given_one_tile_at_a_time(tiny, monkeypatch):
    given = []
    answer = NetworkOnTiles.__call__

    def counted(network, tiles):
        given.append(len(tiles))
        return answer(network, tiles)

    monkeypatch.setattr(NetworkOnTiles, "__call__", counted)
    options = SegmentationSettings(working_scale=1, tile_px=64, batch=4)
    pixels = grey(disc_labels((600, 600), lattice((600, 600), 32, 9)))
    load_segmenter(tiny, device="cpu", settings=options).predict(pixels.astype(np.float32))
    assert len(given) > 1
    assert set(given) == {1}


def test_other_bundles_are_refused(tiny, tmp_path):
    weights = build_network(TINY).state_dict()
    write_bundle(tmp_path / "classifier", {**card(), "task": "classification"}, weights)
    with pytest.raises(BundleError, match="segmentation is needed"):
        load_segmenter(tmp_path / "classifier", device="cpu", settings=SegmentationSettings())
    weights.pop("segmentation_head.0.bias")
    write_bundle(tmp_path / "torn", card(), weights)
    with pytest.raises(BundleError, match="do not fit"):
        load_segmenter(tmp_path / "torn", device="cpu", settings=SegmentationSettings())


def test_an_estimate_of_another_version_is_refused_unless_none_is_wanted(tmp_path):
    unknown = {**card(), "estimate": {"weights": [0, 1, 1, 1], "review_below": 0.5, "version": 1}}
    write_bundle(tmp_path / "older", unknown, build_network(TINY).state_dict())
    settings = SegmentationSettings()
    with pytest.raises(SettingsError, match="fit the estimate anew"):
        load_segmenter(tmp_path / "older", device="cpu", settings=settings)
    segmenter = load_segmenter(tmp_path / "older", device="cpu", settings=settings, estimates=False)
    pixels = grey(disc_labels((64, 64), [(32, 32, 12)]))
    assert segmenter.segment(pixels, nothing_hidden(pixels)).predicted_f1_50 is None


def test_settings_and_devices_out_of_range_are_refused():
    with pytest.raises(ValueError, match="working_scale"):
        SegmentationSettings(working_scale=0)
    with pytest.raises(ValueError, match=r"quality is 'good'; allowed are fast, balanced, best"):
        SegmentationSettings(quality="good")
    assert resolve_device("cpu") == "cpu"
    with pytest.raises(DeviceError, match="allowed are"):
        resolve_device("gpu")


@pytest.mark.parametrize("quality", ["fast", "balanced"])
def test_seeing_and_parting_is_segmenting(quality):
    """The decoding is fitted on the former and used by the latter."""
    settings = SegmentationSettings(quality=quality)
    shipped = REPOSITORY / "resources" / "models" / "nanocensus"
    segmenter = load_segmenter(shipped, device="cpu", settings=settings)
    pixels = grey(disc_labels((200, 260), lattice((200, 260), 32, 11)))
    overlay = np.zeros(pixels.shape, bool)
    overlay[:60, :60] = True
    whole = segmenter.segment(pixels, overlay)
    labels, probability = segmenter.part(segmenter.see(pixels, overlay), overlay)
    assert labels.max() > 20
    np.testing.assert_array_equal(labels, whole.labels)
    np.testing.assert_array_equal(probability, whole.particle_probability)
