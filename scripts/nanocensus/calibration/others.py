"""What sources beside the one that is used say of a picture's pixel size."""

from __future__ import annotations

from dataclasses import dataclass

from nanocensus.calibration.statements import VOUCHING_REL, Statement, agree, ratio_of

OTHER_PIXEL_SIZES = "other_pixel_sizes"
"""Name in a picture's record of the list of its other sources, each as a mapping."""


@dataclass(frozen=True)
class OtherSource:
    """One further source of a picture's pixel size.

    Attributes
    ----------
    source : str
        Kind of evidence, a name in `EVIDENCE_KINDS`.
    pixel_size_nm : float
        Its value for this picture, nm.
    deviation_rel : float or None
        That over the value that is used, minus 1; along the rows where one of both measures along
        them only. None where no value is used.
    confirms : bool
        Whether it agrees with the value that is used, is independent of its source and does not
        contradict itself, and one of both tells this picture from a resized copy. What agrees and
        is none of that is consistent with it, no more.
    """

    source: str
    pixel_size_nm: float
    deviation_rel: float | None
    confirms: bool

    def __str__(self) -> str:
        deviation = "" if self.deviation_rel is None else f" ({self.deviation_rel:+.1%})"
        return f"{self.source} {self.pixel_size_nm:.5g} nm{deviation}"

    @classmethod
    def of(cls, other: Statement, chosen: Statement | None) -> OtherSource:
        """Compare a statement with the one that is used."""
        source = other.evidence.source
        if chosen is None:
            return cls(source, other.mean_nm, None, False)
        confirms = (
            other.kind.confirms(chosen.kind)
            and other.contradiction is None
            # Two sources that both survive copying do not know of it: they share that mistake.
            and (chosen.vouches or other.vouches)
            and agree(chosen, other)
            # A short bar may be 10 % off without disagreeing: that proves too little.
            and abs(ratio_of(other, chosen) - 1) <= VOUCHING_REL
        )
        return cls(source, other.mean_nm, ratio_of(other, chosen) - 1, confirms)
