"""What is thought of each micrograph's pixel size, and what its other sources say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from nanocensus.calibration import EVIDENCE_KINDS
from nanocensus.report.formatting import is_missing, words
from nanocensus.report.results import records

# The odd ones first; what could not be read has no calibration to look at.
STATES = ("review", "warned", "none", "unconfirmed", "confirmed", "refused", "failed")
SCALE_BAR = "scale_bar"
_OTHER = re.compile(r"(\S+) ([0-9.e+-]+) nm \([+-]")


@dataclass(frozen=True)
class OtherSource:
    """What another source says of a micrograph's pixel size.

    Attributes
    ----------
    source : str
    pixel_size_nm : float
    deviation_rel : float or None
        Its value over the first source's, minus 1; None where the first has none.
    """

    source: str
    pixel_size_nm: float
    deviation_rel: float | None


def state_of(row: Mapping[str, Any]) -> str:
    """Return one of `STATES` for a row of the micrographs table."""
    status = row["calibration_status"]
    if is_missing(status):
        return str(row["status"])
    if status == "ok":
        return "unconfirmed" if is_missing(row["second_source"]) else "confirmed"
    return "warned" if status == "warn" else str(status)


def rank_of_state(state: str) -> int:
    """Return the place of a state, the oddest lowest; an unknown one first."""
    return STATES.index(state) if state in STATES else -1


def odd_first(micrographs: pd.DataFrame) -> pd.DataFrame:
    """Return the micrographs with their `state`, the odd ones first, then in the table's order."""
    states = pd.Series([state_of(row) for row in records(micrographs)], micrographs.index, str)
    ranks = states.map(rank_of_state).to_numpy(dtype=int)
    return micrographs.assign(state=states).iloc[ranks.argsort(kind="stable")]


def other_sources(row: Mapping[str, Any]) -> list[OtherSource]:
    """Return the other sources of a micrograph's pixel size, the most trusted first.

    Examples
    --------
    >>> row = {"pixel_size_nm": 2.0, "second_source": "ome", "second_pixel_size_nm": 2.02}
    >>> row["other_sources"] = "ome 2.02 nm (+1.0%); imagej 3 nm (+50.0%)"
    >>> [(other.source, other.deviation_rel) for other in other_sources(row)]
    [('ome', 0.01), ('imagej', 0.5)]
    """
    found = []
    if not is_missing(row["second_source"]):
        found.append((str(row["second_source"]), row["second_pixel_size_nm"]))
    if not is_missing(row["other_sources"]):
        # The first of them is the second source, which the table holds with more digits.
        found += _OTHER.findall(row["other_sources"])[1:]
    return [_compared(row["pixel_size_nm"], source, value) for source, value in found]


def _compared(first_nm: Any, source: str, value: Any) -> OtherSource:
    value_nm = float(value)
    deviation = None if is_missing(first_nm) else round(value_nm / first_nm - 1, 6)
    return OtherSource(source, value_nm, deviation)


def largest_deviation(row: Mapping[str, Any]) -> float | None:
    """Return how far the other source that differs most is off; None without any."""
    known = [o.deviation_rel for o in other_sources(row) if o.deviation_rel is not None]
    return max(known, key=abs, default=None)


def title_of(source: Any) -> str:
    """Return a source's name as it stands in a sentence, such as `the Zeiss tag`."""
    kind = EVIDENCE_KINDS.get(str(source))
    return words(str(source)) if kind is None else kind.title


def signed_percent(share: float) -> str:
    """Return a deviation in percent with its sign.

    Examples
    --------
    >>> signed_percent(0.1284), signed_percent(-0.5), signed_percent(999.0), signed_percent(-1e-9)
    ('+12.8 %', '−50.0 %', '+99900 %', '0.0 %')
    """
    digits = 1 if abs(share) < 10 else 0
    percent = round(100 * share, digits)
    return "0.0 %" if percent == 0.0 else f"{percent:+.{digits}f} %".replace("-", "−")
