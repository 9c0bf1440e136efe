"""The scan of a sheet's folders: every picture once, none lost."""

import errno
import os
from pathlib import Path

import pytest

from nanocensus.campaign import CampaignError
from nanocensus.campaign.scan import scan_sheet
from nanocensus.campaign.sheet import read_sample_sheet
from nanocensus.micrographs import find_sidecars


def scan(tmp_path: Path, *rows: str, header: str = "sample\tmicrographs"):
    path = tmp_path / "samples.tsv"
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    faults = []
    found = scan_sheet(read_sample_sheet(path, faults), faults)
    if faults:
        raise CampaignError(faults)
    return found


def touch(tmp_path: Path, *names: str):
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def test_folders_are_searched_and_one_file_overrides(tmp_path):
    touch(
        tmp_path,
        "raw/a.tif",
        "raw/deep er/ä {1}.PNG",
        "raw/a.txt",
        "raw/.hidden.tif",
    )
    found = scan(
        tmp_path, "A\traw\t", "A\traw/a.tif\t2.5", header="sample\tmicrographs\tpixel_size_nm"
    )
    assert [one.path for one in found.pictures] == ["raw/a.tif", "raw/deep er/ä {1}.PNG"]
    assert found.pictures[0].fields == {"pixel_size_nm": 2.5}
    assert [Path(sidecar.path).name for sidecar in found.pictures[0].sidecars] == ["a.txt"]
    assert found.ignored == {}


def test_sidecars_are_found_as_each_vendor_names_them(tmp_path):
    touch(tmp_path, "raw/a.tif", "raw/a-tif.hdr", "raw/b.mrc", "raw/b.mrc.mdoc", "raw/b.TXT")
    touch(tmp_path, "raw/c_1.ser", "raw/c_2.ser", "raw/c.emi")
    found = scan(tmp_path, "A\traw")
    sidecars = {
        Path(one.raw.path).name: [Path(sidecar.path).name for sidecar in one.sidecars]
        for one in found.pictures
    }
    assert sidecars == {
        "a.tif": ["a-tif.hdr"],
        "b.mrc": ["b.TXT", "b.mrc.mdoc"],
        "c_1.ser": ["c.emi"],
        "c_2.ser": ["c.emi"],
    }
    for one in found.pictures:
        here = [Path(sidecar.path).resolve() for sidecar in one.sidecars]
        assert [path.resolve() for path in find_sidecars(tmp_path / one.path)] == here


def test_files_passed_over_are_counted_by_suffix(tmp_path):
    touch(tmp_path, "raw/a.tif", "raw/b.PSD", "raw/c.psd", "raw/d/e.gif", "raw/README", "raw/f.psd")
    found = scan(tmp_path, "A\traw", "A\traw/f.psd", "B\traw")
    # f.psd is named by a row of A
    assert found.ignored == {"": 1, ".gif": 1, ".psd": 2}


def test_the_same_stem_stays_apart(tmp_path):
    touch(tmp_path, "one/a.tif", "two/a.tif", "two/a.png")
    found = scan(tmp_path, "A\tone", "A\ttwo")
    assert len({one.name for one in found.pictures}) == 3


def test_nothing_found_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    touch(tmp_path, "others/a.psd")
    (tmp_path / "unplugged").symlink_to(tmp_path / "disk")
    rows = ("A\tempty", "B\t*.tif", "C\tgone", "D\tothers", "E\tunplugged")
    with pytest.raises(CampaignError) as caught:
        scan(tmp_path, *rows)
    told = [str(fault) for fault in caught.value.faults]
    parts = (
        "folder without pictures",
        "matches no file",
        "does not exist",
        "there is .psd only",
        "is a link to something that does not exist",
    )
    assert len(told) == len(parts)
    for line, (one, part) in enumerate(zip(told, parts, strict=True), start=2):
        assert f"line {line}, column micrographs" in one
        assert part in one


def test_a_file_in_two_rows_of_a_sample_is_refused(tmp_path):
    touch(tmp_path, "raw/a.tif")
    with pytest.raises(CampaignError, match=r"gives 'a\.tif' again"):
        scan(tmp_path, "A\traw", "A\traw/*.tif")


def test_a_circle_of_links_ends(tmp_path):
    touch(tmp_path, "raw/a.tif")
    (tmp_path / "raw" / "loop").symlink_to(tmp_path / "raw")
    assert len(scan(tmp_path, "A\traw").pictures) == 1


def test_a_link_to_a_file_of_the_same_row_is_the_same_picture(tmp_path):
    touch(tmp_path, "raw/b.tif", "raw/z.tif")
    (tmp_path / "raw" / "a.tif").symlink_to("b.tif")
    assert [one.path for one in scan(tmp_path, "A\traw").pictures] == ["raw/a.tif", "raw/z.tif"]


@pytest.mark.parametrize("row", ["raw", "raw/*.tif"])
def test_a_link_to_nothing_is_a_picture_that_cannot_be_opened(tmp_path, row):
    touch(tmp_path, "raw/b.tif")
    (tmp_path / "raw" / "a.tif").symlink_to(tmp_path / "unplugged" / "a.tif")
    gone, there = scan(tmp_path, f"A\t{row}").pictures
    assert (gone.path, gone.raw.size, gone.raw.mtime_ns) == ("raw/a.tif", 0, 0)
    assert there.raw.size == 1


def test_a_file_that_vanishes_while_it_is_scanned_stays_a_picture(tmp_path, monkeypatch):
    touch(tmp_path, "raw/a.tif", "raw/b.tif")
    real_walk = os.walk

    def walk_then_remove(*arguments, **options):
        yield from real_walk(*arguments, **options)
        (tmp_path / "raw" / "a.tif").unlink()

    monkeypatch.setattr(os, "walk", walk_then_remove)
    gone, there = scan(tmp_path, "A\traw").pictures
    assert (gone.path, gone.raw.size) == ("raw/a.tif", 0)
    assert there.raw.size == 1


def test_a_folder_that_cannot_be_searched_is_told(tmp_path, monkeypatch):
    touch(tmp_path, "raw/a.tif", "raw/locked/b.tif")
    real_scandir = os.scandir

    # In place of chmod, which does not hold for root.
    def scandir(folder):
        if Path(folder).name == "locked":
            raise PermissionError(errno.EACCES, "Permission denied", str(folder))
        return real_scandir(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(CampaignError, match=r"line 2, .*locked.*Permission denied"):
        scan(tmp_path, "A\traw")


def test_two_files_of_one_path_are_refused(tmp_path):
    touch(tmp_path, "raw/a.tif", "disk/raw/a.tif", "disk/inner/x")
    (tmp_path / "link").symlink_to(tmp_path / "disk" / "inner")
    # The disk follows the link before `..`, the path in the tables drops both.
    with pytest.raises(CampaignError, match="of another file"):
        scan(tmp_path, "A\traw", "A\tlink/../raw")
