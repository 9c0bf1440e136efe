"""One finished campaign that each workflow test copies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from tests.workflow.campaigns import CONFIGURATION, Campaign
from tests.workflow.made_once import made_once

SIDE_PX = 96


def write_discs(path: Path, seed: int, *, unit: str = "nm", pixel_size_nm: float = 2.0) -> None:
    """Write a micrograph of a few bright discs as ImageJ would, with its pixel size."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:SIDE_PX, :SIDE_PX]
    pixels = np.full((SIDE_PX, SIDE_PX), 60.0)
    for row, column in [(22, 22), (22, 70), (70, 24), (68, 68)]:
        radius = rng.uniform(6, 12)
        distance = np.hypot(y - row - rng.uniform(-4, 4), x - column - rng.uniform(-4, 4))
        pixels += 120 * np.clip(radius - distance + 0.5, 0, 1)
    pixels += rng.normal(0, 5, pixels.shape)
    path.parent.mkdir(parents=True, exist_ok=True)
    calibrated = {"resolution": (1 / pixel_size_nm,) * 2, "metadata": {"unit": unit}}
    tifffile.imwrite(path, pixels.clip(0, 255).astype(np.uint8), imagej=True, **calibrated)


@pytest.fixture(scope="session")
def finished_campaign(tmp_path_factory) -> Campaign:
    """Give a campaign of two samples and six micrographs, with awkward paths, run to its end."""
    return Campaign(made_once(tmp_path_factory, "a campaign's {folder} ü", finish_campaign))


def finish_campaign(folder: Path) -> None:
    campaign = Campaign(folder)
    write_discs(campaign.raw / "gold" / "a.tif", 1)
    write_discs(campaign.raw / "gold" / 'sub {dir} "q"' / "a.tif", 2)
    write_discs(campaign.raw / "gold" / "it's ä %20.tif", 3)
    for number in (4, 5, 6):
        write_discs(campaign.raw / "silver" / f"{number}.tif", number)
    (folder / "my.yaml").write_text(CONFIGURATION, encoding="utf-8")
    (folder / "samples.tsv").write_text(
        "sample\tmicrographs\tgroup\toperator\ngold\traw/gold\tg\tKim\nsilver\traw/silver\tg\tLee\n",
        encoding="utf-8",
    )
    campaign.run()


@pytest.fixture
def campaign(finished_campaign, tmp_path) -> Campaign:
    """Give a copy of the finished campaign."""
    return finished_campaign.copy_to(tmp_path / "a campaign's {folder} ü")
