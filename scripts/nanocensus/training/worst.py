"""Pictures drawn with true and predicted outlines, to see where a model fails."""

from __future__ import annotations

import io

import numpy as np
from matplotlib.figure import Figure
from scipy import ndimage
from skimage.segmentation import find_boundaries

_TRUE_COLOUR = (0.1, 0.9, 0.35)
_PREDICTED_COLOUR = (1.0, 0.45, 0.05)
_PANEL_INCHES = 4.2
_DPI = 110
_PANEL_PX = _PANEL_INCHES * _DPI
_SHADES_PERCENT = (0.5, 99.5)  # a few saturated pixels must not flatten the picture


def draw_comparison(
    pixels: np.ndarray, truth: np.ndarray, predicted: np.ndarray, title: str
) -> bytes:
    """Draw a picture alone, with true outlines, and with predicted ones, side by side.

    Parameters
    ----------
    pixels : (H, W) float
        Grey values.
    truth, predicted : (H, W) int
        Instances 1..n, 0 is background.
    title : str

    Returns
    -------
    bytes
        PNG; the same arguments give the same bytes.
    """
    low, high = np.percentile(pixels, _SHADES_PERCENT)
    grey = np.clip((pixels - low) / max(high - low, np.finfo(np.float32).tiny), 0, 1)
    panels = (
        ("picture", _with_outlines(grey, np.zeros_like(truth), _TRUE_COLOUR)),
        (f"labels: {len(np.unique(truth[truth > 0]))}", _with_outlines(grey, truth, _TRUE_COLOUR)),
        (
            f"predicted: {len(np.unique(predicted[predicted > 0]))}",
            _with_outlines(grey, predicted, _PREDICTED_COLOUR),
        ),
    )
    height = _PANEL_INCHES * pixels.shape[0] / pixels.shape[1] + 0.6
    figure = Figure(figsize=(len(panels) * _PANEL_INCHES, height), layout="constrained")
    for axes, (caption, image) in zip(figure.subplots(1, len(panels)), panels, strict=True):
        axes.imshow(image)
        axes.set_title(caption, fontsize=9)
        axes.set_axis_off()
    figure.suptitle(title, fontsize=10, parse_math=False)
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=_DPI, metadata={"Software": None})
    return drawn.getvalue()


def _with_outlines(
    grey: np.ndarray, labels: np.ndarray, colour: tuple[float, float, float]
) -> np.ndarray:
    """Return (H, W, 3) float; outlines are as wide as one pixel of the drawing."""
    image = np.repeat(grey[..., None], 3, axis=-1)
    outlines = find_boundaries(labels, mode="inner")
    wider = round(labels.shape[1] / _PANEL_PX) - 1
    if wider > 0:
        outlines = ndimage.binary_dilation(outlines, iterations=wider)
    image[outlines] = colour
    return image
