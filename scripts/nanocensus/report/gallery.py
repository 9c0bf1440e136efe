"""Pictures of the gallery: a micrograph with its particles' outlines, coloured by class."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from nanocensus.campaign import replacing
from nanocensus.report import palette

if TYPE_CHECKING:
    import pandas as pd

    from nanocensus.micrographs import PreparedMicrograph

# Lines are drawn on a canvas this many times finer and averaged down: Pillow's are not smooth.
_FINER = 3
_DARKEST_PERCENT, _BRIGHTEST_PERCENT = 0.5, 99.7
_NICE_STEPS = (1, 2, 5)
_BAR_SHARE = 0.24
_QUALITIES = (86, 76, 64, 50, 40)
_SMALLER = (1.0, 0.75, 0.55)
# Pillow's own font has no micro sign; matplotlib ships DejaVu Sans.
_FONT = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"


@dataclass(frozen=True)
class GallerySettings:
    """How large the pictures of the gallery are.

    Attributes
    ----------
    long_side_px : int
        A larger picture is averaged down to it.
    short_of_px : int
        A picture whose long side is less is enlarged to it, so that its outlines can be seen.
    file_bytes : int
        Quality, then size, is lowered until the file is not larger (200 of them stay < 15 MB).
    """

    long_side_px: int = 1024
    short_of_px: int = 640
    file_bytes: int = 70_000


def draw_micrograph(
    prepared: PreparedMicrograph,
    outlines: Mapping[int, np.ndarray],
    classes: pd.DataFrame,
    *,
    settings: GallerySettings | None = None,
) -> np.ndarray:
    """Draw a micrograph with outlines coloured by shape and a scale bar.

    Parameters
    ----------
    prepared : PreparedMicrograph
        `pixels` (H, W), `overlay` (H, W) bool, `pixel_size` or None.
    outlines : mapping of int to (k, 2) float, px
        Closed contours (y, x) of the particles, pixel centres at integers.
    classes : pandas.DataFrame
        Columns `particle`, `shape` and, if any are set aside, `excluded_by` (empty: counted).
        A particle without a row is drawn as `unknown`.

    Returns
    -------
    (h, w, 3) uint8
        Counted particles in solid lines of their shape's colour, those set aside dashed.
    """
    settings = settings or GallerySettings()
    factor = _enlargement(prepared.pixels.shape, settings)
    picture = _grey_picture(prepared.pixels, prepared.overlay, factor)
    lines = _draw_lines(picture.size, outlines, classes, factor)
    picture.paste(lines, (0, 0), lines)
    pixel_size = prepared.pixel_size
    _draw_scale_bar(picture, None if pixel_size is None else pixel_size.x_nm, factor)
    return np.asarray(picture)


def write_gallery_picture(
    path: Path, picture: np.ndarray, *, settings: GallerySettings | None = None
) -> None:
    """Write (h, w, 3) uint8 as JPEG of at most `file_bytes`; the same bytes for the same picture.

    Colour is kept at full resolution (4:4:4), else thin coloured lines turn grey.
    """
    settings = settings or GallerySettings()
    image = Image.fromarray(picture)
    for smaller in _SMALLER:
        size = (max(1, round(image.width * smaller)), max(1, round(image.height * smaller)))
        candidate = image if smaller == 1.0 else image.resize(size, Image.Resampling.LANCZOS)
        for quality in _QUALITIES:
            encoded = _jpeg(candidate, quality)
            if len(encoded) <= settings.file_bytes:
                break
        else:
            continue
        break
    with replacing(path) as unfinished:
        unfinished.write_bytes(encoded)


def _jpeg(image: Image.Image, quality: int) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality, subsampling=0, optimize=True, progressive=True)
    return stream.getvalue()


def _enlargement(shape: tuple[int, ...], settings: GallerySettings) -> float:
    """Return the factor from the prepared picture's frame to the drawn picture's."""
    long_side = max(shape)
    if long_side > settings.long_side_px:
        return settings.long_side_px / long_side
    return max(1.0, settings.short_of_px / long_side)


def _grey_picture(pixels: np.ndarray, overlay: np.ndarray, factor: float) -> Image.Image:
    """Stretch the picture's contrast (overlay and odd values aside) and bring it to size."""
    values = np.asarray(pixels, dtype=np.float32)
    trusted = np.isfinite(values) & ~np.asarray(overlay, dtype=bool)
    if not trusted.any():
        trusted = np.isfinite(values)
    dark, bright = 0.0, 1.0
    if trusted.any():
        dark, bright = np.percentile(values[trusted], [_DARKEST_PERCENT, _BRIGHTEST_PERCENT])
    span = float(bright - dark) or 1.0
    stretched = np.clip((np.nan_to_num(values, nan=dark) - dark) / span, 0.0, 1.0)
    rows, columns = (max(1, round(side * factor)) for side in values.shape)
    resized = Image.fromarray(stretched.astype(np.float32)).resize(
        (columns, rows), Image.Resampling.LANCZOS
    )
    grey = np.clip(np.asarray(resized) * 255.0 + 0.5, 0, 255).astype(np.uint8)
    return Image.fromarray(np.repeat(grey[:, :, None], 3, axis=2))


def _draw_lines(
    size: tuple[int, int], outlines: Mapping[int, np.ndarray], classes: pd.DataFrame, factor: float
) -> Image.Image:
    """Draw the outlines onto a transparent picture of `size` (columns, rows)."""
    shapes = dict(zip(classes["particle"], classes["shape"].fillna("unknown"), strict=True))
    set_aside: set[int] = set()
    if "excluded_by" in classes:
        set_aside = set(classes.loc[classes["excluded_by"].fillna("") != "", "particle"])
    known = sorted(set(shapes.values()))
    canvas = Image.new("RGBA", (size[0] * _FINER, size[1] * _FINER), (0, 0, 0, 0))
    draw = ImageDraw.Draw(canvas)
    for particle in sorted(outlines):
        contour = np.asarray(outlines[particle], dtype=np.float64)
        if len(contour) < 3:
            continue
        # Pixel centres are integers in the contour and in Pillow, edges lie at halves.
        points = (contour[:, ::-1] + 0.5) * factor * _FINER - 0.5
        width = _line_width(points)
        if particle in set_aside:
            _stroke(draw, _dashes(points, 4.0 * width), palette.SET_ASIDE_COLOUR, 0.75 * width)
        else:
            colour = palette.shape_colour(shapes.get(particle, "unknown"), known)
            _stroke(draw, [np.vstack([points, points[:1]])], colour, width)
    return canvas.resize(size, Image.Resampling.BOX)


def _line_width(points: np.ndarray) -> float:
    """Return a line width on the fine canvas: thinner around small particles."""
    extent = float(np.ptp(points, axis=0).max()) / _FINER
    return _FINER * float(np.clip(extent / 14.0, 1.0, 2.2))


def _stroke(draw: ImageDraw.ImageDraw, lines: list[np.ndarray], colour: str, width: float) -> None:
    """Draw polylines with a dark rim, so that they show on any ground."""
    rim = round(width + 1.2 * _FINER)
    for line in lines:
        draw.line([tuple(p) for p in line], fill=(12, 16, 20, 150), width=rim, joint="curve")
    for line in lines:
        solid = (*palette.rgb(colour), 255)
        draw.line([tuple(p) for p in line], fill=solid, width=round(width), joint="curve")


def _dashes(points: np.ndarray, dash: float) -> list[np.ndarray]:
    """Cut a closed contour into dashes with gaps of about the same length."""
    closed = np.vstack([points, points[:1]])
    steps = np.hypot(*np.diff(closed, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    count = max(4, round(along[-1] / (2.0 * dash)))
    return list(_pieces(closed, along, count))


def _pieces(closed: np.ndarray, along: np.ndarray, count: int) -> Iterator[np.ndarray]:
    period = along[-1] / count
    for k in range(count):
        ends = np.array([k * period, (k + 0.55) * period])
        inner = along[(along > ends[0]) & (along < ends[1])]
        at = np.concatenate([ends[:1], inner, ends[1:]])
        yield np.column_stack([np.interp(at, along, closed[:, axis]) for axis in (0, 1)])


def nice_length(limit: float) -> float:
    """Return the largest of 1, 2, 5 times a power of ten that is not above `limit` (> 0).

    Examples
    --------
    >>> nice_length(0.7), nice_length(49.0), nice_length(260.0)
    (0.5, 20.0, 200.0)
    """
    power = 10.0 ** math.floor(math.log10(limit))
    return max(step * power for step in _NICE_STEPS if step * power <= limit * (1 + 1e-9))


def _length_label(length_nm: float) -> str:
    if length_nm >= 1e6:
        return f"{length_nm / 1e6:g} mm"
    if length_nm >= 1e3:
        return f"{length_nm / 1e3:g} µm"
    return f"{length_nm:g} nm"


def _draw_scale_bar(picture: Image.Image, pixel_size_nm: float | None, factor: float) -> None:
    """Draw a bar of a round length into the lower left corner; in px when nm are not known."""
    columns, rows = picture.size
    if min(columns, rows) < 60:
        return
    per_px = (pixel_size_nm or 1.0) / factor
    length = nice_length(columns * _BAR_SHARE * per_px)
    label = f"{length:g} px" if pixel_size_nm is None else _length_label(length)
    width = max(1, round(length / per_px))
    text_px = max(12, round(0.026 * max(columns, rows)))
    font = ImageFont.truetype(_FONT, text_px)
    text_width = math.ceil(font.getlength(label))
    pad, thick = round(0.5 * text_px), max(3, round(0.24 * text_px))
    box_width, box_height = max(width, text_width) + 2 * pad, text_px + thick + round(2.1 * pad)
    shade = Image.new("RGBA", (box_width, box_height), (10, 14, 18, 190))
    draw = ImageDraw.Draw(shade)
    middle = box_width / 2
    left = round(middle - width / 2)
    draw.text((middle, pad * 0.55), label, fill="white", font=font, anchor="ma")
    bar_top = box_height - pad - thick + 1
    draw.rectangle((left, bar_top, left + width - 1, bar_top + thick - 1), fill="white")
    margin = round(0.6 * text_px)
    picture.paste(shade, (margin, rows - margin - box_height), shade)
