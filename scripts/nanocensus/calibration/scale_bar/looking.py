"""Where text is looked for: first at little cost, then closer while no bar could be read.

Notes
-----
Finding text costs as much as all the rest, in proportion to the pixels that the detector sees. So
the whole picture is seen coarsely; then its foot, where most bars are, half as finely again; at
last the surroundings of what looks like a bar by itself, enlarged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nanocensus.calibration.scale_bar.bars import Bar, find_bars
from nanocensus.calibration.scale_bar.label_search import (
    Label,
    find_labels,
    labels_in_broken_bars,
)
from nanocensus.calibration.scale_bar.labels import agreed_field, field_labels, lengths_in
from nanocensus.calibration.scale_bar.pairing import Pair, Scene, find_pairs
from nanocensus.calibration.scale_bar.text import Box, TextLine, TextReader

FOOT_SHARE = 0.38  # of the height
_MOST_PLACES = 3
_SHORTEST_WORD = 3
_LEAST_CONTRAST = 40.0  # grey levels of 255
_LEAST_COVER = 0.95
_MOST_RAGGED_PX = 1.0
_MOST_ROUGHNESS = 0.15
_LEAST_ASPECT = 4.0
_LEAST_LENGTH_SHARE, _MOST_LENGTH_SHARE = 0.035, 0.6  # of the width
_ROWS_SHARE, _LEAST_ROWS_PX = 0.1, 24.0


@dataclass(frozen=True)
class Found:
    """Text and bars of a picture, before it is judged which of them belong together.

    Attributes
    ----------
    lines : list of TextLine
    labels : list of Label
    pairs : list of Pair
    shape : (int, int)
        Rows and columns of the picture.
    """

    lines: list[TextLine]
    labels: list[Label]
    pairs: list[Pair]
    shape: tuple[int, int]


def looks(grey: NDArray[np.uint8], reader: TextReader) -> Iterator[Found]:
    """Yield what is found in a picture, each time with a closer look.

    Parameters
    ----------
    grey : (H, W) uint8
    reader : TextReader

    Yields
    ------
    Found
    """
    levels = grey.astype(np.float32)
    lines = reader.read(grey)
    yield _found(grey, levels, lines, find_labels(grey, lines, reader))
    top = round((1 - FOOT_SHARE) * grey.shape[0])
    foot = (slice(top, grey.shape[0]), slice(0, grey.shape[1]))
    lines = _merged(lines, _read_part(grey, foot, reader))
    yield _found(grey, levels, lines, find_labels(grey, lines, reader))
    bars = find_bars(levels, foot)
    lines = _merged(lines, _beside_bars(grey, bars, lines, reader))
    labels = find_labels(grey, lines, reader) or labels_in_broken_bars(grey, bars, reader)
    yield _found(grey, levels, lines, labels)


def _found(
    grey: NDArray[np.uint8],
    levels: NDArray[np.float32],
    lines: list[TextLine],
    labels: list[Label],
) -> Found:
    stated = agreed_field(field_labels(lines, grey.shape[1]))
    # A bar by itself is often read as a letter or a dash; words are longer.
    texts = tuple(line.box for line in lines if sum(map(str.isalnum, line.text)) >= _SHORTEST_WORD)
    scene = Scene(levels, stated.width_nm if stated else None, texts)
    pairs = [pair for label in labels for pair in find_pairs(scene, label)]
    return Found(lines, labels, pairs, (grey.shape[0], grey.shape[1]))


def _read_part(
    grey: NDArray[np.uint8], part: tuple[slice, slice], reader: TextReader
) -> list[TextLine]:
    """Read a part of a picture, with boxes in the whole one."""
    top, left = part[0].start, part[1].start
    return [
        replace(
            line,
            box=Box(
                line.box.top + top,
                line.box.bottom + top,
                line.box.left + left,
                line.box.right + left,
            ),
        )
        for line in reader.read(np.ascontiguousarray(grey[part]))
    ]


def _merged(lines: Sequence[TextLine], closer: Sequence[TextLine]) -> list[TextLine]:
    """Return the lines of a closer look, and those known before that it does not show better."""
    kept = [
        line
        for line in lines
        if _names_length(line) or not any(_meet(line.box, other.box) for other in closer)
    ]
    new = [
        line
        for line in closer
        if _names_length(line)
        or not any(_names_length(other) and _meet(line.box, other.box) for other in kept)
    ]
    named = [line for line in new if _names_length(line)]
    kept = [line for line in kept if not any(_meet(line.box, other.box) for other in named)]
    return kept + new


def _names_length(line: TextLine) -> bool:
    return any(length.exact for length in lengths_in(line.text))


def _meet(one: Box, other: Box) -> bool:
    rows = min(one.bottom, other.bottom) - max(one.top, other.top)
    columns = min(one.right, other.right) - max(one.left, other.left)
    return rows > 0.4 * min(one.height, other.height) and columns > 0


def _beside_bars(
    grey: NDArray[np.uint8], bars: Sequence[Bar], lines: Sequence[TextLine], reader: TextReader
) -> list[TextLine]:
    """Read what stands around the marks that look most like a bar."""
    shape = (grey.shape[0], grey.shape[1])
    rows = max(_LEAST_ROWS_PX, _ROWS_SHARE * shape[0])
    places: list[Box] = []
    found: list[TextLine] = []
    for bar in bars:
        if not _looks_like_one(bar, shape) or any(_holds(line.box, bar.box) for line in lines):
            continue
        if any(_holds(place, bar.box) for place in places):
            continue
        place = bar.box.grown(rows, max(rows, 0.3 * bar.box.width))
        places.append(place)
        found = _merged(found, _read_part(grey, place.cut(shape), reader))
        if len(places) == _MOST_PLACES:
            break
    return found


def _looks_like_one(bar: Bar, shape: tuple[int, int]) -> bool:
    """Tell whether a mark is a bar's equal without any label."""
    return (
        bar.contrast >= _LEAST_CONTRAST
        and min(bar.cover_above, bar.cover_below, bar.cover_ends) >= _LEAST_COVER
        and bar.ragged_px <= _MOST_RAGGED_PX
        and bar.roughness <= _MOST_ROUGHNESS
        and bar.box.width >= _LEAST_ASPECT * bar.box.height
        and _LEAST_LENGTH_SHARE <= bar.box.width / shape[1] <= _MOST_LENGTH_SHARE
    )


def _holds(outer: Box, inner: Box) -> bool:
    return (
        outer.left <= inner.centre_x <= outer.right and outer.top <= inner.centre_y <= outer.bottom
    )
