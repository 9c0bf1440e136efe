"""FEI and Thermo Fisher SEM and dual beam: the INI text in TIFF tags 34682 and 34680."""

from __future__ import annotations

import tifffile

from nanocensus.micrographs.findings import Finding
from nanocensus.micrographs.metadata import (
    Metadata,
    TiffVendor,
    bar_below,
    declared_shape,
    tag_bytes,
)
from nanocensus.micrographs.refusals import navigation_camera
from nanocensus.micrographs.texts import Sections, ini_sections
from nanocensus.micrographs.types import Instrument, Modality, PixelSizeEvidence
from nanocensus.micrographs.units import (
    KV_PER_V,
    MM_PER_M,
    NM_PER_M,
    US_PER_S,
    length_nm,
    number,
    quantity,
    scaled,
)

_TAGS = (34682, 34680)
_CAMERAS = ("ccd", "irccd", "optical")
_READING_U_REL = 0.5e-5 / 3**0.5
"""Six digits are written; the leading one is 1 in the worst case."""


def read(page: tifffile.TiffPage) -> Metadata | None:
    """Read the INI text of a page; None if it has none.

    Newer files hold an empty 34680 beside a full 34682: the first that says something counts.

    Raises
    ------
    MicrographError
        For a photograph of the stage by the navigation camera.
    """
    sections: Sections = {}
    for code in _TAGS:
        text = tag_bytes(page, code).decode("cp1252", "replace")
        sections = sections or {k: v for k, v in ini_sections(text).items() if k}
    if not sections:
        return None
    _refuse_navigation_camera(sections)
    ion = _value(sections, "Beam", "Beam") == "IBeam"
    declared = _declared_shape(sections)
    # The difference of the heights tells where the info bar begins, not `DatabarHeight`, which is
    # 0 in files with a bar.
    evidence = _evidence(sections, declared, page.imagewidth, ion=ion)
    finding = Finding("ion_beam", "warn", "taken with the ion beam, whose pixel size is less sure")
    return Metadata(
        vendor=VENDOR.name,
        evidence=() if evidence is None else (evidence,),
        instrument=_instrument(sections, ion=ion),
        modality=_modality(sections, ion=ion),
        picture_rows=bar_below(declared, (page.imagelength, page.imagewidth)),
        findings=(finding,) if ion else (),
    )


def _value(sections: Sections, section: str, key: str) -> str | None:
    return sections.get(section, {}).get(key) or None


def _number(sections: Sections, *places: tuple[str, str]) -> float | None:
    """Return the first number among several places."""
    for section, key in places:
        value = number(_value(sections, section, key))
        if value is not None:
            return value
    return None


def _refuse_navigation_camera(sections: Sections) -> None:
    detector = (_value(sections, "Detectors", "Name") or "").lower().replace("-", "")
    if (
        detector in _CAMERAS
        or "navcam" in detector
        or ("IRBeam" in sections and "Scan" not in sections)
    ):
        raise navigation_camera()


def _declared_shape(sections: Sections) -> tuple[int, int] | None:
    """Return rows and columns of the scanned picture, without the info bar."""
    return declared_shape(
        _number(sections, ("Image", "ResolutionY")), _number(sections, ("Image", "ResolutionX"))
    )


def _evidence(
    sections: Sections, declared: tuple[int, int] | None, columns: int, *, ion: bool
) -> PixelSizeEvidence | None:
    scan, beam = ("IScan", "IBeam") if ion else ("EScan", "EBeam")
    x_m = _number(sections, ("Scan", "PixelWidth"), (scan, "PixelWidth"))
    y_m = _number(sections, ("Scan", "PixelHeight"), (scan, "PixelHeight"))
    field_width_nm = _field_width_nm(
        sections, ("Scan", "HorFieldsize"), (scan, "HorFieldsize"), (beam, "HFW")
    )
    if x_m is not None:
        raw_text = f"PixelWidth={x_m:g} m"
        y_m = x_m if y_m is None else y_m
        x_nm, y_nm = float(f"{x_m * NM_PER_M:.12g}"), float(f"{y_m * NM_PER_M:.12g}")
    elif field_width_nm is not None:
        # Clones of the format give the field width only.
        columns = declared[1] if declared else columns
        raw_text = f"horizontal field width {field_width_nm:g} nm / {columns}"
        x_nm = y_nm = field_width_nm / columns
        field_width_nm = None
    else:
        return None
    return PixelSizeEvidence(
        source="fei_tag",
        y_nm=y_nm,
        x_nm=x_nm,
        raw_text=raw_text,
        u_rel=_READING_U_REL,
        declared_shape=declared,
        field_width_nm=field_width_nm,
    )


def _field_width_nm(sections: Sections, *places: tuple[str, str]) -> float | None:
    """Return the first field width above zero: a number in m, or with its unit written."""
    for section, key in places:
        found = quantity(_value(sections, section, key) or "")
        unit_nm = (length_nm(found.unit) if found.unit else NM_PER_M) if found else None
        if found and unit_nm and found.value > 0:
            return found.value * unit_nm
    return None


def _instrument(sections: Sections, *, ion: bool) -> Instrument:
    beam = "IBeam" if ion else "EBeam"
    canvas_m = _number(sections, ("Image", "MagCanvasRealWidth"))
    field_m = _number(sections, ("Scan", "HorFieldsize"), (beam, "HFW"))
    correction = (_value(sections, beam, "TiltCorrectionIsOn") or "").lower()
    acquired = [_value(sections, "User", "Date"), _value(sections, "User", "Time")]
    detector = [_value(sections, "Detectors", "Name"), _value(sections, "Detectors", "Mode")]
    return Instrument(
        instrument=_value(sections, "System", "SystemType") or _value(sections, "System", "Type"),
        detector=" ".join(filter(None, detector)) or None,
        voltage_kv=scaled(_number(sections, ("Beam", "HV"), (beam, "HV")), KV_PER_V),
        working_distance_mm=scaled(
            _number(sections, (beam, "WD"), ("Stage", "WorkingDistance")), MM_PER_M
        ),
        magnification=scaled(canvas_m / field_m, 1.0) if canvas_m and field_m else None,
        dwell_time_us=scaled(_number(sections, ("Scan", "Dwelltime")), US_PER_S),
        tilt_rad=_number(sections, ("Stage", "StageT"), (beam, "StageTa")),
        tilt_corrected={"yes": True, "no": False}.get(correction),
        stage_x_mm=scaled(_number(sections, ("Stage", "StageX")), MM_PER_M),
        stage_y_mm=scaled(_number(sections, ("Stage", "StageY")), MM_PER_M),
        acquired=" ".join(filter(None, acquired)) or None,
    )


def _modality(sections: Sections, *, ion: bool) -> Modality | None:
    """Return what name and mode of the detector leave no doubt about."""
    name = (_value(sections, "Detectors", "Name") or "").upper()
    mode = (_value(sections, "Detectors", "Mode") or "").upper()
    if "STEM" in name or mode in {"BF", "DF", "HAADF"}:
        return "stem"
    return "se" if mode == "SE" and not ion else None


VENDOR = TiffVendor("FEI/Thermo", _TAGS, read)
