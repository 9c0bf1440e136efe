"""The sample sheet and the scan of its folders."""

from pathlib import Path

import pytest

from nanocensus.campaign import CampaignError
from nanocensus.campaign.scan import scan_sheet
from nanocensus.campaign.sheet import read_sample_sheet


def sheet(tmp_path: Path, text: str, name: str = "samples.tsv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_sample_sheet(path)


def touch(tmp_path: Path, *names: str):
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


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


def test_folders_are_searched_and_one_file_overrides(tmp_path):
    touch(
        tmp_path,
        "raw/a.tif",
        "raw/deep er/ä {1}.PNG",
        "raw/a.txt",
        "raw/Thumbs.db",
        "raw/.hidden.tif",
    )
    read = sheet(
        tmp_path,
        "sample\tmicrographs\tpixel_size_nm\nA\traw\t\nA\traw/a.tif\t2.5\n",
    )
    scan = scan_sheet(read)
    assert [one.path for one in scan.pictures] == ["raw/a.tif", "raw/deep er/ä {1}.PNG"]
    assert scan.pictures[0].fields == {"pixel_size_nm": 2.5}
    assert [Path(sidecar.path).name for sidecar in scan.pictures[0].sidecars] == ["a.txt"]
    assert scan.ignored == 1


def test_the_same_stem_stays_apart(tmp_path):
    touch(tmp_path, "one/a.tif", "two/a.tif", "two/a.png")
    scan = scan_sheet(sheet(tmp_path, "sample\tmicrographs\nA\tone\nA\ttwo\n"))
    assert len({one.name for one in scan.pictures}) == 3


def test_nothing_found_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(CampaignError) as caught:
        scan_sheet(sheet(tmp_path, "sample\tmicrographs\nA\tempty\nB\t*.tif\nC\tgone\n"))
    told = str(caught.value)
    assert "folder without pictures" in told
    assert "matches no file" in told
    assert "does not exist" in told


def test_a_file_in_two_rows_of_a_sample_is_refused(tmp_path):
    touch(tmp_path, "raw/a.tif")
    read = sheet(tmp_path, "sample\tmicrographs\nA\traw\nA\traw/*.tif\n")
    with pytest.raises(CampaignError, match=r"gives 'a\.tif' again"):
        scan_sheet(read)


def test_a_circle_of_links_ends(tmp_path):
    touch(tmp_path, "raw/a.tif")
    (tmp_path / "raw" / "loop").symlink_to(tmp_path / "raw")
    scan = scan_sheet(sheet(tmp_path, "sample\tmicrographs\nA\traw\n"))
    assert len(scan.pictures) == 1
