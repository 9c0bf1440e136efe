"""File names and links from names that nobody vouches for."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from urllib.parse import quote

# Letters of any script, their marks, digits and the signs that the sample sheet allows.
_SAFE = re.compile(r"[\w.+-]+", re.UNICODE)
_LONGEST_BYTES = 200


def safe_file_name(name: str) -> str:
    """Return `name` if it can be a file's name as it stands, else a tame one with a digest.

    The sample sheet refuses names that cannot; the report does not rely on it.

    Examples
    --------
    >>> safe_file_name("Probe_β+2")
    'Probe_β+2'
    >>> safe_file_name("../a b")
    'a_b-2c2c79'
    """
    bare = "".join(sign for sign in name if unicodedata.category(sign)[0] != "M")
    short = len(name.encode("utf-8", "surrogateescape")) <= _LONGEST_BYTES
    if bare and _SAFE.fullmatch(bare) and name[0] not in ".-" and short:
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:6]
    tame = "_".join(re.findall(r"[A-Za-z0-9]+", name))[:40]
    return f"{tame}-{digest}" if tame else digest


def link(*parts: str) -> str:
    """Return a relative link of path parts, each percent-encoded (slashes within too).

    Examples
    --------
    >>> link("samples", "Probe β#1.html")
    'samples/Probe%20%CE%B2%231.html'
    """
    return "/".join(quote(part, safe="", errors="surrogateescape") for part in parts)
