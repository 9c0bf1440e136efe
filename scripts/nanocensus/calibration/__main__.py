"""Tell the pixel size of single files, and why: ``python -m nanocensus.calibration FILE ...``."""

from __future__ import annotations

import argparse
import json
import logging
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nanocensus.calibration.examine import Examined, examine_file
from nanocensus.calibration.kinds import EVIDENCE_KINDS
from nanocensus.calibration.scale_bar import scale_bar_record
from nanocensus.calibration.status import calibration_status, usable_for_sizes
from nanocensus.calibration.user import UserStatement
from nanocensus.micrographs import (
    Finding,
    MicrographError,
    PixelSizeEvidence,
    find_sidecars,
)
from nanocensus.micrographs.checks import refuse_diffraction

_COLUMNS = ("file", "status", "pixel_size_nm", "pixel_size_source", "reasons")
_DIGITS = 7


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what was found in the files; return 1 if one of them could not be read at all."""
    parser = argparse.ArgumentParser(
        prog="python -m nanocensus.calibration", description=(__doc__ or "").partition(":")[0]
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a micrograph")
    parser.add_argument(
        "--pixel-size-nm", type=_pixel_size, help="as in the sample sheet, for all files"
    )
    parser.add_argument("--modality", choices=("se", "stem", "tem"), help="as in the sample sheet")
    parser.add_argument("--json", action="store_true", help="a list of objects instead of a table")
    given = parser.parse_args(arguments)
    # tifffile tells of every oddity that the readers bear.
    logging.getLogger("tifffile").setLevel(logging.CRITICAL + 1)
    records = [
        describe_file(path, pixel_size_nm=given.pixel_size_nm, modality=given.modality)
        for path in given.files
    ]
    print(json.dumps(records, indent=1, ensure_ascii=False) if given.json else _table(records))
    return int(any(record["status"] == "failed" for record in records))


def describe_file(
    path: Path, *, pixel_size_nm: float | None = None, modality: str | None = None
) -> dict[str, Any]:
    """Return what the command prints about one file, as JSON can hold it.

    Parameters
    ----------
    path : Path
        The picture; its sidecars are found as the workflow does.
    pixel_size_nm : float, optional
        The user's word, nm per pixel.
    modality : str, optional
        The user's word: ``se``, ``stem`` or ``tem``.

    Returns
    -------
    dict
        `status` is what the workflow calls `calibration_status` (``ok``, ``warn``, ``review``,
        ``none``, ``refused``); ``refused`` also where the file holds no micrograph, and ``failed``
        where it could not be read. Of the last three the pixel size is None. `usable_for_sizes`
        is False where the stage was tilted too far, whatever the pixel size.
    """
    record: dict[str, Any] = {"file": str(path), "sidecars": []}
    try:
        sidecars = tuple(find_sidecars(path))
        record["sidecars"] = [str(one) for one in sidecars]
        examined = examine_file(
            path,
            sidecars,
            user=UserStatement(pixel_size_nm=pixel_size_nm),
            modality=modality,
        )
        refuse_diffraction(examined.micrograph.pixels)
        return record | _described(examined)
    except MicrographError as error:
        return record | {
            "status": error.finding.level,
            "pixel_size_nm": None,
            "pixel_size_source": None,
            "reasons": [_reason(error.finding)],
        }


def _described(examined: Examined) -> dict[str, Any]:
    micrograph, calibration = examined.micrograph, examined.calibration
    findings = examined.all_findings
    size = calibration.pixel_size
    rows, columns = micrograph.pixels.shape
    return {
        "status": calibration_status(findings, known=size is not None),
        "usable_for_sizes": usable_for_sizes(findings),
        "pixel_size_nm": _rounded(size.mean_nm) if size else None,
        "pixel_size_y_nm": _rounded(size.y_nm) if size else None,
        "pixel_size_x_nm": _rounded(size.x_nm) if size else None,
        "pixel_size_source": size.source if size else None,
        "reasons": [_reason(finding) for finding in findings],
        "raw_text": calibration.raw_text,
        "second_source": calibration.second_source,
        "second_pixel_size_nm": _rounded(calibration.second_pixel_size_nm),
        "disagreement_rel": _rounded(calibration.disagreement_rel),
        "confirmed_by": calibration.confirmed_by,
        **{name: _rounded(value) for name, value in scale_bar_record(examined.reading).items()},
        "evidence": [_evidence(item) for item in micrograph.evidence],
        "format": micrograph.format,
        "rows": rows,
        "columns": columns,
        "picture_rows": micrograph.picture_rows,
        "modality": examined.modality,
        **{name: _rounded(value) for name, value in asdict(micrograph.instrument).items()},
    }


def _evidence(item: PixelSizeEvidence) -> dict[str, Any]:
    return {
        "source": item.source,
        "title": EVIDENCE_KINDS[item.source].title,
        "y_nm": _rounded(item.y_nm),
        "x_nm": _rounded(item.x_nm),
        "raw_text": item.raw_text,
        "declared_shape": item.declared_shape,
        "field_width_nm": _rounded(item.field_width_nm),
    }


def _reason(finding: Finding) -> str:
    return f"{finding.code}: {finding.message}"


def _rounded(value: Any) -> Any:
    """Return a float without its last digits, None where JSON has no word for it."""
    if not isinstance(value, float):
        return value
    return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None


def _pixel_size(text: str) -> float:
    value = float(text)
    if not (math.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"a number of nm above 0, not {text!r}")
    return value


def _table(records: Sequence[Mapping[str, Any]]) -> str:
    """Return one line a file with the value, and below it each reason."""
    cells = [[_cell(record[column]) for column in _COLUMNS[:-1]] for record in records]
    widths = [
        max(len(name), *(len(row[index]) for row in cells))
        for index, name in enumerate(_COLUMNS[:-1])
    ]
    lines = [
        "  ".join(name.ljust(width) for name, width in zip(_COLUMNS[:-1], widths, strict=True))
    ]
    for row, record in zip(cells, records, strict=True):
        lines.append("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))
        if record.get("raw_text"):
            lines.append(f"    read: {record['raw_text']}")
        if record.get("second_source"):
            second, value = record["second_source"], record["second_pixel_size_nm"]
            lines.append(f"    second source: {second}, {value} nm")
        lines += [f"    {reason}" for reason in record["reasons"]]
    return "\n".join(line.rstrip() for line in lines)


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


if __name__ == "__main__":
    sys.exit(main())
