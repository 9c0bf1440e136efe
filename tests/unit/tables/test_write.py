"""The files of the tables."""

import gzip
import json

import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest

from nanocensus.tables import columns_of, write_tables

FILES = {"particles.parquet", "particles.csv.gz", "micrographs.csv", "samples.csv"} | {
    "pixel_sizes.csv",
    "statistics.json",
}


@pytest.fixture
def tables(made_up):
    rng = np.random.default_rng(1)
    made_up.log_normal('ß "7", µ', ["m1", "m2"], 30, rng)
    made_up.log_normal("007", ["m1"], 30, rng, pixel_size_nm=None, completeness="covered")
    made_up.failed("NA", "m1")
    return made_up.tables()


def test_the_same_tables_give_the_same_bytes(tables, made_up, tmp_path):
    write_tables(tables, tmp_path / "one")
    write_tables(made_up.tables(seed=3), tmp_path / "other")
    assert {path.name for path in (tmp_path / "one").iterdir()} == FILES
    for name in FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()


def test_the_compressed_file_holds_neither_time_nor_name(tables, tmp_path):
    write_tables(tables, tmp_path)
    header = (tmp_path / "particles.csv.gz").read_bytes()[:10]
    assert header[3] == 0
    assert header[4:8] == bytes(4)


def test_written_columns_are_those_of_the_glossary(tables, tmp_path):
    write_tables(tables, tmp_path)
    parquet = pyarrow.parquet.read_table(tmp_path / "particles.parquet")
    with gzip.open(tmp_path / "particles.csv.gz", "rt", encoding="utf-8") as stream:
        text = pd.read_csv(stream, dtype={"sample": str}, keep_default_na=False, na_values=[""])
    assert parquet.column_names == list(text.columns) == columns_of("particles")
    for name in ("micrographs", "samples", "pixel_sizes"):
        written = pd.read_csv(tmp_path / f"{name}.csv", nrows=0)
        assert list(written.columns) == columns_of(name)
    # Both files of the particles say the same.
    frame = parquet.to_pandas()
    assert list(text["sample"]) == list(frame["sample"])
    np.testing.assert_array_equal(text["ecd_nm"].astype(np.float32), frame["ecd_nm"])


def test_missing_is_empty_and_names_stay_texts(tables, tmp_path):
    write_tables(tables, tmp_path)
    samples = pd.read_csv(
        tmp_path / "samples.csv", dtype={"sample": str}, keep_default_na=False, na_values=[""]
    )
    assert samples["sample"].tolist() == ["007", "NA", 'ß "7", µ']
    assert samples["d50_n_nm"].isna().tolist() == [True, True, False]
    particles = pd.read_parquet(tmp_path / "particles.parquet")
    assert particles["excluded_by"].isna().equals(particles["status"] == "counted")
    assert particles["ecd_nm"].isna().sum() == 40
    lines = (tmp_path / "micrographs.csv").read_text(encoding="utf-8").splitlines()
    assert "nan" not in lines[2].lower().replace("nanocensus", "")
    json.loads((tmp_path / "statistics.json").read_text(encoding="utf-8"))
