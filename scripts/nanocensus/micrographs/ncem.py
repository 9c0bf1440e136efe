"""Berkeley's EMD (NCEM): groups with `emd_group_type`, each with `data` and vectors `dim1` ..."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from nanocensus.micrographs.findings import Finding, MicrographError
from nanocensus.micrographs.greys import native_grey
from nanocensus.micrographs.hdf5 import Layout, read_plane
from nanocensus.micrographs.metadata import Metadata, described, positive
from nanocensus.micrographs.refusals import no_micrograph, reciprocal_space
from nanocensus.micrographs.types import Instrument, Micrograph, PixelSizeEvidence
from nanocensus.micrographs.units import (
    KV_PER_V,
    is_reciprocal,
    length_nm,
    number,
    scaled,
    voltage_kv,
)

_MARK = "emd_group_type"
_MOST_GROUPS = 4096
_DATA_NAMES = ("data", "counts", "datacube")


def _groups(file: h5py.File) -> list[h5py.Group]:
    """Return the groups that hold data."""
    found: list[h5py.Group] = []
    seen = 0

    def look(_name: str, item: Any) -> bool | None:
        nonlocal seen
        seen += 1
        if isinstance(item, h5py.Group) and _MARK in item.attrs and _data(item) is not None:
            found.append(item)
        return True if seen > _MOST_GROUPS else None

    file.visititems(look)
    return found


def _data(group: h5py.Group) -> h5py.Dataset | None:
    for name in _DATA_NAMES:
        data = group.get(name)
        if isinstance(data, h5py.Dataset):
            return data
    return None


def recognises(file: h5py.File) -> bool:
    """Return whether an HDF5 file has a group of this layout."""
    return bool(_groups(file))


def read(file: h5py.File, path: Path) -> Micrograph:
    """Read the first picture of a file.

    Raises
    ------
    MicrographError
        If it holds diffraction patterns, spectra, volumes or four-dimensional data only.
    """
    refusals: list[MicrographError] = []
    usable: list[h5py.Group] = []
    for group in _groups(file):
        refusal = _refusal(group)
        if refusal is None:
            usable.append(group)
        else:
            refusals.append(refusal)
    if not usable:
        raise refusals[0]
    group = usable[0]
    data = _data(group)
    assert data is not None
    first = data.ndim - 2
    selection = (*(0 for _ in range(first)), slice(None), slice(None))
    values = read_plane(data, selection)
    findings: tuple[Finding, ...] = ()
    planes = int(np.prod(data.shape[:first], dtype=np.int64))
    if len(usable) > 1 or planes > 1:
        message = f"the file holds {len(usable) * planes - 1} further pictures, which were not read"
        findings = (Finding("further_pictures", "warn", message),)
    micrograph = Micrograph(path=path, pixels=native_grey(values), format="EMD", findings=findings)
    evidence = _evidence(group, first)
    metadata = Metadata("NCEM", () if evidence is None else (evidence,), _instrument(file))
    return described(micrograph, [metadata], container="EMD")


def _unit(group: h5py.Group, axis: int) -> str:
    """Return the unit of an axis, which is written as `[n_m]`."""
    dim = group.get(f"dim{axis + 1}")
    text = _word(dim.attrs.get("units")) if isinstance(dim, h5py.Dataset) else ""
    plain = re.sub(r"[\[\]_ ]", "", text)
    return "" if plain.lower() in {"", "a.u.", "none", "px", "pixel", "pixels"} else plain


def _word(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, np.ndarray):
        return _word(value.flat[0]) if value.size else ""
    return "" if value is None else str(value)


def _refusal(group: h5py.Group) -> MicrographError | None:
    data = _data(group)
    assert data is not None
    if data.dtype.kind == "c":
        return reciprocal_space("its EMD data", "complex values")
    if data.dtype.kind not in "iufb" or data.ndim < 2 or min(data.shape) < 1:
        return no_micrograph(f"data of {data.ndim} dimensions and type {data.dtype}")
    units = [_unit(group, axis) for axis in range(min(data.ndim, 8))]
    for unit in units:
        if is_reciprocal(unit):
            return reciprocal_space("its EMD calibration", unit)
        if unit.lower() in {"ev", "kev", "mev"}:
            return no_micrograph(f"a spectrum or spectrum image (an axis in {unit})")
    if data.ndim > 3:
        return no_micrograph(f"data of {data.ndim} dimensions")
    if data.ndim == 3 and all(length_nm(unit) for unit in units):
        return no_micrograph("a volume")
    return None


def _evidence(group: h5py.Group, first: int) -> PixelSizeEvidence | None:
    y_nm, x_nm = (_step_nm(group, first), _step_nm(group, first + 1))
    if y_nm is None or x_nm is None:
        return None
    return PixelSizeEvidence(
        source="ncem",
        y_nm=y_nm,
        x_nm=x_nm,
        raw_text=f"dim{first + 2} in steps of {x_nm:g} nm",
    )


def _step_nm(group: h5py.Group, axis: int) -> float | None:
    """Return the step of an axis' vector, None where it has no unit of length."""
    dim = group.get(f"dim{axis + 1}")
    unit_nm = length_nm(_unit(group, axis))
    if not isinstance(dim, h5py.Dataset) or unit_nm is None or dim.ndim != 1:
        return None
    if dim.shape[0] < 2 or dim.dtype.kind not in "iuf":
        return None
    step = abs(float(dim[-1]) - float(dim[0])) / (dim.shape[0] - 1)
    # Pixels counted from 0 with a unit of length put on are no calibration.
    return None if step == 1.0 and float(dim[0]) == 0.0 else float(f"{step * unit_nm:.7g}")


def _instrument(file: h5py.File) -> Instrument:
    found = file.get("microscope")
    tags = found.attrs if isinstance(found, h5py.Group) else {}
    volts = positive(number(_word(tags.get("voltage"))))
    unit = _word(tags.get("voltage_units")).strip("[]").lower()
    factor = voltage_kv(unit) or (KV_PER_V if volts and volts > 1e3 else None)
    return Instrument(
        instrument=_word(tags.get("name") or tags.get("microscope_name")) or None,
        voltage_kv=scaled(volts, factor) if factor else None,
        magnification=positive(number(_word(tags.get("magnification")))),
    )


NCEM = Layout(recognises, read)
