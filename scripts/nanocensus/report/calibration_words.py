"""Sentences of the calibration page, and their summary on the campaign's page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pandas as pd

from nanocensus.calibration import AGREE_REL, DISPUTED_REL
from nanocensus.report.calibration_states import state_of, title_of
from nanocensus.report.formatting import count, listing, plural
from nanocensus.report.results import Results, records
from nanocensus.report.wording import Card, Sentence

REVIEW = (
    "A micrograph under review has its sizes in the particles table, but not in those of its "
    "sample. You decide, by a row of the sample sheet that names its file; run again, and what is "
    "accepted counts."
)
# Column of the sample sheet -> what to write there; config/README.md says more.
REMEDIES = (
    ("pixel_size_nm", "the right pixel size. Where two sources disagree, it decides."),
    ("pixel_size_reason", "why that holds although the file says something else by over 10 %."),
    ("scale_bar_ok", "yes: you looked at the bars below and they are right."),
    ("tilt_ok", "yes: sizes are wanted in spite of the tilt, for example of spheres."),
)
NO_PAIRS = "No micrograph has two sources that could be compared."
PRINT_WIDTH = (
    "K = pixel size × picture width × magnification is the width of a print. An instrument keeps "
    "it at every magnification, so a picture with another K has a wrong pixel size, a wrong "
    "magnification, or was resized."
)
NO_PRINT_WIDTHS = "No micrograph states both a pixel size and a magnification."
BARS = (
    "Lines mark both ends as they were found; the label as it was read stands below the picture. "
    "Odd ones come first. Check that the lines touch the ends and that both labels are the same."
)
CANDIDATES = (
    "Not read: the program is not sure enough, and no size rests on these. If you agree with what "
    "is drawn, write the line below the picture into the micrograph's row of the sample sheet."
)
NO_BARS = "No scale bar was read in this campaign."


def readable(results: Results) -> pd.DataFrame:
    """Return the micrographs that were neither refused nor failed."""
    return results.micrographs[~results.micrographs["status"].isin(["failed", "refused"])]


def lead(results: Results) -> str:
    """Return in a sentence how many pixel sizes there are."""
    table = readable(results)
    known = int(table["pixel_size_nm"].notna().sum())
    text = f"{count(known)} of {plural(len(table), 'micrograph')} have a pixel size"
    if unreadable := len(results.micrographs) - len(table):
        text += f"; {count(unreadable)} more could not be read"
    return f"{text}."


def cards(results: Results) -> list[Card]:
    """Return the headline figures."""
    table = readable(results)
    states = _states(table)
    shown = [
        ("Confirmed", "confirmed", "an independent source agrees"),
        ("Consistent", "consistent", "within the file only"),
        ("Unconfirmed", "unconfirmed", "one source alone"),
        ("Warned about", "warned", "counted all the same"),
        ("Under review", "review", "not counted"),
        ("Without pixel size", "none", "sizes in px only"),
    ]
    return [Card(label, count(states[state]), more) for label, state, more in shown]


def sentences(results: Results, oldest_days: float) -> list[Sentence]:
    """Return what is to be known of the pixel sizes as a whole.

    `oldest_days` is the age from which a certificate is old.
    """
    table = readable(results)
    return [
        *_sources(table),
        *_agreement(table),
        *_odd(table),
        *_certificates(table, oldest_days),
        *_uncertainty(table),
    ]


def summary(results: Results) -> list[Sentence]:
    """Return the few sentences of the campaign's page."""
    table = readable(results)
    text = (
        "The error of a pixel size is common to all particles of a sitting and is not part of the "
        "intervals. A second source (a scale bar beside a tag, say) shows gross "
        "mistakes."
    )
    return [*_sources(table), *_agreement(table), *_odd(table), Sentence(text)]


def _states(table: pd.DataFrame) -> Counter[str]:
    return Counter(state_of(row) for row in records(table))


def _have(amount: int, rest: str) -> str:
    """Return a number of micrographs as the subject of a clause in the plural."""
    return f"{plural(amount, 'micrograph')} {rest if amount != 1 else _singular(rest)}"


def _singular(rest: str) -> str:
    verb, _, others = rest.partition(" ")
    return f"{ {'have': 'has', 'are': 'is', 'rest': 'rests', 'carry': 'carries'}[verb] } {others}"


def _sources(table: pd.DataFrame) -> Iterator[Sentence]:
    known = table["pixel_size_source"].dropna()
    if len(known):
        numbers = known.value_counts(sort=False).sort_index().sort_values(ascending=False)
        shares = [f"{count(n)} from {title_of(source)}" for source, n in _items(numbers)]
        yield Sentence(f"Pixel sizes come from these sources: {listing(shares)}.")


def _items(numbers: Any) -> list[tuple[str, int]]:
    return [(str(key), int(number)) for key, number in numbers.items()]


def _agreement(table: pd.DataFrame) -> Iterator[Sentence]:
    both = table[table["second_source"].notna() & table["disagreement_rel"].notna()]
    if len(both):
        apart = both["disagreement_rel"].abs()
        within = int((apart <= AGREE_REL).sum())
        parts = [f"{count(within)} of them agree within {100 * AGREE_REL:g} %"]
        if (beyond := int((apart > AGREE_REL).sum())) > 0:
            most = int((apart > DISPUTED_REL).sum())
            parts.append(
                f"{count(beyond)} differ by more, {count(most)} by over {100 * DISPUTED_REL:g} %"
            )
        text = f"{_have(len(both), 'have a second source')}: {listing(parts)}."
        yield Sentence(text, beyond > 0)
    states = _states(table)
    if consistent := states["consistent"]:
        yield Sentence(
            f"{_have(consistent, 'are consistent')} within the file only: what agrees was written "
            "by the same program or converted from it, and confirms nothing."
        )
    if alone := states["unconfirmed"]:
        yield Sentence(f"{_have(alone, 'rest on one source alone')}: nothing confirms it.")


def _odd(table: pd.DataFrame) -> Iterator[Sentence]:
    states = _states(table)
    if states["review"]:
        text = f"{_have(states['review'], 'are under review')} and not counted until you decide."
        yield Sentence(text, True)
    if states["warned"]:
        yield Sentence(f"{_have(states['warned'], 'carry a warning')} on calibration.", True)
    if states["none"]:
        text = f"{_have(states['none'], 'have no pixel size')}: sizes in px only."
        yield Sentence(f"{text} Give pixel_size_nm in the sample sheet.", True)


def _certificates(table: pd.DataFrame, oldest_days: float) -> Iterator[Sentence]:
    named = table["scale_standard"].notna() | table["scale_date"].notna()
    if not named.any():
        yield Sentence("The sample sheet names no calibration certificate (scale_standard).")
        return
    old = int((table["certificate_age_days"] > oldest_days).sum())
    text = f"{_have(int(named.sum()), 'have a calibration certificate')}"
    if old:
        text += f"; for {count(old)} it is more than {oldest_days:g} days away from the recording"
    yield Sentence(f"{text}.", old > 0)


def _uncertainty(table: pd.DataFrame) -> Iterator[Sentence]:
    known = table[table["pixel_size_nm"].notna()]
    missing = int(known["pixel_size_u_rel"].isna().sum())
    if missing:
        which = "all" if missing == len(known) else f"{count(missing)} of {count(len(known))}"
        text = (
            f"The uncertainty of the magnification is not stated for {which} pixel sizes. It is "
            "not zero: without a certified standard, 3 to 5 % is usual. State scale_u in the "
            "sample sheet."
        )
        yield Sentence(text)
