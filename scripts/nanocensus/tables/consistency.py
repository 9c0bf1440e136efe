"""What only a look at several micrographs of a sample shows: scales and sizes that do not fit."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from nanocensus.micrographs import IN_SHEET, Finding
from nanocensus.statistics import magnifications, weighted_quantiles
from nanocensus.tables.certificates import stated_pixel_size_nm
from nanocensus.tables.pictures import Picture

# One instrument at one magnification and picture width has one pixel size; what focus and the
# rounding of tags add stays below this.
_PIXEL_SIZE_TOLERANCE = 0.005
# Vendors' magnifications are rounded to three digits, and pixel sizes to four.
_PRINT_WIDTH_TOLERANCE = 0.02
# Sizes that drift more than this with the magnification are a matter of scale or resolution.
_DRIFT = 1.1
_STANDARD_ERRORS = 3.0
# Below so many micrographs the spread of their medians says too little about one of them.
_LEAST_FOR_OUTLIERS = 6
_OUTLIER = 3.0
_MAD_OF_NORMAL = 1.4826
# What the choice among half steps may differ by without being another view of the particles.
_SAME_RESOLUTION = 2.0 * (1 + 1e-9)


def pixel_size_findings(pictures: Sequence[Picture]) -> dict[int, list[Finding]]:
    """Return warnings on pixel sizes that differ at one magnification within a sample.

    Returns
    -------
    dict of int to list of Finding
        By place in the list. Where most pictures agree, the others are warned about; where
        there is no majority, all are.
    """
    groups: dict[tuple, list[int]] = {}
    for place, picture in enumerate(pictures):
        key = (picture.number("magnification"), picture.number("columns_raw"))
        if (
            picture.readable
            and picture.number("pixel_size_nm") > 0
            and all(map(math.isfinite, key))
        ):
            groups.setdefault((picture.sample, picture.text("instrument"), *key), []).append(place)
    found: dict[int, list[Finding]] = {}
    for (_, _, magnification, _), places in groups.items():
        sizes = np.array([stated_pixel_size_nm(pictures[place].facts) for place in places])
        for at, others in _odd_ones(sizes, _PIXEL_SIZE_TOLERANCE):
            found[places[at]] = [_pixel_size_differs(float(sizes[at]), others, magnification)]
    return found


def _odd_ones(values: NDArray[np.float64], tolerance: float) -> Iterator[tuple[int, float]]:
    """Give the place of each value that is off, and what the others say.

    Where most agree with the middle, those that do not; without a majority all.
    """
    usual = float(np.sort(values)[(values.size - 1) // 2])
    agree = np.abs(values / usual - 1) <= tolerance
    if agree.all():
        return
    majority = 2 * agree.sum() > values.size
    for at, value in enumerate(values):
        if not (majority and agree[at]):
            yield at, usual if majority else float(values[np.argmax(np.abs(values - value))])


def _pixel_size_differs(size: float, others: float, magnification: float) -> Finding:
    return Finding(
        "pixel_size_inconsistent",
        "warn",
        f"pixel size {size:.4g} nm, but {others:.4g} nm in another picture of this sample with "
        f"the same instrument, width and magnification ({magnification:.6g}): one of them is "
        "resized or wrongly tagged; check, and give pixel_size_nm "
        f"{IN_SHEET}",
    )


def print_width_findings(pictures: Sequence[Picture]) -> dict[int, list[Finding]]:
    """Return warnings on micrographs whose pixel size and magnification do not go together.

    Returns
    -------
    dict of int to list of Finding
        By place in the list. Over the whole campaign, pictures of one instrument and one width are
        compared by `print_width_mm`, pixel size x width x magnification, which such an instrument
        keeps at every magnification. Where most agree, the others are warned about; two that
        differ are both.
    """
    groups: dict[tuple[str, float], list[int]] = {}
    for place, picture in enumerate(pictures):
        if picture.readable and picture.text("instrument") and picture.number("print_width_mm") > 0:
            key = (picture.text("instrument"), picture.number("columns_raw"))
            groups.setdefault(key, []).append(place)
    found: dict[int, list[Finding]] = {}
    for places in groups.values():
        widths = np.array([pictures[place].number("print_width_mm") for place in places])
        for at, others in _odd_ones(widths, _PRINT_WIDTH_TOLERANCE):
            found[places[at]] = [_print_width_differs(float(widths[at]), others)]
    return found


def _print_width_differs(width_mm: float, others_mm: float) -> Finding:
    return Finding(
        "print_width_inconsistent",
        "warn",
        f"pixel size x width x magnification is {width_mm:.4g} mm, {others_mm:.4g} mm in other "
        "pictures of this instrument and width: pixel size or magnification of one is wrong, or it "
        "is a resized copy; check, and give pixel_size_nm "
        f"{IN_SHEET}",
    )


def working_scale_findings(pictures: Sequence[Picture]) -> dict[int, list[Finding]]:
    """Return warnings on micrographs that the segmentation saw at another resolution.

    Returns
    -------
    dict of int to list of Finding
        By place in the list. Micrographs with particles are compared within a sample and a
        magnification, by their pixel size over the working scale: nm per pixel that the model
        saw. Those more than a factor of 2 off the median (of logarithms) are warned about.
    """
    samples: dict[str, list[int]] = {}
    for place, picture in enumerate(pictures):
        known = min(picture.number("pixel_size_nm"), picture.number("working_scale")) > 0
        if picture.readable and known and picture.number("n_particles") > 0:
            samples.setdefault(picture.sample, []).append(place)
    found: dict[int, list[Finding]] = {}
    for places in samples.values():
        pixel_nm = np.array([pictures[at].number("pixel_size_nm") for at in places])
        seen_nm = pixel_nm / [pictures[at].number("working_scale") for at in places]
        group = magnifications(pixel_nm)
        for at, place in enumerate(places):
            usual_nm = math.exp(float(np.median(np.log(seen_nm[group == group[at]]))))
            if abs(math.log(seen_nm[at] / usual_nm)) > math.log(_SAME_RESOLUTION):
                found[place] = [_working_scale_differs(float(seen_nm[at]), usual_nm)]
    return found


def _working_scale_differs(seen_nm: float, usual_nm: float) -> Finding:
    return Finding(
        "working_scale_differs",
        "warn",
        f"the segmentation worked at {seen_nm:.3g} nm per pixel, at {usual_nm:.3g} nm in the "
        "middle of this sample: seen at another resolution than the others; compare its outlines, "
        "or set segment.working_scale",
    )


def outline_findings(pictures: Sequence[Picture]) -> dict[int, list[Finding]]:
    """Return warnings on samples whose micrographs are measured by different outlines.

    Returns
    -------
    dict of int to list of Finding
        By place in the list. Counted micrographs with particles are compared within a sample: where
        some have outlines on the picture's edges (`edge_model`) and some the network's alone, the
        latter are warned about.
    """
    samples: dict[str, list[int]] = {}
    for place, picture in enumerate(pictures):
        if picture.counted and picture.number("n_particles") > 0:
            samples.setdefault(picture.sample, []).append(place)
    found: dict[int, list[Finding]] = {}
    for places in samples.values():
        masks = [place for place in places if not pictures[place].text("edge_model")]
        if len(masks) < len(places):
            found |= {place: [_outlines_differ(len(places) - len(masks))] for place in masks}
    return found


def _outlines_differ(n_refined: int) -> Finding:
    return Finding(
        "outlines_differ",
        "warn",
        f"measured by the network's outlines, but {n_refined} counted in this sample by the edges "
        "that the pictures show: their sizes may differ by some px; `outline: {edge: none}` "
        "measures all alike",
    )


def size_outliers(
    micrograph: NDArray[np.int64], ecd_nm: NDArray[np.float64], weight: NDArray[np.float64]
) -> dict[int, float]:
    """Return the micrographs of one sample whose median size stands out.

    Parameters
    ----------
    micrograph : (n,) int64
        Number of the micrograph of each counted particle.
    ecd_nm, weight : (n,) float64

    Returns
    -------
    dict of int to float
        Number of the micrograph to its median over the middle of all medians. Empty below six
        micrographs.

    Notes
    -----
    With d_m = ln median_m - median of all ln medians and the standard error e_m of a median of
    n_m sizes, z_m = d_m / e_m; standing out is |z_m| > 3 · 1.4826 · median |z|, so that a
    micrograph of few particles may lie further off. e_m is proportional to 1/√n_m; the factor
    cancels.
    """
    seen, unit, number = np.unique(micrograph, return_inverse=True, return_counts=True)
    if seen.size < _LEAST_FOR_OUTLIERS:
        return {}
    medians = np.array(
        [
            weighted_quantiles(ecd_nm[unit == at], weight[unit == at], [0.5])[0]
            for at in range(seen.size)
        ]
    )
    deviation = np.log(medians) - np.median(np.log(medians))
    z = np.abs(deviation) * np.sqrt(number)
    limit = _OUTLIER * _MAD_OF_NORMAL * np.median(z)
    return {int(seen[at]): math.exp(deviation[at]) for at in np.flatnonzero(z > limit)}


def size_outlier_finding(ratio: float) -> Finding:
    """Return the warning on a micrograph whose median is `ratio` of the others' middle."""
    return Finding(
        "size_outlier",
        "warn",
        f"median size {ratio - 1:+.0%} off the middle of the sample's micrographs, more than "
        "their spread explains: check its pixel size, focus and outlines; it stays counted",
    )


def magnification_drift(
    micrograph: NDArray[np.int64], ecd_nm: NDArray[np.float64], pixel_nm: NDArray[np.float64]
) -> tuple[float, float, float] | None:
    """Return two magnifications of one sample at which sizes differ more than by chance.

    Parameters
    ----------
    micrograph : (n,) int64
        Number of the micrograph of each particle.
    ecd_nm : (n,) float64
        Sizes that every magnification shows.
    pixel_nm : (micrographs,) float64
        Pixel size of each micrograph.

    Returns
    -------
    (float, float, float) or None
        The finer and the coarser pixel size, nm, and size at the coarser over size at the finer.
        Of magnifications with two micrographs or more the two whose mean ln median differ most, if
        by more than 10 % and more than three standard errors of the difference.
    """
    units = np.unique(micrograph)
    medians = np.array([np.log(np.median(ecd_nm[micrograph == unit])) for unit in units])
    group = magnifications(pixel_nm[units])
    levels = []
    for number in np.unique(group):
        own = medians[group == number]
        if own.size > 1:
            levels.append(
                (pixel_nm[units][group == number].min(), own.mean(), own.var(ddof=1) / own.size)
            )
    if len(levels) < 2:
        return None
    ends = min(levels, key=lambda level: level[1]), max(levels, key=lambda level: level[1])
    (fine_nm, at_fine, v_fine), (coarse_nm, at_coarse, v_coarse) = sorted(ends)
    difference = float(at_coarse - at_fine)
    if abs(difference) <= max(math.log(_DRIFT), _STANDARD_ERRORS * math.sqrt(v_fine + v_coarse)):
        return None
    return float(fine_nm), float(coarse_nm), math.exp(difference)


def mixed_conditions(pictures: Iterable[Picture]) -> list[str]:
    """Return notes on recording conditions that differ between micrographs of a sample."""
    pictures = [picture for picture in pictures if picture.counted]
    notes = []
    for fact, name in (
        ("instrument", "instruments"),
        ("detector", "detectors"),
        ("modality", "modalities"),
        ("voltage_kv", "voltages (kV)"),
    ):
        values = sorted({picture.text(fact) for picture in pictures} - {""})
        if len(values) > 1:
            notes.append(f"micrographs of {len(values)} {name}: {', '.join(values)}")
    return notes
