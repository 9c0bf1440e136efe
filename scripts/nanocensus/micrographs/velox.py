"""Thermo Fisher Velox: pictures under `/Data/Image`, each with its metadata as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from nanocensus.micrographs.findings import Finding, MicrographError
from nanocensus.micrographs.greys import native_grey
from nanocensus.micrographs.hdf5 import Layout, read_plane
from nanocensus.micrographs.metadata import Metadata, declared_shape, described, positive
from nanocensus.micrographs.refusals import no_micrograph, reciprocal_space
from nanocensus.micrographs.types import Instrument, Micrograph, Modality, PixelSizeEvidence
from nanocensus.micrographs.units import (
    KV_PER_V,
    MM_PER_M,
    NM_PER_M,
    US_PER_S,
    is_reciprocal,
    length_nm,
    number,
    scaled,
)

_IMAGES = "Data/Image"
_SPECTRA = ("Data/SpectrumImage", "Data/Spectrum", "Data/SpectrumStream")
_LONGEST_JSON = 1 << 22
_MOST_IMAGES = 256
_SAME_REL = 0.005
_PREFERRED = ("HAADF", "BF", "DF")
"""Detectors in the order in which they are taken where a file holds several."""

Tags = Mapping[str, Any]


def recognises(file: h5py.File) -> bool:
    """Return whether Velox wrote an HDF5 file."""
    data = file.get("Data")
    return isinstance(data, h5py.Group) and (
        "Version" in file or "Experiment" in file or "Image" in data
    )


@dataclass(frozen=True)
class _Picture:
    """A picture of the file, not read yet."""

    data: h5py.Dataset
    tags: Tags

    @property
    def detector(self) -> str:
        return str(_at(self.tags, "BinaryResult.Detector") or "")


def read(file: h5py.File, path: Path) -> Micrograph:
    """Read the picture of a Velox file: of several, that of the annular dark-field detector.

    Raises
    ------
    MicrographError
        If it holds transforms, diffraction patterns, element maps or spectra only.
    """
    pictures: list[_Picture] = []
    refusals: list[MicrographError] = []
    images = file.get(_IMAGES)
    names = list(images)[:_MOST_IMAGES] if isinstance(images, h5py.Group) else []
    for name in names:
        group = images[name]
        data = group.get("Data") if isinstance(group, h5py.Group) else None
        if not isinstance(data, h5py.Dataset):
            continue
        picture = _Picture(data, _json(group.get("Metadata")))
        refusal = _refusal(picture)
        if refusal is None:
            pictures.append(picture)
        else:
            refusals.append(refusal)
    if not pictures:
        if refusals:
            raise refusals[0]
        raise no_micrograph(
            "spectra or a spectrum image"
            if any(place in file for place in _SPECTRA)
            else "an EMD file without any picture"
        )
    chosen = min(pictures, key=_rank)
    frame: tuple[Any, ...] = (slice(None), slice(None), 0)[: chosen.data.ndim]
    values = read_plane(chosen.data, frame)
    micrograph = Micrograph(
        path=path,
        pixels=native_grey(values),
        format="EMD",
        findings=_further(pictures, chosen),
    )
    shape = (values.shape[0], values.shape[1])
    return described(micrograph, [_metadata(chosen, shape)], container="EMD")


def _json(dataset: Any) -> Tags:
    """Return the metadata of the first frame: a column of characters, filled up with NULs."""
    if not isinstance(dataset, h5py.Dataset) or dataset.ndim != 2 or dataset.dtype != np.uint8:
        return {}
    if dataset.shape[0] > _LONGEST_JSON or dataset.shape[1] < 1:
        return {}
    try:
        tags = json.loads(bytes(dataset[:, 0]).rstrip(b"\0").decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return {}
    return tags if isinstance(tags, dict) else {}


def _at(tags: Tags, path: str) -> Any:
    found: Any = tags
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _number(tags: Tags, path: str) -> float | None:
    value = _at(tags, path)
    return number(value) if isinstance(value, str) else number(str(value)) if value else None


def _refusal(picture: _Picture) -> MicrographError | None:
    """Return why a picture is no micrograph, None if it is one."""
    data, tags = picture.data, picture.tags
    if data.ndim not in (2, 3) or min(data.shape) < 1:
        return no_micrograph(f"data of {data.ndim} dimensions")
    unit = str(_at(tags, "BinaryResult.PixelUnitX") or "")
    if data.dtype.kind not in "iufb":
        names = " ".join(data.dtype.names or ())
        if "imag" in names or data.dtype.kind == "c":
            return reciprocal_space("Velox", "complex values")
        return no_micrograph("a colour picture composed by Velox")
    if is_reciprocal(unit):
        return reciprocal_space("Velox", unit)
    if _detector_kinds(tags).get(picture.detector) == "AnalyticalDetector":
        return no_micrograph(f"an element map of {picture.detector}")
    return None


def _detector_kinds(tags: Tags) -> dict[str, str]:
    """Return the kind of each detector by its name."""
    detectors = _at(tags, "Detectors")
    return {
        str(one.get("DetectorName")): str(one.get("DetectorType"))
        for one in (detectors.values() if isinstance(detectors, Mapping) else ())
        if isinstance(one, Mapping)
    }


def _rank(picture: _Picture) -> int:
    name = picture.detector.upper()
    places = [index for index, one in enumerate(_PREFERRED) if name.startswith(one)]
    return places[0] if places else len(_PREFERRED)


def _further(pictures: list[_Picture], chosen: _Picture) -> tuple[Finding, ...]:
    frames = int(chosen.data.shape[2]) if chosen.data.ndim == 3 else 1
    findings = []
    if len(pictures) > 1:
        others = ", ".join(sorted({one.detector or "?" for one in pictures if one is not chosen}))
        message = (
            f"the file holds {len(pictures) - 1} further pictures ({others}), which were not read: "
            f"{chosen.detector or 'the first'} was taken"
        )
        findings.append(Finding("further_pictures", "warn", message))
    if frames > 1:
        message = f"a series of {frames} frames: the first was read"
        findings.append(Finding("further_pictures", "warn", message))
    return tuple(findings)


def _metadata(picture: _Picture, shape: tuple[int, int]) -> Metadata:
    tags = picture.tags
    evidence = _evidence(tags, shape)
    kind = _detector_kinds(tags).get(picture.detector)
    modality: Modality | None = None
    if kind == "ScanningDetector":
        modality = "stem"
    elif kind == "ImagingDetector":
        modality = "tem"
    return Metadata(
        "Thermo Velox",
        () if evidence is None else (evidence,),
        _instrument(tags, picture.detector),
        modality,
    )


def _evidence(tags: Tags, shape: tuple[int, int]) -> PixelSizeEvidence | None:
    x, y = (_number(tags, f"BinaryResult.PixelSize.{side}") for side in ("width", "height"))
    unit_nm = length_nm(str(_at(tags, "BinaryResult.PixelUnitX") or ""))
    if x is None or unit_nm is None:
        return None
    x_nm = float(f"{x * unit_nm:.12g}")
    declared, field_nm = _scan(tags, shape, x_nm)
    return PixelSizeEvidence(
        source="velox",
        y_nm=x_nm if y is None else float(f"{y * unit_nm:.12g}"),
        x_nm=x_nm,
        raw_text=f"BinaryResult.PixelSize.width = {x:g} {_at(tags, 'BinaryResult.PixelUnitX')}",
        declared_shape=declared,
        field_width_nm=field_nm,
    )


def _scan(
    tags: Tags, shape: tuple[int, int], pixel_nm: float
) -> tuple[tuple[int, int] | None, float | None]:
    """Return the scan's size and field width as far as they belong to the picture.

    The field is that of the whole scan; where a part was scanned, `ScanArea` says which. The
    size counts only if it fits the field, because versions differ in what it stands for.
    """
    field_m = positive(_number(tags, "Optics.FullScanFieldOfView.x"))
    size = [positive(_number(tags, f"Scan.ScanSize.{side}")) for side in ("height", "width")]
    area = [_number(tags, f"Scan.ScanArea.{side}") for side in ("top", "bottom", "left", "right")]
    if field_m is None or size[0] is None or size[1] is None:
        return None, None
    top, bottom, left, right = (0.0 if side is None else side for side in area)
    share_y = bottom - top if 0 < bottom - top <= 1 else 1.0
    share_x = right - left if 0 < right - left <= 1 else 1.0
    field_nm = field_m * NM_PER_M
    for rows, columns, width_nm in (
        (size[0] * share_y, size[1] * share_x, field_nm * share_x),
        (size[0], size[1], field_nm * share_x),
        (size[0], size[1], field_nm),
    ):
        if abs(columns * pixel_nm / width_nm - 1) <= _SAME_REL:
            return declared_shape(round(rows), round(columns)), width_nm
    if abs(shape[1] * pixel_nm / (field_nm * share_x) - 1) <= _SAME_REL:
        return None, field_nm * share_x
    return None, None


def _instrument(tags: Tags, detector: str) -> Instrument:
    def word(path: str) -> str | None:
        return str(_at(tags, path) or "").strip() or None

    names = [word("Instrument.InstrumentClass"), word("Instrument.InstrumentModel")]
    return Instrument(
        instrument=" ".join(filter(None, names)) or None,
        detector=detector or None,
        voltage_kv=scaled(positive(_number(tags, "Optics.AccelerationVoltage")), KV_PER_V),
        magnification=positive(_number(tags, "CustomProperties.StemMagnification.value")),
        dwell_time_us=scaled(positive(_number(tags, "Scan.DwellTime")), US_PER_S),
        tilt_rad=_number(tags, "Stage.AlphaTilt"),
        stage_x_mm=scaled(_number(tags, "Stage.Position.x"), MM_PER_M),
        stage_y_mm=scaled(_number(tags, "Stage.Position.y"), MM_PER_M),
        acquired=_time(positive(_number(tags, "Acquisition.AcquisitionStartDatetime.DateTime"))),
    )


def _time(seconds: float | None) -> str | None:
    """Return seconds since 1970 as date and time."""
    if seconds is None or seconds > 1e11:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat()


VELOX = Layout(recognises, read)
