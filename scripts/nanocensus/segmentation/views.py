"""Looking at one picture at several working scales, to find the one that suits the network."""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np

from .decoding import Decoded
from .resampling import resample, resample_overlay, working_shape
from .scale import Look
from .strips import areas_of, strips
from .targets import normalise, targets_from_labels

_LOOK_PX2 = 1 << 20
_LOOK_WINDOWS = 2


class Answers(Protocol):
    """What is asked of a segmenter at each scale."""

    def predict(self, values: np.ndarray) -> np.ndarray:
        """Predict normalised working pixels: (h, w) float32 -> (3, h, w) float32, 0..1."""
        ...

    def decode(self, prediction: np.ndarray) -> Decoded:
        """Part a prediction into instances at working pixels."""
        ...


class Views:
    """One picture at the working scales at which it was looked at.

    Parameters
    ----------
    segmenter : Answers
    pixels : (H, W) uint8, uint16 or float32
    overlay : (H, W) bool
        True where burned-in drawing hides the picture.
    """

    def __init__(self, segmenter: Answers, pixels: np.ndarray, overlay: np.ndarray) -> None:
        self._segmenter = segmenter
        self._pixels = pixels
        self._overlay = overlay
        self._values: dict[tuple[int, int], tuple[np.ndarray, np.ndarray]] = {}
        self._predictions: dict[tuple[int, int], np.ndarray] = {}
        self._decoded: dict[tuple[int, int], Decoded] = {}

    def values(self, scale: float) -> tuple[np.ndarray, np.ndarray]:
        """Return normalised grey values (h, w) float32 and hidden (h, w) bool at a scale."""
        shape = working_shape(self._pixels.shape, scale)
        if shape not in self._values:
            hidden = resample_overlay(self._overlay, shape)
            self._values = {}  # one is needed at a time
            values = normalise(resample(self._pixels.astype(np.float32), shape), hidden)
            self._values = {shape: (values, hidden)}
        return self._values[shape]

    def forget(self) -> None:
        """Free the memory of what can be computed again."""
        self._values = {}
        self._predictions = {}
        self._decoded = {}

    def prediction(self, scale: float) -> np.ndarray:
        """Predict the whole picture at a scale: (3, h, w) float32; what is small is kept."""
        shape = working_shape(self._pixels.shape, scale)
        if shape in self._predictions:
            return self._predictions[shape]
        prediction = self._segmenter.predict(self.values(scale)[0])
        if math.prod(shape) <= _LOOK_PX2:
            self._predictions[shape] = prediction
        return prediction

    def prediction_turned(self, scale: float, upright: np.ndarray) -> np.ndarray:
        """Return the mean over the picture's four quarter turns of its prediction.

        `upright` is that of the picture as it is, as `prediction` gives it.
        """
        values = self.values(scale)[0]
        total = upright.copy()
        for turns in (1, 2, 3):
            turned = self._segmenter.predict(np.ascontiguousarray(np.rot90(values, turns)))
            total += np.rot90(turned, -turns, axes=(1, 2))
        return total * np.float32(0.25)

    def instances(self, scale: float, prediction: np.ndarray) -> tuple[np.ndarray, Decoded]:
        """Decode what `prediction` gave at a scale; what is small is kept."""
        shape = working_shape(self._pixels.shape, scale)
        if shape in self._decoded:
            return prediction, self._decoded[shape]
        decoded = self._segmenter.decode(prediction)
        if math.prod(shape) <= _LOOK_PX2:
            self._decoded[shape] = decoded
        return prediction, decoded

    def look(self, scale: float) -> Look:
        """Segment the picture at a scale; of a large one only some windows."""
        shape = working_shape(self._pixels.shape, scale)
        if math.prod(shape) <= _LOOK_PX2:
            found = self.instances(scale, self.prediction(scale))
            return _look(scale, [_areas_and_quality(*found)])
        values, _ = self.values(scale)
        windows = [(y, x) for y in _windows(shape[0]) for x in _windows(shape[1])]
        parts = [self._window(values[rows, columns]) for rows, columns in windows]
        seen_px2 = sum((y.stop - y.start) * (x.stop - x.start) for y, x in windows)
        return _look(scale, parts, seen_px2 / math.prod(shape))

    def densest_look(self, scale: float, prediction: np.ndarray) -> Look:
        """Judge the window that holds most foreground of what `prediction` gave at a scale.

        `look` sees windows of a large picture that may hold no particles. The same as `look`
        where that sees the whole picture.
        """
        if math.prod(prediction.shape[1:]) <= _LOOK_PX2:
            return self.look(scale)
        rows, columns = _densest_window(prediction[0])
        part = self._whole_ones(prediction[:, rows, columns])
        seen_px2 = (rows.stop - rows.start) * (columns.stop - columns.start)
        return _look(scale, [part], seen_px2 / math.prod(prediction.shape[1:]))

    def _window(self, values: np.ndarray) -> np.ndarray:
        return self._whole_ones(self._segmenter.predict(values))

    def _whole_ones(self, prediction: np.ndarray) -> np.ndarray:
        """Return `_areas_and_quality` of the instances that a window's frame does not cut."""
        decoded = self._segmenter.decode(prediction)
        labels = decoded.labels
        whole = np.ones(len(decoded.particle_probability) + 1, dtype=bool)
        whole[np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])] = False
        return _areas_and_quality(prediction, decoded)[whole[1:]]


def _areas_and_quality(prediction: np.ndarray, decoded: Decoded) -> np.ndarray:
    """Return (n, 2): the instances' areas in working px^2 and their quality."""
    labels, scores, _ = decoded
    areas = areas_of(labels, len(scores))[1:]
    return np.column_stack([areas, scores * consistency(prediction, labels)])


def consistency(prediction: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Compare the distance that was predicted with that of the decoded instances.

    Returns
    -------
    (n,) float64, 0..1
        One minus the mean absolute difference over each instance. A network that sees particles
        at the wrong size answers with shapes that its own distances contradict.
    """
    count = int(labels.max(initial=0))
    where = np.flatnonzero(labels)
    owner = labels.ravel()[where]
    expected = targets_from_labels(labels)[2].ravel()[where]
    difference = np.abs(expected - prediction[2].ravel()[where])
    areas = np.bincount(owner, minlength=count + 1)[1:]
    return 1 - np.bincount(owner, difference, minlength=count + 1)[1:] / areas


def _look(scale: float, parts: list[np.ndarray], share: float = 1.0) -> Look:
    areas, quality = np.concatenate(parts).T
    return Look(scale, 2 * np.sqrt(areas / np.pi), quality, share)


def _windows(length: int) -> list[slice]:
    """Return windows spread over one axis, together about the root of `_LOOK_PX2` long."""
    side = min(length, math.isqrt(_LOOK_PX2) // _LOOK_WINDOWS)
    centres = (np.arange(_LOOK_WINDOWS) + 0.5) * length / _LOOK_WINDOWS
    starts = {int(min(max(0, centre - side / 2), length - side)) for centre in centres}
    return [slice(start, start + side) for start in sorted(starts)]


def _densest_window(foreground: np.ndarray) -> tuple[slice, slice]:
    """Return the window of a coarse grid that holds most foreground, of equal ones the first."""
    side = math.isqrt(_LOOK_PX2)
    half = side // 2
    starts = np.arange(0, foreground.shape[1], half)
    blocks = np.zeros((math.ceil(foreground.shape[0] / half), len(starts)), dtype=np.int64)
    for strip in strips(foreground.shape):
        counts = np.add.reduceat(foreground[strip] >= 0.5, starts, axis=1, dtype=np.int64)
        np.add.at(blocks, np.arange(strip.start, strip.stop) // half, counts)
    padded = np.pad(blocks, ((0, 1), (0, 1)))
    windows = padded[:-1, :-1] + padded[1:, :-1] + padded[:-1, 1:] + padded[1:, 1:]
    best = np.unravel_index(windows.argmax(), windows.shape)
    rows, columns = (
        _side_from(int(place) * half, side, length)
        for place, length in zip(best, foreground.shape, strict=True)
    )
    return rows, columns


def _side_from(start: int, side: int, length: int) -> slice:
    """Return a window's side on one axis, moved back where it would leave the picture."""
    start = max(0, min(start, length - side))
    return slice(start, min(start + side, length))
