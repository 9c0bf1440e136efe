"""Class probabilities of all particles of a micrograph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from scipy import ndimage

from nanocensus.bundles import Bundle, BundleError, read_bundle

from .crops import CropSettings, particle_crop
from .network import ClassifierNetwork, build_classifier_network

_PER_BATCH = 64
QUESTIONS = ("shape", "completeness")


class Classifier:
    """A trained network with its crops and the temperatures of its probabilities.

    Notes
    -----
    Probabilities are softmax(logits / T) with one temperature T per question, fitted on
    validation particles, so that of the particles given 80 % about 80 % are right. They are the
    mean over `views` (the crop turned and mirrored), which does not depend on other particles;
    batches hold particles of one micrograph only.
    """

    def __init__(self, bundle: Bundle, *, device: str) -> None:
        card = bundle.card
        if card["task"] != "classification":
            raise BundleError(
                f"{bundle.folder}: its task is {card['task']!r}; a classification bundle is needed"
            )
        self.classes: dict[str, list[str]] = {q: list(card["classes"][q]) for q in QUESTIONS}
        self.crops = CropSettings.from_card(card["input"])
        self._temperatures = {q: float(card["decoding"]["temperatures"][q]) for q in QUESTIONS}
        self._views = int(card["decoding"]["views"])
        self._device = device
        network = build_classifier_network(card["architecture"], self.classes)
        network.load_state_dict(bundle.state_dict)
        self._network = network.to(device).eval()

    @property
    def columns(self) -> list[str]:
        """Columns of what `classify` returns."""
        return ["particle"] + [f"p_{q}_{name}" for q in QUESTIONS for name in self.classes[q]]

    def classify(
        self,
        pixels: NDArray[np.generic],
        labels: NDArray[np.integer],
        polarity: str | None,
        overlay: NDArray[np.bool_],
    ) -> pd.DataFrame:
        """Tell shape and completeness of every particle.

        Parameters
        ----------
        pixels : (H, W), the prepared micrograph.
        labels : (H, W) int, 0 is background, every other number one particle.
        polarity : "bright" or "dark", of the particles against their background; None where
            there are no particles to compare.
        overlay : (H, W) bool, pixels hidden by something drawn.

        Returns
        -------
        pandas.DataFrame
            particle (int) and one column p_<question>_<class> (float) per class; one row per
            particle by increasing number, none for a micrograph without particles.
        """
        if polarity not in ("bright", "dark") and labels.any():
            raise ValueError(f"polarity is {polarity!r}; allowed are 'bright' and 'dark'")
        numbers: list[int] = []
        parts: list[NDArray[np.float64]] = []
        for batch_numbers, crops in self._batches(pixels, labels, polarity == "dark", overlay):
            numbers += batch_numbers
            parts.append(self._probabilities(crops))
        table = np.concatenate(parts) if parts else np.empty((0, len(self.columns) - 1))
        frame = pd.DataFrame(table, columns=self.columns[1:])
        frame.insert(0, "particle", np.array(numbers, dtype=np.int64))
        return frame

    def _batches(
        self,
        pixels: NDArray[np.generic],
        labels: NDArray[np.integer],
        dark: bool,
        overlay: NDArray[np.bool_],
    ) -> Iterator[tuple[list[int], NDArray[np.float32]]]:
        """Give the numbers and crops of so many particles at a time."""
        places = [
            (number, place)
            for number, place in enumerate(ndimage.find_objects(labels.astype(np.int64)), start=1)
            if place is not None
        ]
        for start in range(0, len(places), _PER_BATCH):
            chosen = places[start : start + _PER_BATCH]
            crops = [
                particle_crop(
                    pixels,
                    labels[place] == number,
                    overlay,
                    (place[0].start, place[1].start),
                    settings=self.crops,
                    dark=dark,
                )
                for number, place in chosen
            ]
            yield [number for number, _ in chosen], np.stack(crops)

    @torch.inference_mode()
    def _probabilities(self, crops: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return (n, all classes) probabilities, question after question."""
        given = torch.from_numpy(crops).to(self._device)
        logits = view_logits(self._network, given, self._views)
        means = mean_probabilities(logits, self._temperatures)
        return np.concatenate([means[q].double().cpu().numpy() for q in QUESTIONS], axis=1)


def view_logits(
    network: ClassifierNetwork, crops: torch.Tensor, views: int
) -> dict[str, torch.Tensor]:
    """Return question -> (views, n, classes) logits of the crops turned and mirrored.

    Quarter turns come first, then those of the mirrored crop: `views` is 1 to 8.
    """
    seen = [
        network(torch.rot90(crops.flip(3) if view >= 4 else crops, view % 4, (2, 3)))
        for view in range(views)
    ]
    return {question: torch.stack([logits[question] for logits in seen]) for question in seen[0]}


def mean_probabilities(
    logits: Mapping[str, torch.Tensor], temperatures: Mapping[str, float]
) -> dict[str, torch.Tensor]:
    """Return question -> (n, classes) probabilities, the mean over the views of `view_logits`."""
    return {q: torch.softmax(given / temperatures[q], dim=2).mean(0) for q, given in logits.items()}


def load_classifier(folder: Path, *, device: str) -> Classifier:
    """Load a classification bundle onto a device ("cpu" or "cuda").

    Torch is set to one thread of its own: fp32 results differ between one and two of them.
    """
    torch.set_num_threads(1)
    return Classifier(read_bundle(folder), device=device)
