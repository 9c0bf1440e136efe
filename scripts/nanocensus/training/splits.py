"""Splits by specimen: no specimen, and so no picture and no patch, is on two sides."""

from __future__ import annotations

import hashlib
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
    draw = _uniform(specimen, seed)
    if draw < shares.test:
        return "test"
    return "validation" if draw < shares.test + shares.validation else "train"


def fold_of(specimen: str, *, seed: int, folds: int) -> int:
    """Return the fold, 0 .. folds - 1, whose validation set holds a specimen."""
    if folds < 2:
        raise ValueError(f"folds {folds!r}: two or more are needed")
    return int(_uniform(specimen, seed) * folds)


def _uniform(specimen: str, seed: int) -> float:
    """Return a number of [0, 1) that the seed and the name decide."""
    digest = hashlib.sha256(f"{seed}\0{specimen}".encode()).digest()
    # 53 bits: what a float holds exactly, so the result stays below 1
    return (int.from_bytes(digest[:8], "big") >> 11) / 2**53
