"""The registry of file formats, and reading any of them."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from nanocensus.micrographs.bcf import FORMAT as BCF
from nanocensus.micrographs.bmp import FORMAT as BMP
from nanocensus.micrographs.checks import refuse_non_finite
from nanocensus.micrographs.dm import FORMAT as DM
from nanocensus.micrographs.elid import FORMAT as ELID
from nanocensus.micrographs.emd import FORMAT as EMD
from nanocensus.micrographs.findings import Finding, MicrographError
from nanocensus.micrographs.formats import FileFormat
from nanocensus.micrographs.jpeg import FORMAT as JPEG
from nanocensus.micrographs.limits import truncated, unsupported
from nanocensus.micrographs.metadata import described
from nanocensus.micrographs.mrc import FORMAT as MRC
from nanocensus.micrographs.png import FORMAT as PNG
from nanocensus.micrographs.refusals import needs_export
from nanocensus.micrographs.tia import FORMAT as TIA
from nanocensus.micrographs.tiff import FORMAT as TIFF
from nanocensus.micrographs.types import Micrograph
from nanocensus.micrographs.vendors import SIDECAR_VENDORS

logger = logging.getLogger(__name__)

_HEAD_BYTES = 4096

_LONGEST_SIDECAR_BYTES = 1 << 26

FORMATS: tuple[FileFormat, ...] = (TIFF, PNG, JPEG, BMP, DM, TIA, EMD, ELID, BCF, MRC)
"""The first that recognises a file reads it; MRC, which old files carry no mark of, is last."""

_EXPORTED_FORMATS: tuple[tuple[str, int, bytes, str], ...] = (
    ("a JEOL Analysis Station file", 0, b"\x34\0\0\0", "export the picture as TIFF"),
    ("a JEOL Analysis Station project", 0, b"\xd6\x04\0\0", "export its pictures as TIFF"),
)
"""What, place and bytes of formats that only programs under the GPL read, and the remedy."""

_UNREAD_FORMATS: tuple[tuple[str, int, bytes], ...] = (
    ("GIF", 0, b"GIF8"),
    ("WebP", 8, b"WEBP"),
    ("JPEG 2000", 4, b"jP  \r\n\x87\n"),
    ("PDF", 0, b"%PDF-"),
    ("ZIP", 0, b"PK\x03\x04"),
)
"""Name, place and bytes of formats that are recognised only to say so."""


def read_micrograph(path: Path, sidecars: Sequence[Path] = ()) -> Micrograph:
    """Read a picture of any known format, recognised by content and not by its name.

    Parameters
    ----------
    path : Path
        The file.
    sidecars : sequence of Path, optional
        Files that lie beside it; those that no vendor's program wrote say nothing.

    Returns
    -------
    Micrograph
        Grey picture with finite values, and what the files say.

    Raises
    ------
    MicrographError
        If the file vanished, is empty, truncated, damaged, no picture or no micrograph.
    """
    try:
        with path.open("rb") as stream:
            micrograph = _read(stream, path)
        for sidecar in sidecars:
            micrograph = _with_sidecar(micrograph, sidecar)
    except FileNotFoundError as error:
        raise MicrographError(
            Finding("vanished", "failed", "the file is no longer there; run again")
        ) from error
    except OSError as error:
        raise MicrographError(
            Finding("unreadable", "failed", f"the file cannot be read: {error}")
        ) from error
    refuse_non_finite(micrograph.pixels)
    return micrograph


def _with_sidecar(micrograph: Micrograph, path: Path) -> Micrograph:
    """Return the picture with what a file beside it says."""
    with path.open("rb") as stream:
        data = stream.read(_LONGEST_SIDECAR_BYTES)
    for vendor in SIDECAR_VENDORS:
        if vendor.recognises(data):
            with _decoding(f"{vendor.name} sidecar"):
                found = vendor.read(data, micrograph)
            if found is None:
                break
            container = micrograph.format if "(" not in micrograph.format else None
            return described(micrograph, [found], container=container)
    return micrograph


def _read(stream: BinaryIO, path: Path) -> Micrograph:
    head = stream.read(_HEAD_BYTES)
    if not head:
        raise MicrographError(
            Finding("empty_file", "failed", "the file has no bytes; copy it again")
        )
    for file_format in FORMATS:
        if file_format.recognises(head):
            with _decoding(file_format.name):
                return file_format.read(stream, path)
    for what, place, signature, remedy in _EXPORTED_FORMATS:
        if head[place : place + len(signature)] == signature:
            raise needs_export(f"{what}, which cannot be read", remedy)
    for name, place, signature in _UNREAD_FORMATS:
        if head[place : place + len(signature)] == signature:
            raise unsupported(f"a {name} file, which cannot be read", "export the picture as TIFF")
    raise MicrographError(
        Finding("not_a_picture", "failed", f"it is {_kind_of(head)}, not a picture")
    )


@contextmanager
def _decoding(name: str) -> Iterator[None]:
    """Turn whatever a decoder raises on damaged bytes into a failed micrograph."""
    try:
        yield
    except MicrographError:
        raise
    except OSError as error:
        if error.errno is not None:  # The file system's error; decoders' ones have no number.
            raise
        if "truncated" in str(error).lower():  # Pillow knows no class of its own for it.
            raise truncated(str(error)) from error
        raise _damaged(name, error) from error
    except MemoryError as error:
        raise MicrographError(
            Finding("too_large", "failed", f"too little memory for this {name} picture")
        ) from error
    except Exception as error:
        # Decoders document no exceptions: struct.error, KeyError, ZeroDivisionError and
        # others were seen on damaged files. One bad file must not end the shard.
        raise _damaged(name, error) from error


def _damaged(name: str, error: Exception) -> MicrographError:
    logger.debug("damaged %s file", name, exc_info=error)
    reason = f"{type(error).__name__}: {str(error)[:200]}"
    return MicrographError(
        Finding(
            "unreadable",
            "failed",
            f"damaged {name} file ({reason}); copy it again from the instrument",
        )
    )


def _kind_of(head: bytes) -> str:
    """Return what a file without a known signature seems to hold."""
    printable = sum(32 <= byte < 127 or byte in b"\t\r\n" for byte in head)
    return "text" if printable > 0.95 * len(head) else "data of an unknown kind"
