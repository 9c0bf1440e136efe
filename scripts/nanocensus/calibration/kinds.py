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
    writer : str
        Which family of programs writes it, or whose eyes it comes from (``user``, ``picture``);
        empty for what is converted from other statements, whoever made them. Two sources confirm
        each other only if they do not go back to one writer (`confirms`).
    confirms_only : bool
        Whether it can only confirm another source's value: what disagrees with it is nothing new,
        since anybody's copying resets it.
    sees_picture : bool
        Whether it knows the picture as it is, so that it can vouch for a value whose source
        does not say what size of picture it was written for.
    may_be_one : bool
        Whether exactly 1 nm is a value: others have it from writers that know no calibration.
        (OME's and ImageJ's placeholders are told by the number in their own unit.)
    along_rows : bool
        Whether it measures lengths along the rows only.
    by_machine : bool
        Whether it was read from the picture by machine, so that a person has to accept it
        where nothing else states the pixel size.
    """

    name: str
    rank: int
    title: str
    writer: str
    confirms_only: bool = False
    sees_picture: bool = False
    may_be_one: bool = False
    along_rows: bool = False
    by_machine: bool = False

    @classmethod
    def of_picture(cls, name: str, rank: int, title: str) -> EvidenceKind:
        """Return a kind that is read from the picture itself by machine."""
        return cls(
            name,
            rank,
            title,
            "picture",
            sees_picture=True,
            may_be_one=True,
            along_rows=True,
            by_machine=True,
        )

    def confirms(self, other: EvidenceKind) -> bool:
        """Return whether it is independent of another, so that both cannot share one mistake.

        A person's word and what is drawn in the picture are, of everything in the file. Statements
        in file and sidecars are, if two programs made them; a copy in another format is not, as it
        repeats its original.
        """
        if self.writer == other.writer:
            return False
        return self.sees_picture or other.sees_picture or all((self.writer, other.writer))


_KINDS = (
    EvidenceKind("sheet", 1, "the sample sheet", "user", sees_picture=True, may_be_one=True),
    EvidenceKind("zeiss_tag", 2, "the Zeiss tag", "zeiss"),
    EvidenceKind("fei_tag", 2, "the FEI/Thermo tag", "thermo"),
    EvidenceKind("thermo_xml", 2, "the FEI/Thermo XML", "thermo"),
    EvidenceKind("phenom", 2, "the Phenom XML", "thermo"),
    EvidenceKind("orion_tag", 2, "the Orion XML", "orion"),
    EvidenceKind("fibics_tag", 2, "the Fibics XML", "fibics"),
    EvidenceKind("tescan_tag", 2, "the TESCAN tag", "tescan"),
    EvidenceKind("tvips_tag", 2, "the TVIPS tag", "tvips"),
    EvidenceKind("sis_tag", 2, "the Olympus SIS tag", "sis"),
    EvidenceKind("dm", 2, "DigitalMicrograph's calibration", "gatan"),
    EvidenceKind("tia", 2, "TIA's calibration", "thermo"),
    EvidenceKind("velox", 2, "Velox's metadata", "thermo"),
    EvidenceKind("bruker", 2, "the Bruker header", "bruker"),
    EvidenceKind("mrc", 2, "the MRC header", "serialem"),
    EvidenceKind("tescan_sidecar", 3, "the TESCAN header file", "tescan"),
    EvidenceKind("jeol_sidecar", 3, "the JEOL text file", "jeol"),
    EvidenceKind("hitachi_sidecar", 3, "the Hitachi text file", "hitachi"),
    EvidenceKind("mdoc", 3, "SerialEM's text file", "serialem"),
    EvidenceKind("ome", 4, "the OME-XML", "", may_be_one=True),
    EvidenceKind("ncem", 4, "the EMD axes", ""),
    EvidenceKind("dm_tag", 4, "DigitalMicrograph's TIFF tags", "gatan"),
    EvidenceKind("imagej", 4, "ImageJ's calibration", "", may_be_one=True),
    EvidenceKind("jeol_sightx", 4, "SightX's magnification and print resolution", "jeol"),
    EvidenceKind.of_picture("scale_bar", 5, "the scale bar"),
    EvidenceKind.of_picture("field_label", 6, "the field width label"),
    EvidenceKind(
        "print_size", 6, "the print size", "", confirms_only=True, may_be_one=True, along_rows=True
    ),
)

EVIDENCE_KINDS: dict[str, EvidenceKind] = {kind.name: kind for kind in _KINDS}
"""By name. What is read by machine from the picture comes last, a field width after a bar, because
it does not hold for a cropped figure. SerialEM writes the .mdoc beside its MRC files; a print size
is computed from what the file's own program wrote. A print resolution (dpi), a magnification
alone, a file name or a neighbour's value are no kind."""
