"""What one vendor's metadata in a file say, and how a vendor is described to the registry."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace

import tifffile

from nanocensus.micrographs.findings import IN_SHEET, Finding
from nanocensus.micrographs.types import Instrument, Micrograph, Modality, PixelSizeEvidence
from nanocensus.micrographs.units import NM_PER_INCH

_LONGEST_TAG_BYTES = 1 << 24
_SAME_FIELD_REL = 0.02
_COMPARED_FIELDS = {"voltage_kv": "voltage", "magnification": "magnification"}


@dataclass(frozen=True)
class Metadata:
    """The statements of one vendor's metadata; fields as in `Micrograph`."""

    vendor: str
    evidence: tuple[PixelSizeEvidence, ...] = ()
    instrument: Instrument = field(default_factory=Instrument)
    modality: Modality | None = None
    picture_rows: int | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class TiffVendor:
    """One kind of metadata in TIFF files.

    Attributes
    ----------
    name : str
        For messages and the column `format`.
    tags : tuple of int
        Private tags that only the vendor's own picture page carries; empty if there are none.
    read : callable
        Takes a page, returns its metadata, None where the page has none of this kind; may
        raise `MicrographError` to refuse what is no micrograph.
    """

    name: str
    tags: tuple[int, ...]
    read: Callable[[tifffile.TiffPage], Metadata | None]


def tag_bytes(page: tifffile.TiffPage, code: int) -> bytes:
    """Return a tag's bytes as stored, without the NULs at its end; empty if it is absent."""
    tag = page.tags.get(code)
    if tag is None:
        return b""
    stream = page.parent.filehandle
    stream.seek(tag.valueoffset)
    stored: bytes = stream.read(min(tag.valuebytecount, _LONGEST_TAG_BYTES))
    return stored.rstrip(b"\0")


def description(page: tifffile.TiffPage) -> str:
    """Return the text of a page's ImageDescription, UTF-8 or else as latin-1."""
    stored = tag_bytes(page, 270)
    try:
        return stored.decode("utf-8")
    except UnicodeDecodeError:
        return stored.decode("latin-1")


def placeholder(whose: str, what: str) -> Finding:
    """Return the warning that a pixel size is what writers put in who know none."""
    return Finding(
        "placeholder_pixel_size",
        "warn",
        f"{whose} says {what}, which writers put in who know no calibration: not used; give "
        f"pixel_size_nm {IN_SHEET}",
    )


def described(
    micrograph: Micrograph, metadata: Sequence[Metadata], *, container: str | None = None
) -> Micrograph:
    """Return a picture with what several sources say about it, the most trusted first.

    Parameters
    ----------
    micrograph : Micrograph
        The picture, perhaps already with metadata of its own, which are trusted more.
    metadata : sequence of Metadata
        Further sources.
    container : str, optional
        Name of the file format, to which the vendor is added; by default the format stays.
    """
    if not metadata:
        return micrograph
    instrument, findings = micrograph.instrument, list(micrograph.findings)
    modality, picture_rows = micrograph.modality, micrograph.picture_rows
    for source in metadata:
        findings += [*source.findings, *_conflicts(instrument, source)]
        instrument = _filled(instrument, source.instrument)
        modality = modality or source.modality
        if picture_rows is None:
            picture_rows = source.picture_rows
    return replace(
        micrograph,
        format=f"{container} ({metadata[0].vendor})" if container else micrograph.format,
        modality=modality,
        instrument=instrument,
        evidence=(*micrograph.evidence, *(item for source in metadata for item in source.evidence)),
        picture_rows=picture_rows,
        findings=tuple(findings),
    )


def _filled(first: Instrument, second: Instrument) -> Instrument:
    """Return the fields of the first, and of the second where the first says nothing."""
    missing = {
        one.name: getattr(second, one.name)
        for one in fields(Instrument)
        if getattr(first, one.name) is None
    }
    return replace(first, **missing)


def _conflicts(instrument: Instrument, source: Metadata) -> tuple[Finding, ...]:
    """Tell where two sources give another figure for the same setting."""
    findings = []
    for name, title in _COMPARED_FIELDS.items():
        one, other = getattr(instrument, name), getattr(source.instrument, name)
        if one and other and abs(other / one - 1) > _SAME_FIELD_REL:
            message = f"two sources of its metadata differ in the {title}: {one:g} and {other:g}"
            findings.append(
                Finding("metadata_conflict", "warn", f"{message}; check which is right")
            )
    return tuple(findings)


def print_evidence(dpi: float | None, magnification: float | None) -> tuple[PixelSizeEvidence, ...]:
    """Return what print resolution and magnification say together; can only confirm.

    Parameters
    ----------
    dpi : float or None
        Pixels per inch at the print width that the magnification is for.
    magnification : float or None
        For that print.
    """
    if not dpi or not magnification or dpi <= 0 or magnification <= 0:
        return ()
    value_nm = NM_PER_INCH / dpi / magnification
    if not math.isfinite(value_nm):
        return ()
    return (
        PixelSizeEvidence(
            source="print_size",
            y_nm=value_nm,
            x_nm=value_nm,
            raw_text=f"25.4 mm / {dpi:g} dpi / {magnification:g}",
        ),
    )


def positive(value: float | None) -> float | None:
    """Return a number above zero, None for anything else: unknown settings are written as 0 or -1.

    Examples
    --------
    >>> positive(3.0), positive(0.0), positive(-1.0), positive(None)
    (3.0, None, None, None)
    """
    return value if value is not None and math.isfinite(value) and value > 0 else None


def radians(degrees: float | None) -> float | None:
    """Return degrees as rad, None for None."""
    return None if degrees is None else math.radians(degrees)


def declared_shape(rows: float | None, columns: float | None) -> tuple[int, int] | None:
    """Return rows and columns as they are declared, None unless both are counts."""
    if rows is None or columns is None or not 1 <= min(rows, columns) <= max(rows, columns) < 1e6:
        return None
    return int(rows), int(columns)


def bar_below(declared: tuple[int, int] | None, shape: tuple[int, int]) -> int | None:
    """Return the rows above an appended info bar: where the picture is as wide as declared."""
    if declared is None or declared[1] != shape[1] or declared[0] > shape[0]:
        return None
    return declared[0]
