"""What a header may claim before memory is given to it."""

from __future__ import annotations

from nanocensus.micrographs.findings import Finding, MicrographError

MOST_PIXELS = 1 << 30
"""32 768 squared, the largest picture that a current instrument stores."""
_UNSUSPICIOUS_BYTES = 64 << 20
_HIGHEST_COMPRESSION = 1100
"""Deflate cannot compress better than 1032 : 1 (zlib's technical notes); a picture that claims
more than this is damaged, hostile or empty."""


def refuse_absurd_size(rows: int, columns: int, bytes_per_pixel: int, file_bytes: int) -> None:
    """Refuse a size that no micrograph has or that the file cannot hold.

    Raises
    ------
    MicrographError
        With the code ``too_large`` or ``unreadable``.
    """
    if rows < 1 or columns < 1:
        raise MicrographError(
            Finding("unreadable", "failed", f"its header says {columns} x {rows} pixels")
        )
    claimed_bytes = rows * columns * bytes_per_pixel
    if rows * columns > MOST_PIXELS:
        raise MicrographError(
            Finding(
                "too_large",
                "failed",
                f"its header says {columns} x {rows} pixels, more than {MOST_PIXELS} in all; "
                "cut it into fields or export it smaller",
            )
        )
    if claimed_bytes > max(_UNSUSPICIOUS_BYTES, _HIGHEST_COMPRESSION * file_bytes):
        raise MicrographError(
            Finding(
                "too_large",
                "failed",
                f"its header says {columns} x {rows} pixels, which {file_bytes} bytes of file "
                "cannot hold: it is damaged; copy it again from the instrument",
            )
        )


def truncated(detail: str) -> MicrographError:
    """Return the error for a file that ends too early."""
    return MicrographError(
        Finding(
            "truncated",
            "failed",
            f"the file ends too early ({detail}); copy it again from the instrument",
        )
    )


def unsupported(what: str, remedy: str) -> MicrographError:
    """Return the error for a sound file of a kind that is not read."""
    return MicrographError(Finding("unsupported_format", "failed", f"{what}; {remedy}"))
