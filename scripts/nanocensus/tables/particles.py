"""The table of particles: measured and classified rows side by side, and which of them count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nanocensus.tables.exclusion import COMPLETENESS, decide_classes, excluded_by
from nanocensus.tables.glossary import columns_of, shape_classes
from nanocensus.tables.pictures import Picture
from nanocensus.tables.settings import CountSettings, TablesError

COUNTED, EXCLUDED = "counted", "excluded"
_SHAPE = "p_shape_"
_COMPLETENESS = "p_completeness_"
_WHOLE_NUMBERS = ("rows_px", "columns_px")
_YES_OR_NO = ("touches_frame", "cut_by_overlay")
# More than any picture has labels: one integer holds micrograph and label.
_LABELS = 1 << 32


@dataclass(frozen=True)
class Particles:
    """All particles of the campaign, sorted by sample, micrograph and label.

    Attributes
    ----------
    table : DataFrame
        The columns of the glossary; measurands as float32, which is far finer than they are
        known and makes the files of a million particles half as large.
    picture : (n,) int64
        Place of each particle's micrograph in the list of micrographs.
    ecd_nm : (n,) float64, nm
        As measured; NaN without a pixel size.
    shapes : tuple of str
        Shape classes of the classification model.
    """

    table: pd.DataFrame
    picture: NDArray[np.int64]
    ecd_nm: NDArray[np.float64]
    shapes: tuple[str, ...]

    @property
    def counted(self) -> NDArray[np.bool_]:
        """Whether each particle counts, (n,) bool."""
        return (self.table["status"] == COUNTED).to_numpy()

    def number(self, column: str) -> NDArray[np.float64]:
        """Return a column as (n,) float64."""
        return self.table[column].to_numpy(dtype=np.float64)


def particles_of(
    pictures: Sequence[Picture],
    measured: pd.DataFrame,
    classified: pd.DataFrame,
    *,
    campaign: str,
    settings: CountSettings,
) -> Particles:
    """Make the table of particles.

    Parameters
    ----------
    pictures : sequence of Picture
        In the order of the tables.
    measured, classified : DataFrame
        The stages' rows with `sample`, `micrograph` and `particle`, in any order. A particle
        without a classified row keeps empty probabilities and is ``unknown``.
    campaign : str
    settings : CountSettings
    """
    shapes = tuple(c.removeprefix(_SHAPE) for c in classified.columns if c.startswith(_SHAPE))
    shapes = shapes or shape_classes()
    key, order = _sorted_keys(pictures, measured, "measured")
    picture = key // _LABELS
    columns = columns_of("particles", shapes=shapes)
    values = _measured_values(measured, order, columns)
    ecd_nm = values["ecd_nm"].astype(np.float64)
    values |= _classified_values(pictures, classified, key, columns)
    values |= _decisions(values, shapes, settings)
    values |= _names(pictures, picture, campaign)
    values["particle"] = key % _LABELS
    values["particle_probability"] = _listed(pictures, key, "particle_probability")
    values["outline_shift_px"] = _listed(pictures, key, "outline_shift_px")
    rows = pd.DataFrame(values)
    counts = np.array([picture.counted for picture in pictures], dtype=bool)
    rows["micrograph_counts"] = counts[picture]
    rows["floor_px"] = _floors_px(pictures, picture, settings)
    # Before the measurands lose digits: a floor in nm is compared with sizes that have them all.
    rows["excluded_by"] = excluded_by(rows, settings)
    rows["status"] = pd.Categorical.from_codes(
        rows["excluded_by"].notna().to_numpy().astype(np.int8), pd.Index([COUNTED, EXCLUDED])
    )
    table = pd.DataFrame({name: _compact(rows[name]) for name in columns})
    return Particles(table, picture, ecd_nm, shapes)


def _floors_px(
    pictures: Sequence[Picture], picture: NDArray[np.int64], settings: CountSettings
) -> NDArray[np.float64]:
    """Return the smallest size that counts in each particle's micrograph, (n,) float64, px."""
    shown, which = np.unique(picture, return_inverse=True)
    floors = [pictures[at].floor_px(settings.min_ecd_px) for at in shown]
    return np.array(floors, dtype=np.float64)[which]


def _sorted_keys(
    pictures: Sequence[Picture], rows: pd.DataFrame, stage: str
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return a number for micrograph and label of each row, ascending, and the rows' places."""
    if not len(rows):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    place = {(p.sample, p.micrograph): at for at, p in enumerate(pictures)}
    sample, samples = pd.factorize(rows["sample"])
    micrograph, micrographs = pd.factorize(rows["micrograph"])
    pairs, which = np.unique(sample * len(micrographs) + micrograph, return_inverse=True)
    places = []
    for pair in pairs:
        name = (samples[pair // len(micrographs)], micrographs[pair % len(micrographs)])
        if name not in place:
            raise TablesError(f"{stage} rows of {'/'.join(name)!r}, which is not in the campaign")
        places.append(place[name])
    key = np.array(places, dtype=np.int64)[which] * _LABELS + rows["particle"].to_numpy(np.int64)
    order = np.argsort(key, kind="stable")
    key = key[order]
    twice = np.flatnonzero(np.diff(key) == 0)
    if twice.size:
        at, label = divmod(int(key[twice[0]]), _LABELS)
        raise TablesError(f"{stage} particle {label} of {pictures[at].label!r} came twice")
    return key, order


def _measured_values(
    measured: pd.DataFrame, order: NDArray[np.int64], columns: Sequence[str]
) -> dict[str, Any]:
    names = columns[columns.index("y_px") : columns.index("area_nm2")]
    names = [*names, *(n for n in columns if n.endswith(("_nm", "_nm2")))]
    if not order.size:
        return {name: np.zeros(0, dtype=_kind_of(name)) for name in names}
    missing = [name for name in names if name not in measured.columns]
    if missing:
        raise TablesError(f"the measured rows lack the columns {', '.join(missing)}")
    return {name: measured[name].to_numpy(dtype=_kind_of(name))[order] for name in names}


def _kind_of(name: str) -> type:
    if name in _YES_OR_NO:
        return np.bool_
    return np.int64 if name in _WHOLE_NUMBERS else np.float64


def _classified_values(
    pictures: Sequence[Picture],
    classified: pd.DataFrame,
    key: NDArray[np.int64],
    columns: Sequence[str],
) -> dict[str, Any]:
    """Return each probability in the order of the measured rows."""
    names = [name for name in columns if name.startswith((_SHAPE, _COMPLETENESS))]
    values = {name: np.full(key.size, np.nan) for name in names}
    its_key, order = _sorted_keys(pictures, classified, "classified")
    _, here, there = np.intersect1d(key, its_key, assume_unique=True, return_indices=True)
    for name in names:
        if order.size:
            values[name][here] = classified[name].to_numpy(dtype=np.float64)[order[there]]
    return values


def _decisions(
    values: dict[str, Any], shapes: Sequence[str], settings: CountSettings
) -> dict[str, Any]:
    decided: dict[str, Any] = {}
    for name, prefix, classes in (
        ("shape", _SHAPE, shapes),
        ("completeness", _COMPLETENESS, COMPLETENESS),
    ):
        probabilities = np.stack([values[prefix + c] for c in classes], axis=1)
        decided[name], decided[f"{name}_probability"] = decide_classes(
            probabilities, classes, settings.unknown_below
        )
    return decided


def _names(
    pictures: Sequence[Picture], picture: NDArray[np.int64], campaign: str
) -> dict[str, Any]:
    samples = sorted({p.sample for p in pictures})
    micrographs = sorted({p.micrograph for p in pictures})
    place_sample = {name: at for at, name in enumerate(samples)}
    place_micrograph = {name: at for at, name in enumerate(micrographs)}
    sample = np.array([place_sample[p.sample] for p in pictures], dtype=np.int64)
    micrograph = np.array([place_micrograph[p.micrograph] for p in pictures], dtype=np.int64)
    constant = np.zeros(picture.size, dtype=np.int8)
    return {
        "campaign": pd.Categorical.from_codes(constant, pd.Index([campaign])),
        "sample": pd.Categorical.from_codes(sample[picture], pd.Index(samples)),
        "micrograph": pd.Categorical.from_codes(micrograph[picture], pd.Index(micrographs)),
    }


def _listed(pictures: Sequence[Picture], key: NDArray[np.int64], fact: str) -> NDArray[np.float64]:
    """Return what a picture's record lists by label, for each particle; NaN where that is None."""
    values = np.full(key.size, np.nan)
    bounds = np.searchsorted(key, np.arange(len(pictures) + 1) * _LABELS)
    for at, picture in enumerate(pictures):
        rows = slice(bounds[at], bounds[at + 1])
        if rows.start == rows.stop:
            continue
        listed = picture.facts.get(fact)
        label = key[rows] % _LABELS
        if listed is None or label[-1] > len(listed):
            n_listed = "no" if listed is None else len(listed)
            raise TablesError(
                f"{picture.label}: {n_listed} values of {fact} recorded, but a measured "
                f"particle {label[-1]}"
            )
        values[rows] = np.array(listed, dtype=np.float64)[label - 1]
    return values


def _compact(column: pd.Series) -> pd.Series:
    return column.astype(np.float32) if column.dtype == np.float64 else column
