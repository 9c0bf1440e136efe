"""The sample sheet: what is read, and every mistake with its line."""

from pathlib import Path

import pytest

from nanocensus.campaign import CampaignError
from nanocensus.campaign.sheet import read_sample_sheet


def sheet(tmp_path: Path, text: str, name: str = "samples.tsv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    faults = []
    read = read_sample_sheet(path, faults)
    if faults:
        raise CampaignError(faults)
    return read


def test_further_columns_are_carried(tmp_path):
    read = sheet(tmp_path, "sample\tmicrographs\tgroup\toperator\nA\tx\tg\tKim\nA\ty\t\t\n")
    assert read.samples == {"A": {"group": "g", "operator": "Kim"}}


@pytest.mark.parametrize("separator", [",", ";"])
def test_csv_is_accepted(tmp_path, separator):
    text = "sample,micrographs\nA,x\n".replace(",", separator)
    assert sheet(tmp_path, text, "s.csv").rows[0].micrographs == "x"


def test_all_faults_are_told_at_once(tmp_path):
    with pytest.raises(CampaignError) as caught:
        sheet(
            tmp_path,
            "sample\tmicrographs\tpixel_size_nm\tpolarity\n"
            "a/b\tx\t1.0\t\n"
            "B\t\t-3\tbrigth\n"
            "C\tx\t\t\n"
            "c\ty\t\t\n",
        )
    told = str(caught.value)
    assert "5 mistakes" in told
    for part in (
        "line 2, column sample",
        "line 3, column micrographs",
        "line 3, column pixel_size_nm",
        "line 3, column polarity",
        "'c' differs from 'C' only",
    ):
        assert part in told


def test_a_mistyped_column_is_named(tmp_path):
    with pytest.raises(CampaignError, match="Did you mean 'micrograph'"):
        sheet(tmp_path, "sample\tmicrograph\nA\tx\n")


def test_faults_of_header_and_rows_are_told_together(tmp_path):
    with pytest.raises(CampaignError) as caught:
        sheet(
            tmp_path, "sample\tfolder\tPolarity\tpixel_size_nm\nA b\tx\tdark\t0\nC\ty\tbright\t1\n"
        )
    told = str(caught.value)
    assert "4 mistakes" in told
    for part in (
        "line 1, column micrographs: the column is missing",
        "line 1, column Polarity: the spelling",
        "line 2, column sample",
        "line 2, column pixel_size_nm",
    ):
        assert part in told


@pytest.mark.parametrize("column", ["notes", "n_particles", "span_n", "d50_n_nm", "n_shape_star"])
def test_a_column_of_samples_csv_is_refused(tmp_path, column):
    with pytest.raises(CampaignError, match=f"line 1, column {column}: samples.csv has a column"):
        sheet(tmp_path, f"sample\tmicrographs\t{column}\nA\tx\t\n")


def test_known_values_may_bear_the_name_of_what_they_are_compared_with(tmp_path):
    read = sheet(tmp_path, "sample\tmicrographs\ttrue_d50_n_nm\nA\tx\t5\n")
    assert read.further_columns == ("true_d50_n_nm",)


@pytest.mark.parametrize("column", ["group", "operator"])
def test_rows_of_one_sample_that_disagree_are_refused(tmp_path, column):
    text = f"sample\tmicrographs\t{column}\nA\tx\t\nA\ty\tone\nB\tz\ttwo\nA\tw\ttwo\n"
    with pytest.raises(CampaignError) as caught:
        sheet(tmp_path, text)
    (fault,) = caught.value.faults
    assert f"line 5, column {column}: 'two' differs from 'one' in line 3" in str(fault)


def test_an_empty_sheet_is_told(tmp_path):
    with pytest.raises(CampaignError, match="the sheet is empty"):
        sheet(tmp_path, "# nothing yet\n")
