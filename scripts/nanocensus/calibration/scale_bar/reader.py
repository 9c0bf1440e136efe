"""Reading the scale bar that was burned into a picture, or saying that it cannot be read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nanocensus.calibration.scale_bar.confidence import Weights, best_pair, weights
from nanocensus.calibration.scale_bar.label_search import Label
from nanocensus.calibration.scale_bar.labels import (
    FieldLabel,
    field_labels,
    is_reciprocal,
    normal_text,
)
from nanocensus.calibration.scale_bar.looking import FOOT_SHARE, Found, looks
from nanocensus.calibration.scale_bar.ocr import text_reader
from nanocensus.calibration.scale_bar.pairing import Pair
from nanocensus.calibration.scale_bar.text import Box, TextLine, TextReader

_LEAST_AGREEMENT = 0.45
_LEAST_AGREEMENT_PM = 0.9
"""Some cuts of a blurred µm or nm are read as pm, a factor of a million or a thousand: where pm is
read, whatever is made of it, every cut has to agree."""
_UNSURE = 0.4
"""A text that is not beyond doubt leaves the reading at most this sure, whatever bar lies by it."""
_SAME_REL = 0.05
_SMALLEST_SIDE_PX = 32
_SHORT_PX, _SHORT_LIMIT = 50.0, 0.7
"""Of a short bar one pixel, such as a cap that is not seen, is a few per cent."""
_MOST_ASPECT = 20


@dataclass(frozen=True)
class ScaleBar:
    """A bar with its label.

    Attributes
    ----------
    bar_nm : float, nm
        What the label says.
    bar_px : float, px
        The length that it stands for, by the convention of the style (`ends`).
    left_px, right_px, y_px : float, px
        The ends and the middle row, the centre of the first pixel being (0, 0).
    u_rel : float
        Relative standard uncertainty of bar_px.
    style : str
        ``plain``, ``caps``, ``outlined``, ``ticks`` or ``split``.
    text : str
        The label as read.
    confidence : float
        Probability that label and length are right, 0 to 1.
    bar_box, label_box : Box
        What they cover, px.
    """

    bar_nm: float
    bar_px: float
    left_px: float
    right_px: float
    y_px: float
    u_rel: float
    style: str
    text: str
    confidence: float
    bar_box: Box
    label_box: Box

    @property
    def pixel_size_nm(self) -> float:
        """Nanometres per pixel."""
        return self.bar_nm / self.bar_px


@dataclass(frozen=True)
class ScaleBarReading:
    """What was found.

    Attributes
    ----------
    bar : ScaleBar or None
        The bar, where it was read beyond the limit of confidence.
    candidate : ScaleBar or None
        Otherwise the best guess, for a person to accept or to refuse.
    reason : str or None
        Why there is no bar, in words.
    fields : tuple of FieldLabel
        Field widths that the text states.
    reciprocal : bool
        Whether a label carries a unit of reciprocal space: a diffraction pattern.
    lines : tuple of TextLine
        All text of the picture as read, labels of bars that were found otherwise included.
    """

    bar: ScaleBar | None
    candidate: ScaleBar | None = None
    reason: str | None = None
    fields: tuple[FieldLabel, ...] = field(default=())
    reciprocal: bool = False
    lines: tuple[TextLine, ...] = field(default=(), repr=False)

    @property
    def status(self) -> str:
        """``read``, ``candidate`` (a person has to look) or ``none``."""
        return "read" if self.bar else "candidate" if self.candidate else "none"


def read_scale_bar(
    pixels: NDArray[np.generic],
    *,
    reader: TextReader | None = None,
    model: Weights | None = None,
) -> ScaleBarReading:
    """Read the scale bar of a picture.

    Parameters
    ----------
    pixels : (H, W), any real dtype
        The whole picture, info bar included.
    reader : TextReader, optional
        The OCR engine; the installed one by default, loaded once a process.
    model : Weights, optional
        Other weights than those in use.

    Returns
    -------
    ScaleBarReading

    Raises
    ------
    NoTextReaderError
        If no OCR engine is installed.
    TextReaderError
        If it fails on this picture.
    """
    if pixels.ndim == 2 and max(pixels.shape) > _MOST_ASPECT * min(pixels.shape):
        why = f"a strip more than {_MOST_ASPECT} times as long as wide: text is not looked for"
        return ScaleBarReading(None, reason=why)
    if pixels.ndim == 2 and min(pixels.shape) < _SMALLEST_SIDE_PX:
        why = f"fewer than {_SMALLEST_SIDE_PX} rows or columns: text is not looked for"
        return ScaleBarReading(None, reason=why)
    grey = grey_of(pixels)
    if grey is None:
        return ScaleBarReading(None, reason="the picture has one grey value only")
    reader = text_reader() if reader is None else reader
    model = weights() if model is None else model
    return decide_on(looks(grey, reader), model)


def grey_of(pixels: NDArray[np.generic]) -> NDArray[np.uint8] | None:
    """Return a picture in 8 bits, None where nothing can be seen in it."""
    if pixels.ndim != 2 or min(pixels.shape) < _SMALLEST_SIDE_PX:
        return None
    low, high = float(pixels.min()), float(pixels.max())
    if not np.isfinite(high - low) or high <= low:
        return None
    if pixels.dtype == np.uint8:
        return np.ascontiguousarray(pixels).astype(np.uint8, copy=False)
    scaled = (pixels.astype(np.float64) - low) / (high - low) * 255
    return np.ascontiguousarray(np.rint(scaled).astype(np.uint8))


def decide_on(looks: Iterable[Found], model: Weights) -> ScaleBarReading:
    """Return the first reading of several looks, or what comes nearest to one."""
    best = ScaleBarReading(None)
    for found in looks:
        reading = replace(_decide(found, model), lines=_text_of(found))
        if reading.bar is not None or reading.reciprocal:
            return reading
        if best.candidate is None or (
            reading.candidate and reading.candidate.confidence > best.candidate.confidence
        ):
            best = replace(reading, fields=reading.fields or best.fields)
        else:
            best = replace(best, fields=reading.fields or best.fields, lines=reading.lines)
    return best


def _text_of(found: Found) -> tuple[TextLine, ...]:
    """Return all text of a look; labels may have been found where no line is."""
    labels = (TextLine(label.text, label.score, label.box) for label in found.labels)
    return (*found.lines, *labels)


def _decide(seen: Found, model: Weights) -> ScaleBarReading:
    """Return the reading, or the best candidate with the reason why it is not one."""
    pairs, labels, lines, shape = seen.pairs, seen.labels, seen.lines, seen.shape
    fields = tuple(field_labels(lines, shape[1]))
    found = best_pair(pairs, model)
    if _is_pattern(found[0] if found else None, lines, shape[0]):
        why = "a unit of reciprocal space: a diffraction pattern"
        guess = _scale_bar(*found) if found else None
        return ScaleBarReading(None, guess, why, fields, reciprocal=True)
    if found is None:
        why = "no bar beside its label" if labels else "no text that labels a bar"
        return ScaleBarReading(None, reason=why, fields=fields)
    pair, confidence = found
    reason: str | None = None
    if not pair.label.exact or pair.label.agreement < _least_agreement(pair.label):
        confidence = min(confidence, _UNSURE)
        reason = "the label's text is not beyond doubt"
    rival = _rival(pair, pairs, labels)
    if rival is not None:
        confidence = min(confidence, _UNSURE)
        reason = f"another label says {rival.text!r}"
    bar = _scale_bar(pair, confidence)
    limit = max(model.limit, _SHORT_LIMIT) if bar.bar_px < _SHORT_PX else model.limit
    if confidence < limit:
        reason = reason or f"confidence {confidence:.2f} is below {limit:g}"
        return ScaleBarReading(None, bar, reason, fields)
    return ScaleBarReading(bar, None, None, fields)


def _least_agreement(label: Label) -> float:
    """Return the weight of the readings of a label that have to give its value, 0 to 1."""
    doubtful = label.value_nm < 1 or "pm" in normal_text(label.text)
    return _LEAST_AGREEMENT_PM if doubtful else _LEAST_AGREEMENT


def _is_pattern(pair: Pair | None, lines: list[TextLine], rows: int) -> bool:
    """Tell whether the bar's label is of reciprocal space, or, of no bar, a lone text at the foot.

    Other texts do not count: beside a good bar they are no label of the picture.
    """
    if pair is not None:
        box = pair.label.box
        texts = [line.text for line in lines if _same_place(line.box, box)]
        in_gap = pair.ends.style == "split"
        return any(is_reciprocal(text, in_gap=in_gap) for text in (pair.label.text, *texts))
    foot = (1 - FOOT_SHARE) * rows
    return any(line.box.centre_y >= foot and is_reciprocal(line.text, whole=True) for line in lines)


def _rival(best: Pair, pairs: list[Pair], labels: list[Label]) -> Label | None:
    """Return a label of another length that no bar reconciles with the best pair."""
    for label in labels:
        if not (label.exact and label.alone) or label.value_nm == best.label.value_nm:
            continue
        if any(
            pair.label is label and abs(pair.pixel_size_nm / best.pixel_size_nm - 1) < _SAME_REL
            for pair in pairs
        ):
            continue
        if _same_place(label.box, best.label.box):
            continue
        return label
    return None


def _same_place(one: Box, other: Box) -> bool:
    """Tell whether two labels are readings of one text."""
    rows = min(one.bottom, other.bottom) - max(one.top, other.top)
    columns = min(one.right, other.right) - max(one.left, other.left)
    return rows > 0.5 * min(one.height, other.height) and columns > 0.5 * min(
        one.width, other.width
    )


def _scale_bar(pair: Pair, confidence: float) -> ScaleBar:
    ends = pair.ends
    # A pixel's edges lie half a pixel outside its centre, from where the project counts.
    return ScaleBar(
        pair.label.value_nm,
        float(ends.length_px),
        float(ends.left - 0.5),
        float(ends.right - 0.5),
        pair.box.centre_y - 0.5,
        float(ends.u_px / ends.length_px),
        ends.style,
        pair.label.text,
        confidence,
        Box(pair.box.top, pair.box.bottom, ends.left, ends.right),
        pair.label.box,
    )


def scale_bar_record(reading: ScaleBarReading | None) -> dict[str, Any]:
    """Return what a picture's record keeps of its scale bar; None is empty.

    A candidate that was not read fills the same fields: `bar_status` tells them apart.
    """
    bar = (reading.bar or reading.candidate) if reading else None
    return {
        "bar_status": None if reading is None else reading.status,
        "bar_nm": bar.bar_nm if bar else None,
        "bar_px": float(bar.bar_px) if bar else None,
        "bar_left_px": float(bar.left_px) if bar else None,
        "bar_right_px": float(bar.right_px) if bar else None,
        "bar_y_px": float(bar.y_px) if bar else None,
        "bar_u_rel": float(bar.u_rel) if bar else None,
        "bar_style": bar.style if bar else None,
        "bar_text": bar.text if bar else None,
        "bar_confidence": round(bar.confidence, 4) if bar else None,
        "bar_label_box": [
            round(float(v), 1)
            for v in (
                bar.label_box.top,
                bar.label_box.bottom,
                bar.label_box.left,
                bar.label_box.right,
            )
        ]
        if bar
        else None,
        "bar_reason": reading.reason if reading else None,
    }
