"""A trained bundle made ready to segment pictures, one at a time."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from nanocensus.bundles import BundleError, read_bundle
from nanocensus.micrographs import Finding

from .decoding import decode
from .network import build_network, fold_batch_norm, stride_of
from .polarity import Polarity, measure_polarity
from .resampling import (
    labels_at,
    probability_at,
    resample,
    resample_overlay,
    working_shape,
)
from .scale import Look, choose_working_scale
from .settings import DecodingParameters, InputParameters, SegmentationSettings
from .targets import normalise, targets_from_labels
from .tiling import NetworkOnTiles, TileFunction, predict_tiled

_log = logging.getLogger(__name__)

_LOOK_PX2 = 1 << 20
_LOOK_WINDOWS = 2
_HIDDEN_SHARE = 0.5

NO_PARTICLES = Finding(
    "no_particles",
    "empty",
    "no particles were found; if there are some, look whether the picture was cropped rightly, "
    "try another working_scale, or train the model on such material",
)


@dataclass(frozen=True)
class Segmentation:
    """The particles of one picture, in its own pixels.

    Attributes
    ----------
    labels : (H, W) int32
        0 background, 1..n.
    probability : (H, W) float32, 0..1
        Of being on a particle; outlines run where it crosses 0.5.
    particle_probability : (n,) float64, 0..1
        Of each instance being a particle.
    polarity : "bright", "dark" or None
        Particles against their surroundings; None without particles.
    working_scale : float
        Working px per px at which the network looked.
    findings : tuple of Finding
    """

    labels: np.ndarray
    probability: np.ndarray
    particle_probability: np.ndarray
    polarity: Polarity | None
    working_scale: float
    findings: tuple[Finding, ...]


class Segmenter:
    """A network with everything that turns its answers into particles.

    Parameters
    ----------
    predict : callable
        Normalised tiles to predictions; see `nanocensus.segmentation.tiling`.
    stride_px : int
        Sides of tiles are multiples of it.
    input_parameters : InputParameters
    decoding : DecodingParameters
    settings : SegmentationSettings
    """

    def __init__(
        self,
        predict: TileFunction,
        stride_px: int,
        input_parameters: InputParameters,
        decoding: DecodingParameters,
        settings: SegmentationSettings,
    ) -> None:
        self._predict = predict
        self._stride_px = stride_px
        self._input = input_parameters
        self._decoding = decoding
        self._settings = settings

    @property
    def decoding(self) -> DecodingParameters:
        """How predictions become particles."""
        return self._decoding

    def with_decoding(self, decoding: DecodingParameters) -> Segmenter:
        """Return a segmenter with the same network and another decoding."""
        return Segmenter(self._predict, self._stride_px, self._input, decoding, self._settings)

    def segment(self, pixels: np.ndarray, overlay: np.ndarray) -> Segmentation:
        """Find the particles of a picture.

        Parameters
        ----------
        pixels : (H, W) uint8, uint16 or float32
        overlay : (H, W) bool
            True where burned-in drawing hides the picture.

        Returns
        -------
        Segmentation
            Instances of which half or more lie under the overlay are left out.
        """
        if _says_nothing(pixels, overlay):
            return _nothing_found(pixels.shape)
        views = _Views(self, pixels.astype(np.float32), overlay)
        wanted = self._settings.working_scale
        if wanted == "auto":
            wanted = choose_working_scale(views.look, pixels.shape, self._input)
        scale = float(wanted)
        prediction = views.prediction(scale)
        working, scores = self.decode(prediction)
        threshold = self._decoding.foreground_threshold
        # A closed hole mirrors its probability, so that the map stays continuous at its rim.
        closed = (working > 0) & (prediction[0] < threshold)
        foreground = np.where(closed, 2 * threshold - prediction[0], prediction[0])
        probability = probability_at(foreground, pixels.shape, threshold)
        labels, kept = _visible(labels_at(working, probability >= 0.5), overlay)
        values, hidden = views.values(scale)
        polarity = measure_polarity(values, np.where(np.isin(working, kept), working, 0), hidden)
        _log.info("%d particles at working scale %.3g, %s", len(kept), scale, polarity)
        findings = () if len(kept) else (NO_PARTICLES,)
        return Segmentation(labels, probability, scores[kept - 1], polarity, scale, findings)

    def predict(self, values: np.ndarray) -> np.ndarray:
        """Predict normalised working pixels: (h, w) float32 -> (3, h, w) float32, 0..1."""
        return predict_tiled(
            self._predict,
            values,
            tile_px=self._settings.tile_px,
            halo_px=self._input.halo_px,
            batch=self._settings.batch,
            stride_px=self._stride_px,
        )

    def decode(self, prediction: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Part a prediction into instances at working pixels; see `decode`."""
        return decode(prediction, self._decoding)


class _Views:
    """One picture at the working scales at which it was looked at."""

    def __init__(self, segmenter: Segmenter, pixels: np.ndarray, overlay: np.ndarray) -> None:
        self._segmenter = segmenter
        self._pixels = pixels
        self._overlay = overlay
        self._values: dict[tuple[int, int], tuple[np.ndarray, np.ndarray]] = {}
        self._predictions: dict[tuple[int, int], np.ndarray] = {}

    def values(self, scale: float) -> tuple[np.ndarray, np.ndarray]:
        """Return normalised grey values (h, w) float32 and hidden (h, w) bool at a scale."""
        shape = working_shape(self._pixels.shape, scale)
        if shape not in self._values:
            hidden = resample_overlay(self._overlay, shape)
            values = normalise(resample(self._pixels, shape), hidden)
            self._values = {shape: (values, hidden)}  # one is needed at a time
        return self._values[shape]

    def prediction(self, scale: float) -> np.ndarray:
        """Predict the whole picture at a scale."""
        shape = working_shape(self._pixels.shape, scale)
        if shape not in self._predictions:
            self._predictions[shape] = self._segmenter.predict(self.values(scale)[0])
        return self._predictions[shape]

    def look(self, scale: float) -> Look:
        """Segment the picture at a scale; of a large one only some windows."""
        shape = working_shape(self._pixels.shape, scale)
        if shape[0] * shape[1] <= _LOOK_PX2:
            return _look(scale, [self._instances(self.prediction(scale))])
        values, _ = self.values(scale)
        windows = [(y, x) for y in _windows(shape[0]) for x in _windows(shape[1])]
        parts = [
            self._instances(self._segmenter.predict(values[rows, columns]), cut=True)
            for rows, columns in windows
        ]
        seen_px2 = sum((y.stop - y.start) * (x.stop - x.start) for y, x in windows)
        return _look(scale, parts, seen_px2 / math.prod(shape))

    def _instances(self, prediction: np.ndarray, *, cut: bool = False) -> np.ndarray:
        """Return (n, 2): area in working px^2 and quality; if cut, without those at the frame."""
        labels, scores = self._segmenter.decode(prediction)
        areas = np.bincount(labels.ravel(), minlength=len(scores) + 1)[1:]
        quality = scores * consistency(prediction, labels)
        if cut:
            frame = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
            whole = np.ones(len(areas) + 1, dtype=bool)
            whole[frame] = False
            areas, quality = areas[whole[1:]], quality[whole[1:]]
        return np.column_stack([areas, quality])


def load_segmenter(bundle: Path, *, device: str, settings: SegmentationSettings) -> Segmenter:
    """Load a trained bundle for segmentation.

    Parameters
    ----------
    bundle : Path
        Its folder.
    device : "cpu" or "cuda"
        As `resolve_device` gives it.
    settings : SegmentationSettings

    Returns
    -------
    Segmenter

    Notes
    -----
    torch is told to use one thread, for good: with two, single-precision results differ, and
    processes that are forked later hang. Pictures are worked on side by side instead.
    """
    torch.set_num_threads(1)
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
    read = read_bundle(bundle)
    if read.card["task"] != "segmentation":
        raise BundleError(f"{bundle}: its task is {read.card['task']}, segmentation is needed")
    network = build_network(read.card["architecture"])
    try:
        network.load_state_dict(dict(read.state_dict), strict=True)
    except RuntimeError as error:
        raise BundleError(f"{bundle}: weights do not fit the architecture: {error}") from error
    stride_px = stride_of(network)
    on_tiles = NetworkOnTiles(fold_batch_norm(network), torch.device(device), settings.precision)
    return Segmenter(
        on_tiles,
        stride_px,
        InputParameters.from_mapping(read.card["input"]),
        DecodingParameters.from_mapping(read.card["decoding"]),
        settings,
    )


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


def _says_nothing(pixels: np.ndarray, overlay: np.ndarray) -> bool:
    """Tell whether all visible pixels are equal or there are none."""
    visible = pixels[~overlay]
    return visible.size == 0 or bool(visible.min() == visible.max())


def _nothing_found(shape: tuple[int, int]) -> Segmentation:
    labels = np.zeros(shape, dtype=np.int32)
    probability = np.zeros(shape, dtype=np.float32)
    return Segmentation(labels, probability, np.zeros(0), None, 1.0, (NO_PARTICLES,))


def _look(scale: float, parts: list[np.ndarray], share: float = 1.0) -> Look:
    areas, quality = np.concatenate(parts).T
    return Look(scale, 2 * np.sqrt(areas / np.pi), quality, share)


def _windows(length: int) -> list[slice]:
    """Return windows spread over one axis, together about the root of `_LOOK_PX2` long."""
    side = min(length, math.isqrt(_LOOK_PX2) // _LOOK_WINDOWS)
    centres = (np.arange(_LOOK_WINDOWS) + 0.5) * length / _LOOK_WINDOWS
    starts = {int(min(max(0, centre - side / 2), length - side)) for centre in centres}
    return [slice(start, start + side) for start in sorted(starts)]


def _visible(labels: np.ndarray, overlay: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Leave out instances that are gone or mostly hidden, and number the rest 1..n.

    Returns
    -------
    labels : (H, W) int32
    kept : (n,) int64
        Their former numbers, ascending.
    """
    areas = np.bincount(labels.ravel())
    hidden = np.bincount(labels[overlay], minlength=len(areas))
    keep = (areas > 0) & (hidden < _HIDDEN_SHARE * areas)
    keep[0] = False
    number = (np.cumsum(keep) * keep).astype(np.int32)
    return number[labels], np.flatnonzero(keep)
