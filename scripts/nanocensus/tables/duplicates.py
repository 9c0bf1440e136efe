"""Micrographs that show what another one shows, over the whole campaign: counted once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nanocensus.micrographs import Finding
from nanocensus.tables.fields import sittings
from nanocensus.tables.pictures import Picture

# Neighbouring fields of a scan overlap by a tenth on purpose; beyond a fifth of the smaller
# field too many particles would be counted twice.
_OVERLAP = 0.2


def mark_duplicates(pictures: Sequence[Picture]) -> list[Picture]:
    """Return the micrographs, those that repeat another one marked and warned about.

    The first in the order of sample and path is the one that counts, but one that cannot be
    counted (under review, say) stands behind one that can.
    """
    marked = list(pictures)
    order = sorted(
        (at for at, picture in enumerate(pictures) if picture.readable),
        key=lambda at: (not pictures[at].counted, pictures[at].sample, pictures[at].path),
    )
    _mark_same_files(marked, order)
    _mark_overlapping_fields(marked, order)
    return marked


def _mark_same_files(marked: list[Picture], order: Sequence[int]) -> None:
    first: dict[str, int] = {}
    for at in order:
        sha256 = marked[at].text("sha256")
        original = first.setdefault(sha256, at) if sha256 else at
        if original != at:
            _mark(marked, at, original, "duplicate_file", "is the same file as")


def _mark_overlapping_fields(marked: list[Picture], order: Sequence[int]) -> None:
    rank = {at: number for number, at in enumerate(order)}
    for fields in sittings(marked):
        kept: list[int] = []
        for at in sorted(range(fields.place.size), key=lambda at: rank[int(fields.place[at])]):
            place = int(fields.place[at])
            if marked[place].duplicate_of:
                continue
            shares = fields.shared_with(at)
            # Other samples lie elsewhere, or are the same field recorded in another mode.
            same = [k for k in kept if marked[fields.place[k]].sample == marked[place].sample]
            most = max(same, key=lambda k: shares[k], default=None)
            if most is None or shares[most] < _OVERLAP:
                kept.append(at)
                continue
            _mark(
                marked,
                place,
                int(fields.place[most]),
                "overlapping_field",
                f"shows {shares[most]:.0%} of the smaller field, by the stage's position, of",
            )


def _mark(marked: list[Picture], at: int, original: int, code: str, how: str) -> None:
    first = marked[original]
    where = "" if first.sample == marked[at].sample else f" (sample {first.sample})"
    finding = Finding(
        code,
        "warn",
        f"{how} {first.path}{where}: counted once, there; remove one of the two",
    )
    marked[at] = replace(
        marked[at], findings=(*marked[at].findings, finding), duplicate_of=first.label
    )
