"""What a bundle has seen stands in its card, and is no test."""

import json
from dataclasses import replace

import pytest
from tests.unit.training.pictures import write_disc_pictures
from tests.workflow.campaigns import BUNDLES

from evaluate_segmentation import main
from nanocensus.bundles import read_bundle, write_bundle
from nanocensus.training import seen_by, seen_specimens, write_data_sheet

START = {"name": "first", "version": "1", "weights_sha256": "0"}


def told(train=(), validation=(), pictures=(), **further):
    return {"train": [*train], "validation": [*validation], "picture_sha256": [*pictures]} | further


@pytest.fixture(autouse=True)
def _few_resamples(monkeypatch):
    monkeypatch.setattr("nanocensus.training.specimens.RESAMPLES", 50)


@pytest.fixture
def rows(tmp_path):
    return write_disc_pictures(tmp_path / "data", 2, "test")


@pytest.fixture
def evaluate(tmp_path, rows):
    """Score the rows with the tiny bundle, whose card says what is given; return about."""

    def scored(specimens, *options, split="test"):
        tiny = read_bundle(BUNDLES / "tiny_segmentation")
        card = {**tiny.card, **({} if specimens is None else {"specimens": specimens})}
        write_bundle(tmp_path / "bundle", card, tiny.state_dict)
        given = [replace(row, split=split) for row in rows]
        write_data_sheet(tmp_path / "sheet.tsv", given, automatic=False)
        out = tmp_path / "out"
        shown = options or ("--sheet", str(tmp_path / "sheet.tsv"))
        main([*shown, "--split", split, "--bundle", str(tmp_path / "bundle"), "--output", str(out)])
        seen = json.loads((out / "scores.json").read_text())["about"]["seen"]
        assert seen in (out / "evaluation.html").read_text()
        return seen

    return scored


def test_what_the_start_bundle_saw_counts_as_seen():
    first = {**START, "specimens": told(train=["a"], pictures=["1"])}
    seen = seen_by({"specimens": told(train=["b"], validation=["c"], start_from=first)})
    assert (seen.specimens, seen.pictures, seen.known) == ({"a", "b", "c"}, {"1"}, True)
    silent = seen_by({"specimens": told(train=["b"], start_from={**START, "specimens": None})})
    assert (silent.specimens, silent.known) == ({"b"}, False)


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("split", ["train", "validation"])
def test_a_test_of_seen_specimens_is_refused_by_name(evaluate, split, before):
    card = told(**{split: ["test1"]})
    if before:
        card = told(start_from={**START, "specimens": card})
    with pytest.raises(SystemExit, match=r"card.yaml, specimens: .*1 .*\('test1'\).*--split train"):
        evaluate(card)


def test_a_seen_picture_under_another_name_is_refused_from_folders_too(evaluate, rows, tmp_path):
    from nanocensus.training.seen import _digest

    card = told(pictures=[_digest(rows[0].picture)])
    (tmp_path / "labels").mkdir()
    for row in rows:
        row.labels.rename(tmp_path / "labels" / row.picture.name)
    folders = ("--pictures", str(tmp_path / "data"), "--labels", str(tmp_path / "labels"))
    with pytest.raises(SystemExit, match=r"1 specimens .*\('test0'\)"):
        evaluate(card, *folders)
    assert evaluate(told(), *folders).startswith("none of 2 specimens seen in training")


def test_seen_specimens_are_scored_on_purpose_and_the_page_says_so(evaluate):
    card = told(train=["test0", "another"])
    assert evaluate(card, split="train") == "1 of 2 specimens seen in training or validation"
    silent = told(train=["test0"], start_from={**START, "specimens": None})
    assert evaluate(silent, split="train").endswith("as far as the card tells")


def test_of_an_old_card_the_page_says_that_it_does_not_tell(evaluate):
    assert "the card does not tell" in evaluate(None)


def test_the_shipped_bundle_names_its_papers(request, rows):
    resources = request.config.rootpath / "resources"
    seen = seen_by(read_bundle(resources / "models" / "nanocensus").card)
    table = (resources / "training" / "emps_split.tsv").read_text().splitlines()[1:]
    papers = [line.split("\t")[1:] for line in table]
    assert seen.specimens == {paper for paper, split in papers if split != "test"}
    assert len(seen.pictures) == sum(split != "test" for _, split in papers)
    tested = replace(rows[0], specimen=next(p for p, split in papers if split == "test"))
    assert seen_specimens(seen, [tested]) == []
