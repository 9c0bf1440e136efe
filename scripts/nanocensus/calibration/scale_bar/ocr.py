"""The OCR engine: RapidOCR with the models that its package brings, on one thread."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nanocensus.calibration.scale_bar.text import Box, TextLine

_LEAST_ASPECT = 1.0  # what is higher than wide is no label; round particles are found in numbers
_LOWEST_PX = 5
_TALLEST_SHARE = 0.2  # of the longer side
_MOST_LINES = 24
_SIDE_PX = 736  # the shorter side is enlarged to this for detection; at 640 small type is lost
_MARGIN = 0.04  # of the line's height, around what the detector marks


class NoTextReaderError(RuntimeError):
    """No OCR engine is installed."""


class RapidTextReader:
    """Reads text with RapidOCR.

    Notes
    -----
    One thread, and one crop at a time: a batch is padded to its widest member, so a
    reading would depend on what else is in the picture.
    """

    def __init__(self) -> None:
        try:
            import cv2
            from rapidocr import RapidOCR
        except ImportError as error:
            raise NoTextReaderError(
                "scale bars cannot be read: no OCR engine is installed "
                f"({error}); install rapidocr and onnxruntime, or set prepare.scale_bar: none"
            ) from error
        cv2.setNumThreads(1)
        self._engine: Any = RapidOCR(
            params={
                "EngineConfig.onnxruntime.intra_op_num_threads": 1,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                "Global.text_score": 0.0,
                "Global.use_cls": False,
                "Global.log_level": "error",
            }
        )
        # Both models are loaded at their first use: now, so that forked processes share them.
        blank = np.zeros((64, 64), dtype=np.uint8)
        self._engine(_coloured(blank), use_det=True, use_cls=False, use_rec=False)
        self.recognise([blank])

    def read(self, grey: NDArray[np.uint8]) -> list[TextLine]:
        """Find and read every line of a picture, (H, W) uint8."""
        boxes = self.find(grey, _SIDE_PX)
        return self._lines(grey, boxes)

    def read_part(self, grey: NDArray[np.uint8], enlarged: int) -> list[TextLine]:
        """Read a part of a picture, (h, w) uint8, enlarged by a whole number."""
        return self._lines(grey, self.find(grey, enlarged * min(grey.shape)))

    def _lines(self, grey: NDArray[np.uint8], boxes: Sequence[Box]) -> list[TextLine]:
        shape = (grey.shape[0], grey.shape[1])
        crops = [
            grey[box.grown(_MARGIN * box.height, _MARGIN * box.height).cut(shape)] for box in boxes
        ]
        readings = self.recognise(crops)
        return [
            TextLine(text, score, box)
            for box, (text, score) in zip(boxes, readings, strict=True)
            if text.strip()
        ]

    def find(self, grey: NDArray[np.uint8], side_px: int) -> list[Box]:
        """Return where text may stand, nearest to the head or foot first, (H, W) uint8.

        The shorter side is enlarged to `side_px` where it is smaller.
        """
        self._engine.text_det.limit_side_len = side_px
        found = self._engine(_coloured(grey), use_det=True, use_cls=False, use_rec=False)
        if found.boxes is None:
            return []
        places = []
        for corners in found.boxes:
            y, x = np.asarray(corners)[:, 1], np.asarray(corners)[:, 0]
            box = Box(float(y.min()), float(y.max()), float(x.min()), float(x.max()))
            if (
                box.height >= _LOWEST_PX
                and box.width >= _LEAST_ASPECT * box.height
                and box.height <= _TALLEST_SHARE * max(grey.shape)
            ):
                away = min(box.top, grey.shape[0] - box.bottom)
                places.append((away, box.top, box.left, box))
        places.sort(key=lambda place: place[:3])
        return [box for *_, box in places[:_MOST_LINES]]

    def recognise(self, crops: Sequence[NDArray[np.uint8]]) -> list[tuple[str, float]]:
        """Read crops, each (h, w) uint8 with one line of text: text and score."""
        readings = []
        for crop in crops:
            if min(crop.shape) < 3:
                readings.append(("", 0.0))
                continue
            read = self._engine(_coloured(crop), use_det=False, use_cls=False, use_rec=True)
            texts: Sequence[str] = read.txts or ()
            scores: Sequence[float] = read.scores or ()
            readings.append((str(texts[0]), float(scores[0])) if texts else ("", 0.0))
        return readings


def _coloured(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(np.repeat(grey[:, :, None], 3, axis=2))


@cache
def text_reader() -> RapidTextReader:
    """Return the engine, loaded once a process.

    Raises
    ------
    NoTextReaderError
        If none is installed.
    """
    return RapidTextReader()
