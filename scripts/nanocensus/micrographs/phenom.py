"""Thermo Phenom: the XML `<FeiImage>` in TIFF tag 34683 or behind a JPEG's end."""

from __future__ import annotations

from collections.abc import Callable

import tifffile

from nanocensus.micrographs.metadata import Metadata, TiffVendor, positive, tag_bytes
from nanocensus.micrographs.refusals import navigation_camera
from nanocensus.micrographs.texts import Element, element_at, parsed_xml, text_of
from nanocensus.micrographs.types import Instrument, PixelSizeEvidence
from nanocensus.micrographs.units import (
    MM_PER_M,
    length_mm,
    length_nm,
    number,
    scaled,
    time_us,
    voltage_kv,
)

_TAG = 34683
_ROOT = "FeiImage"
_READING_U_REL = 1e-8


def read(page: tifffile.TiffPage) -> Metadata | None:
    """Read the XML of a page; None if it has none of this kind."""
    return read_text(tag_bytes(page, _TAG), (page.imagelength, page.imagewidth))


def read_text(data: bytes, shape: tuple[int, int]) -> Metadata | None:
    """Read the XML in some bytes; None if there is none.

    Parameters
    ----------
    data : bytes
        Anything with the XML in it.
    shape : (int, int)
        Rows and columns of the picture that it belongs to.

    Raises
    ------
    MicrographError
        For a photograph by the navigation camera.
    """
    root = parsed_xml(data, _ROOT)
    if root is None:
        return None
    detector = text_of(root, "acquisition/scan/detector")
    if _is_photograph(root, detector):
        raise navigation_camera()
    evidence = _evidence(root)
    bar_rows = number(text_of(root, "databarHeight"))
    has_bar = bar_rows is not None and 1 <= bar_rows < shape[0] / 2
    return Metadata(
        vendor=VENDOR.name,
        evidence=() if evidence is None else (evidence,),
        instrument=_instrument(root, detector),
        modality=None,
        picture_rows=shape[0] - int(bar_rows) if has_bar and bar_rows else None,
    )


def _is_photograph(root: Element, detector: str | None) -> bool:
    """Return whether the navigation camera took it: it has no beam, or says so."""
    named = " ".join(filter(None, (detector, text_of(root, "acquisition/camera/type", "source"))))
    return "nav" in named.lower() or (
        element_at(root, "acquisition/camera") is not None
        and element_at(root, "acquisition/scan") is None
    )


def _quantity(
    root: Element, path: str, factor_of: Callable[[str], float | None], default: str
) -> float | None:
    """Return a number times the factor of its attribute `unit`."""
    element = element_at(root, path)
    if element is None:
        return None
    factor = factor_of(element.get("unit") or default)
    value = number((element.text or "").strip())
    return None if factor is None else scaled(value, factor)


def _length_nm(root: Element, path: str) -> float | None:
    element = element_at(root, path)
    if element is None:
        return None
    unit_nm, value = length_nm(element.get("unit") or ""), number((element.text or "").strip())
    return None if unit_nm is None or value is None else float(f"{value * unit_nm:.12g}")


def _evidence(root: Element) -> PixelSizeEvidence | None:
    x_nm, y_nm = _length_nm(root, "pixelWidth"), _length_nm(root, "pixelHeight")
    if x_nm is None:
        return None
    return PixelSizeEvidence(
        source="phenom",
        y_nm=x_nm if y_nm is None else y_nm,
        x_nm=x_nm,
        raw_text=f"pixelWidth = {x_nm:g} nm",
        u_rel=_READING_U_REL,
    )


def _instrument(root: Element, detector: str | None) -> Instrument:
    potential_kv = _quantity(root, "acquisition/scan/highVoltage", voltage_kv, "kV")
    return Instrument(
        instrument=text_of(root, "instrument/type"),
        detector=detector,
        # Written as the potential of the cathode, which is negative.
        voltage_kv=positive(abs(potential_kv)) if potential_kv is not None else None,
        working_distance_mm=positive(_quantity(root, "workingDistance", length_mm, "mm")),
        dwell_time_us=positive(_quantity(root, "acquisition/scan/dwellTime", time_us, "ns")),
        stage_x_mm=scaled(number(text_of(root, "samplePosition/x")), MM_PER_M),
        stage_y_mm=scaled(number(text_of(root, "samplePosition/y")), MM_PER_M),
        acquired=text_of(root, "time"),
    )


VENDOR = TiffVendor("Thermo Phenom", (_TAG,), read)
