"""Quality figures of a micrograph that need its particles."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nanocensus.quality.picture import Figures
from nanocensus.quality.sharpness import edge_width_px


def particle_quality(
    pixels: NDArray[np.generic], labels: NDArray[np.integer], measured: pd.DataFrame
) -> Figures:
    """Return the quality figures that need particles.

    Parameters
    ----------
    pixels : (H, W) uint8, uint16 or float32
    labels : (H, W) int
        0 is background.
    measured : DataFrame
        Rows of the particles with `ecd_px` and `contrast_snr`.

    Returns
    -------
    dict of str to float or None
        None where a figure cannot be measured.

        edge_width_px : median 10-90 % width of the particles' edges, px.
        edge_share : edge_width_px over the median ecd_px: how much of a particle is edge.
        contrast_snr : median of the particles' signed contrast, in noise widths.
        coverage : share of the frame that labels cover.
    """
    width = edge_width_px(pixels, labels)
    ecd = _median(measured["ecd_px"])
    return {
        "edge_width_px": width,
        "edge_share": None if width is None or ecd is None else width / ecd,
        "contrast_snr": _median(measured["contrast_snr"]),
        "coverage": float(np.count_nonzero(labels) / labels.size),
    }


def _median(values: pd.Series) -> float | None:
    known = values.dropna()
    return float(known.median()) if len(known) else None
