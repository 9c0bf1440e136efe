"""Which files are micrographs of which sample, and what lies beside them."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from nanocensus.campaign.faults import CampaignError, Fault
from nanocensus.campaign.names import name_of_micrograph
from nanocensus.campaign.sheet import SampleSheet, SheetRow

# A folder is searched for these; what a file really is, its content says later.
PICTURE_SUFFIXES = frozenset({".tif", ".tiff", ".png", ".jpg", ".jpeg", ".bmp"})
SIDECAR_SUFFIXES = (".txt", ".hdr", ".mdoc", ".emi", ".xml")


@dataclass(frozen=True)
class SourceFile:
    """A file as the planner saw it: enough to notice that it changed."""

    path: str
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class Picture:
    """One micrograph of the campaign.

    Attributes
    ----------
    path : str
        What identifies it: POSIX path relative to the sheet, or absolute where the sheet
        says so.
    name : str
        Name of its products.
    raw : SourceFile
        The file itself, relative to where snakemake runs if it lies below, else absolute.
    sidecars : tuple of SourceFile
        Files of the same stem that a microscope writes beside its pictures.
    fields : mapping
        `modality`, `polarity`, `pixel_size_nm`, where the sheet gives them.
    """

    sample: str
    path: str
    name: str
    raw: SourceFile
    sidecars: tuple[SourceFile, ...]
    fields: Mapping[str, str | float]


@dataclass(frozen=True)
class Scan:
    """All micrographs of a sheet, sorted by sample and path, and the files passed over."""

    pictures: tuple[Picture, ...]
    ignored: int


def scan_sheet(sheet: SampleSheet) -> Scan:
    """Find the micrographs of every row.

    Raises
    ------
    CampaignError
        With every row whose folder, glob or file yields nothing or is claimed twice.
    """
    faults: list[Fault] = []
    ignored = 0
    found: dict[tuple[str, str], tuple[SheetRow, bool, Path]] = {}
    for row in sheet.rows:
        files, passed_over, problem = _files_of(row, sheet.path.parent)
        ignored += passed_over
        if problem:
            faults.append(
                Fault(
                    sheet.path,
                    "column micrographs",
                    f"{row.micrographs!r} {problem}",
                    "Correct the path (it is relative to the sheet), or remove the row.",
                    row.line,
                )
            )
        is_one_file = len(files) == 1 and (sheet.path.parent / row.micrographs).is_file()
        for file in files:
            key = (row.sample, os.path.realpath(file))
            held = found.get(key)
            if held and held[1] == is_one_file:
                faults.append(
                    Fault(
                        sheet.path,
                        "column micrographs",
                        f"{row.micrographs!r} gives {file.name!r} again, which line "
                        f"{held[0].line} gives already",
                        "Keep the file in one of the two rows.",
                        row.line,
                    )
                )
            elif held is None or is_one_file:
                found[key] = (row, is_one_file, file)
    faults.extend(_unwritable_names(sheet, found.values()))
    if faults:
        raise CampaignError(_first_per_row(faults))
    pictures = [_picture(row, file, sheet.path.parent) for row, _, file in found.values()]
    return Scan(tuple(sorted(pictures, key=lambda one: (one.sample, one.path))), ignored)


def _unwritable_names(
    sheet: SampleSheet, found: Iterable[tuple[SheetRow, bool, Path]]
) -> Iterator[Fault]:
    for row, _, file in found:
        try:
            str(file).encode()
        except UnicodeEncodeError:
            yield Fault(
                sheet.path,
                "column micrographs",
                f"{row.micrographs!r} gives {file.name!r}, a name that is not UTF-8",
                "Rename the file.",
                row.line,
            )


def _first_per_row(faults: list[Fault]) -> list[Fault]:
    first: dict[int | None, Fault] = {}
    for fault in faults:
        first.setdefault(fault.line, fault)
    return list(first.values())


def _files_of(row: SheetRow, folder: Path) -> tuple[list[Path], int, str]:
    """Return a row's files, how many others were passed over, and what is wrong, if anything."""
    target = folder / row.micrographs
    if target.is_file():
        return [target], 0, ""
    if target.is_dir():
        everything = list(_walk(target))
        pictures = [file for file in everything if file.suffix.lower() in PICTURE_SUFFIXES]
        if not pictures:
            return [], 0, f"is a folder without pictures ({_suffixes()})"
        sidecars = sum(file.suffix.lower() in SIDECAR_SUFFIXES for file in everything)
        return pictures, len(everything) - len(pictures) - sidecars, ""
    if glob.has_magic(row.micrographs):
        # Path.glob refuses absolute patterns, and `folder` may hold brackets itself.
        matches = glob.glob(row.micrographs, root_dir=folder, recursive=True)  # noqa: PTH207
        files = [folder / match for match in matches if (folder / match).is_file()]
        pictures = [file for file in files if file.suffix.lower() not in SIDECAR_SUFFIXES]
        return (pictures, 0, "") if pictures else ([], 0, "matches no file")
    return [], 0, "does not exist"


def _suffixes() -> str:
    return " ".join(sorted(PICTURE_SUFFIXES))


def _walk(folder: Path) -> Iterator[Path]:
    """Yield all files below a folder, through links but no circle of links, hidden ones not."""
    seen: set[str] = set()
    for parent, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(parent)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(parent, name) for name in sorted(files) if not name.startswith("."))


def _picture(row: SheetRow, file: Path, folder: Path) -> Picture:
    if Path(row.micrographs).is_absolute():
        path = PurePosixPath(file.as_posix())
    else:
        path = PurePosixPath(Path(os.path.relpath(file, folder)).as_posix())
    return Picture(
        sample=row.sample,
        path=str(path),
        name=name_of_micrograph(path),
        raw=_source(file),
        sidecars=tuple(_sidecars(file)),
        fields=row.fields,
    )


def _sidecars(file: Path) -> Iterator[SourceFile]:
    for suffix in SIDECAR_SUFFIXES:
        for candidate in (
            file.with_suffix(suffix),
            file.with_suffix(suffix.upper()),
            file.with_name(file.name + suffix),
        ):
            if candidate.is_file():
                yield _source(candidate)
                break


def _source(file: Path) -> SourceFile:
    status = file.stat()
    return SourceFile(_from_here(file.absolute()), status.st_size, status.st_mtime_ns)


def _from_here(file: Path) -> str:
    """Return a path that still holds when the folder that snakemake runs in is moved."""
    here = Path.cwd()
    return str(file.relative_to(here) if file.is_relative_to(here) else file)
