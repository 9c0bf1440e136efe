"""TIFF and BigTIFF: the picture's page, decoded with bounds, and the vendors' metadata."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
import tifffile
from numpy.typing import NDArray

from nanocensus.micrographs.findings import IN_SHEET, Finding, MicrographError
from nanocensus.micrographs.formats import FileFormat
from nanocensus.micrographs.greys import GreyPicture, grey_of_colours, grey_of_palette, native_grey
from nanocensus.micrographs.jpeg import jpeg_shape
from nanocensus.micrographs.limits import refuse_absurd_size, truncated, unsupported
from nanocensus.micrographs.lzw import refuse_damaged_lzw
from nanocensus.micrographs.metadata import Metadata, described, tag_bytes
from nanocensus.micrographs.refusals import no_micrograph
from nanocensus.micrographs.resolution import print_dpi
from nanocensus.micrographs.types import Micrograph
from nanocensus.micrographs.vendors import TIFF_VENDORS

_SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_MOST_PAGES = 64
"""Pages looked at; a stack of more is no micrograph, and a circle of pages ends here."""
_LARGEST_TILE = 1 << 22
_COMPRESSIONS = {
    1: "none",
    5: "LZW",
    7: "JPEG",
    8: "Deflate",
    32773: "PackBits",
    32946: "Deflate",
    34925: "LZMA",
    50000: "Zstandard",
}
_LZW, _JPEG = 5, 7
_REVERSED = 2
_REDUCED, _MASK = 1, 4
_GEOGRAPHIC_TAGS = (33550, 34735)
_IMAGEJ_DATA_TAG, _IMAGEJ_DATA_BYTES = 50839, 256
_PLOTS = (b"plot", b"tolp")

logger = logging.getLogger(__name__)


def recognises(head: bytes) -> bool:
    """Return whether a file begins like a TIFF or BigTIFF."""
    return head.startswith(_SIGNATURES)


def read(stream: BinaryIO, path: Path) -> Micrograph:
    """Read the picture of a TIFF file.

    Parameters
    ----------
    stream : binary stream
        The open file.
    path : Path
        Its name.

    Returns
    -------
    Micrograph

    Raises
    ------
    MicrographError
        If the file is damaged, too large or holds no micrograph.
    """
    stream.seek(0, 2)
    file_bytes = stream.tell()
    stream.seek(0)
    head = stream.read(16)
    order: Literal["little", "big"] = "little" if head[:2] == b"II" else "big"
    # The offset of the first page has 4 bytes; in BigTIFF 8, after 4 bytes more of header.
    start, end = (8, 16) if b"+" in head[:4] else (4, 8)
    first_page = int.from_bytes(head[start:end], order)
    if len(head) < end or first_page >= file_bytes:
        raise truncated(f"its table of contents should begin at byte {first_page}")
    stream.seek(0)
    with tifffile.TiffFile(stream, name=path.name) as tiff:
        pages = _pages(tiff)
        page = choose_page(pages)
        grey = _grey_picture(page, file_bytes)
        _refuse_maps(page)
        metadata = [found for vendor in TIFF_VENDORS if (found := vendor.read(page)) is not None]
        micrograph = Micrograph(
            path=path,
            pixels=grey.pixels,
            format="TIFF",
            coloured=grey.coloured,
            print_dpi=print_dpi(page),
            findings=(*grey.findings, *_further(page, pages), *_unread(page, metadata)),
        )
        return described(micrograph, metadata, container="TIFF")


def _pages(tiff: tifffile.TiffFile) -> list[tifffile.TiffPage]:
    """Return the first pages that can be parsed."""
    pages = []
    for index in range(_MOST_PAGES):
        try:
            page = tiff.pages[index]
        except IndexError:
            break
        except Exception as error:
            # A damaged page behind the picture is no reason to refuse the picture; tifffile
            # raises whatever the damage leads to.
            logger.warning("page %d cannot be read: %r", index, error)
            break
        if isinstance(page, tifffile.TiffPage):
            pages.append(page)
    if not pages:
        raise MicrographError(
            Finding("unreadable", "failed", "a TIFF file without any page; copy it again")
        )
    return pages


def choose_page(pages: Sequence[tifffile.TiffPage]) -> tifffile.TiffPage:
    """Return the page of the micrograph among previews, masks and copies at lower resolution.

    It is the first one with a vendor's private tag, or else the first of the largest ones.
    """
    pictures = [page for page in pages if not int(page.subfiletype) & (_REDUCED | _MASK)] or pages
    vendor_tags = {code for vendor in TIFF_VENDORS for code in vendor.tags}
    for page in pictures:
        if any(code in page.tags for code in vendor_tags):
            return page
    return max(pictures, key=lambda page: page.imagelength * page.imagewidth)


def _further(page: tifffile.TiffPage, pages: Sequence[tifffile.TiffPage]) -> tuple[Finding, ...]:
    """Tell of further pictures of the same kind that are not read."""
    alike = sum(other.shape == page.shape and other.dtype == page.dtype for other in pages) - 1
    if not alike:
        return ()
    many = "at least " if len(pages) == _MOST_PAGES else ""
    return (
        Finding(
            "further_pictures",
            "warn",
            f"the file holds {many}{alike} further pictures of the same size, which were not read; "
            "save them as files of their own if they are to count",
        ),
    )


def _unread(page: tifffile.TiffPage, metadata: Sequence[Metadata]) -> tuple[Finding, ...]:
    if metadata:
        return ()
    names = [
        vendor.name for vendor in TIFF_VENDORS if any(code in page.tags for code in vendor.tags)
    ]
    return tuple(
        Finding(
            "vendor_not_read",
            "warn",
            f"the metadata in it (perhaps of {name}) cannot be read; give pixel_size_nm {IN_SHEET}",
        )
        for name in names[:1]
    )


def _refuse_maps(page: tifffile.TiffPage) -> None:
    """Refuse maps of the earth and plots, by tags that only they have."""
    if any(code in page.tags for code in _GEOGRAPHIC_TAGS):
        raise no_micrograph("a geographic map (GeoTIFF)")
    # ImageJ's list of what it stored besides the picture: four letters and a count each.
    if any(kind in tag_bytes(page, _IMAGEJ_DATA_TAG)[:_IMAGEJ_DATA_BYTES] for kind in _PLOTS):
        raise no_micrograph("a plot drawn by ImageJ")


def _grey_picture(page: tifffile.TiffPage, file_bytes: int) -> GreyPicture:
    """Decode the page, once its claims have been checked."""
    samples = page.samplesperpixel
    if page.imagedepth != 1 or samples > 4:
        raise unsupported(
            f"a picture of {page.imagedepth} planes and {samples} channels",
            "save one grey plane as a TIFF of its own",
        )
    if page.dtype is None:
        raise unsupported(
            f"{page.bitspersample} bits a pixel of sample format {page.sampleformat}",
            "save it as 8 or 16 bit grey TIFF",
        )
    if page.dtype.kind == "c":
        raise MicrographError(
            Finding(
                "diffraction_pattern",
                "refused",
                "its values are complex: a Fourier transform, not a micrograph",
            )
        )
    refuse_absurd_size(page.imagelength, page.imagewidth, samples * page.dtype.itemsize, file_bytes)
    _check_segments(page, file_bytes)
    return _grey_of(page, page.asarray(squeeze=False, maxworkers=1)[:, 0])


def _check_segments(page: tifffile.TiffPage, file_bytes: int) -> None:
    """Refuse a page whose strips or tiles are absurd, absent or beyond the file's end.

    tifffile would fill absent ones with zeros.
    """
    compression = int(page.compression)
    if compression not in _COMPRESSIONS:
        raise unsupported(
            f"a TIFF file with compression {compression}",
            "save it uncompressed, or with LZW or Deflate",
        )
    if page.is_tiled and page.tilewidth * page.tilelength > max(
        _LARGEST_TILE, 4 * page.imagewidth * page.imagelength
    ):
        raise MicrographError(
            Finding("unreadable", "failed", f"tiles of {page.tilewidth} x {page.tilelength} pixels")
        )
    count = prod(page.chunked)
    segments = list(zip(page.dataoffsets, page.databytecounts, strict=False))[:count]
    if len(segments) < count or any(offset < 8 or size < 1 for offset, size in segments):
        raise truncated(f"parts of the picture are missing: {len(segments)} of {count} are there")
    end = max(offset + size for offset, size in segments)
    if end > file_bytes:
        raise truncated(f"{file_bytes} of {end} bytes are there")
    if compression == _JPEG:
        _check_jpeg_segments(page, segments)
    if compression == _LZW:
        stream = page.parent.filehandle
        for offset, size in segments:
            stream.seek(offset)
            refuse_damaged_lzw(stream.read(size), reversed_bits=int(page.fillorder) == _REVERSED)


def _check_jpeg_segments(page: tifffile.TiffPage, segments: Sequence[tuple[int, int]]) -> None:
    """Refuse JPEG strips or tiles that are larger than the page says, or end too early."""
    stream = page.parent.filehandle
    columns = page.tilewidth if page.is_tiled else page.imagewidth
    rows = page.tilelength if page.is_tiled else page.rowsperstrip
    for offset, size in segments:
        stream.seek(offset)
        data = stream.read(size)
        shape = jpeg_shape(data)
        if shape is None or b"\xff\xd9" not in data[-16:]:
            raise truncated("a JPEG part of it is incomplete")
        if shape[0] > rows or shape[1] > columns:
            raise MicrographError(
                Finding("unreadable", "failed", f"a JPEG part of {shape} in {(rows, columns)}")
            )


def _grey_of(page: tifffile.TiffPage, planes: NDArray[np.generic]) -> GreyPicture:
    """Return the grey picture of decoded (planes, H, W, samples)."""
    photometric = tifffile.PHOTOMETRIC(page.photometric)
    samples = np.moveaxis(planes, 0, -1).reshape(*planes.shape[1:3], -1)
    if photometric == tifffile.PHOTOMETRIC.PALETTE:
        palette = page.colormap
        if palette is None:
            raise MicrographError(Finding("unreadable", "failed", "a palette TIFF without palette"))
        colours = np.asarray(palette).T
        if colours.max() > 255:  # The standard wants 16 bits, but some writers store 8.
            colours = np.right_shift(colours, 8)
        return grey_of_palette(samples[..., 0].astype(np.uint16), colours)
    if photometric == tifffile.PHOTOMETRIC.MINISBLACK:
        return GreyPicture(native_grey(samples[..., 0]))
    if photometric == tifffile.PHOTOMETRIC.MINISWHITE:
        return GreyPicture(native_grey(_inverted(samples[..., 0], page.bitspersample)))
    if samples.shape[-1] >= 3 and (
        photometric == tifffile.PHOTOMETRIC.RGB
        or (photometric == tifffile.PHOTOMETRIC.YCBCR and int(page.compression) == _JPEG)
    ):
        return grey_of_colours(samples[..., :3])
    raise unsupported(f"a TIFF file with {photometric.name} colours", "save it as grey or RGB TIFF")


def _inverted(values: NDArray[np.generic], bits: int | tuple[int, ...]) -> NDArray[np.generic]:
    """Return values in which 0 stood for white with brighter larger."""
    if values.dtype == np.bool_:
        return np.logical_not(values)
    if values.dtype.kind == "u" and isinstance(bits, int):
        return np.subtract(2**bits - 1, values, dtype=np.int64).astype(values.dtype)
    return (-values.astype(np.float64)).astype(np.float32)


FORMAT = FileFormat("TIFF", recognises, read)
