"""The prepared picture's two files: the calibrated grey picture and its overlay mask."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

from nanocensus.campaign import replacing
from nanocensus.micrographs.types import PixelSize

_OME_TYPES = {"uint8": "uint8", "uint16": "uint16", "float32": "float"}
_OME_NAMESPACE = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
_NM_PER_CM = 1e7
_LARGEST_RATIONAL = 2**31
_OVERLAY = 255


@dataclass(frozen=True)
class PreparedMicrograph:
    """The picture that all later stages work on.

    Attributes
    ----------
    pixels : ndarray of shape (H, W), uint8, uint16 or float32
        Grey values without the info bar.
    overlay : ndarray of shape (H, W), bool
        True where text, bars or logos were burned into the picture.
    pixel_size : PixelSize or None
        None when unknown: sizes are then given in px only.
    """

    pixels: NDArray[np.generic]
    overlay: NDArray[np.bool_]
    pixel_size: PixelSize | None

    def __post_init__(self) -> None:
        if self.pixels.ndim != 2 or self.pixels.dtype.name not in _OME_TYPES:
            raise ValueError(
                f"pixels are (H, W) of {', '.join(_OME_TYPES)}, "
                f"not {self.pixels.shape} of {self.pixels.dtype}"
            )
        if self.overlay.shape != self.pixels.shape or self.overlay.dtype != np.bool_:
            raise ValueError(
                f"overlay is bool {self.pixels.shape}, "
                f"not {self.overlay.dtype} {self.overlay.shape}"
            )


def write_prepared(prepared: PreparedMicrograph, picture_path: Path, overlay_path: Path) -> None:
    """Write the picture as OME-TIFF and its overlay as PNG, always the same bytes for the same.

    Parameters
    ----------
    prepared : PreparedMicrograph
        What to write.
    picture_path : Path
        The OME-TIFF, Deflate without predictor, which ImageJ's own reader cannot undo.
    overlay_path : Path
        The PNG, 255 on overlays and 0 elsewhere.

    Notes
    -----
    The OME-XML is written here and not by tifffile, which would put a random UUID into it;
    the UUID is that of the content's SHA-256. The resolution tags repeat the pixel size
    for readers that know no OME-XML.
    """
    pixels = np.ascontiguousarray(prepared.pixels)
    size = prepared.pixel_size
    resolution = _pixels_per_cm(size)
    with replacing(picture_path) as unfinished:
        tifffile.imwrite(
            unfinished,
            pixels,
            photometric="minisblack",
            compression="zlib",
            description=_ome_xml(pixels, size),
            metadata=None,
            software="nanocensus",
            byteorder="<",
            maxworkers=1,
            resolution=resolution,
            resolutionunit=None if resolution is None else "CENTIMETER",
        )
    with replacing(overlay_path) as unfinished:
        Image.fromarray(prepared.overlay.astype(np.uint8) * np.uint8(_OVERLAY)).save(unfinished)


def read_prepared(picture_path: Path, overlay_path: Path) -> PreparedMicrograph:
    """Read what `write_prepared` wrote.

    Parameters
    ----------
    picture_path, overlay_path : Path
        The OME-TIFF and the PNG.

    Returns
    -------
    PreparedMicrograph
        Equal to the one written.
    """
    with tifffile.TiffFile(picture_path) as tiff:
        page = tiff.pages.first
        pixels = page.asarray()
        pixel_size = _pixel_size_of(page.description)
    with Image.open(overlay_path) as picture:
        overlay = np.asarray(picture) > 0
    return PreparedMicrograph(pixels, overlay, pixel_size)


def _pixels_per_cm(size: PixelSize | None) -> tuple[float, float] | None:
    """Return what the resolution tags hold, None if it is unknown or beyond their 32 bits."""
    if size is None:
        return None
    x_per_cm, y_per_cm = _NM_PER_CM / size.x_nm, _NM_PER_CM / size.y_nm
    return None if max(x_per_cm, y_per_cm) > _LARGEST_RATIONAL else (x_per_cm, y_per_cm)


def _ome_xml(pixels: NDArray[np.generic], size: PixelSize | None) -> str:
    """Return OME-XML (ASCII, as the TIFF tag wants it) for one grey plane."""
    rows, columns = pixels.shape
    physical, annotation, reference = "", "", ""
    if size is not None:
        physical = (
            f' PhysicalSizeX="{size.x_nm!r}" PhysicalSizeXUnit="nm"'
            f' PhysicalSizeY="{size.y_nm!r}" PhysicalSizeYUnit="nm"'
        )
        entries = f"<M K={quoteattr('pixel_size_source')}>{_escaped(size.source)}</M>"
        if size.u_rel is not None:
            entries += f"<M K={quoteattr('pixel_size_u_rel')}>{size.u_rel!r}</M>"
        reference = '<AnnotationRef ID="Annotation:0"/>'
        annotation = (
            '<StructuredAnnotations><MapAnnotation ID="Annotation:0" Namespace="nanocensus">'
            f"<Value>{entries}</Value></MapAnnotation></StructuredAnnotations>"
        )
    body = (
        '<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT"'
        f' Type="{_OME_TYPES[pixels.dtype.name]}" BigEndian="false"'
        f' SizeX="{columns}" SizeY="{rows}" SizeC="1" SizeZ="1" SizeT="1"{physical}>'
        '<Channel ID="Channel:0:0" SamplesPerPixel="1"/><TiffData IFD="0" PlaneCount="1"/>'
        f"</Pixels>{reference}</Image>{annotation}"
    )
    digest = hashlib.sha256(pixels.astype(pixels.dtype.newbyteorder("<"), copy=False).tobytes())
    digest.update(body.encode())
    identity = uuid.UUID(bytes=digest.digest()[:16], version=5)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><OME xmlns="{_OME_NAMESPACE}"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        f' xsi:schemaLocation="{_OME_NAMESPACE} {_OME_NAMESPACE}/ome.xsd"'
        f' UUID="urn:uuid:{identity}" Creator="nanocensus">{body}</OME>'
    )


def _escaped(text: str) -> str:
    """Return text for an ASCII XML element."""
    marked = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return marked.encode("ascii", "xmlcharrefreplace").decode()


def _pixel_size_of(description: str) -> PixelSize | None:
    """Return the pixel size in OME-XML that `_ome_xml` made."""
    root = ElementTree.fromstring(description)
    names = {"ome": _OME_NAMESPACE}
    pixels = root.find("ome:Image/ome:Pixels", names)
    if pixels is None or "PhysicalSizeX" not in pixels.attrib:
        return None
    notes = {m.get("K"): m.text or "" for m in root.iterfind(".//ome:MapAnnotation//ome:M", names)}
    u_rel = notes.get("pixel_size_u_rel")
    return PixelSize(
        y_nm=float(pixels.attrib["PhysicalSizeY"]),
        x_nm=float(pixels.attrib["PhysicalSizeX"]),
        source=notes["pixel_size_source"],
        u_rel=None if u_rel is None else float(u_rel),
    )
