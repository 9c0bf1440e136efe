"""Burned-in text, scale bars and info bars, with the mask of what they hide."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import matplotlib as mpl
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Pixels = NDArray[np.uint8] | NDArray[np.uint16]

INFO_BAR_STYLES = ("zeiss", "fei", "jeol", "caption")


@dataclass(frozen=True)
class Acquisition:
    """What an instrument writes beside a picture.

    Parameters
    ----------
    instrument, detector : str
    signal : str
        What the detector records, as FEI writes it: SE, BSE, BF, DF, HAADF, TEM.
    voltage_kv : float, kV
    working_distance_mm : float, mm
    magnification : float
    dwell_time_us : float, µs
    stage_x_mm, stage_y_mm : float, mm
    acquired : str
        Date and time as "2026-03-17 14:05:00".

    """

    instrument: str
    detector: str
    signal: str
    voltage_kv: float
    working_distance_mm: float
    magnification: float
    dwell_time_us: float
    stage_x_mm: float
    stage_y_mm: float
    acquired: str


@dataclass(frozen=True)
class LabelledMicrograph:
    """A picture with an info bar below it.

    Parameters
    ----------
    pixels : (H + rows, W)
    rows : int, px
        Height of the info bar.
    scale_bar_nm : float, nm
        What the scale bar's label says.
    scale_bar_px : float, px
        Its length as drawn, from outer edge to outer edge.

    """

    pixels: Pixels
    rows: int
    scale_bar_nm: float
    scale_bar_px: int


def round_length_nm(longest_nm: float) -> float:
    """Return the greatest of 1, 2, 5 x 10^n that is not above `longest_nm`."""
    decade = 10.0 ** math.floor(math.log10(longest_nm))
    return max(step * decade for step in (1, 2, 5) if step * decade <= longest_nm * (1 + 1e-9))


def length_label(length_nm: float) -> str:
    """Return a length with its unit, as instruments write it: 200 nm, 1 µm."""
    for unit, size_nm in (("mm", 1e6), ("µm", 1e3), ("nm", 1.0)):
        if length_nm >= size_nm:
            return f"{length_nm / size_nm:g} {unit}"
    return f"{length_nm * 1e3:g} pm"


def add_info_bar(
    pixels: Pixels, pixel_size_nm: float, acquisition: Acquisition, *, style: str
) -> LabelledMicrograph:
    """Put an instrument's strip with a scale bar below a picture.

    Parameters
    ----------
    pixels : (H, W) uint8 or uint16
    pixel_size_nm : float, nm
    acquisition : Acquisition
    style : str
        One of `INFO_BAR_STYLES`: "zeiss" (black, bracket at the left), "fei" (black, cells, bar
        broken by its text), "jeol" (black, white block), "caption" (white, thick black bar).

    """
    width = pixels.shape[1]
    rows = 2 * round(width * 0.0275) if style == "zeiss" else max(22, round(width * 0.045))
    ground, ink = (255, 0) if style == "caption" else (0, 255)
    strip = Image.new("L", (width, rows), ground)
    longest_px = width * (0.1 if style == "zeiss" else 0.22)
    bar_nm = round_length_nm(longest_px * pixel_size_nm)
    bar_px = round(bar_nm / pixel_size_nm)
    _STRIPS[style](ImageDraw.Draw(strip), (width, rows), ink, (bar_nm, bar_px), acquisition)
    grey = _as_deep_as(pixels, strip)
    return LabelledMicrograph(np.concatenate([pixels, grey]), rows, bar_nm, bar_px)


Bar = tuple[float, int]
Size = tuple[int, int]


def _zeiss_strip(
    draw: ImageDraw.ImageDraw, size: Size, ink: int, bar: Bar, acquisition: Acquisition
) -> None:
    width, rows = size
    text = font(max(8, round(rows * 0.3)))
    left, low = round(width * 0.03), rows - 5
    draw.text((left, 2), length_label(bar[0]), ink, font=text)
    draw.line([(left, low), (left + bar[1] - 1, low)], ink)
    for column in (left, left + bar[1] - 1):
        draw.line([(column, low - round(rows * 0.28)), (column, low)], ink)
    date, time = acquisition.acquired.split()
    columns = (
        (
            f"EHT = {acquisition.voltage_kv:.2f} kV",
            f"WD = {acquisition.working_distance_mm:.1f} mm",
        ),
        (f"Signal A = {acquisition.detector}", f"Mag = {acquisition.magnification / 1e3:.2f} K X"),
        (f"Date :{date}", f"Time :{time}"),
    )
    for place, lines in zip((0.24, 0.48, 0.76), columns, strict=True):
        for row, line in enumerate(lines):
            draw.text((round(width * place), 2 + row * rows // 2), line, ink, font=text)


def _fei_strip(
    draw: ImageDraw.ImageDraw, size: Size, ink: int, bar: Bar, acquisition: Acquisition
) -> None:
    width, rows = size
    text = font(max(8, round(rows * 0.42)))
    cells = (
        f"{acquisition.voltage_kv:.0f} kV",
        acquisition.detector,
        f"{acquisition.magnification:,.0f} x".replace(",", " "),
        f"{acquisition.dwell_time_us:g} µs",
    )
    column = 4
    for cell in cells:
        draw.text((column, rows // 2), cell, ink, font=text, anchor="lm")
        column += round(draw.textlength(cell, font=text)) + 8
        draw.line([(column - 4, 0), (column - 4, rows - 1)], 140)
    left = (column + width - bar[1]) // 2
    label = length_label(bar[0])
    half = round(draw.textlength(label, font=text) / 2) + 4
    middle, row = left + bar[1] // 2, rows // 2
    right = left + bar[1] - 1
    draw.line([(left, row), (max(left, middle - half), row)], ink)
    draw.line([(min(right, middle + half), row), (right, row)], ink)
    for end in (left, right):
        draw.line([(end, row - rows // 4), (end, row + rows // 4)], ink)
    if 2 * half < bar[1]:
        draw.text((middle, row), label, ink, font=text, anchor="mm")
    else:
        draw.text((right + 5, row), label, ink, font=text, anchor="lm")


def _jeol_strip(
    draw: ImageDraw.ImageDraw, size: Size, ink: int, bar: Bar, acquisition: Acquisition
) -> None:
    width, rows = size
    text = font(max(8, round(rows * 0.5)))
    beam = f"{acquisition.voltage_kv:.1f}kV  X{acquisition.magnification:,.0f}"
    draw.text((6, rows // 2), f"{acquisition.detector}  {beam}", ink, font=text, anchor="lm")
    left = width - bar[1] - 10
    draw.rectangle([left, rows // 2 - 2, left + bar[1] - 1, rows // 2 + 2], ink)
    draw.text(
        (left - 6, rows // 2), length_label(bar[0]).replace(" ", ""), ink, font=text, anchor="rm"
    )


def _caption_strip(
    draw: ImageDraw.ImageDraw, size: Size, ink: int, bar: Bar, acquisition: Acquisition
) -> None:
    _, rows = size
    text = font(max(8, round(rows * 0.55)))
    draw.rectangle([10, rows // 2 - 2, 10 + bar[1] - 1, rows // 2 + 2], ink)
    label = f"{length_label(bar[0])}    {acquisition.instrument}"
    draw.text((20 + bar[1], rows // 2), label, ink, font=text, anchor="lm")


_STRIPS: dict[str, Callable[[ImageDraw.ImageDraw, Size, int, Bar, Acquisition], None]] = {
    "zeiss": _zeiss_strip,
    "fei": _fei_strip,
    "jeol": _jeol_strip,
    "caption": _caption_strip,
}


def burn_in(
    pixels: Pixels, pixel_size_nm: float, count: int, rng: Generator
) -> tuple[Pixels, NDArray[np.bool_]]:
    """Burn letters, scale bars and boxes into a picture, as in published figures.

    Parameters
    ----------
    pixels : (H, W) uint8 or uint16
    pixel_size_nm : float, nm
    count : int
        Number of annotations.
    rng : numpy.random.Generator

    Returns
    -------
    pixels : (H, W)
        A copy.
    overlay : (H, W) bool
        Pixels that an annotation hides.

    """
    height, width = pixels.shape
    ink = Image.new("L", (width, height), 0)
    hidden = Image.new("L", (width, height), 0)
    draws = ImageDraw.Draw(ink), ImageDraw.Draw(hidden)
    corners = [str(corner) for corner in rng.permutation(["tl", "tr", "bl", "br"])]
    for number, corner in enumerate(corners[: max(0, count)]):
        grey = int(rng.choice([0, 255], p=[0.4, 0.6]))
        if number == 0:
            _scale_bar(draws, (height, width), pixel_size_nm, corner, grey, rng)
        else:
            _letters(draws, (height, width), corner, grey, rng)
    overlay = np.asarray(hidden) > 0
    return np.where(overlay, _as_deep_as(pixels, ink), pixels), overlay


def _as_deep_as(pixels: Pixels, picture: Image.Image) -> Pixels:
    """Return 8-bit grey levels in the range of `pixels`."""
    grey = np.asarray(picture, dtype=np.uint8)
    return grey.astype(np.uint16) * np.uint16(257) if pixels.dtype == np.uint16 else grey


_FACES = ("DejaVuSans", "DejaVuSans", "DejaVuSans-Bold", "DejaVuSerif", "DejaVuSerif-Bold")

Draws = tuple[ImageDraw.ImageDraw, ImageDraw.ImageDraw]


def _box(draws: Draws, corners: tuple[float, float, float, float], grey: int) -> None:
    draws[0].rectangle(corners, grey)
    draws[1].rectangle(corners, 255)


def _random_font(size: int, rng: Generator) -> ImageFont.FreeTypeFont:
    return font(size, str(rng.choice(_FACES)))


def _text(
    draws: Draws,
    place: tuple[float, float],
    text: str,
    grey: int,
    chosen: ImageFont.FreeTypeFont,
) -> None:
    """Write text; half-covered pixels of its edge take the full grey, so that the mask is exact."""
    for draw, value in zip(draws, (grey, 255), strict=True):
        draw.fontmode = "1"
        draw.text(place, text, value, font=chosen)


def _in_corner(
    frame: tuple[int, int], block: tuple[float, float], corner: str, away_px: float
) -> tuple[float, float]:
    """Return the upper left point (y, x) of a block in a corner of the frame."""
    y = away_px if corner[0] == "t" else frame[0] - block[0] - away_px
    x = away_px if corner[1] == "l" else frame[1] - block[1] - away_px
    return y, x


def _scale_bar(
    draws: Draws,
    frame: tuple[int, int],
    pixel_size_nm: float,
    corner: str,
    grey: int,
    rng: Generator,
) -> None:
    size = int(rng.integers(max(9, frame[0] // 40), max(12, frame[0] // 14)))
    bar_nm = round_length_nm(frame[1] * float(rng.uniform(0.12, 0.4)) * pixel_size_nm)
    bar_px = max(3, round(bar_nm / pixel_size_nm))
    thick = int(rng.integers(2, max(3, size // 2) + 1))
    label = length_label(bar_nm)
    face = _random_font(size, rng)
    label_px = face.getlength(label)
    block = (thick + 1.4 * size, max(bar_px, label_px))
    y, x = _in_corner(frame, block, corner, float(rng.uniform(5, 14)))
    if rng.random() < 0.35:
        _box(draws, (x - 4, y - 3, x + block[1] + 4, y + block[0] + 3), 255 - grey)
    below = bool(rng.random() < 0.5)
    bar_y = y + (1.4 * size if below else 0)
    bar_x = x + (block[1] - bar_px) / 2
    _box(draws, (bar_x, bar_y, bar_x + bar_px - 1, bar_y + thick - 1), grey)
    text_y = y if below else y + thick + 1
    _text(draws, (x + (block[1] - label_px) / 2, text_y), label, grey, face)


def _letters(draws: Draws, frame: tuple[int, int], corner: str, grey: int, rng: Generator) -> None:
    letter = str(rng.choice(list("abcdefghABCDEF")))
    words = ("({})", "{}", "{}", "{})", "{}1", "Sample {}", "{} 5 h", "{}: 400 °C")
    text = str(rng.choice(words)).format(letter)
    size = int(rng.integers(max(10, frame[0] // 30), max(14, frame[0] // 8)))
    if len(text) > 3:
        size = max(9, size // 2)
    face = _random_font(size, rng)
    length_px = face.getlength(text)
    y, x = _in_corner(frame, (1.2 * size, length_px), corner, float(rng.uniform(2, 10)))
    if rng.random() < 0.35:
        _box(draws, (x - 4, y - 2, x + length_px + 4, y + 1.2 * size + 2), 255 - grey)
    _text(draws, (x, y), text, grey, face)


@cache
def font(size: int, face: str = "DejaVuSans") -> ImageFont.FreeTypeFont:
    """Return a DejaVu font, which matplotlib brings along, so that no system font is needed."""
    path = Path(mpl.get_data_path()) / "fonts" / "ttf" / f"{face}.ttf"
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
