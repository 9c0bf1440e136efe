"""How sure a label and a bar belong together, as one probability.

Notes
-----
All pairs of a picture compete with each other and with "none of them": pair k gets
exp(s_k) / (1 + sum exp(s_j)), where s is a weighted sum of its features (a conditional logit model,
McFadden 1974). Pairs that say the same pixel size count together. The weights stand in
``confidence.json``; ``scripts/evaluate_scale_bars.py --fit`` writes it from the tuning papers.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nanocensus.calibration.scale_bar.bars import same_place
from nanocensus.calibration.scale_bar.pairing import FEATURES, Pair

WEIGHTS_FILE = Path(__file__).with_name("confidence.json")
_SAME_REL = 0.03


@dataclass(frozen=True)
class Weights:
    """A fitted model.

    Attributes
    ----------
    values : ndarray of shape (len(FEATURES),), float64
    limit : float
        Least confidence of a reading.
    """

    values: NDArray[np.float64]
    limit: float


@cache
def weights() -> Weights:
    """Return the model in use."""
    return read_weights(WEIGHTS_FILE)


def read_weights(path: Path) -> Weights:
    """Return a model from its file; features that it does not name do not count."""
    held = json.loads(path.read_text(encoding="utf-8"))
    values = [float(held["weights"].get(name, 0.0)) for name in FEATURES]
    return Weights(np.array(values), float(held["limit"]))


def best_pair(pairs: Sequence[Pair], model: Weights) -> tuple[Pair, float] | None:
    """Return the most likely pair and the probability that its pixel size is right."""
    if not pairs:
        return None
    order = np.argsort([-float(pair.features @ model.values) for pair in pairs], kind="stable")
    # The same mark seen at another grey level is no rival: its best outline stands for it.
    kept: list[Pair] = []
    for pair in (pairs[place] for place in order.tolist()):
        if not any(
            pair.label.value_nm == other.label.value_nm and same_place(pair.box, other.box)
            for other in kept
        ):
            kept.append(pair)
    scores = np.array([pair.features @ model.values for pair in kept])
    highest = max(0.0, float(scores.max()))
    shares = np.exp(scores - highest)
    total = float(np.exp(-highest) + shares.sum())
    best = kept[0]
    same = np.array([abs(pair.pixel_size_nm / best.pixel_size_nm - 1) < _SAME_REL for pair in kept])
    return best, float(shares[same].sum() / total)
