"""What one vendor's metadata in a file say, and how a vendor is described to the registry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import tifffile

from nanocensus.micrographs.findings import Finding
from nanocensus.micrographs.types import Instrument, Modality, PixelSizeEvidence

_LONGEST_TAG_BYTES = 1 << 24


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
        "pixel_size_nm in the sample sheet",
    )
