"""What the OCR engine answered, kept on disk, so that geometry can be tuned without it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import astuple
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nanocensus.calibration.scale_bar.text import Box, TextLine, TextReader


class KeptTextReader:
    """Another reader's answers, kept on disk by the pixels' hash, so that geometry can be tuned.

    Parameters
    ----------
    make : callable that returns the TextReader, called when an answer is missing
    path : Path
        JSON file.
    """

    def __init__(self, make: Callable[[], TextReader], path: Path) -> None:
        self._make = make
        self._path = path
        self._inner: TextReader | None = None
        held = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        self._held: dict[str, list[list[object]]] = held

    def read(self, grey: NDArray[np.uint8]) -> list[TextLine]:
        """Find and read every line of a picture or of a part of one."""
        key = "p" + _digest(grey)
        if key not in self._held:
            lines = self._reader().read(grey)
            self._held[key] = [[line.text, line.score, *astuple(line.box)] for line in lines]
        return [
            TextLine(str(text), float(score), Box(*map(float, box)))  # type: ignore[arg-type]
            for text, score, *box in self._held[key]
        ]

    def recognise(self, crops: Sequence[NDArray[np.uint8]]) -> list[tuple[str, float]]:
        """Read crops with one line of text each."""
        readings = []
        for crop in crops:
            key = "c" + _digest(crop)
            if key not in self._held:
                self._held[key] = [list(self._reader().recognise([crop])[0])]
            text, score = self._held[key][0]
            readings.append((str(text), float(score)))  # type: ignore[arg-type]
        return readings

    def save(self) -> None:
        """Write what is held."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(self._held), encoding="utf-8")

    def _reader(self) -> TextReader:
        if self._inner is None:
            self._inner = self._make()
        return self._inner


def _digest(grey: NDArray[np.uint8]) -> str:
    return hashlib.sha256(repr(grey.shape).encode() + grey.tobytes()).hexdigest()[:32]
