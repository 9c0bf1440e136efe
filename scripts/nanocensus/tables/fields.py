"""Where on the specimen the fields lie, by the positions of the stage."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nanocensus.tables.pictures import Picture

_NM_PER_MM = 1e6
# As many pictures of one magnification at exactly one place say that the tag stands still.
_STANDSTILL = 3
# The date is what stands before the time of day, whatever order its parts have.
_TIME = re.compile(r"(?:^|[ T])\d{1,2}:\d{2}")


@dataclass(frozen=True)
class StageFields:
    """Fields of one sitting whose place and extent are known.

    Attributes
    ----------
    place : (m,) int64
        Of each micrograph in the list of micrographs.
    centre_nm : (m, 2) float64, nm
        Position of the stage, x and y.
    extent_nm : (m, 2) float64, nm
        Width and height of the prepared picture.
    """

    place: NDArray[np.int64]
    centre_nm: NDArray[np.float64]
    extent_nm: NDArray[np.float64]

    def shared_with(self, at: int) -> NDArray[np.float64]:
        """Return which share of the smaller of two fields both show, for each field with one.

        The rotation between stage and scan is not recorded; the fields are taken as parallel.
        """
        distance = np.abs(self.centre_nm - self.centre_nm[at])
        reach = (self.extent_nm + self.extent_nm[at]) / 2 - distance
        common = np.clip(reach, 0.0, np.minimum(self.extent_nm, self.extent_nm[at]))
        area = self.extent_nm.prod(axis=1)
        return common.prod(axis=1) / np.minimum(area, area[at])


def sittings(pictures: Sequence[Picture]) -> Iterator[StageFields]:
    """Give the fields of each sitting: same instrument, same day.

    Positions of the stage mean nothing beyond a sitting, because the specimen is taken out.
    Positions of exactly 0 and those that stand still over three or more pictures of one
    sample and magnification are no positions.
    """
    members: dict[tuple[str, str], list[int]] = {}
    for place, picture in enumerate(pictures):
        known = np.isfinite(_field(picture)).all() and any(_field(picture)[:2])
        if picture.readable and known:
            day = _TIME.split(picture.text("acquired"))[0]
            members.setdefault((picture.text("instrument"), day), []).append(place)
    for key in sorted(members):
        field = np.array([_field(pictures[at]) for at in members[key]])
        samples = pd.factorize(np.array([pictures[at].sample for at in members[key]]))[0]
        moves = ~_stands_still(np.column_stack([samples, field]))
        if moves.any():
            centre, extent = field[moves, :2] * _NM_PER_MM, field[moves, 2:4] * field[moves, 4:]
            yield StageFields(np.array(members[key])[moves], centre, extent)


def _field(picture: Picture) -> NDArray[np.float64]:
    """Return stage x and y (mm), columns and rows (px) and pixel size (nm)."""
    names = ("stage_x_mm", "stage_y_mm", "columns", "rows", "pixel_size_nm")
    return np.array([picture.number(name) for name in names])


def _stands_still(field: NDArray[np.float64]) -> NDArray[np.bool_]:
    _, which, number = np.unique(field, axis=0, return_inverse=True, return_counts=True)
    return number[which.ravel()] >= _STANDSTILL


def share_of_common_fields(pictures: Sequence[Picture]) -> dict[tuple[str, str], float]:
    """Return for pairs of samples which share of their micrographs shows the same fields.

    Returns
    -------
    dict of (sample, sample) to float
        The samples in alphabetic order; of the micrographs of the sample that has fewer, the
        share that has a field of the other sample at the same place. Only pairs above 0.
    """
    number: dict[str, int] = {}
    for picture in pictures:
        number[picture.sample] = number.get(picture.sample, 0) + picture.readable
    common: dict[tuple[str, str], set[int]] = {}
    for fields in sittings(pictures):
        for at, place in enumerate(fields.place):
            sample = pictures[place].sample
            for other in np.flatnonzero(fields.shared_with(at) > 1 / 2):
                its_sample = pictures[fields.place[other]].sample
                if its_sample != sample:
                    common.setdefault((sample, its_sample), set()).add(int(place))
    shares = {}
    for first, second in {tuple(sorted(pair)) for pair in common}:
        fewer, more = sorted((first, second), key=lambda sample: number[sample])
        shares[first, second] = len(common.get((fewer, more), ())) / number[fewer]
    return shares
