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
_LETTER_ASPECT, _CORNER = 0.5, 0.25  # of panel letters; of height and width
_LOWEST_PX = 5
_TALLEST_SHARE = 0.2  # of the longer side
_MOST_LINES = 24
_SIDE_PX = 736  # the shorter side is enlarged to this for detection; at 640 small type is lost
_MOST_PIXELS = 2_500_000
"""In detection, which needs about 0.2 kB of memory a pixel; 1024 x 768 doubled at its foot has
1.2 million."""
_PADDED_ASPECT = 8  # the engine pads what is wider, to half of that
_NO_LONGEST_SIDE_PX = 1_000_000  # reducing is done here
_WIDEST_LINE = 80  # of its height
_OTHER_SIZE = 1.1  # a second look at nearly the same size shows nothing new
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
        """Find and read every line of a picture, (H, W) uint8."""
        boxes = self.find(grey, _SIDE_PX)
        return self._lines(grey, boxes)

    def read_part(self, grey: NDArray[np.uint8], enlarged: int) -> list[TextLine]:
        """Read a part of a picture, (h, w) uint8, enlarged by a whole number.

        A large part is not enlarged as much, and not read again at nearly the same size.
        """
        shape = (grey.shape[0], grey.shape[1])
        side_px = min(shape)
        if enlarged > 1:
            once = detection_scale(shape, side_px)
            if detection_scale(shape, enlarged * side_px) < _OTHER_SIZE * once:
                return []
        return self._lines(grey, self.find(grey, enlarged * side_px))

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

        The shorter side is enlarged to `side_px` where it is smaller, as far as the limit of
        pixels allows; a picture beyond that limit is reduced.
        """
        shape = (grey.shape[0], grey.shape[1])
        scale = detection_scale(shape, side_px)
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
                and box.width >= _least_aspect(box, shape) * box.height
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


def detection_scale(shape: tuple[int, int], side_px: int) -> float:
    """Return by how much a picture is enlarged (above 1) or reduced where text is looked for.

    Parameters
    ----------
    shape : (int, int), px
        Rows and columns.
    side_px : int, px
        To what the shorter side is enlarged where it is smaller.

    Examples
    --------
    >>> detection_scale((768, 1024), 736), detection_scale((292, 1024), 584)
    (1.0, 2.0)
    >>> round(detection_scale((4096, 4096), 736), 2)
    0.39
    """
    rows, columns = _padded(shape)
    scale = max(1.0, side_px / min(rows, columns))
    return float(min(scale, np.sqrt(_MOST_PIXELS / (rows * columns))))


def _least_aspect(box: Box, shape: tuple[int, int]) -> float:
    """Return how wide a text is at least, of its height: letters of panels stand in corners."""
    aside = min(box.centre_x, shape[1] - box.centre_x) / shape[1]
    in_corner = box.centre_y <= _CORNER * shape[0] and aside <= _CORNER
    return _LETTER_ASPECT if in_corner else _LEAST_ASPECT


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
