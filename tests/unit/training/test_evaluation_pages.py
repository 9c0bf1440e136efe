import csv
from dataclasses import replace

import pytest
from tests.unit.training.pictures import random_pair

from nanocensus.training import (
    SIZE_CLASSES,
    Evaluation,
    compare,
    compare_models,
    evaluation_page,
    figures,
    summarise_evaluation,
    write_comparison,
)
from nanocensus.training.evaluation import PictureScore


@pytest.fixture(autouse=True)
def _few_resamples(monkeypatch):
    monkeypatch.setattr("nanocensus.training.specimens.RESAMPLES", 50)


@pytest.fixture
def evaluation():
    return Evaluation(
        tuple(
            PictureScore(str(k), f"s{k}", 1.0, compare(*random_pair(k)), {"polarity": word})
            for k, word in enumerate(("dark", "bright", "dark"))
        )
    )


def test_the_page_holds_all_figures_of_all_kinds_and_needs_no_other_file(evaluation):
    summary = summarise_evaluation(evaluation, {"bundle": "<b>mine</b>"})
    page = evaluation_page("mine", summary, [("<i>1</i>", b"png")])
    for name in figures(evaluation.pictures[0].agreement):
        assert page.count(f"<td>{name}</td>") == 2  # all pictures, by polarity
    assert "dark (2 pictures, 2 specimens)" in page
    assert f"{summary['pooled']['iou']:.3f} [{summary['pooled_interval']['iou'][0]:.3f}, " in page
    assert f"of {summary['n_of_size'][SIZE_CLASSES[1]]}</td>" in page
    assert "<b>mine" not in page
    assert "<i>" not in page
    assert 'src="data:image/png;base64,cG5n"' in page
    assert "http" not in page
    assert "own estimate" not in page
    assert "ignore_rows: None, min_area_px: 0, min_probability: 0.5, edge_band_px: 0" in page


def test_the_page_says_what_the_models_estimates_are_worth(evaluation):
    pictures = tuple(replace(score, predicted_f1_50=0.25) for score in evaluation.pictures)
    page = evaluation_page("mine", summarise_evaluation(Evaluation(pictures), {}), [])
    assert "own estimate" in page
    true = [figures(score.agreement)["f1_50"] for score in pictures]
    error = sum(abs(0.25 - value) for value in true) / 3
    assert f"<th>mean absolute error</th><td>{error:.3f}</td>" in page
    assert "(Spearman)</th><td>–</td>" in page, "equal estimates have no ranks"


def test_a_comparison_is_written_as_table_and_page(tmp_path, evaluation):
    rows = [
        {"picture": s.name, "specimen": s.specimen}
        | {name: "" if v != v else str(v) for name, v in figures(s.agreement).items()}
        for s in evaluation.pictures
    ]
    differences = compare_models({"<one>": rows, "two": rows})
    write_comparison(differences, tmp_path)
    with (tmp_path / "comparison.tsv").open() as stream:
        table = list(csv.DictReader(stream, delimiter="\t"))
    assert len(table) == len(differences)
    assert (table[0]["figure"], table[0]["difference"], table[0]["p"]) == ("f1_50", "0", "1")
    page = (tmp_path / "comparison.html").read_text()
    assert "&lt;one&gt;" in page
    assert "<one>" not in page
