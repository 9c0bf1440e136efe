import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanocensus.training import (
    DataSheetError,
    LabelledPicture,
    emps_rows,
    of_split,
    read_data_sheet,
    write_data_sheet,
)

HEADER = "picture\tlabels\tspecimen\tsplit\n"


def write_sheet(folder, rows, header=HEADER):
    for row in rows:
        for name in row[:2]:
            (folder / name).touch()
    path = folder / "sheet.tsv"
    path.write_text(header + "".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")
    return path


@given(
    specimens=st.lists(st.sampled_from("abcdefghij"), min_size=1, max_size=40),
    fixed=st.dictionaries(
        st.sampled_from("abcdefghij"), st.sampled_from(["train", "validation", "test"])
    ),
    seed=st.integers(0, 1000),
)
@settings(max_examples=40, deadline=None)
def test_no_specimen_crosses_a_split(tmp_path_factory, specimens, fixed, seed):
    choose = random.Random(seed)
    rows = [
        (f"{n}.png", f"{n}.lab.png", s, fixed.get(s, "auto") if choose.random() < 0.5 else "")
        for n, s in enumerate(specimens)
    ]
    read = read_data_sheet(write_sheet(tmp_path_factory.mktemp("sheet"), rows), seed=seed)
    splits = {s: {row.split for row in read if row.specimen == s} for s in specimens}
    assert all(len(found) == 1 for found in splits.values())
    parts = [set(of_split(read, split)) for split in ("train", "validation", "test")]
    assert sum(len(part) for part in parts) == len(set().union(*parts)) == len(specimens)


def test_an_automatic_row_follows_its_specimens_named_split(tmp_path):
    rows = [("1.png", "1l.png", "gold", "auto"), ("2.png", "2l.png", "gold", "test")]
    read = read_data_sheet(write_sheet(tmp_path, rows), seed=1)
    assert [row.split for row in read] == ["test", "test"]


def test_all_faults_are_told_at_once(tmp_path):
    rows = [
        ("1.png", "1l.png", "gold", "train"),
        ("2.png", "2l.png", "gold", "test"),
        ("3.png", "3l.png", "", "exam"),
        ("1.png", "1l.png", "gold", "train"),
    ]
    path = write_sheet(tmp_path, rows)
    (tmp_path / "2l.png").unlink()
    with pytest.raises(DataSheetError) as caught:
        read_data_sheet(path, seed=1)
    message = str(caught.value)
    for told in ("test and train", "line 3: labels '2l.png'", "line 4: specimen", "'exam'"):
        assert told in message
    assert "line 5: picture '1.png' stands in line 2" in message


def test_a_sheet_without_specimens_is_refused(tmp_path):
    path = write_sheet(tmp_path, [("1.png", "1l.png")], "picture\tlabels\n")
    with pytest.raises(DataSheetError, match="specimen"):
        read_data_sheet(path, seed=1)


def test_a_written_sheet_is_read_back(tmp_path):
    rows = (
        LabelledPicture(tmp_path / "a.png", tmp_path / "al.png", "10.1/x", "test", "labels"),
        LabelledPicture(tmp_path / "b.png", tmp_path / "bl.png", "10.1/y", "train", "binary"),
    )
    for row in rows:
        row.picture.touch()
        row.labels.touch()
    write_data_sheet(tmp_path / "sheet.tsv", rows, automatic=False)
    assert read_data_sheet(tmp_path / "sheet.tsv", seed=5) == rows


def test_emps_papers_stay_together_and_the_benchmark_split_is_the_recorded_one(shared, request):
    rows = emps_rows(shared / "data" / "emps", seed=20261121)
    assert len(rows) == 366
    splits = {}
    for row in rows:
        splits.setdefault(row.specimen, set()).add(row.split)
    assert all(len(found) == 1 for found in splits.values())
    recorded = (request.config.rootpath / "resources/training/emps_split.tsv").read_text()
    expected = [f"{row.name}\t{row.specimen}\t{row.split}" for row in rows]
    assert recorded.splitlines()[1:] == expected


def test_the_modality_may_stand_in_a_sheet(tmp_path):
    header = HEADER.strip() + "\tmodality\n"
    rows = [("1.png", "1l.png", "gold", "test", "STEM"), ("2.png", "2l.png", "gold", "test", "")]
    read = read_data_sheet(write_sheet(tmp_path, rows, header), seed=1)
    assert [row.modality for row in read] == ["STEM", ""]
    write_data_sheet(tmp_path / "again.tsv", read, automatic=False)
    assert read_data_sheet(tmp_path / "again.tsv", seed=1) == read
