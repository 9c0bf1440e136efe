"""The registry of evidence for a pixel size, in the order of trust."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EvidenceKind:
    """One kind of source that states a pixel size.

    Attributes
    ----------
    name : str
        As in `PixelSizeEvidence.source` and the column `pixel_size_source`.
    rank : int
        1 is trusted most; of the same rank, the one read first.
    title : str
        For messages.
    by_machine : bool
        Whether it was read from the picture by machine, so that a person has to accept it
        where nothing else states the pixel size.
    """

    name: str
    rank: int
    title: str
    by_machine: bool = False


_KINDS = (
    EvidenceKind("sheet", 1, "the sample sheet"),
    EvidenceKind("zeiss_tag", 2, "the Zeiss tag"),
    EvidenceKind("fei_tag", 2, "the FEI/Thermo tag"),
    EvidenceKind("ome", 4, "the OME-XML"),
    EvidenceKind("imagej", 4, "ImageJ's calibration"),
    EvidenceKind("scale_bar", 5, "the scale bar in the picture", by_machine=True),
    EvidenceKind("field_label", 6, "the field width written in the picture", by_machine=True),
)

EVIDENCE_KINDS: dict[str, EvidenceKind] = {kind.name: kind for kind in _KINDS}
"""By name. Rank 3 is for vendors' sidecar files, ranks 5 and 6 for what is read by machine: a field
width stands last, because it does not hold for a cropped figure. A print resolution (dpi), a
magnification alone, a file name or a neighbour's value are no kind."""
