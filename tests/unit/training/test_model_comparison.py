import json

import pytest

from nanocensus.training import ComparisonError, check_same_scoring, compare_models
from nanocensus.training.model_comparison import COMPARED


def table(*rows, **others):
    """Rows (picture, specimen, f1_50); all other figures are `others` or 0.5."""
    plain = dict.fromkeys(COMPARED, "0.5") | {"n_truth": "7"} | others
    return [
        {**plain, "picture": name, "specimen": specimen, "f1_50": f1} for name, specimen, f1 in rows
    ]


def of_figure(differences, figure="f1_50"):
    (row,) = [row for row in differences if row.figure == figure]
    return row


GOOD = (("1", "A", "0.9"), ("2", "A", "0.7"), ("3", "A", "0.8"), ("4", "B", "0.6"))
BAD = (("1", "A", "0.6"), ("2", "A", "0.4"), ("3", "A", "0.5"), ("4", "B", "0.5"))


def test_a_specimen_weighs_as_one_however_many_pictures_it_has():
    row = of_figure(compare_models({"good": table(*GOOD), "bad": table(*BAD)}))
    assert (row.first, row.second, row.n_specimens) == ("good", "bad", 2)
    assert (row.first_mean, row.second_mean) == pytest.approx((0.7, 0.5))
    assert row.difference == pytest.approx((0.3 + 0.1) / 2)
    assert (row.low, row.high) == pytest.approx((0.1, 0.3))
    assert row.p == row.smallest_p == 0.5


def test_copies_of_pictures_and_their_order_change_nothing():
    once = compare_models({"good": table(*GOOD), "bad": table(*BAD)})
    twice = {
        name: table(*reversed(rows), *((f"{n} again", s, f1) for n, s, f1 in rows))
        for name, rows in (("good", GOOD), ("bad", BAD))
    }
    again = of_figure(compare_models(twice))
    expected = of_figure(once)
    assert (again.p, again.n_specimens) == (expected.p, expected.n_specimens)
    assert (again.difference, again.low, again.high) == pytest.approx(
        (expected.difference, expected.low, expected.high)
    )


def test_exchanged_models_differ_by_the_sign_alone():
    there = of_figure(compare_models({"good": table(*GOOD), "bad": table(*BAD)}))
    back = of_figure(compare_models({"bad": table(*BAD), "good": table(*GOOD)}))
    assert back.difference == -there.difference
    assert back.p == there.p


def test_a_picture_counts_where_both_models_define_the_figure():
    undefined = (("1", "A", ""), *BAD[1:])
    row = of_figure(compare_models({"good": table(*GOOD), "bad": table(*undefined)}))
    assert row.first_mean == pytest.approx((0.75 + 0.6) / 2)
    nothing = table(*((name, s, "") for name, s, _ in BAD))
    row = of_figure(compare_models({"good": table(*GOOD), "bad": nothing}))
    assert row.n_specimens == 0
    assert row.p != row.p
    assert row.p_holm != row.p_holm


def test_signed_errors_are_compared_by_their_moduli():
    tables = {
        "low": table(*GOOD, d50_rel_error="-0.3"),
        "high": table(*GOOD, d50_rel_error="0.1"),
    }
    assert of_figure(compare_models(tables), "d50_rel_error").difference == pytest.approx(0.2)


def test_three_models_are_three_pairs_and_p_is_adjusted_for_all_rows():
    rows = tuple((str(k), str(k), f"{0.5 + 0.01 * k}") for k in range(12))
    less = tuple((name, s, f"{float(f1) - 0.1}") for name, s, f1 in rows)
    differences = compare_models({"a": table(*rows), "b": table(*less), "c": table(*rows)})
    assert len(differences) == 3 * len(COMPARED)
    row = next(r for r in differences if (r.first, r.second, r.figure) == ("a", "b", "f1_50"))
    assert row.p == pytest.approx(2 / 2**12)
    assert row.p_holm == pytest.approx(len(differences) * row.p)


@pytest.mark.parametrize(
    "other",
    [
        BAD[:3],
        (*BAD[:3], ("5", "B", "0.5")),
        (*BAD[:3], ("4", "C", "0.5")),
    ],
)
def test_other_pictures_or_specimens_are_refused(other):
    with pytest.raises(ComparisonError, match="bad was not evaluated on"):
        compare_models({"good": table(*GOOD), "bad": table(*other)})


def test_other_labels_and_double_names_are_refused():
    with pytest.raises(ComparisonError, match="8 differ"):
        compare_models({"good": table(*GOOD), "bad": table(*BAD, n_truth="8")})
    twice = table(*GOOD, GOOD[0])
    with pytest.raises(ComparisonError, match="same name"):
        compare_models({"good": twice, "bad": twice})


def test_pictures_of_one_name_and_other_content_are_refused():
    with pytest.raises(ComparisonError, match="8 differ"):
        compare_models({"good": table(*GOOD, content="a"), "bad": table(*BAD, content="b")})


@pytest.fixture
def evaluations(tmp_path):
    """Write scores.json of two evaluations of given scoring."""

    def written(*scorings):
        folders = {}
        for name, scoring in zip(("mine", "theirs"), scorings, strict=True):
            folders[name] = tmp_path / name
            folders[name].mkdir()
            scores = {"about": {}} | ({} if scoring is None else {"scoring": scoring})
            (folders[name] / "scores.json").write_text(json.dumps(scores))
        return folders

    return written


def test_other_scoring_is_refused_with_both_values(evaluations):
    one = {"ignore_rows": None, "min_area_px": 10}
    folders = evaluations(one, {"ignore_rows": 712, "min_area_px": 10})
    message = r"theirs/scores.json, scoring: ignore_rows is None of mine and 712 of theirs: "
    with pytest.raises(ComparisonError, match=message):
        check_same_scoring(folders)


def test_the_same_scoring_is_taken_and_an_unknown_one_is_not(evaluations, tmp_path):
    check_same_scoring(evaluations({"min_area_px": 10}, {"min_area_px": 10}))
    (tmp_path / "theirs" / "scores.json").write_text("{}")
    with pytest.raises(ComparisonError, match="evaluate again"):
        check_same_scoring({name: tmp_path / name for name in ("mine", "theirs")})
