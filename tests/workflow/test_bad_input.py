"""A bad picture is a row with a reason and leaves the others alone; a bad sheet stops at once."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile
from PIL import Image

from nanocensus.rendering import Acquisition, write_vendor_tiff
from tests.workflow.campaigns import Campaign
from tests.workflow.conftest import SIDE_PX, write_discs
from tests.workflow.made_once import made_once

pytestmark = pytest.mark.workflow


EXPECTED = {
    "truncated": "failed",
    "text": "failed",
    "zero": "failed",
    "gone": "failed",
    "black": "refused",
    "nothing on it": "empty",
    "one pixel": "refused",
    "nan": "refused",
    "rings": "refused",
}


def write_tiff(path: Path, pixels: np.ndarray, **more) -> None:
    tifffile.imwrite(path, pixels, **more)


def diffraction_rings() -> np.ndarray:
    """Return a powder pattern: a bright centre, rings, a falling ground."""
    y, x = np.indices((256, 256)) - 127.5
    distance = np.hypot(y, x)
    pattern = 3 * np.exp(-((distance / 3) ** 2)) + 0.3 * np.exp(-distance / 30)
    for ring in (30, 35, 49, 58, 61, 75):
        pattern += 0.5 * np.exp(-ring / 60) * np.exp(-(((distance - ring) / 1.5) ** 2))
    pattern += np.random.default_rng(3).normal(0, 0.005, pattern.shape)
    return pattern.astype(np.float32)


def write_at_stage(path: Path, seed: int, stage_x_mm: float) -> None:
    """Write discs with a microscope's tags, 192 nm wide, at a place of the stage."""
    write_discs(path, seed)
    acquisition = Acquisition(
        instrument="Rendered",
        detector="ETD",
        signal="SE",
        voltage_kv=5.0,
        working_distance_mm=4.0,
        magnification=100_000.0,
        dwell_time_us=1.0,
        stage_x_mm=stage_x_mm,
        stage_y_mm=1.0,
        acquired="2026-03-20 10:00:00",
    )
    write_vendor_tiff(path, tifffile.imread(path), 2.0, vendor="fei", acquisition=acquisition)


def write_bad_files(folder: Path) -> None:
    """Write one file of each kind in `EXPECTED`."""
    flat = np.full((SIDE_PX, SIDE_PX), 90, np.uint8)
    noise = np.random.default_rng(0).normal(90, 3, flat.shape)
    whole = (folder / "4.tif").read_bytes()
    (folder / "truncated.tif").write_bytes(whole[: len(whole) // 2])
    (folder / "text.tif").write_text("not a picture")
    (folder / "zero.tif").write_bytes(b"")
    write_tiff(folder / "black.tif", np.zeros_like(flat))
    write_tiff(folder / "nothing on it.tif", noise.astype(np.uint8))
    write_tiff(folder / "one pixel.tif", flat[:1, :1])
    write_tiff(folder / "rings.tif", diffraction_rings())
    (folder / "gone.tif").symlink_to("nowhere.tif")
    write_tiff(folder / "nan.tif", np.where(flat > 0, np.nan, 1.0).astype(np.float32))


@pytest.fixture(scope="module")
def spoilt(finished_campaign, tmp_path_factory):
    campaign = Campaign(
        made_once(
            tmp_path_factory, "spoilt", lambda folder: spoil(finished_campaign.copy_to(folder))
        )
    )
    table = pd.read_csv(campaign.results / "tables" / "micrographs.csv", keep_default_na=False)
    return campaign, table


def spoil(campaign: Campaign) -> None:
    write_bad_files(campaign.raw / "silver")
    shutil.copy(campaign.raw / "gold" / "a.tif", campaign.raw / "silver" / "twin.tif")
    # Saved again as PNG: other bytes, the same picture; and the same stem twice in one folder.
    Image.fromarray(tifffile.imread(campaign.raw / "silver" / "5.tif")).save(
        campaign.raw / "silver" / "5.png"
    )
    # 20 nm and 1000 nm along the stage from the first, which is 192 nm wide.
    for name, seed, stage_x_mm in (("x0", 20, 1.0), ("x1", 21, 1.00002), ("x2", 22, 1.001)):
        write_at_stage(campaign.raw / "silver" / f"{name}.tif", seed, stage_x_mm)
    campaign.run()


def test_each_bad_file_is_a_row_with_a_reason(spoilt):
    _, table = spoilt
    for stem, status in EXPECTED.items():
        rows = table[table["path"].str.endswith(f"/{stem}.tif")]
        assert len(rows) == 1, stem
        assert rows["status"].item() == status, (stem, rows["reasons"].item())
        assert rows["reasons"].item(), stem


def test_the_good_pictures_and_their_particles_are_as_before(spoilt, finished_campaign):
    campaign, _ = spoilt
    before = finished_campaign.contents()
    after = campaign.contents()
    products = [name for name in before if name.startswith(("prepared", "segmented"))]
    assert products
    assert {name: after[name] for name in products} == {name: before[name] for name in products}


def test_a_twin_is_flagged_and_counted_once(spoilt):
    campaign, table = spoilt
    twin = table[table["path"].str.endswith("/twin.tif")]
    assert "duplicate" in twin["reasons"].item() or "same" in twin["reasons"].item()
    assert twin["duplicate_of"].item()
    assert twin["n_counted"].astype(float).item() == 0
    particles = pd.read_parquet(campaign.results / "tables" / "particles.parquet")
    rows = particles[particles["micrograph"] == twin["micrograph"].item()]
    assert len(rows)
    assert set(rows["excluded_by"]) == {"micrograph"}


def test_a_picture_saved_again_and_an_overlapping_field_count_once(spoilt):
    _, table = spoilt
    of = {
        Path(path).name: name for path, name in zip(table["path"], table["micrograph"], strict=True)
    }
    duplicate_of = dict(zip(table["micrograph"], table["duplicate_of"], strict=True))
    assert duplicate_of[of["5.tif"]] == f"silver/{of['5.png']}"
    assert not duplicate_of[of["5.png"]]
    assert of["x0.tif"] in duplicate_of[of["x1.tif"]]
    assert not duplicate_of[of["x0.tif"]]
    assert not duplicate_of[of["x2.tif"]]


def test_two_files_of_one_stem_stay_apart(spoilt):
    campaign, _ = spoilt
    labels = [
        path.name for path in (campaign.results / "segmented" / "silver").glob("5-*.labels.tif")
    ]
    assert len(labels) == len(set(labels)) == 2


def test_the_report_shows_the_bad_ones(spoilt):
    campaign, _ = spoilt
    page = (campaign.results / "report" / "index.html").read_text(encoding="utf-8")
    for stem in EXPECTED:
        assert stem in page


def test_strict_makes_an_error_of_it(spoilt, tmp_path):
    campaign = spoilt[0].copy_to(tmp_path / "strict")
    printed = campaign.run("--config", "strict=true", fails=True)
    assert "truncated" in printed
    assert "truncated" in (campaign.results / "logs" / "aggregate.log").read_text()


def test_a_file_that_disappears_after_planning_is_a_row(campaign):
    write_discs(campaign.raw / "silver" / "7.tif", 7)
    process = campaign.start()
    manifest = campaign.results / "plan" / "shards" / "b.json"
    while "silver/7.tif" not in manifest.read_text(encoding="utf-8"):
        assert process.poll() is None
    (campaign.raw / "silver" / "7.tif").unlink()
    process.communicate(timeout=300)
    assert process.returncode == 0
    table = pd.read_csv(campaign.results / "tables" / "micrographs.csv", keep_default_na=False)
    row = table[table["path"] == "raw/silver/7.tif"]
    assert row["status"].item() == "failed"


def test_mistakes_are_told_before_any_job(campaign):
    with (campaign.folder / "my.yaml").open("a") as stream:
        stream.write("cuont: {}\ndevice: gpu\n")
    printed = campaign.run(fails=True)
    assert "Did you mean 'count'?" in printed
    assert "device: 'gpu' is refused" in printed
    assert "my.yaml, line" in printed
    assert campaign.ran() == set()


def test_an_empty_folder_is_refused_before_any_job(campaign):
    (campaign.raw / "nothing").mkdir()
    with (campaign.folder / "samples.tsv").open("a") as stream:
        stream.write("tin\traw/nothing\tg\tKim\n")
    printed = campaign.run(fails=True)
    assert "samples.tsv, line 4, column micrographs" in printed
    assert campaign.ran() == set()
