"""Which bar a label belongs to: bar, text and the distance between them, judged together."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nanocensus.calibration.scale_bar.bars import (
    Bar,
    find_bars,
    joined_around,
    without_checkers,
)
from nanocensus.calibration.scale_bar.caps import is_side_of_box
from nanocensus.calibration.scale_bar.ends import END_U_PX, Ends, measure_ends
from nanocensus.calibration.scale_bar.label_search import Label
from nanocensus.calibration.scale_bar.stubs import find_stubbed_bar
from nanocensus.calibration.scale_bar.text import Box
from nanocensus.calibration.scale_bar.ticks import Ruler, find_rulers

_REACH = 2.4  # heights of the text's box, up and down
_SIDE_REACH = 6.5
_LONGEST_SHARE = 0.66
_SHORTEST_SHARE = 0.018
_EDGE_PX = 0.75
_FREE = 0.97
_THICKEST_STROKE = 0.12  # of the text's height
_WIDEST_FIELD_NM = 5e6
_FINEST_PIXEL_NM, _COARSEST_PIXEL_NM = 0.004, 20_000.0

_IN_GAP = "in_gap"  # no feature: tells the others that the label stands in the bar

FEATURES = (
    "intercept",
    "text_score",
    "text_agreement",
    "text_exact",
    "text_usual",
    "text_alone",
    "gap",
    "offset",
    "beside",
    "between",
    "crosses_text",
    "thickness",
    "too_thin",
    "length_to_text",
    "long",
    "short",
    "cover_side",
    "cover_other_side",
    "cover_ends",
    "ragged",
    "roughness",
    "contrast",
    "as_text",
    "in_other_text",
    "ruler",
    "caps",
    "field_agrees",
)


@dataclass(frozen=True)
class Pair:
    """A label with a bar that may be its own.

    Attributes
    ----------
    label : Label
    box : Box
        Of the bar, px.
    ends : Ends
    features : ndarray of shape (len(FEATURES),), float64
    """

    label: Label
    box: Box
    ends: Ends
    features: NDArray[np.float64]

    @property
    def pixel_size_nm(self) -> float:
        """What the pair says, nm per pixel."""
        return self.label.value_nm / self.ends.length_px


@dataclass(frozen=True)
class Scene:
    """A picture with what other texts than the label say.

    Attributes
    ----------
    grey : (H, W) float32, 0 to 255
    field_width_nm : float, nm, or None
        Width of the picture as a text states it.
    texts : tuple of Box
        Of all lines of words, px.
    """

    grey: NDArray[np.float32]
    field_width_nm: float | None
    texts: tuple[Box, ...]

    @property
    def columns(self) -> int:
        """Width of the picture, px."""
        return int(self.grey.shape[1])


def find_pairs(scene: Scene, label: Label) -> list[Pair]:
    """Return every bar near a label that could be the label's."""
    grey, columns = scene.grey, scene.columns
    region = _region(label.box, (grey.shape[0], grey.shape[1]))
    bars = find_bars(grey, region)
    bars = joined_around(without_checkers(bars), label.box)
    stubbed = find_stubbed_bar(grey, label)
    if stubbed is not None:
        bars.append(stubbed)
    pairs = []
    for bar in bars:
        if _is_stroke(bar, label.box):
            continue
        if not _reachable(bar.box, label.box) or not _possible(bar.box, label, columns):
            continue
        if is_side_of_box(grey, bar):
            continue
        ends = measure_ends(grey, bar)
        if _possible(Box(bar.box.top, bar.box.bottom, ends.left, ends.right), label, columns):
            pairs.append(Pair(label, bar.box, ends, _of_bar(bar, ends, label, scene)))
    for ruler in find_rulers(grey, region, ink=label.ink, paper=label.paper):
        box = Box(ruler.box.top, ruler.box.bottom, ruler.left, ruler.right)
        if _possible(box, label, columns):
            ends = Ends(ruler.left, ruler.right, "ticks", END_U_PX)
            pairs.append(Pair(label, ruler.box, ends, _of_ruler(ruler, ends, label, scene)))
    return pairs


def _region(box: Box, shape: tuple[int, int]) -> tuple[slice, slice]:
    reach = _LONGEST_SHARE * shape[1] + 8
    return box.grown(_REACH * box.height, reach).cut(shape)


def _is_stroke(mark: Bar, text: Box) -> bool:
    """Tell whether a mark is a part of the letters: thin, short, within their rows, and joined."""
    bar = mark.box
    joined = min(mark.cover_above, mark.cover_below) < _FREE
    within = bar.top >= text.top and bar.bottom <= text.bottom
    beside = bar.left >= text.right or bar.right <= text.left
    thin = bar.height < max(3.0, _THICKEST_STROKE * text.height)
    return within and not beside and thin and joined and bar.width < 0.9 * text.width


def _reachable(bar: Box, text: Box) -> bool:
    rows = max(bar.top - text.bottom, text.top - bar.bottom)
    columns = max(bar.left - text.right, text.left - bar.right)
    return rows <= _REACH * text.height and columns <= _SIDE_REACH * text.height


def _possible(bar: Box, label: Label, columns: int) -> bool:
    """Tell whether length and pixel size are within what occurs, and the bar is not cut."""
    if not _SHORTEST_SHARE * columns <= bar.width <= _LONGEST_SHARE * columns:
        return False
    if bar.left < _EDGE_PX or bar.right > columns - _EDGE_PX:
        return False
    pixel_nm = label.value_nm / bar.width
    return (
        _FINEST_PIXEL_NM <= pixel_nm <= _COARSEST_PIXEL_NM
        and pixel_nm * columns <= _WIDEST_FIELD_NM
    )


def _of_bar(bar: Bar, ends: Ends, label: Label, scene: Scene) -> NDArray[np.float64]:
    text = label.box
    above = bar.box.centre_y > text.centre_y
    own = {
        # Lines with caps are thin: instruments draw them one pixel wide.
        "thickness": 0.0
        if ends.capped
        else abs(math.log(max(1.0, bar.box.height) / (0.22 * text.height))),
        "too_thin": float(bar.box.height < 2 and not ends.capped),
        "cover_side": bar.cover_below if above else bar.cover_above,
        "cover_other_side": bar.cover_above if above else bar.cover_below,
        "cover_ends": bar.cover_ends,
        "ragged": min(3.0, bar.ragged_px),
        "roughness": min(1.0, bar.roughness),
        "contrast": min(1.0, bar.contrast / 128),
        "as_text": _as_text(bar.level, bar.ground, label),
        # Two lines of equal length may be anything; with caps at their outer ends they are a bar.
        "between": float(bar.split and not ends.capped),
        _IN_GAP: float(bar.split),
        "caps": float(ends.capped),
    }
    box = Box(bar.box.top, bar.box.bottom, ends.left, ends.right)
    return _features(own, box, label, scene)


def _of_ruler(ruler: Ruler, ends: Ends, label: Label, scene: Scene) -> NDArray[np.float64]:
    own = {
        "ruler": 1.0,
        "cover_side": 1.0,
        "cover_other_side": 1.0,
        "cover_ends": ruler.seen / 11,
        "ragged": min(3.0, 20 * ruler.unevenness),
        "contrast": min(1.0, abs(ruler.level - ruler.ground) / 128),
        "as_text": _as_text(ruler.level, ruler.ground, label),
    }
    box = Box(ruler.box.top, ruler.box.bottom, ends.left, ends.right)
    return _features(own, box, label, scene)


def _as_text(level: float, ground: float, label: Label) -> float:
    """Return how much the bar's grey is that of the type, 0 to 1."""
    reach = max(20.0, abs(level - ground))
    return max(0.0, 1 - abs(level - label.ink) / reach)


def _features(own: dict[str, float], bar: Box, label: Label, scene: Scene) -> NDArray[np.float64]:
    text, columns = label.box, scene.columns
    rows_apart = max(0.0, bar.top - text.bottom, text.top - bar.bottom)
    columns_apart = max(0.0, bar.left - text.right, text.left - bar.right)
    beside = columns_apart > 0
    crossing = min(bar.bottom, text.bottom) - max(bar.top, text.top)
    gap = (columns_apart if beside else rows_apart) / text.height
    if own.get(_IN_GAP):
        gap = 0.0
    deepest = min(bar.bottom - text.top, text.bottom - bar.top) / text.height
    values = {
        **own,
        "intercept": 1.0,
        "text_score": label.score,
        "text_agreement": min(1.0, label.agreement),
        "text_exact": float(label.exact),
        "text_usual": float(label.usual),
        "text_alone": float(label.alone),
        "gap": gap,
        "offset": 0.0 if beside else abs(bar.centre_x - text.centre_x) / max(bar.width, text.width),
        "beside": float(beside),
        # The detector's box may hold the bar as well; a stroke of a letter is a short one.
        "crosses_text": float(
            not beside
            and not own.get(_IN_GAP)
            and crossing > 0
            and deepest > (0.35 if bar.width < 0.6 * text.width else 0.55)
        ),
        "length_to_text": abs(math.log(bar.width / text.width)),
        "long": max(0.0, bar.width / columns - 0.4) * 5,
        "short": max(0.0, 1 - bar.width / (0.06 * columns)),
        "in_other_text": float(_in_other_text(bar, text, scene.texts)),
        "field_agrees": 0.0,
    }
    if scene.field_width_nm:
        stated = label.value_nm / bar.width * columns / scene.field_width_nm
        values["field_agrees"] = float(abs(stated - 1) < 0.04)
    return np.array([values.get(name, 0.0) for name in FEATURES])


def _in_other_text(bar: Box, label: Box, texts: tuple[Box, ...]) -> bool:
    """Tell whether a bar lies wholly in a line of text of which the label is no part."""
    return any(
        text.top <= bar.top
        and bar.bottom <= text.bottom
        and text.left <= bar.left
        and bar.right <= text.right
        and not (
            text.top <= label.centre_y <= text.bottom and text.left <= label.centre_x <= text.right
        )
        for text in texts
    )
