"""How a file format is described to the registry in `reading`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from nanocensus.micrographs.types import Micrograph


@dataclass(frozen=True)
class FileFormat:
    """One file format.

    Attributes
    ----------
    name : str
        For messages.
    recognises : callable
        Tells from a file's first bytes whether it is of this format.
    read : callable
        Takes the open file and its path, returns the micrograph; raises `MicrographError` for
        what it knows to be wrong and may raise anything else on damaged bytes.
    """

    name: str
    recognises: Callable[[bytes], bool]
    read: Callable[[BinaryIO, Path], Micrograph]
