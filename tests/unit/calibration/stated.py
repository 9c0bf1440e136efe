"""Made-up statements on a pixel size, and what the resolver makes of them."""

from __future__ import annotations

from nanocensus.calibration import Calibration, UserStatement, resolve_pixel_size
from nanocensus.micrographs import PixelSizeEvidence

SHAPE = (768, 1024)


def tag(value_nm=5.0, *, source="zeiss_tag", declared=SHAPE, width_nm=None, y_nm=None, u_rel=None):
    return PixelSizeEvidence(
        source=source,
        y_nm=value_nm if y_nm is None else y_nm,
        x_nm=value_nm,
        raw_text=f"{value_nm} nm",
        u_rel=u_rel,
        declared_shape=declared,
        field_width_nm=width_nm,
    )


def resolve(
    *evidence, shape=SHAPE, sheet=None, modality=None, instrument=None, **user
) -> Calibration:
    return resolve_pixel_size(
        evidence,
        actual_shape=shape,
        user=UserStatement(pixel_size_nm=sheet, **user),
        modality=modality,
        instrument=instrument,
    )


def codes(calibration: Calibration) -> list[str]:
    return [finding.code for finding in calibration.findings]
