"""Folds by specimen and few labelled pictures."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.unit.training.pictures import write_disc_pictures

from nanocensus.training import (
    LabelledPicture,
    PatchSettings,
    Source,
    TrainingSettingsError,
    of_split,
    pictures_of_run,
    run_names,
    split_fold,
)
from nanocensus.training.batches import Batches

SPLITS = ("train", "validation", "test")


def rows_of(specimens, folder="a"):
    return [
        LabelledPicture(Path(f"{folder}/{n}.png"), Path(f"{folder}/{n}.lab.png"), s, "train")
        for n, s in enumerate(specimens)
    ]


@given(
    first=st.lists(st.sampled_from("abcdefghij"), max_size=30),
    second=st.lists(st.sampled_from("defghijklm"), max_size=30),
    seed=st.integers(0, 1000),
    folds=st.integers(2, 5),
)
@settings(max_examples=50, deadline=None)
def test_no_specimen_crosses_a_split_in_any_fold(first, second, seed, folds):
    sheets = [rows_of(["x", "y", "z", "v", "w", *first]), rows_of(second, "b")]
    tested = Counter()
    for fold in range(folds):
        try:
            split = split_fold(sheets, fold, folds=folds, seed=seed)
        except TrainingSettingsError:
            assume(False)  # one specimen fills a fold, the others another one
        rows = [row for sheet in split for row in sheet]
        assert [row.picture for row in rows] == [row.picture for s in sheets for row in s]
        sides = {s: {row.specimen for row in of_split(rows, s)} for s in SPLITS}
        assert all(sides.values()), "every side has pictures"
        assert sum(map(len, sides.values())) == len(set().union(*sides.values()))
        tested.update(row.picture for row in of_split(rows, "test"))
    assert set(tested) == {row.picture for sheet in sheets for row in sheet}
    assert set(tested.values()) == {1}, "each picture is tested once"


def test_no_patch_of_a_picture_crosses_a_split_in_any_fold(tmp_path):
    rows = write_disc_pictures(tmp_path, 6, "train")
    patches = PatchSettings(sides_px=(32,), pixels_per_batch=4 * 32 * 32, particle_px=(8, 20))
    for fold in range(3):
        (split,) = split_fold([rows], fold, folds=3, seed=1)
        drawn = Batches([Source(of_split(split, "train"), 1.0)], settings=patches, seed=1, steps=30)
        for step in range(30):
            drawn[step]
        held_out = {row.picture for row in split if row.split != "train"}
        assert held_out, "there is something that patches must not come from"
        assert set(drawn._materials) == {row.picture for row in rows} - held_out


def test_folds_are_of_like_size_and_drawn_by_the_seed():
    rows = rows_of([f"field {n}" for n in range(40)])
    tests = [
        [of_split(split_fold([rows], fold, folds=5, seed=seed)[0], "test") for fold in range(5)]
        for seed in (1, 1, 2)
    ]
    assert [len(fold) for fold in tests[0]] == [8] * 5
    assert tests[0] == tests[1] != tests[2]


def test_folds_that_cannot_be_are_refused():
    with pytest.raises(TrainingSettingsError, match="5 folds of 3 specimens"):
        split_fold([rows_of("abcabc")], 0, folds=5, seed=1)
    twice = [rows_of("abcd"), rows_of("e")]
    with pytest.raises(TrainingSettingsError, match="under specimens 'a' and 'e'"):
        split_fold(twice, 0, folds=2, seed=1)


def test_folds_that_leave_nothing_to_train_on_are_refused_in_every_fold():
    for fold in range(2):
        with pytest.raises(TrainingSettingsError, match="none is left to train on"):
            split_fold([rows_of("abc")], fold, folds=2, seed=1)


def test_a_learning_curve_without_a_test_is_refused():
    names = ["labelled-1"]
    with pytest.raises(TrainingSettingsError, match="no sheet has a picture of split test"):
        pictures_of_run("labelled-1", names, [rows_of("ab")], seed=1)


def test_fewer_labelled_pictures_are_among_the_more():
    rows = [
        *rows_of([str(n) for n in range(30)]),
        LabelledPicture(Path("t.png"), Path("t.lab.png"), "t", "test"),
    ]
    names = run_names({"learning_curve": [20, 5, 10], "start_from": "bundle"})
    assert names == ["labelled-0", "labelled-5", "labelled-10", "labelled-20"]
    start, *names = names
    (of_start,) = pictures_of_run(start, [start, *names], [rows], seed=1)
    assert of_start == (rows[-1],), "the start is tested, and trained on nothing"
    kept = [set(pictures_of_run(run, names, [rows], seed=1)[0]) for run in names]
    assert [len(of_split(rows, "train")) for rows in kept] == [5, 10, 20]
    assert kept[0] < kept[1] < kept[2]
    assert all(rows[-1] in some for some in kept), "the test stays"
    with pytest.raises(TrainingSettingsError, match="5 pictures wanted"):
        pictures_of_run("labelled-5", names, [rows[-3:]], seed=1)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"folds": 1}, "two or more"),
        ({"folds": 5, "learning_curve": [5]}, "exclude each other"),
        ({"learning_curve": [5]}, "start_from"),
        ({"learning_curve": "5"}, "list of numbers"),
    ],
)
def test_runs_that_cannot_be_asked_for(values, message):
    with pytest.raises(TrainingSettingsError, match=message):
        run_names(values)


def test_a_configuration_without_either_is_one_plain_run():
    assert run_names({"name": "mine"}) == []
    with pytest.raises(TrainingSettingsError, match="'fold-7' is none of"):
        pictures_of_run("fold-7", ["fold-0"], [], seed=1)
