"""The tables as files, the same bytes for the same tables."""

from __future__ import annotations

import gzip
import json
import logging
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from nanocensus.campaign import replacing
from nanocensus.tables.build import Tables

_log = logging.getLogger(__name__)

# 0.5 GB of text in a third of the default level's time, 8 % larger (1e6 particles).
_GZIP_LEVEL = 4
_ROWS_A_GROUP = 1 << 17


def write_tables(tables: Tables, folder: Path) -> None:
    """Write every table: particles.parquet and .csv.gz, the others as CSV, and statistics.json.

    Parameters
    ----------
    tables : Tables
    folder : Path
        Of the tables; made if it is not there.
    """
    _write_particles(_as_arrow(tables.particles), folder)
    _write_csv(tables.micrographs, folder / "micrographs.csv")
    _write_csv(tables.samples, folder / "samples.csv")
    _write_csv(tables.pixel_sizes, folder / "pixel_sizes.csv")
    text = json.dumps(tables.statistics, ensure_ascii=False, allow_nan=False, sort_keys=True)
    with replacing(folder / "statistics.json") as unfinished:
        unfinished.write_text(text + "\n", encoding="utf-8")
    _log.info(
        "tables: %d samples, %d micrographs, %d particles",
        *(len(table) for table in (tables.samples, tables.micrographs, tables.particles)),
    )


def _as_arrow(table: pd.DataFrame) -> pa.Table:
    """Return columns of plain types: no pandas metadata, texts as texts, NaN as missing."""
    arrow = pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(None)
    for at, field in enumerate(arrow.schema):
        if pa.types.is_dictionary(field.type):
            arrow = arrow.set_column(at, field.name, arrow.column(at).cast(pa.string()))
    return arrow


def _write_particles(particles: pa.Table, folder: Path) -> None:
    with replacing(folder / "particles.parquet") as unfinished:
        pyarrow.parquet.write_table(
            particles, unfinished, compression="zstd", row_group_size=_ROWS_A_GROUP
        )
    # Neither name nor time in the header of the gzip file.
    with (
        replacing(folder / "particles.csv.gz") as unfinished,
        unfinished.open("wb") as raw,
        gzip.GzipFile("", "wb", _GZIP_LEVEL, raw, mtime=0) as stream,
    ):
        pyarrow.csv.write_csv(particles, stream)


def _write_csv(table: pd.DataFrame, path: Path) -> None:
    with replacing(path) as unfinished:
        table.to_csv(unfinished, index=False, encoding="utf-8", lineterminator="\n")
