"""A micrograph's columns in the table `micrographs`, as far as reading fills them."""

from __future__ import annotations

from typing import Any

from nanocensus.micrographs.types import Micrograph

_INSTRUMENT_COLUMNS = (
    "instrument",
    "detector",
    "voltage_kv",
    "working_distance_mm",
    "magnification",
    "dwell_time_us",
    "tilt_rad",
    "stage_x_mm",
    "stage_y_mm",
    "acquired",
)


def micrograph_record(micrograph: Micrograph) -> dict[str, Any]:
    """Return the columns that the file itself fills; None is empty.

    Parameters
    ----------
    micrograph : Micrograph
        As read.

    Returns
    -------
    dict
        `format`, `rows_raw`, `columns_raw`, `modality` and the instrument's fields.
    """
    rows, columns = micrograph.pixels.shape
    return {
        "format": micrograph.format,
        "rows_raw": rows,
        "columns_raw": columns,
        "modality": micrograph.modality,
        **{name: getattr(micrograph.instrument, name) for name in _INSTRUMENT_COLUMNS},
    }
