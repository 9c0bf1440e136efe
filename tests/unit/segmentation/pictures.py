"""Pictures of discs, and stand-ins for a trained network that answer from the grey values."""

import numpy as np
from scipy import ndimage

from nanocensus.segmentation import Segmentation, targets_from_labels


def disc_labels(shape, discs):
    """Label discs (y, x, radius), px; the first one owns a shared pixel."""
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    labels = np.zeros(shape, dtype=np.int32)
    for number, (y, x, radius) in enumerate(discs, start=1):
        inside = (rows - y) ** 2 + (columns - x) ** 2 <= radius**2
        labels[inside & (labels == 0)] = number
    return labels


def lattice(shape, pitch, radius):
    """Discs on a square lattice."""
    centres = [np.arange(pitch / 2, side, pitch) for side in shape]
    return [(y, x, radius) for y in centres[0] for x in centres[1]]


def grey(labels, *, bright=True, blur=0.7):
    """Give a picture of labels: 200 on 50 or the other way round, uint8."""
    inside, outside = (200, 50) if bright else (50, 200)
    soft = ndimage.gaussian_filter((labels > 0).astype(float), blur)
    return np.rint(outside + (inside - outside) * soft).astype(np.uint8)


def by_brightness(distance_of):
    """Make a network that takes what is brighter than the middle grey for particles."""

    def predict(tiles):
        answers = []
        for tile in tiles:
            labels, _ = ndimage.label(tile > 0)
            exact = targets_from_labels(labels)
            foreground = 1 / (1 + np.exp(-8 * tile))
            answers.append([foreground, exact[1], distance_of(labels, exact[2])])
        return np.array(answers, dtype=np.float32)

    return predict


def segmentation(labels, **others):
    """A segmentation with these labels, plain in everything that `others` does not set."""
    plain = {
        "probability": (labels > 0).astype(np.float32),
        "particle_probability": np.ones(labels.max()),
        "polarity": "bright",
        "working_scale": 1.0,
        "detection_floor_px": 4.0,
        "n_removed_specks": 0,
        "n_removed_hidden": 0,
        "n_removed_lost": 0,
        "findings": (),
    }
    return Segmentation(labels.astype(np.int32), **(plain | others))
