"""Where an instrument puts the files that belong to a picture.

For the planner too, so it imports nothing that takes time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

Found = TypeVar("Found")
SIDECAR_SUFFIXES = (".txt", ".hdr", ".mdoc", ".emi", ".xml")


def sidecar_candidates(picture: Path, suffix: str) -> Iterator[Path]:
    """Give the paths at which a picture's sidecar of one suffix may lie, the likeliest first.

    Parameters
    ----------
    picture : Path
        The picture.
    suffix : str
        One of `SIDECAR_SUFFIXES`.

    Notes
    -----
    Besides the picture's stem with the other suffix: TESCAN writes ``a-tif.hdr`` beside
    ``a.tif``, SerialEM ``a.mrc.mdoc`` beside ``a.mrc``, and TIA one ``a.emi`` for ``a_1.ser``,
    ``a_2.ser``.
    """
    for written in (suffix, suffix.upper()):
        yield picture.with_suffix(written)
        yield picture.with_name(picture.name + written)
        yield picture.with_name(f"{picture.stem}-{picture.suffix[1:]}{written}")
        shared = re.fullmatch(r"(.+)_\d+", picture.stem)
        if shared and suffix == ".emi":
            yield picture.with_name(shared[1] + written)


def find_sidecars(picture: Path) -> Iterator[Path]:
    """Give the files that lie beside a picture and may belong to it, one of each suffix."""
    return first_sidecars(picture, lambda path: path if path.is_file() else None)


def first_sidecars(picture: Path, look: Callable[[Path], Found | None]) -> Iterator[Found]:
    """Give what is found beside a picture, of each suffix that at the likeliest path.

    Parameters
    ----------
    picture : Path
        The picture, which is no sidecar of its own.
    look : callable
        Returns what the caller wants to know of a file, None if there is none at the path.
    """
    for suffix in SIDECAR_SUFFIXES:
        for candidate in sidecar_candidates(picture, suffix):
            found = look(candidate) if candidate != picture else None
            if found is not None:
                yield found
                break
