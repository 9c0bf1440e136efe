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
    confirms_only : bool
        Whether it can only confirm another source's value: what disagrees with it is nothing new,
        since anybody's copying resets it.
    sees_picture : bool
        Whether it knows the picture as it is, so that it can vouch for a value whose source
        does not say what size of picture it was written for.
    by_machine : bool
        Whether it was read from the picture by machine, so that a person has to accept it
        where nothing else states the pixel size.
    """

    name: str
    rank: int
    title: str
    confirms_only: bool = False
    sees_picture: bool = False
    by_machine: bool = False


_KINDS = (
    EvidenceKind("sheet", 1, "the sample sheet", sees_picture=True),
    EvidenceKind("zeiss_tag", 2, "the Zeiss tag"),
    EvidenceKind("fei_tag", 2, "the FEI/Thermo tag"),
    EvidenceKind("thermo_xml", 2, "the FEI/Thermo XML"),
    EvidenceKind("phenom", 2, "the Phenom XML"),
    EvidenceKind("orion_tag", 2, "the Orion XML"),
    EvidenceKind("fibics_tag", 2, "the Fibics XML"),
    EvidenceKind("tescan_tag", 2, "the TESCAN tag"),
    EvidenceKind("tvips_tag", 2, "the TVIPS tag"),
    EvidenceKind("sis_tag", 2, "the Olympus SIS tag"),
    EvidenceKind("dm", 2, "DigitalMicrograph's calibration"),
    EvidenceKind("tia", 2, "TIA's calibration"),
    EvidenceKind("velox", 2, "Velox's metadata"),
    EvidenceKind("bruker", 2, "the Bruker header"),
    EvidenceKind("mrc", 2, "the MRC header"),
    EvidenceKind("tescan_sidecar", 3, "the TESCAN header file"),
    EvidenceKind("jeol_sidecar", 3, "the JEOL text file"),
    EvidenceKind("hitachi_sidecar", 3, "the Hitachi text file"),
    EvidenceKind("mdoc", 3, "SerialEM's text file"),
    EvidenceKind("ome", 4, "the OME-XML"),
    EvidenceKind("ncem", 4, "the EMD axes"),
    EvidenceKind("dm_tag", 4, "DigitalMicrograph's TIFF tags"),
    EvidenceKind("imagej", 4, "ImageJ's calibration"),
    EvidenceKind("jeol_sightx", 4, "SightX's magnification and print resolution"),
    EvidenceKind("scale_bar", 5, "the scale bar", sees_picture=True, by_machine=True),
    EvidenceKind("field_label", 6, "the field width label", sees_picture=True, by_machine=True),
    EvidenceKind("print_size", 6, "the print size", confirms_only=True),
)

EVIDENCE_KINDS: dict[str, EvidenceKind] = {kind.name: kind for kind in _KINDS}
"""By name. What is read by machine from the picture comes last, a field width after a bar, because
it does not hold for a cropped figure. A print resolution (dpi), a magnification alone, a file
name or a neighbour's value are no kind."""
