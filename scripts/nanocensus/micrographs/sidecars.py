"""Files that instruments write beside their pictures: where they lie, what one is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nanocensus.micrographs.metadata import Metadata
from nanocensus.micrographs.types import Micrograph


@dataclass(frozen=True)
class SidecarVendor:
    """One kind of file beside a picture.

    Attributes
    ----------
    name : str
        For messages.
    recognises : callable
        Tells from a file's first bytes whether it is of this kind.
    read : callable
        Takes the file's bytes and the picture, returns metadata, None where it says nothing;
        may raise `MicrographError` to refuse the picture.
    """

    name: str
    recognises: Callable[[bytes], bool]
    read: Callable[[bytes, Micrograph], Metadata | None]
