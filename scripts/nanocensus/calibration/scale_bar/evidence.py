"""What a scale bar and a written field width say about the pixel size, for the resolver."""

from __future__ import annotations

from nanocensus.calibration.scale_bar.labels import agreed_field
from nanocensus.calibration.scale_bar.reader import ScaleBarReading
from nanocensus.micrographs import PixelSizeEvidence


def scale_bar_evidence(
    reading: ScaleBarReading | None, shape: tuple[int, int]
) -> tuple[PixelSizeEvidence, ...]:
    """Return the statements of a reading.

    Parameters
    ----------
    reading : ScaleBarReading or None
    shape : (int, int)
        Rows and columns of the picture that was read.

    Returns
    -------
    tuple of PixelSizeEvidence
        ``scale_bar`` with the uncertainty of the bar's ends, ``field_label`` with that of
        its digits. What is below the limit of confidence is no evidence.
    """
    if reading is None or reading.reciprocal:
        return ()
    evidence = []
    if reading.bar is not None:
        bar = reading.bar
        text = f"{bar.text.strip()!r} over {bar.bar_px:.1f} px, confidence {bar.confidence:.2f}"
        size_nm = bar.pixel_size_nm
        evidence.append(PixelSizeEvidence("scale_bar", size_nm, size_nm, text, u_rel=bar.u_rel))
    label = agreed_field(reading.fields)
    if label is not None:
        size_nm = label.width_nm / shape[1]
        evidence.append(
            PixelSizeEvidence("field_label", size_nm, size_nm, label.text, u_rel=label.u_rel)
        )
    return tuple(evidence)
