"""The table of pixel sizes."""

import pandas as pd

from nanocensus.tables import columns_of

OME = {"source": "ome", "pixel_size_nm": 2.02, "deviation_rel": 0.01, "confirms": False}
BAR = {"source": "scale_bar", "pixel_size_nm": 1.98, "deviation_rel": -0.01, "confirms": True}
RESIZED = {"source": "zeiss_tag", "pixel_size_nm": 4.0, "deviation_rel": None, "confirms": False}


def test_every_source_has_a_row_the_one_that_is_used_first(made_up):
    made_up.micrograph("B", "m1", [20.0])
    made_up.micrograph("A", "m2", [20.0], other_pixel_sizes=[OME, BAR])
    made_up.micrograph("A", "m1", [20.0], pixel_size_nm=None, other_pixel_sizes=[RESIZED])
    made_up.micrograph("A", "m3", [20.0], pixel_size_nm=None)
    made_up.failed("A", "m4")
    table = made_up.tables().pixel_sizes
    assert list(table.columns) == columns_of("pixel_sizes")
    assert (table["sample"] + "/" + table["micrograph"]).tolist() == [
        *("A/m1", "A/m2", "A/m2", "A/m2", "B/m1"),
    ]
    assert table["source"].tolist() == ["zeiss_tag", "sheet", "ome", "scale_bar", "sheet"]
    assert table["use"].tolist() == ["compared", "used", "compared", "confirms", "used"]
    assert table["pixel_size_nm"].tolist() == [4.0, 2.0, 2.02, 1.98, 2.0]
    assert table["deviation_rel"].dropna().tolist() == [0.01, -0.01]


def test_without_any_source_the_table_has_its_columns_and_no_row(made_up):
    made_up.micrograph("A", "m1", [20.0], pixel_size_nm=None)
    table = made_up.tables().pixel_sizes
    assert isinstance(table, pd.DataFrame)
    assert list(table.columns) == columns_of("pixel_sizes")
    assert table.empty
