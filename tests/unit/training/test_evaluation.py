import csv
import json
from dataclasses import asdict, replace

import numpy as np
import pytest
from skimage.io import imsave
from tests.unit.segmentation.pictures import segmentation
from tests.unit.training.pictures import disc_picture, squares

from nanocensus.micrographs import Finding
from nanocensus.segmentation import DOUBTFUL
from nanocensus.training import (
    Evaluation,
    Scoring,
    compare,
    evaluate,
    rows_of_folders,
    summarise_evaluation,
    write_evaluation,
)
from nanocensus.training.evaluation import PictureScore, edge_band


class Threshold:
    """Segments like the real one, by a threshold."""

    def segment(self, pixels, overlay):
        assert not overlay.any()
        from skimage.measure import label

        return segmentation(label(pixels > 120, connectivity=1), working_scale=0.5)


@pytest.fixture(autouse=True)
def _few_resamples(monkeypatch):
    monkeypatch.setattr("nanocensus.training.specimens.RESAMPLES", 50)


@pytest.fixture
def folders(tmp_path):
    for number in range(3):
        pixels, labels = disc_picture(number)
        pixels[60:] = 255  # an info bar
        for name, values in (("pictures", pixels), ("labels", (labels > 0) * np.uint8(255))):
            (tmp_path / name).mkdir(exist_ok=True)
            imsave(tmp_path / name / f"{number}.png", values, check_contrast=False)
    return tmp_path / "pictures", tmp_path / "labels"


def test_rows_below_the_cut_are_neither_shown_nor_scored(folders):
    rows = rows_of_folders(*folders, kind="binary")
    cut = evaluate(Threshold(), rows, Scoring(ignore_rows=60))
    assert cut.pooled()["f1_50"] == 1
    assert cut.mean()["iou"] == 1
    assert evaluate(Threshold(), rows).pooled()["precision_50"] < 1


def test_improbable_particles_are_taken_for_background(folders):
    class Unsure(Threshold):
        def segment(self, pixels, overlay):
            found = super().segment(pixels, overlay)
            found.particle_probability[0] = 0.3
            return found

    rows = rows_of_folders(*folders, kind="binary")
    counted = evaluate(Unsure(), rows, Scoring(ignore_rows=60)).pooled()
    assert (counted["precision_50"], counted["recall_50"]) == (1, 0.5)
    everything = Scoring(ignore_rows=60, min_probability=0.0)
    assert evaluate(Unsure(), rows, everything).pooled()["recall_50"] == 1


def test_scores_and_rows_are_written(folders, tmp_path):
    rows = rows_of_folders(*folders, kind="binary")
    kept = {}
    evaluation = evaluate(Threshold(), rows, Scoring(ignore_rows=60), keep=kept.__setitem__)
    summary = summarise_evaluation(evaluation, {"bundle": "threshold"})
    write_evaluation(evaluation, tmp_path / "out", summary)
    scores = json.loads((tmp_path / "out" / "scores.json").read_text())
    assert scores["n_pictures"] == 3
    assert scores["pooled"]["f1_50"] == 1
    assert scores["about"] == {"bundle": "threshold"}
    with (tmp_path / "out" / "pictures.tsv").open() as stream:
        table = list(csv.DictReader(stream, delimiter="\t"))
    assert [row["picture"] for row in table] == ["0", "1", "2"]
    assert scores["scoring"] == asdict(Scoring(ignore_rows=60))
    assert len({row["content"] for row in table}) == 3
    again = evaluate(Threshold(), [replace(rows[1], picture=rows[0].picture)], evaluation.scoring)
    assert again.pictures[0].content not in {"", *(row["content"] for row in table)}
    assert table[0]["working_scale"] == "0.5"
    assert kept["1"].shape == (60, 64)
    assert (table[0]["predicted_f1_50"], table[0]["review"]) == ("", "")
    assert scores["estimate"] is None


def test_the_models_own_estimate_stands_beside_the_true_f1(folders, tmp_path):
    class Estimating(Threshold):
        estimates = iter((0.9, 0.4, None))

        def segment(self, pixels, overlay):
            found = super().segment(pixels, overlay)
            predicted = next(self.estimates)
            doubt = (Finding(DOUBTFUL, "review", "."),) if predicted == 0.4 else ()
            return replace(found, predicted_f1_50=predicted, findings=doubt)

    rows = rows_of_folders(*folders, kind="binary")
    evaluation = evaluate(Estimating(), rows, Scoring(ignore_rows=60))
    summary = summarise_evaluation(evaluation, {})
    write_evaluation(evaluation, tmp_path / "out", summary)
    with (tmp_path / "out" / "pictures.tsv").open() as stream:
        table = list(csv.DictReader(stream, delimiter="\t"))
    assert [row["predicted_f1_50"] for row in table] == ["0.9", "0.4", ""]
    assert [row["review"] for row in table] == ["no", "yes", ""]
    assert summary["estimate"]["n_pictures"] == 2
    assert summary["estimate"]["mean_abs_error"] == pytest.approx((0.1 + 0.6) / 2)
    assert summary["estimate"]["good_sent"] == 0.5


def test_labels_without_a_picture_are_refused(folders):
    (folders[0] / "1.png").unlink()
    with pytest.raises(ValueError, match="no picture for"):
        rows_of_folders(*folders, kind="binary")


def test_two_pictures_of_one_name_are_refused(folders, tmp_path):
    rows = rows_of_folders(*folders, kind="binary")
    other = replace(rows[0], picture=tmp_path / "elsewhere" / "0.png")
    with pytest.raises(ValueError, match=r"pictures/0.png and .*elsewhere/0.png"):
        evaluate(Threshold(), [*rows, other])


def test_figures_are_given_by_kind_of_picture(folders):
    rows = [replace(row, modality="SE") for row in rows_of_folders(*folders, kind="binary")]
    rows[0] = replace(rows[0], modality="", specimen="first")
    evaluation = evaluate(Threshold(), rows, Scoring(ignore_rows=60))
    groups = evaluation.groups()
    assert {trait: list(words) for trait, words in groups.items()} == {
        "polarity": ["bright"],
        "packing": ["sparse"],
        "size": ["small"],
        "modality": ["SE"],
    }
    assert [score.name for score in groups["modality"]["SE"].pictures] == ["1", "2"]
    summary = summarise_evaluation(evaluation, {})
    assert summary["groups"]["modality"]["SE"]["n_pictures"] == 2
    assert summary["groups"]["modality"]["SE"]["pooled"]["f1_50"] == 1
    assert summary["n_of_size"]["recall_ecd_below_8"] == 0
    assert summary["pooled_interval"]["recall_ecd_below_8"] is None


def test_the_probability_map_is_scored(folders):
    class Inverted(Threshold):
        def segment(self, pixels, overlay):
            found = super().segment(pixels, overlay)
            return replace(found, probability=1 - found.probability)

    rows = rows_of_folders(*folders, kind="binary")
    assert evaluate(Threshold(), rows, Scoring(ignore_rows=60)).pooled()["auc"] == 1
    assert evaluate(Inverted(), rows, Scoring(ignore_rows=60)).pooled()["auc"] == 0


def test_the_worst_pictures_come_first_and_empty_ones_not_at_all():
    truth = squares((0, 0, 10), (20, 20, 10))
    shown = {
        "right": (truth, truth),
        "half": (truth, squares((0, 0, 10))),
        "wrong": (truth, 0 * truth),
        "empty": (0 * truth, 0 * truth),
        "loose": (truth, squares((0, 0, 9), (20, 20, 9))),
    }
    scores = [PictureScore(name, "s", 1.0, compare(*pair)) for name, pair in shown.items()]
    ranked = Evaluation(tuple(scores)).from_worst()
    assert [score.name for score in ranked] == ["wrong", "half", "loose", "right"]


def test_pictures_are_gathered_by_specimen():
    truth = squares((0, 0, 10))
    scores = [PictureScore(n, n[0], 1.0, compare(truth, truth)) for n in ("b1", "a1", "b2")]
    specimens = Evaluation(tuple(scores)).specimens()
    assert {k: [s.name for s in v.pictures] for k, v in specimens.items()} == {
        "a": ["a1"],
        "b": ["b1", "b2"],
    }


@pytest.mark.parametrize("width", [0, 1, 2, 3])
def test_the_band_lies_on_both_sides_of_every_true_outline(width):
    labels = squares((10, 10, 12), (10, 22, 12))  # they touch
    band = edge_band(labels, width)
    on_row = np.flatnonzero(band[16]).tolist()
    edges = (9.5, 21.5, 33.5)
    assert on_row == [x for x in range(40) if any(abs(x - edge) < width for edge in edges)]


def test_a_prediction_one_pixel_too_large_is_right_outside_the_band(folders):
    class Generous(Threshold):
        def segment(self, pixels, overlay):
            from skimage.segmentation import expand_labels

            found = super().segment(pixels, overlay)
            return replace(found, labels=expand_labels(found.labels, 1))

    rows = rows_of_folders(*folders, kind="binary")
    assert evaluate(Generous(), rows, Scoring(ignore_rows=60)).pooled()["iou"] < 0.9
    assert evaluate(Generous(), rows, Scoring(ignore_rows=60, edge_band_px=1)).pooled()["iou"] == 1
