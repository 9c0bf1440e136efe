"""Quality figures of a micrograph from its grey values alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from nanocensus.quality.noise import noise_sd

Figures = dict[str, float | None]
Floats = NDArray[np.float32]

_SD_PER_MAD = 1.4826  # of a normal distribution
# Sigma of the Laplacian of `focus`, px: single pixels hold little but noise.
_FOCUS_SIGMA_PX = 1.0
_OVERLAY_MARGIN_PX = 4  # how far the filters reach from a burned-in edge
# Annuli of the power spectrum, cycles per px: finer than the particles' outlines as a whole,
# coarser than where the noise takes over.
_ANNULI = ((0.03, 0.06), (0.06, 0.12), (0.12, 0.24))
_RINGS_PER_ANNULUS = 8
_FEWEST_FREQUENCIES = 200
# Frequencies this near to an axis hold scan lines, the frame's edges and JPEG's grid.
_AXIS_MARGIN = 0.012
_LARGEST_SPECTRUM_PX = 2048
_STRIP_PX = 64  # shorter than most streaks, long enough to average the noise away
_BLOCKS_PER_SIDE = 16
_SMALLEST_BLOCK_PX = 8
_ENVELOPES = (0.1, 0.9)
_FIT_ROUNDS = 15


def picture_quality(pixels: NDArray[np.generic], overlay: NDArray[np.bool_]) -> Figures:
    """Return the quality figures that need no particles.

    Parameters
    ----------
    pixels : (H, W) uint8, uint16 or float32
        Grey values, native: not rescaled, not clipped.
    overlay : (H, W) bool
        Where burned-in text or bars hide the picture.

    Returns
    -------
    dict of str to float or None
        None where a figure cannot be measured (too few pixels, no noise).

        focus : variance of the Laplacian of the picture (smoothed, sigma 1 px) over what the
            noise alone would give. 1: nothing finer than noise is seen; sharp edges give
            10 to 1000. It grows with contrast, so compare it within a sample.
        noise_sd : noise, grey values.
        saturation_dark, saturation_bright : share of pixels at the darkest and at the
            brightest value.
        astigmatism : second angular harmonic of the log power spectrum, mean of three
            annuli (3 to 24 % of the sampling frequency), as (largest - smallest) / 2 power
            over directions in nepers. Astigmatism, drift, and fields of parallel particles.
        charging : variance of the means of row pieces of 64 px over that of column pieces,
            both after a high-pass across them. 1: none.
        illumination : range of a degree-2 background over the spread of the ground around
            it. The background is fitted to the dark and to the bright envelope; the flatter
            one counts, because particles raise one of the two only.
    """
    visible = ~overlay
    if not visible.any():
        raise ValueError("the overlay hides the whole picture")
    noise = noise_sd(pixels, visible)
    grey = pixels.astype(np.float32)
    near = ndimage.binary_dilation(overlay, iterations=_OVERLAY_MARGIN_PX)
    grey[overlay] = np.median(grey[visible])
    dark, bright = saturation(pixels[visible])
    return {
        "focus": focus(grey, ~near, noise),
        "noise_sd": noise,
        "saturation_dark": dark,
        "saturation_bright": bright,
        "astigmatism": astigmatism(grey),
        "charging": charging(grey, near),
        "illumination": illumination(grey, overlay, noise),
    }


def saturation(values: NDArray[np.generic]) -> tuple[float, float]:
    """Return the shares of values at the smallest and at the largest value present."""
    return (
        float(np.count_nonzero(values == values.min()) / values.size),
        float(np.count_nonzero(values == values.max()) / values.size),
    )


def focus(grey: Floats, where: NDArray[np.bool_], noise: float) -> float | None:
    """Return the variance of the Laplacian over the variance that white noise gives it."""
    if noise <= 0 or not where.any():
        return None
    impulse = np.zeros((15, 15))
    impulse[7, 7] = 1
    gain = (ndimage.gaussian_laplace(impulse, _FOCUS_SIGMA_PX) ** 2).sum()
    response = ndimage.gaussian_laplace(grey, _FOCUS_SIGMA_PX, mode="nearest")[where]
    return float(np.var(response, dtype=np.float64) / (gain * noise**2))


def astigmatism(grey: Floats) -> float | None:
    """Return the second angular harmonic of the log power, mean of three annuli.

    Notes
    -----
    A point spread with sigma a along one axis and b along the other weakens the power at
    frequency f by exp(-4 pi² f² sigma²), that is ln-power differs by 4 pi² f² (a² - b²)
    between the axes. Within narrow rings the mean is taken away, so the falling of the
    spectrum with frequency does not matter. The mean of the three annuli is one of vectors:
    particles that lie in all directions give each annulus another axis and cancel.
    """
    rows, columns = (min(side, _LARGEST_SPECTRUM_PX) for side in grey.shape)
    top, left = (grey.shape[0] - rows) // 2, (grey.shape[1] - columns) // 2
    cut = grey[top : top + rows, left : left + columns]
    window = np.hanning(rows)[:, None] * np.hanning(columns)
    power = np.abs(fft.rfft2((cut - cut.mean()) * window)) ** 2
    fy = fft.fftfreq(rows)[:, None]
    fx = fft.rfftfreq(columns)[None]
    radius = np.hypot(fy, fx)
    usable = (np.abs(fy) > _AXIS_MARGIN) & (np.abs(fx) > _AXIS_MARGIN) & (power > 0)
    harmonics = []
    for low, high in _ANNULI:
        inside = usable & (radius >= low) & (radius < high)
        if np.count_nonzero(inside) < _FEWEST_FREQUENCIES:
            return None
        ring = ((radius[inside] - low) / (high - low) * _RINGS_PER_ANNULUS).astype(np.int64)
        ln_power = np.log(power[inside])
        ln_power -= (np.bincount(ring, ln_power) / np.maximum(np.bincount(ring), 1))[ring]
        direction = (np.broadcast_to(fx, radius.shape) + 1j * fy)[inside] / radius[inside]
        harmonics.append(2 * (ln_power * direction**2).mean())
    return float(np.abs(np.mean(harmonics)))


def charging(grey: Floats, near_overlay: NDArray[np.bool_]) -> float | None:
    """Return the streak energy along rows over that along columns."""
    along_rows = _streak_energy(grey, near_overlay)
    along_columns = _streak_energy(grey.T, near_overlay.T)
    if along_rows is None or along_columns is None or along_columns <= 0:
        return None
    return along_rows / along_columns


def _streak_energy(grey: Floats, near_overlay: NDArray[np.bool_]) -> float | None:
    """Return the variance of means of row pieces after a high-pass across the rows.

    Values are clipped at three robust sd first: outlines of particles are rare and strong,
    streaks faint and long.
    """
    rows, columns = grey.shape
    strip = min(_STRIP_PX, columns)
    pieces = columns // strip
    if rows < 16 or strip < 16:
        return None
    across = grey[2:-2] - (grey[:-4] + grey[1:-3] + grey[3:-1] + grey[4:]) / 4
    across[near_overlay[2:-2]] = 0
    limit = 3 * _SD_PER_MAD * float(np.median(np.abs(across)))
    clipped = np.clip(across, -limit, limit)[:, : pieces * strip]
    means = clipped.reshape(rows - 4, pieces, strip).mean(axis=2, dtype=np.float64)
    return float(means.var())


def illumination(grey: Floats, overlay: NDArray[np.bool_], noise: float) -> float | None:
    """Return the range of the background over the spread of grey values around it."""
    block = max(min(grey.shape) // _BLOCKS_PER_SIDE, _SMALLEST_BLOCK_PX)
    rows, columns = grey.shape[0] // block, grey.shape[1] // block
    if min(rows, columns) < 4:
        return None
    blocks = _blocks(grey, block).astype(np.float32)
    seen = _blocks(overlay, block).mean(axis=1) < 0.2
    y, x = (axis.ravel() for axis in np.mgrid[:rows, :columns])
    terms = _degree_2(2 * (y + 0.5) / rows - 1, 2 * (x + 0.5) / columns - 1)
    if np.count_nonzero(seen) < 2 * terms.shape[1]:
        return None
    whole = _degree_2(*(axis.ravel() for axis in np.mgrid[-1:1:33j, -1:1:33j]))
    levels = np.quantile(blocks, (*_ENVELOPES, 0.5), axis=1)
    fits = [_robust_fit(terms[seen], level[seen], noise) for level in levels]
    span = min(float(np.ptp(whole @ fit)) for fit in fits[:-1])
    ground = blocks[seen] - (terms[seen] @ fits[-1])[:, None]
    spread = _SD_PER_MAD * float(np.median(np.abs(ground - np.median(ground))))
    spread = max(spread, noise)
    return span / spread if spread > 0 else None


def _blocks(picture: NDArray[np.generic], block: int) -> NDArray[np.generic]:
    """Return the pixels of square blocks, (blocks, block²)."""
    rows, columns = picture.shape[0] // block, picture.shape[1] // block
    cut = picture[: rows * block, : columns * block].reshape(rows, block, columns, block)
    return cut.swapaxes(1, 2).reshape(rows * columns, block * block)


def _degree_2(y: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([np.ones_like(y), y, x, y * y, x * x, y * x], axis=1)


def _robust_fit(
    terms: NDArray[np.float64], levels: NDArray[np.floating], noise: float
) -> NDArray[np.float64]:
    """Return coefficients by reweighted least squares (Tukey's biweight at 4 robust sd)."""
    weights = np.ones(levels.size)
    fit: NDArray[np.float64] = np.zeros(terms.shape[1])
    for _ in range(_FIT_ROUNDS):
        solved = np.linalg.lstsq(terms * weights[:, None], levels * weights, rcond=None)
        fit = solved[0].astype(np.float64, copy=False)
        rest = levels - terms @ fit
        # The blocks' levels scatter by at least a share of the noise.
        scale = max(_SD_PER_MAD * float(np.median(np.abs(rest))), noise / 4)
        if scale <= 0:
            return fit
        weights = np.clip(1 - (rest / (4 * scale)) ** 2, 0, None)
    return fit
