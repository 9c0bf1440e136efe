"""How well overlays are found, against boxes that a person drew around them.

Notes
-----
A row of the table has the kind and place of a box and its ink: the grey values of the drawn
strokes, 0 to 255, parted by semicolons. With ink, its overlay pixels are those nearer to an ink
than to the ground, where the ground is the quartile of the grey values around the box (3 to 7 px
from it) on the ink's side, so that neither noise nor a bright particle behind count as drawn. Ink
written as `=74` has its ground's grey and shows by its missing noise only: drawn is where most of
the nine pixels around are within 3 of it. Without ink every pixel of the box was drawn (bars,
label boxes, strips, insets); `disc` is its ellipse.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from nanocensus.calibration import find_info_bar, find_overlays
from nanocensus.calibration.scale_bar import ScaleBarReading

_RING_INNER_PX = 3  # smoothing mixes ink and ground up to here
_RING_OUTER_PX = 7
_NOISELESS = 3  # grey values; JPEG leaves ink that even
_GROWN_PX = 4  # a mask may reach that far beyond a box: rims of strokes are hidden too


@dataclass(frozen=True)
class OverlayBox:
    """One drawn thing: rows top to bottom, columns left to right, ends excluded, in pixels."""

    kind: str
    top: int
    left: int
    bottom: int
    right: int
    ink: tuple[float, ...]
    noiseless: bool = False

    @property
    def place(self) -> tuple[slice, slice]:
        """The box, to index pixels with."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def grown(self, by_px: int) -> tuple[slice, slice]:
        """Return the box with a margin, cut at the picture's upper and left edge."""
        return (
            slice(max(0, self.top - by_px), self.bottom + by_px),
            slice(max(0, self.left - by_px), self.right + by_px),
        )


@dataclass
class MarkedPicture:
    """A picture whose overlays were marked; `boxes` is empty where it has none."""

    name: str
    part: str
    boxes: list[OverlayBox] = field(default_factory=list)


@dataclass(frozen=True)
class OverlayScore:
    """Pixel counts of one picture, or of several.

    Attributes
    ----------
    drawn_px, found_px : overlay pixels, and those of them that are masked.
    free_px, masked_px : pixels beyond all boxes, and those of them that are masked.
    """

    drawn_px: int
    found_px: int
    free_px: int
    masked_px: int

    @property
    def recall(self) -> float:
        """Share of the overlay pixels that is masked; NaN without overlay."""
        return self.found_px / self.drawn_px if self.drawn_px else float("nan")

    @property
    def false_share(self) -> float:
        """Share of the true picture that is masked."""
        return self.masked_px / self.free_px if self.free_px else float("nan")


def read_marked_pictures(path: Path) -> list[MarkedPicture]:
    """Read boxes.csv: id, doi, part, kind, top, left, bottom, right, ink; kind `none` is no box."""
    pictures: dict[str, MarkedPicture] = {}
    with path.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            picture = pictures.setdefault(row["id"], MarkedPicture(row["id"], row["part"]))
            if row["kind"] == "none":
                continue
            top, left, bottom, right = (int(row[k]) for k in ("top", "left", "bottom", "right"))
            tones = row["ink"].removeprefix("=").split(";")
            ink = tuple(float(tone) for tone in tones if tone)
            box = OverlayBox(row["kind"], top, left, bottom, right, ink, row["ink"].startswith("="))
            picture.boxes.append(box)
    return list(pictures.values())


def hidden_pixels(
    pixels: NDArray[np.generic], reading: ScaleBarReading | None = None
) -> NDArray[np.bool_]:
    """Return what the workflow takes away from a file: (H, W) bool, info bar and overlays.

    Parameters
    ----------
    pixels : (H, W), any real dtype
    reading : ScaleBarReading, optional: its text; None where the workflow reads none.
    """
    rows = find_info_bar(pixels, declared_rows=None).rows
    hidden = np.ones(pixels.shape, dtype=np.bool_)
    hidden[rows] = find_overlays(pixels[rows], reading, top=rows.start or 0)
    return hidden


def drawn_pixels(pixels: NDArray[np.generic], box: OverlayBox) -> NDArray[np.bool_]:
    """Return which pixels of the box were drawn: bool, of the box's shape."""
    grey = pixels[box.place].astype(np.float64)
    if box.kind == "disc":
        y, x = (np.linspace(-1 + 1 / n, 1 - 1 / n, n) for n in grey.shape)
        return np.asarray(y[:, None] ** 2 + x[None, :] ** 2 <= 1)
    if not box.ink:
        return np.ones(grey.shape, dtype=np.bool_)
    if box.noiseless:
        near = (np.abs(grey - box.ink[0]) <= _NOISELESS).astype(np.float64)
        return np.asarray(ndimage.uniform_filter(near, 3, mode="nearest") >= 0.7)
    around = np.zeros(pixels.shape, dtype=np.bool_)
    around[box.grown(_RING_OUTER_PX)] = True
    around[box.grown(_RING_INNER_PX)] = False
    lower, upper = np.percentile(pixels[around].astype(np.float64), [25, 75])
    drawn = np.zeros(grey.shape, dtype=np.bool_)
    for tone in box.ink:
        ground = upper if tone > upper else lower
        drawn |= np.abs(grey - tone) < np.abs(grey - ground)
    return drawn


def score_overlays(
    pixels: NDArray[np.generic], hidden: NDArray[np.bool_], boxes: Iterable[OverlayBox]
) -> OverlayScore:
    """Count the overlay pixels that are masked, and the masked pixels that are none.

    Parameters
    ----------
    pixels : (H, W), grey values 0 to 255
    hidden : (H, W) bool, the mask that is judged.
    boxes : what a person marked.
    """
    drawn = np.zeros(pixels.shape, dtype=np.bool_)
    free = np.ones(pixels.shape, dtype=np.bool_)
    for box in boxes:
        drawn[box.place] |= drawn_pixels(pixels, box)
        free[box.grown(_GROWN_PX)] = False
    counts = (drawn, drawn & hidden, free, free & hidden)
    return OverlayScore(*(int(np.count_nonzero(mask)) for mask in counts))


def pooled(scores: Iterable[OverlayScore]) -> OverlayScore:
    """Add the counts of several pictures."""
    counts = [(s.drawn_px, s.found_px, s.free_px, s.masked_px) for s in scores]
    return OverlayScore(*(sum(column) for column in zip(*counts, strict=True)))
