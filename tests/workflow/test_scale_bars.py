"""A scale bar that nothing confirms waits for a person, and the sheet accepts it."""

from __future__ import annotations

import pandas as pd
import pytest
import tifffile
from PIL import Image, ImageDraw, ImageFont

from tests.workflow.campaigns import Campaign
from tests.workflow.test_incremental import edit

pytestmark = pytest.mark.workflow
SIDE_PX = 384


def draw_bar(campaign: Campaign) -> None:
    """Enlarge a micrograph, drop its metadata and draw a bar of 100 px that says 200 nm."""
    path = campaign.raw / "silver" / "5.tif"
    picture = Image.fromarray(tifffile.imread(path)).resize((SIDE_PX, SIDE_PX))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((250, 350, 349, 357), fill=255)
    font = ImageFont.load_default(size=24)
    draw.text((300, 346), "200 nm", fill=255, font=font, anchor="ms")
    path.unlink()
    picture.save(path.with_suffix(".png"))


def test_a_bar_alone_is_read_and_waits_for_the_sheet(campaign):
    draw_bar(campaign)
    edit(campaign.folder / "my.yaml", "scale_bar: none", "scale_bar: auto")
    campaign.run()
    row = micrograph(campaign)
    assert row["bar_status"] == "read"
    assert row["bar_px"] == pytest.approx(100, abs=1)
    assert (row["status"], row["pixel_size_source"]) == ("review", "scale_bar")
    assert row["pixel_size_nm"] == pytest.approx(2.0, rel=0.01)
    assert (campaign.results / "gallery" / "silver" / f"{row['micrograph']}.bar.png").is_file()
    page = (campaign.results / "report" / "calibration.html").read_text(encoding="utf-8")
    assert f"bars/silver/{row['micrograph']}.png" in page
    silver = samples(campaign).loc["silver"]
    assert silver["n_micrographs_review"] == 1
    assert silver["n_counted_with_review"] > silver["n_counted"] > 0

    edit(campaign.folder / "samples.tsv", "\toperator\n", "\toperator\tscale_bar_ok\n")
    edit(campaign.folder / "samples.tsv", "\tLee\n", "\tLee\tyes\n")
    edit(campaign.folder / "samples.tsv", "\tKim\n", "\tKim\t\n")
    campaign.run()
    assert micrograph(campaign)["status"] == "warn"
    after = samples(campaign).loc["silver"]
    assert after["n_counted"] == silver["n_counted_with_review"]
    assert pd.isna(after["n_micrographs_review"])


def micrograph(campaign: Campaign) -> pd.Series:
    table = pd.read_csv(campaign.results / "tables" / "micrographs.csv")
    return table.set_index("path").loc["raw/silver/5.png"]


def samples(campaign: Campaign) -> pd.DataFrame:
    return pd.read_csv(campaign.results / "tables" / "samples.csv").set_index("sample")
