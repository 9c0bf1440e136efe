"""What the gallery keeps of a micrograph: a small grey picture, and outlines to draw over it.

Neither depends on what counts or on a class, so a changed filter draws nothing here again; the
report draws the lines (`drawing.py`).
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from skimage.measure import approximate_polygon

from nanocensus.campaign import replacing
from nanocensus.report.outlines import STEPS_PER_PX, DisplayOutlines

if TYPE_CHECKING:
    from nanocensus.micrographs import PreparedMicrograph

_DARKEST_PERCENT, _BRIGHTEST_PERCENT = 0.5, 99.7
_NICE_STEPS = (1, 2, 5)
_BAR_SHARE = 0.24
_QUALITIES = (86, 76, 64, 50, 40)
_SMALLER = (1.0, 0.75, 0.55)
# A simplified outline strays by a third of a drawn pixel, which no screen shows, or by more
# among so many particles that the file would be large; around a particle of few pixels by
# less, so that it keeps its form.
_STRAYS_PX = (1 / 3, 0.6, 1.0)
_STRAY_SHARE = 0.1
# What the report's drawing of an outline takes.
_BYTES_PER_VERTEX = 6.2
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
        Of the picture and its drawn outlines together: 200 of them stay below 15 MB. Quality,
        then size of the picture is lowered until it is met.
    outline_vertices : int
        Outlines are simplified further where they have more.
    """

    long_side_px: int = 1024
    short_of_px: int = 640
    file_bytes: int = 73_000
    outline_vertices: int = 7_500


def draw_micrograph(
    prepared: PreparedMicrograph, *, settings: GallerySettings | None = None
) -> NDArray[np.uint8]:
    """Draw a micrograph with a scale bar.

    Parameters
    ----------
    prepared : PreparedMicrograph
        `pixels` (H, W), `overlay` (H, W) bool, `pixel_size` or None.

    Returns
    -------
    (h, w) uint8
        Its contrast stretched.
    """
    rows, columns = _drawn_frame(prepared.pixels.shape, settings or GallerySettings())
    picture = _grey_picture(prepared.pixels, prepared.overlay, rows, columns)
    pixel_size = prepared.pixel_size
    drawn_per_px = columns / prepared.pixels.shape[1]
    _draw_scale_bar(picture, None if pixel_size is None else pixel_size.x_nm, drawn_per_px)
    return np.asarray(picture)


def outlines_for_display(
    parts: Mapping[int, Sequence[NDArray[np.float64]]],
    shape: tuple[int, ...],
    *,
    settings: GallerySettings | None = None,
) -> DisplayOutlines:
    """Simplify outlines to what a screen shows, in the frame of the drawn picture.

    Parameters
    ----------
    parts : mapping of int to sequence of (k, 2) float, px
        Closed contours (y, x) of each particle, the first vertex repeated at the end, pixel
        centres at integers.
    shape : (H, W)
        Of the prepared picture.
    """
    settings = settings or GallerySettings()
    rows, columns = _drawn_frame(shape, settings)
    factor = np.array([rows / shape[0], columns / shape[1]])
    for stray_px in _STRAYS_PX:
        particles = {
            int(label): tuple(_simplified((ring + 0.5) * factor, stray_px) for ring in rings)
            for label, rings in sorted(parts.items())
        }
        outlines = DisplayOutlines(columns, rows, particles)
        if outlines.n_vertices <= settings.outline_vertices:
            break
    return outlines


def _simplified(ring: NDArray[np.float64], stray_px: float) -> NDArray[np.int32]:
    """Return a closed ring (k, 2) (y, x) in drawn px as vertices (x, y) in whole steps."""
    extent = float(np.ptp(ring, axis=0).max())
    kept = approximate_polygon(ring, min(stray_px, _STRAY_SHARE * extent))
    return np.rint(kept[:-1, ::-1] * STEPS_PER_PX).astype(np.int32)


def write_gallery_picture(
    path: Path,
    picture: NDArray[np.uint8],
    outlines: DisplayOutlines,
    *,
    settings: GallerySettings | None = None,
) -> None:
    """Write (h, w) uint8 as JPEG; the same bytes for the same picture and outlines."""
    settings = settings or GallerySettings()
    drawn_bytes = _BYTES_PER_VERTEX * outlines.n_vertices
    most_bytes = max(settings.file_bytes - drawn_bytes, settings.file_bytes / 5)
    image = Image.fromarray(picture)
    for smaller in _SMALLER:
        size = (max(1, round(image.width * smaller)), max(1, round(image.height * smaller)))
        candidate = image if smaller == 1.0 else image.resize(size, Image.Resampling.LANCZOS)
        for quality in _QUALITIES:
            encoded = _jpeg(candidate, quality)
            if len(encoded) <= most_bytes:
                break
        else:
            continue
        break
    with replacing(path) as unfinished:
        unfinished.write_bytes(encoded)


def _jpeg(image: Image.Image, quality: int) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality, optimize=True, progressive=True)
    return stream.getvalue()


def _drawn_frame(shape: tuple[int, ...], settings: GallerySettings) -> tuple[int, int]:
    """Return rows and columns of the drawn picture of a prepared one."""
    long_side = max(shape)
    factor = max(1.0, settings.short_of_px / long_side)
    if long_side > settings.long_side_px:
        factor = settings.long_side_px / long_side
    rows, columns = (max(1, round(side * factor)) for side in shape)
    return rows, columns


def _grey_picture(
    pixels: NDArray[np.generic], overlay: NDArray[np.bool_], rows: int, columns: int
) -> Image.Image:
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
    resized = Image.fromarray(stretched.astype(np.float32)).resize(
        (columns, rows), Image.Resampling.LANCZOS
    )
    return Image.fromarray(np.clip(np.asarray(resized) * 255.0 + 0.5, 0, 255).astype(np.uint8))


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


def _draw_scale_bar(picture: Image.Image, pixel_size_nm: float | None, drawn_per_px: float) -> None:
    """Draw a bar of a round length into the lower left corner; in px when nm are not known."""
    columns, rows = picture.size
    if min(columns, rows) < 60:
        return
    per_px = (pixel_size_nm or 1.0) / drawn_per_px
    length = nice_length(columns * _BAR_SHARE * per_px)
    label = f"{length:g} px" if pixel_size_nm is None else _length_label(length)
    width = max(1, round(length / per_px))
    text_px = max(12, round(0.026 * max(columns, rows)))
    font = ImageFont.truetype(_FONT, text_px)
    text_width = math.ceil(font.getlength(label))
    pad, thick = round(0.5 * text_px), max(3, round(0.24 * text_px))
    box_width, box_height = max(width, text_width) + 2 * pad, text_px + thick + round(2.1 * pad)
    shade = Image.new("LA", (box_width, box_height), (14, 190))
    draw = ImageDraw.Draw(shade)
    middle = box_width / 2
    left = round(middle - width / 2)
    draw.text((middle, pad * 0.55), label, fill="white", font=font, anchor="ma")
    bar_top = box_height - pad - thick + 1
    draw.rectangle((left, bar_top, left + width - 1, bar_top + thick - 1), fill="white")
    margin = round(0.6 * text_px)
    picture.paste(shade, (margin, rows - margin - box_height), shade)
