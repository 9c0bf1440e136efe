"""A trained bundle made ready to segment pictures, one at a time."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nanocensus.micrographs import Finding

from .decoding import Decoded, complete, decode
from .doubt import DOUBTFUL, doubts
from .estimate import measure_signs, predict_f1
from .memory import check_scale, largest_scale
from .polarity import Polarity, measure_polarity
from .resampling import labels_at, mean_at_first, probability_at
from .scale import Choice, choose_working_scale, finer_scale, mean_conviction
from .settings import (
    DecodingParameters,
    EstimateParameters,
    InputParameters,
    SegmentationSettings,
)
from .strips import renumber, strips
from .tiling import TileFunction, predict_tiled
from .views import Views
from .visibility import keep_visible, says_nothing

_log = logging.getLogger(__name__)

NO_PARTICLES = Finding(
    "no_particles",
    "empty",
    "no particles were found; if there are some, look whether the picture was cropped rightly, "
    "try another working_scale, or train the model on such material",
)

UNCONVINCING = Finding(
    "unconvincing_segmentation",
    "warn",
    "no resolution gave convincing particles: look at the outlines; if they are wrong, try "
    "another working_scale, or train the model on such material",
)

COARSE_LOOK = Finding(
    "coarse_look",
    "warn",
    "the picture is too large to be looked at in its own resolution: particles below the detection "
    "floor were not found; cut it into smaller pictures if they matter",
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
    detection_floor_px : float
        Area-equivalent diameter, px of the picture, below which an instance is removed as a
        speck: that of `DecodingParameters.min_area_px` at the working scale.
    n_removed_specks : int
        Instances removed at working px because their area is below this floor.
    n_removed_hidden : int
        Instances removed because half or more of their pixels lie under the overlay.
    n_removed_lost : int
        What the way from working px back to the picture's took: instances without a pixel left,
        and each 4-connected part of an instance beside its largest one. 0 at a scale of 1.
    findings : tuple of Finding
    signs : (2,) float64 or None
        What the estimate is made of, see `nanocensus.segmentation.estimate.measure_signs`.
    predicted_f1_50 : float or None
        Estimate of F1 at IoU 0.5 against a person's outlines, 0..1. None, as `signs`, without
        particles or where the bundle's card has no `estimate`.
    """

    labels: np.ndarray
    probability: np.ndarray
    particle_probability: np.ndarray
    polarity: Polarity | None
    working_scale: float
    detection_floor_px: float
    n_removed_specks: int
    n_removed_hidden: int
    n_removed_lost: int
    findings: tuple[Finding, ...]
    signs: np.ndarray | None = None
    predicted_f1_50: float | None = None

    @property
    def convincing(self) -> bool:
        """Whether nothing speaks against the particles as a whole, by resolution or estimate."""
        return not any(f.code in (UNCONVINCING.code, DOUBTFUL) for f in self.findings)


class _Found(NamedTuple):
    """Instances in the picture's own pixels; names as in `Segmentation`."""

    labels: np.ndarray
    probability: np.ndarray
    scores: np.ndarray
    n_hidden: int
    n_lost: int


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
    estimate : EstimateParameters, optional
        Without them no estimate is given.
    """

    def __init__(
        self,
        predict: TileFunction,
        stride_px: int,
        input_parameters: InputParameters,
        decoding: DecodingParameters,
        settings: SegmentationSettings,
        estimate: EstimateParameters | None = None,
    ) -> None:
        self._predict = predict
        self._stride_px = stride_px
        self._input = input_parameters
        self._decoding = decoding
        self._settings = settings
        self._estimate = estimate

    @property
    def decoding(self) -> DecodingParameters:
        """How predictions become particles."""
        return self._decoding

    def with_decoding(self, decoding: DecodingParameters) -> Segmenter:
        """Return a segmenter with the same network and another decoding."""
        return Segmenter(
            self._predict, self._stride_px, self._input, decoding, self._settings, self._estimate
        )

    def with_estimate(self, estimate: EstimateParameters) -> Segmenter:
        """Return a segmenter with the same network and decoding that estimates how good it is."""
        return Segmenter(
            self._predict, self._stride_px, self._input, self._decoding, self._settings, estimate
        )

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

        Raises
        ------
        MicrographError
            The picture needs more memory than `MEMORY_PER_PICTURE` (`too_large`).
        """
        largest = largest_scale(pixels.shape)
        if says_nothing(pixels, overlay):
            return self._nothing_found(pixels.shape)
        views = Views(self, pixels, overlay)
        choice = self._choose(views, pixels.shape, largest)
        scale = choice.scale
        first = views.prediction(scale)
        # of one look, so that the estimate means the same whatever the quality
        seen = mean_conviction(views.densest_look(scale, first), self._input)
        choice = choice._replace(conviction=seen)
        signs = None if self._estimate is None else measure_signs(seen, first[0])
        prediction, decoded = self._answer(views, first, pixels.shape, scale, largest)
        del first
        views.forget()
        foreground = self._close_holes(prediction[0], decoded.labels)
        del prediction
        found = self._in_picture(foreground, decoded, overlay)
        del foreground
        polarity = measure_polarity(views.values(scale)[0], decoded.labels, views.values(scale)[1])
        _log.info("%d particles at working scale %.3g, %s", len(found.scores), scale, polarity)
        found_any = len(found.scores) > 0
        predicted_f1_50 = None
        if self._estimate is not None and signs is not None and found_any:
            predicted_f1_50 = float(predict_f1(signs, self._estimate))
        return Segmentation(
            labels=found.labels,
            probability=found.probability,
            particle_probability=found.scores,
            polarity=polarity,
            working_scale=scale,
            detection_floor_px=self._detection_floor_px(scale),
            n_removed_specks=decoded.n_specks,
            n_removed_hidden=found.n_hidden,
            n_removed_lost=found.n_lost,
            findings=self._findings(choice.convinces, largest, predicted_f1_50)
            if found_any
            else (NO_PARTICLES,),
            signs=signs if found_any else None,
            predicted_f1_50=predicted_f1_50,
        )

    def _findings(
        self, convincing: bool, largest: float, predicted_f1_50: float | None
    ) -> tuple[Finding, ...]:
        """Say what has to be known of a picture's particles as a whole."""
        findings: tuple[Finding, ...] = () if convincing else (UNCONVINCING,)
        if largest < 1 and self._settings.working_scale == "auto":
            findings += (COARSE_LOOK,)
        if predicted_f1_50 is not None and self._estimate is not None:
            findings += doubts(predicted_f1_50, self._estimate)
        return findings

    def see(self, pixels: np.ndarray, overlay: np.ndarray) -> np.ndarray:
        """Predict a picture as `segment` does, at the working scale: (3, h, w) float32, 0..1."""
        largest = largest_scale(pixels.shape)
        views = Views(self, pixels, overlay)
        scale = self._choose(views, pixels.shape, largest).scale
        first = views.prediction(scale)
        return self._answer(views, first, pixels.shape, scale, largest)[0]

    def part(self, prediction: np.ndarray, overlay: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Part what `see` gave into particles as `segment` does.

        Returns
        -------
        labels : (H, W) int32
            In the picture's own pixels.
        particle_probability : (n,) float64, 0..1
        """
        decoded = self.decode(prediction)
        foreground = self._close_holes(prediction[0], decoded.labels)
        found = self._in_picture(foreground, decoded, overlay)
        return found.labels, found.scores

    def _in_picture(self, foreground: np.ndarray, decoded: Decoded, overlay: np.ndarray) -> _Found:
        """Bring instances from working px to the picture's; the hidden and lost are taken out.

        They are taken out of the decoded labels, too, in place.
        """
        working, scores, _ = decoded
        probability = probability_at(foreground, overlay.shape, self._decoding.foreground_threshold)
        labels, n_parts = labels_at(working, probability >= 0.5)
        kept, n_hidden, n_vanished = keep_visible(labels, overlay, len(scores))
        number = np.zeros(len(scores) + 1, dtype=working.dtype)
        number[kept] = kept
        renumber(working, number)
        return _Found(labels, probability, scores[kept - 1], n_hidden, n_vanished + n_parts)

    def _choose(self, views: Views, shape: tuple[int, int], largest: float) -> Choice:
        """Find the working scale, or judge the one that is set."""
        wanted = self._settings.working_scale
        if wanted == "auto":
            thorough = self._settings.quality != "fast"
            return choose_working_scale(views.look, shape, self._input, largest, thorough=thorough)
        check_scale(shape, wanted)
        return Choice(float(wanted), mean_conviction(views.look(wanted), self._input))

    def _answer(
        self,
        views: Views,
        first: np.ndarray,
        shape: tuple[int, int],
        scale: float,
        largest: float,
    ) -> tuple[np.ndarray, Decoded]:
        """Return the prediction at the working scale, and the instances in it.

        Unless the quality is `fast`, it is the mean of what is seen there and half a step finer,
        where a look has mostly been taken already. Answers at two sizes err at different places.
        """
        best = self._settings.quality == "best"
        finer = finer_scale(scale, shape, largest, enlarged=best)
        if self._settings.quality == "fast" or (finer is None and not best):
            return views.instances(scale, first)
        prediction = views.prediction_turned(scale, first) if best else first
        if finer is not None:
            second = views.prediction(finer)
            if best:
                second = views.prediction_turned(finer, second)
            prediction = mean_at_first(prediction, second)
        return prediction, self.decode(prediction)

    def _detection_floor_px(self, scale: float) -> float:
        return 2 * math.sqrt(self._decoding.min_area_px / math.pi) / scale

    def _close_holes(self, foreground: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Return the foreground (h, w) float32 with the probability of closed holes mirrored.

        So the map stays continuous at a hole's rim.
        """
        threshold = self._decoding.foreground_threshold
        closed = np.empty_like(foreground)
        for rows in strips(closed.shape):
            given = foreground[rows]
            hole = (labels[rows] > 0) & (given < threshold)
            closed[rows] = np.where(hole, 2 * threshold - given, given)
        return closed

    def _nothing_found(self, shape: tuple[int, int]) -> Segmentation:
        return Segmentation(
            labels=np.zeros(shape, dtype=np.int32),
            probability=np.zeros(shape, dtype=np.float32),
            particle_probability=np.zeros(0),
            polarity=None,
            working_scale=1.0,
            detection_floor_px=self._detection_floor_px(1.0),
            n_removed_specks=0,
            n_removed_hidden=0,
            n_removed_lost=0,
            findings=(NO_PARTICLES,),
        )

    def predict(self, values: np.ndarray) -> np.ndarray:
        """Predict normalised working pixels: (h, w) float32 -> (3, h, w) float32, 0..1."""
        prediction = predict_tiled(
            self._predict,
            values,
            tile_px=self._settings.tile_px,
            halo_px=self._input.halo_px,
            batch=self._settings.batch,
            stride_px=self._stride_px,
        )
        return complete(prediction, self._decoding.foreground_threshold)

    def decode(self, prediction: np.ndarray) -> Decoded:
        """Part a prediction into instances at working pixels; see `decode`."""
        return decode(prediction, self._decoding)
