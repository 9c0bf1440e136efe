"""Which micrograph is in which shard: a binary trie over the bits of its identity's hash.

A shard's name is `b` and the bits that its micrographs share. The trie is a pure function
of the set of micrographs, so it needs no memory of earlier runs, and one micrograph more
changes one shard, or splits one in two.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Jobs need no planner: its code stays out of the stages' fingerprints.
    from nanocensus.campaign.scan import Picture

_HASH_BITS = 256


def assign_shards(pictures: Iterable[Picture], *, limit: int) -> dict[str, list[Picture]]:
    """Return the shards, none with more than `limit` micrographs, each in the order given."""
    hashed = [(_bits(picture), picture) for picture in pictures]
    return {name: [picture for _, picture in leaf] for name, leaf in _leaves("b", hashed, limit)}


def is_kin(shard: str, other: str) -> bool:
    """Return whether one shard is the other, its ancestor or its descendant."""
    return shard.startswith(other) or other.startswith(shard)


def _bits(picture: Picture) -> str:
    identity = f"{picture.sample}/{picture.path}".encode()
    return f"{int.from_bytes(hashlib.sha256(identity).digest(), 'big'):0{_HASH_BITS}b}"


def _leaves(
    name: str, hashed: list[tuple[str, Picture]], limit: int
) -> Iterator[tuple[str, list[tuple[str, Picture]]]]:
    depth = len(name) - 1
    if len(hashed) <= limit or depth == _HASH_BITS:
        if hashed:
            yield name, hashed
        return
    for bit in "01":
        yield from _leaves(name + bit, [entry for entry in hashed if entry[0][depth] == bit], limit)
