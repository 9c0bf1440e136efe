"""What is thought of each micrograph's pixel size, and what its other sources say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from nanocensus.calibration import EVIDENCE_KINDS, OtherSource
from nanocensus.report.formatting import is_missing, words
from nanocensus.report.results import Results, records

# The odd ones first; what could not be read has no calibration to look at.
STATES = (
    *("review", "warned", "none", "unconfirmed", "consistent", "confirmed"),
    *("refused", "failed"),
)
SCALE_BAR = "scale_bar"


class OtherSources:
    """The other sources of each micrograph's pixel size."""

    def __init__(self, found: Mapping[tuple[str, str], Sequence[OtherSource]]) -> None:
        self._found = found

    def of(self, row: Mapping[str, Any]) -> Sequence[OtherSource]:
        """Return those of a row of the micrographs table, the most trusted first."""
        return self._found.get((str(row["sample"]), str(row["micrograph"])), ())


def state_of(row: Mapping[str, Any]) -> str:
    """Return one of `STATES` for a row of the micrographs table."""
    status = row["calibration_status"]
    if is_missing(status):
        return str(row["status"])
    # A size that is refused, or spoilt by a tilt, waits for a person as a disputed one does.
    if status in ("review", "refused") or row["usable_for_sizes"] == "no":
        return "review"
    if status == "ok":
        if not is_missing(row["confirmed_by"]):
            return "confirmed"
        # What the same program wrote twice says nothing about the program's own mistakes.
        return "unconfirmed" if is_missing(row["second_source"]) else "consistent"
    return "warned" if status == "warn" else str(status)


def rank_of_state(state: str) -> int:
    """Return the place of a state, the oddest lowest; an unknown one first."""
    return STATES.index(state) if state in STATES else -1


def odd_first(micrographs: pd.DataFrame) -> pd.DataFrame:
    """Return the micrographs with their `state`, the odd ones first, then in the table's order."""
    states = pd.Series([state_of(row) for row in records(micrographs)], micrographs.index, str)
    ranks = states.map(rank_of_state).to_numpy(dtype=int)
    return micrographs.assign(state=states).iloc[ranks.argsort(kind="stable")]


def other_sources(results: Results) -> OtherSources:
    """Return the other sources of each micrograph's pixel size, the most trusted first."""
    others = results.pixel_sizes[results.pixel_sizes["use"] != "used"]
    found: dict[tuple[str, str], list[OtherSource]] = {}
    for row in records(others):
        deviation = None if is_missing(row["deviation_rel"]) else row["deviation_rel"]
        found.setdefault((row["sample"], row["micrograph"]), []).append(
            OtherSource(
                row["source"], row["pixel_size_nm"], deviation, confirms=row["use"] == "confirms"
            )
        )
    return OtherSources(found)


def largest_deviation(others: Iterable[OtherSource]) -> float | None:
    """Return how far the other source that differs most is off; None without any."""
    known = [other.deviation_rel for other in others if other.deviation_rel is not None]
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
