"""Sentences of the pages: the headline figures in plain words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nanocensus.report.formatting import (
    count,
    figure_names,
    is_missing,
    listing,
    number,
    percent,
    plural,
    with_interval,
    without_interval,
    words,
)
from nanocensus.report.results import Results, Sample

_NOT_COUNTED = {
    "failed": "failed",
    "refused": "refused",
    "review": "to review",
    "empty": "without particles",
}
_NAMES_AT_ONCE = 6
_KINDS_AT_ONCE = 4
# Fewer particles show no distribution.
_FEW_PARTICLES = 10
# Below, an interval rests on so few pictures that it is wide by itself (t quantile).
_FEW_MICROGRAPHS = 4
_MUCH_SET_ASIDE = 0.4


@dataclass(frozen=True)
class Sentence:
    """A statement, perhaps one that asks for attention, perhaps with a link."""

    text: str
    attention: bool = False
    href: str = ""
    link: str = ""


@dataclass(frozen=True)
class Card:
    """A headline figure."""

    label: str
    value: str
    more: str = ""


LIMITS = (
    "A micrograph shows projections. Volumes, and everything weighted by volume, take each "
    "particle for a sphere of its projected area; flat particles lie on their faces and are "
    "overstated, rods are misstated with their aspect ratio.",
    "What lies on the support is not what was in the flask: drying, washing and clustering "
    "come before the first picture, and whoever chose the fields chose the sample. An interval "
    "holds the differences between the pictures that were taken, not those that were not.",
    "The edge of a particle is where the model puts it. Electron beams bloom over edges more "
    "with voltage and tilt, and a shift of half a pixel moves the size of a 20 px particle by "
    "5 %. That error is common to all particles; more particles do not shrink it, and the "
    "intervals here do not hold it.",
    "Nor do the intervals hold the calibration: a pixel size that is 1 % too large makes all "
    "sizes 1 % too large.",
    "Particles that stick together cannot be told from particles that have grown together; both "
    "are called touching clusters.",
    "Near the limit of resolution some particles are missed. Their share is not known and is "
    "not made up for.",
    "All figures hold for this version of the program and these models; another model draws "
    "other boundaries.",
)


COMPARISON = (
    "Whether two samples differ is asked of their micrographs, not of their particles: all ways "
    "to deal the micrographs to the two names are tried (or many at random), and p is the share "
    "of them that differ as much as the samples do. Tests that pool particles find differences "
    "between two halves of the same material in four cases of ten. A small p with a ratio near 1 "
    "is a difference that may not matter; a large p from few micrographs says little."
)


def sentence(text: str | None) -> str:
    """Return a note of the tables as a sentence."""
    if not text:
        return ""
    text = figure_names(text)
    first = text.split()[0]
    begin = text[0].upper() if first.replace("-", "").isalpha() else text[0]
    return begin + text[1:] + ("" if text.endswith(".") else ".")


def campaign_lead(results: Results) -> str:
    """Return the campaign in one sentence."""
    pictures, particles = len(results.micrographs), int(results.sample_table["n_particles"].sum())
    return (
        f"{plural(len(results.samples), 'sample')}, {plural(pictures, 'micrograph')}, "
        f"{plural(particles, 'particle')} found."
    )


def campaign_cards(results: Results) -> list[Card]:
    """Return the campaign's headline figures."""
    table = results.sample_table
    found, counted = int(table["n_particles"].sum()), int(table["n_counted"].sum())
    used = int(table["n_micrographs_counted"].sum())
    share = percent(counted / found) if found else "none found"
    cards = [
        Card("Samples", count(len(results.samples))),
        Card("Micrographs counted", count(used), f"of {count(len(results.micrographs))}"),
        Card("Particles counted", count(counted), f"of {count(found)} found ({share})"),
    ]
    medians = table.loc[table["d50_n_nm"].notna(), ["sample", "d50_n_nm"]]
    if len(medians) == 1:
        cards.append(Card("Median by number", f"{number(medians['d50_n_nm'].iloc[0])} nm"))
    elif len(medians):
        least = medians.iloc[int(medians["d50_n_nm"].argmin())]
        most = medians.iloc[int(medians["d50_n_nm"].argmax())]
        value = f"{number(least['d50_n_nm'])} to {number(most['d50_n_nm'])} nm"
        cards.append(Card("Medians by number", value, f"{least['sample']} to {most['sample']}"))
    return cards


def campaign_sentences(results: Results) -> list[Sentence]:
    """Return what of the campaign's figures is not to be trusted as it stands, and why."""
    sentences = [*_left_out(results), *_warned(results), *_without_size(results)]
    few = [
        s.name
        for s in results.samples
        if 0 < int(s.row["n_micrographs_counted"] or 0) < _FEW_MICROGRAPHS
    ]
    if few:
        text = (
            f"Fewer than {_FEW_MICROGRAPHS} micrographs count in {_some(few)}: intervals are very "
            "wide or cannot be estimated. More micrographs help, more particles per picture do not."
        )
        sentences.append(Sentence(text, True))
    much = [s.name for s in results.samples if _share_set_aside(s) > _MUCH_SET_ASIDE]
    if much:
        text = (
            f"More than {percent(_MUCH_SET_ASIDE)} of the particles are set aside in {_some(much)}."
        )
        sentences.append(Sentence(text, True, "#set-aside", "Reasons"))
    missed = [s.name for s in results.samples if s.holds_truth("d50_n_nm") is False]
    if missed:
        text = f"The true median lies outside the interval in {_some(missed)}."
        sentences.append(Sentence(text, True, "#truths", "Measured and true values"))
    if not sentences:
        text = "No micrograph carries a warning. The intervals hold neither calibration nor edges."
        sentences.append(Sentence(text, False, "#limits", "What these figures cannot say"))
    return sentences


def size_sentence(sample: Sample) -> str:
    """Return a sample's sizes in one sentence."""
    row = sample.row
    if not len(sample.ecd):
        return "no particle counts, so there is no size to report."
    if is_missing(row["d50_n_nm"]):
        return (
            f"{plural(int(row['n_counted']), 'particle')} counted, but no pixel size is known; "
            "sizes are in px."
        )
    if len(sample.ecd) < _FEW_PARTICLES:
        return (
            f"{plural(len(sample.ecd), 'particle')} counted, median {_alone(row, 'd50_n_nm')} nm: "
            "too few for a distribution."
        )
    median = with_interval(row["d50_n_nm"], row["d50_n_nm_low"], row["d50_n_nm_high"], "nm")
    text = (
        f"half of the particles are smaller than {median}; eight in ten lie between "
        f"{_alone(row, 'd10_n_nm')} and {_alone(row, 'd90_n_nm')} nm."
    )
    if not is_missing(row["d50_v_nm"]):
        text += f" Half of the volume lies in particles below {_alone(row, 'd50_v_nm')} nm."
    return text


def _alone(row: Mapping[str, Any], column: str) -> str:
    return without_interval(row[column], row[f"{column}_low"], row[f"{column}_high"])


def _left_out(results: Results) -> Iterator[Sentence]:
    statuses = results.micrographs["status"].value_counts()
    left_out = {status: int(statuses[status]) for status in _NOT_COUNTED if status in statuses}
    if left_out:
        kinds = listing([f"{count(n)} {_NOT_COUNTED[s]}" for s, n in left_out.items()])
        text = f"{plural(sum(left_out.values()), 'micrograph')} did not enter the sizes ({kinds})."
        yield Sentence(text, True, "#micrographs", "Which and why")


def _warned(results: Results) -> Iterator[Sentence]:
    warned = int((results.micrographs["status"] == "warn").sum())
    if warned:
        found = Counter[str]()
        for sample in results.samples:
            found.update(sample.statistics.get("findings") or {})
        kinds = [f"{words(code)} ({count(n)})" for code, n in found.most_common(_KINDS_AT_ONCE)]
        text = f"{plural(warned, 'micrograph')} counted in spite of a warning."
        text += f" Findings, all micrographs together: {listing(kinds)}." if kinds else ""
        yield Sentence(text, True, "#micrographs", "Which and why")


def _without_size(results: Results) -> Iterator[Sentence]:
    unknown = results.micrographs["pixel_size_nm"].isna() & ~results.micrographs["status"].isin(
        ["failed", "refused"]
    )
    if unknown.any():
        text = (
            f"{plural(int(unknown.sum()), 'micrograph')} without a pixel size: measured in px, "
            "sizes in nm are empty. Give pixel_size_nm in the sample sheet."
        )
        yield Sentence(text, True, "#calibration", "Calibration")


def ignored_files(numbers: Mapping[str, int]) -> str:
    """Return which files were passed over, by their endings; nothing where there are none.

    Examples
    --------
    >>> ignored_files({".ser": 1, ".dm4": 3})
    '4 files were passed over because their format is not read: 3 .dm4, 1 .ser.'
    """
    if not numbers:
        return ""
    whole = sum(numbers.values())
    by_ending = sorted(numbers.items(), key=lambda pair: (-pair[1], pair[0]))
    kinds = ", ".join(f"{count(n)} {ending or 'without an ending'}" for ending, n in by_ending)
    were = "was passed over because its" if whole == 1 else "were passed over because their"
    return f"{plural(whole, 'file')} {were} format is not read: {kinds}."


def _some(names: list[str]) -> str:
    if len(names) <= _NAMES_AT_ONCE:
        return listing(names)
    return f"{', '.join(names[:_NAMES_AT_ONCE])} and {len(names) - _NAMES_AT_ONCE} more"


def _share_set_aside(sample: Sample) -> float:
    found, counted = sample.row["n_particles"], sample.row["n_counted"]
    return 0.0 if is_missing(found) or found == 0 else 1.0 - counted / found


def notes(results: Results) -> list[tuple[str, str]]:
    """Return what limits the figures, each note with the samples that it holds for."""
    samples: dict[str, list[str]] = {}
    for sample in results.samples:
        for note in sample.statistics.get("notes") or ():
            samples.setdefault(sentence(note), []).append(sample.name)
    whole = len(results.samples)
    return [
        ("All samples" if len(names) == whole > 1 else _some(names), text)
        for text, names in samples.items()
    ]


def sample_lead(sample: Sample) -> str:
    """Return a sample in one sentence."""
    return sentence(size_sentence(sample))


def sample_cards(sample: Sample) -> list[Card]:
    """Return a sample's headline figures."""
    row = sample.row
    cards = []
    for column, label in (("d50_n_nm", "Median by number"), ("d50_v_nm", "Median by volume")):
        if not is_missing(row[column]):
            text = with_interval(row[column], row[f"{column}_low"], row[f"{column}_high"])
            value, _, interval = text.partition(" [")
            true = sample.truth(column)
            more = f"[{interval}" if true is None else f"[{interval} true: {number(true, 4)}"
            cards.append(Card(label, f"{value} nm", more))
    if not is_missing(row["sigma_g"]):
        cards.append(Card("Spread σg", number(row["sigma_g"]), "1 would be all alike"))
    cards.append(
        Card("Particles counted", count(row["n_counted"]), f"of {count(row['n_particles'])} found")
    )
    if not is_missing(row["n_eff"]):
        icc = f"ICC {number(row['icc'], 2)}" if not is_missing(row["icc"]) else ""
        cards.append(Card("Worth independent particles", number(row["n_eff"]), icc))
    cards.append(
        Card(
            "Micrographs counted",
            count(row["n_micrographs_counted"]),
            f"of {count(row['n_micrographs'])}",
        )
    )
    return cards


def sample_sentences(sample: Sample) -> list[Sentence]:
    """Return what limits a sample's figures, as its notes say."""
    return [Sentence(sentence(note)) for note in sample.statistics.get("notes") or ()]
