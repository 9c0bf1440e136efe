"""Splits by specimen: no specimen, and so no picture and no patch, is on two sides."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

SPLITS = ("train", "validation", "test")
AUTO = "auto"


@dataclass(frozen=True)
class SplitShares:
    """Expected shares of validation and test specimens; the rest is for training."""

    validation: float = 0.1
    test: float = 0.2

    def __post_init__(self) -> None:
        if min(self.validation, self.test) < 0 or self.validation + self.test >= 1:
            raise ValueError(
                f"shares validation {self.validation!r} and test {self.test!r} must be 0 or more "
                "and leave something for training"
            )


def split_of(specimen: str, *, seed: int, shares: SplitShares | None = None) -> str:
    """Return the split of a specimen: train, validation or test.

    The draw depends on the seed and the specimen's name alone, so pictures that are added
    later never move a specimen to another side, and a test set stays a test set.
    """
    shares = shares or SplitShares()
    draw = rank_of(specimen, seed=seed)
    if draw < shares.test:
        return "test"
    return "validation" if draw < shares.test + shares.validation else "train"


def deal_folds(sizes: Mapping[str, int], *, seed: int, folds: int) -> dict[str, int]:
    """Deal specimens out to folds of about equal numbers of pictures.

    Parameters
    ----------
    sizes : Mapping of str to int
        Specimen -> its number of pictures.
    seed : int
    folds : int

    Returns
    -------
    dict of str to int
        Specimen -> the fold, 0 .. folds - 1, that holds all its pictures. The largest specimens
        are dealt first, equal ones in an order drawn by the seed, each to the smallest fold.
    """
    held = [0] * folds
    fold_of: dict[str, int] = {}
    for name in sorted(sizes, key=lambda name: (-sizes[name], rank_of(name, seed=seed))):
        fold_of[name] = held.index(min(held))
        held[fold_of[name]] += sizes[name]
    return fold_of


def rank_of(specimen: str, *, seed: int) -> float:
    """Return a number of [0, 1) that the seed and the name decide."""
    digest = hashlib.sha256(f"{seed}\0{specimen}".encode()).digest()
    # 53 bits: what a float holds exactly, so the result stays below 1
    return (int.from_bytes(digest[:8], "big") >> 11) / 2**53
