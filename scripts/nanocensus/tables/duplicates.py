"""Micrographs that show what another one shows, over the whole campaign: counted once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from nanocensus.micrographs import Finding
from nanocensus.quality import NEAR_DUPLICATE_DISTANCE
from nanocensus.statistics import magnifications
from nanocensus.tables.fields import sittings
from nanocensus.tables.pictures import Picture

# Neighbouring fields of a scan overlap by a tenth on purpose; beyond a fifth of the smaller
# field too many particles would be counted twice.
_OVERLAP = 0.2


def mark_duplicates(pictures: Sequence[Picture]) -> list[Picture]:
    """Return the micrographs, those that repeat another one marked and warned about.

    The first in the order of sample and path is the one that counts, but one that cannot be
    counted (under review, say) stands behind one that can, and of overlapping fields the one
    of the finer pixel counts.
    """
    marked = list(pictures)
    order = sorted(
        (at for at, picture in enumerate(pictures) if picture.readable),
        key=lambda at: (not pictures[at].counted, pictures[at].sample, pictures[at].path),
    )
    _mark_same_files(marked, order)
    _mark_near_identical(marked, order)
    _mark_overlapping_fields(marked, order)
    return marked


def _mark_same_files(marked: list[Picture], order: Sequence[int]) -> None:
    first: dict[str, int] = {}
    for at in order:
        sha256 = marked[at].text("sha256")
        original = first.setdefault(sha256, at) if sha256 else at
        if original != at:
            _mark(marked, at, original, "duplicate_file", "is the same file as")


def _mark_near_identical(marked: list[Picture], order: Sequence[int]) -> None:
    order = [at for at in order if marked[at].text("signature") and not marked[at].duplicate_of]
    if not order:
        return
    signatures = _bits([marked[at].text("signature") for at in order])
    limit = NEAR_DUPLICATE_DISTANCE * 64 * signatures.shape[1]
    kept = np.zeros(len(order), dtype=bool)
    for number, at in enumerate(order):
        earlier = np.flatnonzero(kept)
        distance = np.bitwise_count(signatures[earlier] ^ signatures[number]).sum(axis=1)
        near = [order[k] for k in earlier[distance <= limit]]
        original = next((k for k in near if not _two_modes(marked[k], marked[at])), None)
        if original is None:
            kept[number] = True
        else:
            _mark(marked, at, original, "near_duplicate", "shows nearly the same as")


def _bits(signatures: Sequence[str]) -> NDArray[np.uint64]:
    """Return signatures as (n, words) uint64."""
    raw = b"".join(bytes.fromhex(signature) for signature in signatures)
    return np.frombuffer(raw, dtype=np.uint64).reshape(len(signatures), -1)


def _two_modes(one: Picture, other: Picture) -> bool:
    """Return whether two samples hold the same field in two modes: kept, both are wanted."""
    return one.sample != other.sample and any(
        one.text(fact) and other.text(fact) and one.text(fact) != other.text(fact)
        for fact in ("modality", "detector", "voltage_kv")
    )


def _mark_overlapping_fields(marked: list[Picture], order: Sequence[int]) -> None:
    rank = {at: number for number, at in enumerate(order)}
    for fields in sittings(marked):
        kept: list[int] = []
        pixel = np.array([marked[at].number("pixel_size_nm") for at in fields.place])
        # An overview must not put out the detail pictures inside it, whatever it is called.
        preference = [
            (not marked[at].counted, finest, rank[int(at)])
            for at, finest in zip(fields.place, magnifications(pixel), strict=True)
        ]
        for at in sorted(range(fields.place.size), key=lambda at: preference[at]):
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
                _why_preferred(preference[most], preference[at], pixel[[most, at]]),
            )


def _why_preferred(
    preferred: tuple[bool, int, int], other: tuple[bool, int, int], pixel_nm: NDArray[np.float64]
) -> str:
    if preferred[0] != other[0]:
        return "because this one cannot be counted"
    if preferred[1] != other[1]:
        return f"because its pixel is finer ({pixel_nm[0]:.4g} against {pixel_nm[1]:.4g} nm)"
    return "because its path comes first"


def _mark(
    marked: list[Picture], at: int, original: int, code: str, how: str, why: str = ""
) -> None:
    first = marked[original]
    where = "" if first.sample == marked[at].sample else f" (sample {first.sample})"
    there = f"there, {why}" if why else "there"
    finding = Finding(
        code,
        "warn",
        f"{how} {first.path}{where}: counted once, {there}; remove one of the two",
    )
    marked[at] = replace(
        marked[at], findings=(*marked[at].findings, finding), duplicate_of=first.label
    )
