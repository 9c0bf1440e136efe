"""From lines of text to labels of scale bars, each read several times before it is believed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nanocensus.calibration.scale_bar.bars import Bar
from nanocensus.calibration.scale_bar.labels import (
    Length,
    lengths_in,
    may_be_label,
    normal_text,
)
from nanocensus.calibration.scale_bar.text import Box, TextLine, TextReader

_UNIT_ALONE = re.compile(r"[nuμpmjyxhrlIA.,]{0,3}[mnμuÅ]{1,2}\.?")
_NUMBER_ALONE = re.compile(r"[\dOoIl|.,]{1,5}")
_MOST_LABELS = 6
_JOIN_GAP = 1.6  # of the height: "200" and "nm" set with a wide space
_SAME_ROW = 0.5
_LOOSE_WEIGHT = 0.3
_FOOT_SHARE = 0.14  # of the height
_NARROWEST_GAP_PX = 14
_TALLEST_IN_GAP_PX = 26.0


@dataclass(frozen=True)
class Label:
    """A text that could belong to a bar.

    Attributes
    ----------
    text : str
        One of its readings, the one that counts.
    value_nm : float, nm
    exact, usual : bool
        As in `Length`.
    score : float
        The OCR engine's own for the best reading, 0 to 1.
    agreement : float
        Weight of the readings that give this value, 0 to 1.
    box : Box
        px.
    ink, paper : float
        Grey of the type and of its ground, 0 to 255.
    alone : bool
        Whether nothing else stands in the line.
    """

    text: str
    value_nm: float
    exact: bool
    usual: bool
    score: float
    agreement: float
    box: Box
    ink: float
    paper: float
    alone: bool


def find_labels(
    grey: NDArray[np.uint8], lines: Sequence[TextLine], reader: TextReader
) -> list[Label]:
    """Return what could be labels of scale bars.

    Parameters
    ----------
    grey : (H, W) uint8
    lines : sequence of TextLine
        Of the whole picture.
    reader : TextReader
        Reads every place again in several cuts.
    """
    places = _places(lines)[:_MOST_LABELS]
    crops: list[NDArray[np.uint8]] = []
    owners: list[int] = []
    for number, (box, _) in enumerate(places):
        for crop in _cuts(grey, box):
            crops.append(crop)
            owners.append(number)
    readings = reader.recognise(crops) if crops else []
    labels = []
    for number, (box, line) in enumerate(places):
        again = [
            reading for owner, reading in zip(owners, readings, strict=True) if owner == number
        ]
        label = _voted(grey, box, line, again)
        if label is not None:
            labels.append(label)
    return labels


def labels_in_broken_bars(
    grey: NDArray[np.uint8], bars: Sequence[Bar], reader: TextReader
) -> list[Label]:
    """Return labels that stand in the gap of a bar at the foot, where text detection saw none.

    Small type between two lines is taken for a line by the detector; the gap itself tells
    where to read.
    """
    height, width = grey.shape
    foot = min(height, max(40, round(_FOOT_SHARE * height)))
    bars = [bar for bar in bars if bar.box.top >= height - foot]
    boxes = []
    for one in bars:
        for other in bars:
            gap = other.box.left - one.box.right
            alike = (
                abs(one.box.centre_y - other.box.centre_y) <= 1.5
                and one.box.height <= 5
                and 0.5 <= one.box.width / other.box.width <= 2
            )
            if alike and _NARROWEST_GAP_PX <= gap <= 2 * one.box.width:
                high = min(_TALLEST_IN_GAP_PX, max(12.0, 0.4 * gap))
                middle = (one.box.centre_y + other.box.centre_y) / 2
                boxes.append(
                    Box(middle - high / 2, middle + high / 2, one.box.right, other.box.left)
                )
    boxes = boxes[:_MOST_LABELS]
    crops = [grey[box.cut((height, width))] for box in boxes]
    labels = []
    for box, (text, score) in zip(boxes, reader.recognise(crops), strict=True):
        if lengths_in(text):
            line = TextLine(text, score, box)
            label = _voted(grey, box, line, reader.recognise(_cuts(grey, box)))
            labels += [label] if label else []
    return labels


def _places(lines: Sequence[TextLine]) -> list[tuple[Box, TextLine | None]]:
    """Return where a label may stand, with the line that already reads as one."""
    whole: list[tuple[Box, TextLine | None]] = []
    parts: list[tuple[Box, TextLine | None]] = []
    used: set[int] = set()
    for one in range(len(lines)):
        line = lines[one]
        for length in lengths_in(line.text):
            whole.append((_part(line.box, length), _cut_line(line, length)))
            used.add(one)
    for one, line in enumerate(lines):
        text = normal_text(line.text)
        if one in used:
            continue
        if may_be_label(line.text):
            parts.append((line.box, None))
            continue
        if not _UNIT_ALONE.fullmatch(text):
            continue
        before = [
            other
            for other in lines
            if _NUMBER_ALONE.fullmatch(normal_text(other.text)) and _precedes(other.box, line.box)
        ]
        if before:
            number = max(before, key=lambda other: other.box.right)
            box = Box(
                min(number.box.top, line.box.top),
                max(number.box.bottom, line.box.bottom),
                number.box.left,
                line.box.right,
            )
            joined = TextLine(number.text + line.text, min(number.score, line.score), box)
            parts.append((box, joined))
        else:
            # A lone digit is what text detection misses most.
            parts.append((line.box.grown(0, (1.3 * line.box.height, 0)), None))
    return whole + parts


def _part(box: Box, length: Length) -> Box:
    """Return the part of a line's box that a length in it takes."""
    return Box(
        box.top, box.bottom, box.left + length.start * box.width, box.left + length.end * box.width
    )


def _cut_line(line: TextLine, length: Length) -> TextLine:
    text = normal_text(line.text)
    start, end = round(length.start * len(text)), round(length.end * len(text))
    return TextLine(text[start:end], line.score, _part(line.box, length))


def _precedes(number: Box, unit: Box) -> bool:
    """Tell whether a number stands right before a unit, in one line."""
    tall = max(number.height, unit.height)
    level = abs(number.centre_y - unit.centre_y) < _SAME_ROW * tall
    return level and -0.5 * tall < unit.left - number.right < _JOIN_GAP * tall


def _cuts(grey: NDArray[np.uint8], box: Box) -> list[NDArray[np.uint8]]:
    """Return a place cut out in several ways: what one of them hides another shows."""
    high = box.height
    cuts = []
    for rows, columns in (
        (0.0, (0.15 * high, 0.15 * high)),
        (0.18 * high, (0.9 * high, 0.4 * high)),
    ):
        crop = grey[box.grown(rows, columns).cut((grey.shape[0], grey.shape[1]))]
        if min(crop.shape) >= 4:
            cuts.append(np.ascontiguousarray(crop))
    if cuts:
        cuts.append(_stretched(cuts[0], inverted=True))
    return cuts


def _stretched(crop: NDArray[np.uint8], *, inverted: bool) -> NDArray[np.uint8]:
    low, high = np.percentile(crop, (1, 99))
    grey = np.clip((crop.astype(np.float32) - low) / max(1.0, high - low), 0, 1) * 255
    grey = 255 - grey if inverted else grey
    return np.ascontiguousarray(grey.astype(np.uint8))


def _voted(
    grey: NDArray[np.uint8],
    box: Box,
    line: TextLine | None,
    again: Sequence[tuple[str, float]],
) -> Label | None:
    """Return the label that most readings of one place agree on."""
    readings = [*([(line.text, line.score)] if line else []), *again]
    votes: dict[float, float] = defaultdict(float)
    best: dict[float, tuple[float, str, Length]] = {}
    total = 0.0
    for text, score in readings:
        lengths = lengths_in(text)
        total += score
        for length in lengths[-1:]:
            weight = score * (1.0 if length.exact else _LOOSE_WEIGHT)
            votes[length.value_nm] += weight
            known = best.get(length.value_nm)
            if known is None or (length.exact, weight) > (known[2].exact, known[0]):
                best[length.value_nm] = (weight, text, length)
    if not votes:
        return None
    value_nm = max(votes, key=lambda value: (votes[value], -value))
    _, text, length = best[value_nm]
    score = max(s for t, s in readings if any(x.value_nm == value_nm for x in lengths_in(t)))
    ink, paper = _tones(grey, box)
    return Label(
        text,
        value_nm,
        length.exact,
        length.usual,
        score,
        votes[value_nm] / max(total, 1e-6),
        box,
        ink,
        paper,
        normal_text(text) == normal_text(line.text) if line else True,
    )


def _tones(grey: NDArray[np.uint8], box: Box) -> tuple[float, float]:
    """Return the grey of type and of its ground."""
    part = grey[box.cut((grey.shape[0], grey.shape[1]))]
    if part.size == 0:
        return 0.0, 255.0
    paper = float(np.median(part))
    low, high = np.percentile(part, (4, 96))
    ink = float(low) if paper - low > high - paper else float(high)
    return ink, paper
