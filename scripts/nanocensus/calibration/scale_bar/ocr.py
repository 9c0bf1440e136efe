"""The OCR engine: RapidOCR with the models that its package brings, on one thread."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nanocensus.calibration.scale_bar.text import Box, TextLine

_LEAST_ASPECT = 1.0  # what is higher than wide is no label; round particles are found in numbers
_LOWEST_PX = 5
_TALLEST_SHARE = 0.2  # of the longer side
_TALL_PX = 64  # allowed in small parts of a picture
_MOST_LINES = 24
_PIXELS = 400_000
"""To how many a picture or a part of one is enlarged or reduced where text is looked for. A million
needs one second and 0.2 GB of memory."""
_MOST_ENLARGED = 2.5
_PADDED_ASPECT = 8  # the engine pads what is wider, to half of that
_NO_LONGEST_SIDE_PX = 1_000_000  # reducing is done here
_WIDEST_LINE = 80  # of its height
_MODELS = {"Det": "PP-OCRv6_det_small.onnx", "Rec": "PP-OCRv6_rec_small.onnx"}
_MARGIN = 0.04  # of the line's height, around what the detector marks


class TextReaderError(RuntimeError):
    """The OCR engine failed, so that nothing is known of a picture's text."""


class NoTextReaderError(TextReaderError):
    """No OCR engine is installed, or not all of it."""


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
            import rapidocr
        except ImportError as error:
            raise NoTextReaderError(
                "scale bars cannot be read: no OCR engine is installed "
                f"({error}); install rapidocr and onnxruntime, or set prepare.scale_bar: none"
            ) from error
        models = _model_paths(Path(rapidocr.__file__).parent / "models")
        cv2.setNumThreads(1)
        try:
            self._engine: Any = rapidocr.RapidOCR(
                params={
                    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
                    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                    "Global.text_score": 0.0,
                    "Global.use_cls": False,
                    "Global.log_level": "error",
                    "Global.max_side_len": _NO_LONGEST_SIDE_PX,
                    **{f"{part}.model_path": str(path) for part, path in models.items()},
                }
            )
        except Exception as error:
            raise NoTextReaderError(
                f"scale bars cannot be read: the OCR engine does not start ({_said(error)}); "
                "reinstall rapidocr and onnxruntime, or set prepare.scale_bar: none"
            ) from error
        # Both models are loaded at their first use: now, so that forked processes share them.
        blank = np.zeros((64, 64), dtype=np.uint8)
        self._run(blank, use_det=True, use_rec=False)
        self.recognise([blank])

    def read(self, grey: NDArray[np.uint8]) -> list[TextLine]:
        """Find and read every line of a picture or of a part of one, (H, W) uint8."""
        return self._lines(grey, self.find(grey))

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

    def find(self, grey: NDArray[np.uint8]) -> list[Box]:
        """Return where text may stand, nearest to the head or foot first, (H, W) uint8."""
        shape = (grey.shape[0], grey.shape[1])
        scale = detection_scale(shape)
        seen = _reduced(grey, scale) if scale < 1 else grey
        limit_px = int(scale * min(_padded(shape)) + 1e-6) if scale > 1 else 1
        self._engine.text_det.limit_side_len = limit_px
        found = self._run(seen, use_det=True, use_rec=False)
        if found.boxes is None:
            return []
        places = []
        for corners in found.boxes:
            y = np.asarray(corners)[:, 1] * (grey.shape[0] / seen.shape[0])
            x = np.asarray(corners)[:, 0] * (grey.shape[1] / seen.shape[1])
            box = Box(float(y.min()), float(y.max()), float(x.min()), float(x.max()))
            if (
                box.height >= _LOWEST_PX
                and box.width >= _LEAST_ASPECT * box.height
                and box.height <= max(_TALL_PX, _TALLEST_SHARE * max(grey.shape))
            ):
                away = min(box.top, grey.shape[0] - box.bottom)
                places.append((away, box.top, box.left, box))
        places.sort(key=lambda place: place[:3])
        return [box for *_, box in places[:_MOST_LINES]]

    def recognise(self, crops: Sequence[NDArray[np.uint8]]) -> list[tuple[str, float]]:
        """Read crops, each (h, w) uint8 with one line of text: text and score."""
        readings = []
        for crop in crops:
            if min(crop.shape) < 3 or crop.shape[1] > _WIDEST_LINE * crop.shape[0]:
                readings.append(("", 0.0))
                continue
            read = self._run(crop, use_det=False, use_rec=True)
            texts: Sequence[str] = read.txts or ()
            scores: Sequence[float] = read.scores or ()
            readings.append((str(texts[0]), float(scores[0])) if texts else ("", 0.0))
        return readings

    def _run(self, grey: NDArray[np.uint8], *, use_det: bool, use_rec: bool) -> Any:
        """Call the engine; whatever it raises becomes a `TextReaderError`."""
        try:
            return self._engine(_coloured(grey), use_det=use_det, use_cls=False, use_rec=use_rec)
        except MemoryError:
            raise
        except Exception as error:
            rows, columns = grey.shape
            raise TextReaderError(
                f"the OCR engine failed at {columns} x {rows} px ({_said(error)})"
            ) from error


def detection_scale(shape: tuple[int, int]) -> float:
    """Return by how much a picture is enlarged (above 1) or reduced where text is looked for.

    Parameters
    ----------
    shape : (int, int), px
        Rows and columns.

    Examples
    --------
    >>> round(detection_scale((768, 1024)), 2), round(detection_scale((292, 1024)), 2)
    (0.71, 1.16)
    >>> detection_scale((64, 64))
    2.5
    """
    rows, columns = _padded(shape)
    return float(min(_MOST_ENLARGED, np.sqrt(_PIXELS / (rows * columns))))


def _padded(shape: tuple[int, int]) -> tuple[int, int]:
    """Return rows and columns with those that the engine adds to a low strip."""
    rows, columns = shape
    if columns > _PADDED_ASPECT * rows:
        return rows + 2 * ((2 * (columns // _PADDED_ASPECT) - rows) // 2), columns
    return rows, columns


def _reduced(grey: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    import cv2

    size = max(1, round(scale * grey.shape[1])), max(1, round(scale * grey.shape[0]))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _model_paths(folder: Path) -> dict[str, Path]:
    """Return the models inside the installed package, so that the engine never downloads one.

    Raises
    ------
    NoTextReaderError
        If one is missing.
    """
    paths = {part: folder / name for part, name in _MODELS.items()}
    missing = [path.name for path in paths.values() if not path.is_file()]
    if missing:
        raise NoTextReaderError(
            f"scale bars cannot be read: {' and '.join(missing)} not in {folder}; install the "
            "version of rapidocr that the environment names, or set prepare.scale_bar: none"
        )
    return paths


def _said(error: Exception) -> str:
    """Return an error in one line; engines put whole tracebacks into theirs."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[-1]}" if lines else type(error).__name__


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
