"""What was drawn on the picture: text, scale bars, panel letters, boxes, lines.

Notes
-----
Drawn strokes have one value (the top or the bottom of the grey range), a sharp edge all around,
and the geometry of type: thin strokes of one width, letters in lines, bars that are straight and
horizontal, boxes with right angles. Saturated particles share the first of these only. A stroke
counts when enough of these agree; where in doubt the pixel stays a pixel of the micrograph,
because a particle that is masked is lost while a letter that is left is one false particle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

_DRAWN_SHARE = 0.06  # of the grey range: a drawn value is that near to its end
_SMOOTHED_SHARE = 0.35  # within a line of text, what is that near to the end is type as well
_SMALLEST_AREA_PX = 8
_MOST_STROKES = 4000  # more flat specks than this are noise or texture, not type
_TALLEST_GLYPH = 0.16  # of the height
_CORNER = 0.24  # of the picture's height and width: panel letters stand there
_MARGIN = 0.2  # of the height: bars without text are believed in this margin only
_MOST_RIVALS = 12  # marks as large as a line's letters that may stand elsewhere (other labels)
_HALO_PX = 2  # rim of a stroke that smoothing and JPEG have mixed with the picture
_LARGEST_OVERLAY_SHARE = 0.25  # of the picture; more than this is no overlay


@dataclass(frozen=True)
class _Stroke:
    """One connected flat mark: its place in pixels (end excluded) and its kind of form.

    `width_px` is the thickest stroke, `extent` the share of the bounding box less half a pixel
    of ragged edge all around, `ruled` the largest share of the breadth that a straight line in it
    fills, `sharpness` the share of pixels 3 to 4 px outside that are clearly of another grey.
    """

    label: int
    top: int
    bottom: int
    left: int
    right: int
    area_px: int
    width_px: float
    extent: float
    ruled: float
    sharpness: float

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def breadth(self) -> int:
        return self.right - self.left


def find_overlays(pixels: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Find burned-in text, scale bars, panel letters, boxes and lines.

    Parameters
    ----------
    pixels : (H, W), any real dtype: the picture without its info bar.

    Returns
    -------
    (H, W) bool, True where something drawn hides the micrograph.
    """
    low, high = float(pixels.min()), float(pixels.max())
    mask = np.zeros(pixels.shape, dtype=np.bool_)
    if not np.isfinite(high - low) or high <= low or min(pixels.shape) < 32:
        return mask
    grey = ((pixels.astype(np.float32) - low) / (high - low)).astype(np.float32)
    for bright in (True, False):
        mask |= _drawn_in_tone(grey if bright else np.float32(1) - grey)
    if mask.mean() > _LARGEST_OVERLAY_SHARE:
        return np.zeros_like(mask)
    return mask


def _drawn_in_tone(grey: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return what is drawn in white, halo included (the caller inverts the grey for black)."""
    mask = np.zeros(grey.shape, dtype=np.bool_)
    labels, count = ndimage.label(grey >= 1 - _DRAWN_SHARE, structure=np.ones((3, 3)))
    if count == 0 or count > 40 * _MOST_STROKES:
        return mask
    strokes = _strokes(grey, labels)
    if not strokes or len(strokes) > _MOST_STROKES:
        return mask
    boxes = [s for s in strokes if _is_box(s, grey, labels)]
    bars = [s for s in strokes if s not in boxes and _is_bar(s, grey.shape)]
    glyphs = [s for s in strokes if s not in boxes and s not in bars and _is_glyph(s, grey.shape)]
    lines = _text_lines(glyphs)
    kept_lines = [line for line in lines if _is_text(line, bars, strokes, grey.shape)]
    kept_bars = [bar for bar in bars if _is_scale_bar(bar, kept_lines, strokes, grey.shape)]
    chosen = [s.label for line in kept_lines for s in line] + [bar.label for bar in kept_bars]
    drawn = np.isin(labels, chosen) if chosen else mask.copy()
    for line in kept_lines:
        # thin strokes of small type do not reach the drawn value everywhere
        place = (
            slice(min(s.top for s in line), max(s.bottom for s in line)),
            slice(min(s.left for s in line), max(s.right for s in line)),
        )
        drawn[place] |= grey[place] >= 1 - _SMOOTHED_SHARE
    mask = ndimage.binary_dilation(drawn, iterations=_HALO_PX)
    for box in boxes:
        mask[
            max(0, box.top - _HALO_PX) : box.bottom + _HALO_PX,
            max(0, box.left - _HALO_PX) : box.right + _HALO_PX,
        ] = True
    return mask


def _strokes(grey: NDArray[np.float32], labels: NDArray[np.int32]) -> list[_Stroke]:
    """Describe each flat mark that is large enough to be type."""
    areas = np.bincount(labels.ravel())
    strokes = []
    for index, place in enumerate(ndimage.find_objects(labels), start=1):
        if place is None or areas[index] < _SMALLEST_AREA_PX:
            continue
        strokes.append(_stroke(grey, labels, index, place, int(areas[index])))
    return strokes


def _stroke(
    grey: NDArray[np.float32],
    labels: NDArray[np.int32],
    index: int,
    place: tuple[slice, slice],
    area_px: int,
) -> _Stroke:
    """Measure one mark: stroke width, extent, and how sharply it ends."""
    rows, columns = place
    pad = 4
    around = (
        slice(max(0, rows.start - pad), rows.stop + pad),
        slice(max(0, columns.start - pad), columns.stop + pad),
    )
    own = labels[around] == index
    inside = np.pad(own, 1)
    depth = ndimage.distance_transform_cdt(inside, metric="chessboard")
    distance = ndimage.distance_transform_cdt(~own, metric="chessboard")
    neighbours = ndimage.binary_dilation(labels[around] > 0, iterations=2)
    rim = (distance >= 3) & (distance <= 4) & ~(neighbours & (distance > 2))
    sharpness = float((grey[around][rim] < 0.72).mean()) if rim.any() else 0.0
    height, breadth = rows.stop - rows.start, columns.stop - columns.start
    return _Stroke(
        index,
        rows.start,
        rows.stop,
        columns.start,
        columns.stop,
        area_px,
        float(2 * depth.max() - 1),
        min(1.0, area_px / (max(1, height - 1) * max(1, breadth - 1))),
        _ruled(own.sum(axis=1) / breadth),
        sharpness,
    )


def _ruled(cover: NDArray[np.float64]) -> float:
    """Return the largest cover of a row whose line ends at once above and below, else 0.

    `cover` is (rows,), the share of the breadth that each row fills.
    """
    largest = float(cover.max())
    rows = np.flatnonzero(cover >= 0.92 * largest)
    first, last = int(rows[0]), int(rows[-1])
    above = cover[first - 2] if first >= 2 else 0.0
    below = cover[last + 2] if last + 2 < cover.size else 0.0
    return largest if max(above, below) <= 0.7 * largest else 0.0


def _is_box(stroke: _Stroke, grey: NDArray[np.float32], labels: NDArray[np.int32]) -> bool:
    """Tell whether the mark is a filled rectangle with dark type on it (a label's ground)."""
    height, width = grey.shape
    if stroke.height < 0.02 * height or stroke.breadth < 0.02 * width:
        return False
    if stroke.height * stroke.breadth > 0.15 * height * width or stroke.sharpness < 0.5:
        return False
    place = (slice(stroke.top, stroke.bottom), slice(stroke.left, stroke.right))
    own = labels[place] == stroke.label
    filled = ndimage.binary_fill_holes(own)
    type_share = float((grey[place] < 0.35)[filled & ~own].sum()) / own.size
    return bool(filled.mean() > 0.93) and 0.01 < type_share < 0.6


def _is_bar(stroke: _Stroke, shape: tuple[int, ...]) -> bool:
    """Tell whether the mark is one straight line with square ends, or one with type on it."""
    if max(stroke.height, stroke.breadth) < 0.03 * shape[1] or stroke.sharpness < 0.7:
        return False
    lying = stroke.breadth >= 3 * stroke.height and stroke.height <= 0.06 * shape[0]
    standing = stroke.height >= 20 * stroke.breadth
    line = (lying or standing) and stroke.extent >= 0.9
    return line or _is_ruled_text(stroke, shape)


def _is_ruled_text(stroke: _Stroke, shape: tuple[int, ...]) -> bool:
    """Tell whether the mark is a bar that touches its caps or its text."""
    return (
        stroke.ruled >= 0.92
        and stroke.breadth >= max(1.5 * stroke.height, 0.06 * shape[1])
        and stroke.height <= _TALLEST_GLYPH * shape[0]
        and stroke.extent <= 0.6
        and stroke.width_px <= 0.4 * stroke.height
        and stroke.sharpness >= 0.95
    )


def _is_glyph(stroke: _Stroke, shape: tuple[int, ...]) -> bool:
    """Tell whether the mark could be a letter, or some letters that touch."""
    if not max(6, 0.01 * shape[0]) <= stroke.height <= _TALLEST_GLYPH * shape[0]:
        return False
    if stroke.breadth > 5 * stroke.height or stroke.sharpness < 0.75:
        return False
    if stroke.width_px > 0.42 * stroke.height:
        return False
    return stroke.extent <= 0.8 or stroke.breadth <= 0.4 * stroke.height


def _text_lines(glyphs: list[_Stroke]) -> list[list[_Stroke]]:
    """Group marks that stand beside each other at one height."""
    lines: list[list[_Stroke]] = []
    for glyph in sorted(glyphs, key=lambda s: (s.left, s.top)):
        for line in lines:
            if _continues(line[-1], glyph):
                line.append(glyph)
                break
        else:
            lines.append([glyph])
    return lines


def _continues(last: _Stroke, glyph: _Stroke) -> bool:
    """Tell whether two marks are neighbours in one word or line."""
    tall, small = max(last.height, glyph.height), min(last.height, glyph.height)
    shared = min(last.bottom, glyph.bottom) - max(last.top, glyph.top)
    gap = glyph.left - last.right
    return tall <= 2.4 * small and shared >= 0.7 * small and -0.3 * tall <= gap <= 1.1 * tall


def _is_text(
    line: list[_Stroke], bars: list[_Stroke], strokes: list[_Stroke], shape: tuple[int, ...]
) -> bool:
    """Tell whether marks in a row are type: three on a base line, or few in a place for type."""
    tall = max(s.height for s in line)
    if any(_is_beside(bar, line) for bar in bars):
        return True
    on_base_line = _agree([s.bottom for s in line], tall) or _agree([s.top for s in line], tall)
    sharp = min(s.sharpness for s in line) >= 0.85
    if len(line) >= 3 and on_base_line and sharp and _same_pen(line):
        return not _is_one_of_many(line, strokes)
    top, bottom = min(s.top for s in line), max(s.bottom for s in line)
    left, right = min(s.left for s in line), max(s.right for s in line)
    in_corner = bottom <= _CORNER * shape[0] and (
        right <= _CORNER * shape[1] or left >= (1 - _CORNER) * shape[1]
    )
    clear = min(s.sharpness for s in line) >= 0.95 and min(top, left, shape[1] - right) > 0
    if not (in_corner and clear and tall >= 0.02 * shape[0]):
        return False
    return not _is_one_of_many(line, [s for s in strokes if _is_glyph(s, shape)])


def _is_one_of_many(line: list[_Stroke], strokes: list[_Stroke]) -> bool:
    """Tell whether the picture is full of marks like these: then they are particles."""
    smallest = 0.5 * float(np.median([s.area_px for s in line]))
    largest = 20 * smallest
    bottom, top = max(s.bottom for s in line), min(s.top for s in line)
    elsewhere = [
        s
        for s in strokes
        if smallest <= s.area_px <= largest and (s.top > bottom or s.bottom < top)
    ]
    return len(elsewhere) > _MOST_RIVALS + len(line)


def _agree(values: list[int], tall: int) -> bool:
    """Tell whether most values lie within a seventh of the text's height of their median."""
    distance = np.abs(np.asarray(values) - np.median(values))
    return float(np.mean(distance <= max(1.0, tall / 7))) >= 0.6


def _same_pen(line: list[_Stroke]) -> bool:
    """Tell whether the marks were drawn with one stroke width."""
    widths = np.array([s.width_px for s in line])
    return bool(widths.max() <= 2.2 * widths.min() + 2)


def _is_beside(bar: _Stroke, line: list[_Stroke]) -> bool:
    """Tell whether a row of marks belongs to a bar: above, below or beside it."""
    tall = max(s.height for s in line)
    top, bottom = min(s.top for s in line), max(s.bottom for s in line)
    left, right = min(s.left for s in line), max(s.right for s in line)
    rows_apart = max(bar.top - bottom, top - bar.bottom)
    columns_apart = max(bar.left - right, left - bar.right)
    return rows_apart <= 1.5 * tall and columns_apart <= 1.5 * tall


def _is_scale_bar(
    bar: _Stroke, lines: list[list[_Stroke]], strokes: list[_Stroke], shape: tuple[int, ...]
) -> bool:
    """Tell whether a bar has its text beside it, or lies alone where bars are put."""
    if any(_is_beside(bar, line) for line in lines):
        return True
    if _is_one_of_many([bar], strokes):
        return False
    near_edge = bar.top <= _MARGIN * shape[0] or bar.bottom >= (1 - _MARGIN) * shape[0]
    lying = bar.breadth >= 4 * bar.height and bar.breadth >= 0.06 * shape[1]
    alone = near_edge and lying and bar.extent >= 0.96 and bar.sharpness >= 0.9
    return alone or _is_ruled_text(bar, shape)
