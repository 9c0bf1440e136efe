"""The size distribution of each sample, from its counted particles."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nanocensus.statistics import (
    Fields,
    Sizes,
    collapse_small_strata,
    magnifications,
    pooled_weights,
)
from nanocensus.tables.particles import Particles
from nanocensus.tables.pictures import Picture
from nanocensus.tables.settings import CountSettings

# As far apart as pixel sizes of one magnification may be.
_SAME_FLOOR = 1.05


@dataclass(frozen=True)
class SampleParticles:
    """The counted particles of one sample.

    Attributes
    ----------
    name : str
    pictures : tuple of Picture
    rows : slice
        Where all its particles stand in the campaign's table.
    row : (n,) int64
        Where the counted ones stand.
    micrograph : (n,) int64
        Place of each one's micrograph among `pictures`.
    ecd_nm : (n,) float64, nm
        NaN where the micrograph has no pixel size.
    floor_nm : (n,) float64, nm
        Smallest size counted in its micrograph: by the settings, or because the segmentation saw
        nothing smaller at its working scale.
    weight : (n,) float64
        By number: of the edge correction, or pooled over fields that show different sizes.
    strata : (micrographs,) int64
        Magnification of each micrograph, small ones joined.
    magnifications_nm : (m,) float64, nm
        Finest pixel size of each magnification among the micrographs with a counted size.
    pooled : bool
        Whether `weight` was pooled over magnifications or fields of different floors.
    """

    name: str
    pictures: tuple[Picture, ...]
    rows: slice
    row: NDArray[np.int64]
    micrograph: NDArray[np.int64]
    ecd_nm: NDArray[np.float64]
    floor_nm: NDArray[np.float64]
    weight: NDArray[np.float64]
    strata: NDArray[np.int64]
    magnifications_nm: NDArray[np.float64]
    pooled: bool

    @property
    def sized(self) -> NDArray[np.bool_]:
        """Whether each particle has a size in nm, (n,) bool."""
        return self.ecd_nm > 0

    @property
    def sizes(self) -> Sizes | None:
        """The sizes in nm, None where there are none."""
        sized = self.sized
        if not sized.any():
            return None
        return Sizes.of(self.ecd_nm[sized], self.weight[sized], self.micrograph[sized], self.strata)

    def seed(self, seed: int) -> list[int]:
        """Return the seed of this sample's resampling; that of others does not depend on it."""
        return [seed, int(hashlib.sha256(self.name.encode()).hexdigest()[:12], 16)]


def sample_particles(
    name: str,
    pictures: Sequence[Picture],
    particles: Particles,
    settings: CountSettings,
) -> SampleParticles:
    """Gather the counted particles of one sample.

    Parameters
    ----------
    name : str
    pictures : sequence of Picture
        All micrographs of the campaign, in the order of the tables.
    particles : Particles
    settings : CountSettings
    """
    places = [at for at, picture in enumerate(pictures) if picture.sample == name]
    first, number = (places[0], len(places)) if places else (0, 0)
    own = tuple(pictures[first : first + number])
    start, stop = np.searchsorted(particles.picture, [first, first + number])
    row = start + np.flatnonzero(particles.counted[start:stop])
    micrograph = particles.picture[row] - first
    ecd_nm = particles.ecd_nm[row]
    pixel = np.array([picture.number("pixel_size_nm") for picture in own])
    observed = np.array([_observed(picture) for picture in own], dtype=bool) & (pixel > 0)
    has_size = np.isin(np.arange(number), micrograph[ecd_nm > 0])

    magnification, strata = _strata(pixel, observed, has_size)
    used = np.unique(magnification[has_size])
    weight = particles.number("inclusion_weight")[row]
    shows = np.isin(np.arange(number), micrograph)
    floor_nm = pixel * [
        picture.floor_px(settings.min_ecd_px) if needed else np.nan
        for picture, needed in zip(own, observed | shows, strict=True)
    ]
    fields = None
    if used.size > 1 or floors_differ(floor_nm[has_size]):
        fields = _fields(own, observed, floor_nm)
    if fields is not None:
        sized = ecd_nm > 0
        scale = pixel[micrograph[sized]]
        weight[sized] = pooled_weights(
            ecd_nm[sized],
            particles.number("rows_px")[row[sized]] * scale,
            particles.number("columns_px")[row[sized]] * scale,
            (np.cumsum(observed) - 1)[micrograph[sized]],
            fields,
        )
    return SampleParticles(
        name=name,
        pictures=own,
        rows=slice(int(start), int(stop)),
        row=row,
        micrograph=micrograph,
        ecd_nm=ecd_nm,
        floor_nm=floor_nm[micrograph],
        weight=weight,
        strata=strata,
        magnifications_nm=np.array(
            [pixel[has_size & (magnification == value)].min() for value in used]
        ),
        pooled=fields is not None,
    )


def _strata(
    pixel_nm: NDArray[np.float64], observed: NDArray[np.bool_], has_size: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return magnification and stratum of each micrograph, 0 for those not observed."""
    magnification = np.zeros(pixel_nm.size, dtype=np.int64)
    strata = np.zeros(pixel_nm.size, dtype=np.int64)
    if observed.any():
        magnification[observed] = magnifications(pixel_nm[observed])
        strata[observed] = collapse_small_strata(magnification[observed], has_size[observed])
    return magnification, strata


def floors_differ(floor_nm: NDArray[np.float64]) -> bool:
    """Return whether fields differ in the smallest size that they show."""
    return bool(floor_nm.size) and float(floor_nm.max()) > _SAME_FLOOR * float(floor_nm.min())


def _observed(picture: Picture) -> bool:
    """Return whether particles could have been counted, also where there were none."""
    return picture.counted or (picture.status == "empty" and not picture.duplicate_of)


def _fields(
    pictures: Sequence[Picture], observed: NDArray[np.bool_], floor_nm: NDArray[np.float64]
) -> Fields | None:
    """Return the fields for pooling, None where the frame of one is not recorded."""
    known = np.array(
        [
            [picture.number(fact) for fact in ("pixel_size_nm", "rows", "columns", "overlay_share")]
            for picture, seen in zip(pictures, observed, strict=True)
            if seen
        ]
    )
    if not np.isfinite(known).all():
        return None
    pixel, rows, columns, hidden = known.T
    return Fields(pixel, rows, columns, 1 - hidden, floor_nm[observed])
