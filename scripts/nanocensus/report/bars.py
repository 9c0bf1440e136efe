"""The scale bars that were found, as a contact sheet: crops with what was read drawn on them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from PIL import Image

from nanocensus.calibration import allowed_rel
from nanocensus.campaign import product_path
from nanocensus.report.calibration_states import (
    SCALE_BAR,
    rank_of_state,
    signed_percent,
    state_of,
    title_of,
)
from nanocensus.report.formatting import is_missing, number, percent
from nanocensus.report.names import link, safe_file_name
from nanocensus.report.results import Results, records

# More pictures make a page slow, and nobody looks at them all; the odd ones come first.
MOST_BARS = 600
# A tile of the sheet; a crop is shown as large as fits into it.
TILE_ROWS_PX, TILE_COLUMNS_PX = 160, 480
_END_PX, _LABEL_PX = 16.0, 20.0
_SHEET_DIGITS = 5


@dataclass(frozen=True)
class Frame:
    """A crop in the report, and where the bar lies in it.

    Attributes
    ----------
    source : Path
        The crop in the gallery.
    place : PurePosixPath
        Its copy, relative to the report's folder.
    rows, columns : int
        Its size in px.
    left, right, y : float
        Ends and middle of the bar, px from the upper left corner of its first pixel.
    """

    source: Path
    place: PurePosixPath
    rows: int
    columns: int
    left: float
    right: float
    y: float

    @property
    def href(self) -> str:
        """The link from the calibration page."""
        return link(*self.place.parts)

    @property
    def scale(self) -> float:
        """Pixels of the crop to a unit of its tile, so that lines are of one width in all."""
        return max(self.columns / TILE_COLUMNS_PX, self.rows / TILE_ROWS_PX)

    @property
    def lines(self) -> str:
        """Path data: both ends, within the crop, and a line between them."""
        half = _END_PX * self.scale
        top, bottom = max(0.0, self.y - half), min(float(self.rows), self.y + half)
        ends = "".join(f"M{x:.2f} {top:.2f}V{bottom:.2f}" for x in (self.left, self.right))
        return f"{ends}M{self.left:.2f} {self.y:.2f}H{self.right:.2f}"

    @property
    def label_x(self) -> float:
        """Where the middle of the label is drawn: below the bar's middle, within the crop."""
        room = min(self.columns / 2, 3 * _LABEL_PX * self.scale)
        return min(max((self.left + self.right) / 2, room), self.columns - room)

    @property
    def label_y(self) -> float:
        """Where the label stands: below the picture, so that it hides nothing of it."""
        return self.rows + 1.1 * _LABEL_PX * self.scale

    @property
    def label_px(self) -> float:
        """Height of the label's letters, px of the crop."""
        return _LABEL_PX * self.scale


@dataclass(frozen=True)
class Bar:
    """One scale bar of the sheet: what was read, what follows, and how that compares.

    `allowed_rel` is the deviation that the uncertainty of its ends explains; `frame` is None where
    no crop was kept.
    """

    sample: str
    micrograph: str
    file: str
    state: str
    is_read: bool
    text: str
    reading: str
    pixel_size_nm: float
    other: str
    deviation_rel: float | None
    allowed_rel: float
    confidence_rel: float | None
    reason: str
    frame: Frame | None

    @property
    def is_odd(self) -> bool:
        """Whether the other source says something else."""
        return self.deviation_rel is not None and abs(self.deviation_rel) > self.allowed_rel

    @property
    def compared(self) -> str:
        """How its pixel size compares, in words."""
        if self.deviation_rel is None:
            return "nothing to compare with"
        return f"{signed_percent(self.deviation_rel)} from {self.other}"

    @property
    def confidence(self) -> str:
        """The confidence in percent."""
        return f"confidence {percent(self.confidence_rel)}"

    @property
    def remedy(self) -> str:
        """What to write into the sheet to accept it."""
        return f"pixel_size_nm = {self.pixel_size_nm:.{_SHEET_DIGITS}g}"


def bars_of(results: Results) -> tuple[list[Bar], list[Bar]]:
    """Return the bars that were read, and the candidates that were not, the odd ones first."""
    bars = [bar for row in records(results.micrographs) if (bar := _bar(results.folder, row))]
    read = sorted((bar for bar in bars if bar.is_read), key=_oddity)
    not_read = sorted((bar for bar in bars if not bar.is_read), key=_need)
    return read, not_read


def _oddity(bar: Bar) -> tuple[bool, int, float, float]:
    deviation = 0.0 if bar.deviation_rel is None else abs(bar.deviation_rel)
    return not bar.is_odd, rank_of_state(bar.state), -deviation, bar.confidence_rel or 0.0


def _need(bar: Bar) -> tuple[bool, float]:
    """Order the candidates: those of micrographs without a pixel size first, the likely first."""
    return bar.deviation_rel is not None, -(bar.confidence_rel or 0.0)


def _bar(results: Path, row: Mapping[str, Any]) -> Bar | None:
    if any(is_missing(row[name]) for name in ("bar_nm", "bar_px")) or row["bar_px"] <= 0:
        return None
    factor = 1.0 if is_missing(row["scale_factor"]) else row["scale_factor"]
    pixel_size_nm = row["bar_nm"] / row["bar_px"] * factor
    other, other_nm = _other(row)
    reading = f"{row['bar_nm']:g} nm / {number(row['bar_px'], 4)} px"
    if factor != 1.0:
        reading += f" × {number(factor, 4)}"
    return Bar(
        sample=str(row["sample"]),
        micrograph=str(row["micrograph"]),
        file=str(row["path"]),
        state=state_of(row),
        is_read=row["bar_status"] == "read",
        text="" if is_missing(row["bar_text"]) else str(row["bar_text"]),
        reading=f"{reading} = {number(pixel_size_nm, 4)} nm",
        pixel_size_nm=pixel_size_nm,
        other=other,
        deviation_rel=None if other_nm is None else pixel_size_nm / other_nm - 1,
        # As the resolver decides: ends that are seen less well than a pixel allow more.
        allowed_rel=allowed_rel(0.0 if is_missing(row["bar_u_rel"]) else row["bar_u_rel"]),
        confidence_rel=None if is_missing(row["bar_confidence"]) else row["bar_confidence"],
        reason="" if is_missing(row["bar_reason"]) else str(row["bar_reason"]),
        frame=_frame(results, row),
    )


def _other(row: Mapping[str, Any]) -> tuple[str, float | None]:
    """Return the source that the bar is to be compared with, and its pixel size."""
    names = ("pixel_size_source", "pixel_size_nm")
    if row["pixel_size_source"] == SCALE_BAR or is_missing(row["pixel_size_nm"]):
        names = ("second_source", "second_pixel_size_nm")
    source, value_nm = (row[name] for name in names)
    if is_missing(source) or is_missing(value_nm) or source == SCALE_BAR:
        return "", None
    return title_of(source), float(value_nm)


def _frame(results: Path, row: Mapping[str, Any]) -> Frame | None:
    sample, name = str(row["sample"]), str(row["micrograph"])
    crop = results / product_path("prepare", "bar", sample, name)
    names = ("bar_left_px", "bar_right_px", "bar_y_px", "bar_crop_top_px", "bar_crop_left_px")
    left, right, y, top_px, left_px = (row[column] for column in names)
    if not crop.is_file() or not all(map(math.isfinite, (left, right, y, top_px, left_px))):
        return None
    with Image.open(crop) as image:
        columns, rows = image.size
    place = PurePosixPath("assets", "bars", safe_file_name(sample), f"{safe_file_name(name)}.png")
    # The middle of pixel 0 is half a pixel from the crop's edge.
    left, right, y = left - left_px + 0.5, right - left_px + 0.5, y - top_px + 0.5
    return Frame(crop, place, rows, columns, left, right, y)
