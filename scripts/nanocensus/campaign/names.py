"""Which names a sample or a campaign may bear, and the names of a micrograph's products."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath

_DIGEST_CHARACTERS = 6
_LONGEST_NAME_BYTES = 100
_LONGEST_STEM_BYTES = 150
_ALLOWED_SIGNS = "._+-"


def fault_of_name(name: str) -> tuple[str, str] | None:
    """Return (what is wrong, remedy) with a sample's or campaign's name, or None.

    Names become folders, links and Snakemake wildcards, so they hold letters of any
    script, digits and `._+-` only, and begin with neither `.` nor `-`.
    """
    if not name:
        return "is empty", "Give it a name."
    if name[0] in ".-":
        return f"begins with {name[0]!r}", "Begin it with a letter or digit."
    wrong = sorted({sign for sign in name if not _is_allowed(sign)})
    if wrong:
        return (
            f"holds {', '.join(map(repr, wrong))}",
            "Allowed are letters of any script, digits and . _ + -",
        )
    if len(name.encode()) > _LONGEST_NAME_BYTES:
        return "is too long", f"Keep it within {_LONGEST_NAME_BYTES} bytes."
    return None


def _is_allowed(sign: str) -> bool:
    return (
        sign in _ALLOWED_SIGNS
        or unicodedata.category(sign)[0] in "LN"
        or (unicodedata.category(sign) in ("Mn", "Mc"))
    )


def names_of_micrographs(paths: Iterable[PurePosixPath]) -> dict[PurePosixPath, str]:
    """Return the names of a sample's micrographs: each one's stem and a digest of its path.

    The digest keeps the same stem in two folders, or with two suffixes, apart. Where it is
    too short for that, the names concerned take more of its digits, so that the names depend
    on nothing but the set of paths.

    Examples
    --------
    >>> names_of_micrographs([PurePosixPath("grid 1/img_07.tif")])
    {PurePosixPath('grid 1/img_07.tif'): 'img_07-4f63e8'}
    """
    names: dict[PurePosixPath, str] = {}
    waiting = set(paths)
    digits = _DIGEST_CHARACTERS
    while waiting:
        longer = {path: _name(path, digits) for path in waiting}
        # Some disks do not keep upper and lower case apart.
        count = Counter(name.casefold() for name in longer.values())
        waiting = {path for path, name in longer.items() if count[name.casefold()] > 1}
        names |= {path: name for path, name in longer.items() if path not in waiting}
        digits += 1
    return names


def _name(path: PurePosixPath, digits: int) -> str:
    digest = hashlib.sha256(str(path).encode()).hexdigest()
    stem = "".join(sign if _is_allowed(sign) else "_" for sign in path.stem).lstrip(".-") or "_"
    while len(stem.encode()) > _LONGEST_STEM_BYTES:
        stem = stem[:-1]
    return f"{stem}-{digest[:digits]}"
