"""Which files are micrographs of which sample, and what lies beside them."""

from __future__ import annotations

import glob
import os
import stat
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from nanocensus.campaign.faults import Fault
from nanocensus.campaign.names import names_of_micrographs
from nanocensus.campaign.sheet import SampleSheet, SheetRow
from nanocensus.micrographs.sidecar_names import SIDECAR_SUFFIXES, first_sidecars

# A folder is searched for these; what a file really is, its content says later.
PICTURE_SUFFIXES = frozenset(
    {
        *(".tif", ".tiff", ".png", ".jpg", ".jpeg", ".bmp"),
        *(".dm3", ".dm4", ".ser", ".emd", ".mrc", ".elid", ".bcf"),
    }
)


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
        Files that a microscope writes beside its pictures, by their names.
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
    """All micrographs of a sheet, sorted by sample and path, and the files passed over.

    Attributes
    ----------
    pictures : tuple of Picture
    ignored : dict
        For each suffix that is not read (lower case, empty where there is none), how many
        files of it lie in the folders.
    """

    pictures: tuple[Picture, ...]
    ignored: dict[str, int]


@dataclass(frozen=True)
class _Found:
    """A file that a row gives."""

    row: SheetRow
    is_one_file: bool
    file: Path


@dataclass(frozen=True)
class _Listing:
    """A row's files, the others that were passed over, and what is wrong, if anything."""

    files: Sequence[Path] = ()
    ignored: Sequence[Path] = ()
    problem: str = ""
    remedy: str = "Correct the path (it is relative to the sheet), or remove the row."


def scan_sheet(sheet: SampleSheet, faults: list[Fault]) -> Scan:
    """Find the micrographs of every row.

    Every row whose folder, glob or file yields nothing, cannot be read or is claimed twice is
    added to `faults`.
    """
    own: list[Fault] = []
    found, ignored = _find(sheet, own)
    samples: dict[str, dict[PurePosixPath, _Found]] = {}
    for one in found:
        path = _path_of(one, sheet.path.parent)
        held = samples.setdefault(one.row.sample, {}).setdefault(path, one)
        if held is not one:
            message = f"gives {str(path)!r}, and so does line {held.row.line}, of another file"
            own.append(_fault(sheet, one.row, message, "Write the path without `..`."))
    faults.extend(_first_of_each_kind(own))
    pictures: list[Picture] = []
    for _, files in sorted(samples.items()):
        names = names_of_micrographs(files)
        pictures.extend(_picture(files[path], path, names[path]) for path in sorted(files, key=str))
    return Scan(tuple(pictures), ignored)


def _find(sheet: SampleSheet, faults: list[Fault]) -> tuple[Collection[_Found], dict[str, int]]:
    """Return the files of all rows, and for each suffix how many others were passed over."""
    ignored: set[Path] = set()
    found: dict[tuple[str, str], _Found] = {}
    for row in sheet.rows:
        listing = _list_files(row, sheet.path.parent)
        ignored.update(listing.ignored)
        if listing.problem:
            faults.append(_fault(sheet, row, listing.problem, listing.remedy))
        is_one_file = list(listing.files) == [sheet.path.parent / row.micrographs]
        for real, file in _without_repetition(listing.files).items():
            held = found.get((row.sample, real))
            if not _is_utf8(file):
                message = f"gives {file.name!r}, a name that is not UTF-8"
                faults.append(_fault(sheet, row, message, "Rename the file."))
            elif held and held.is_one_file == is_one_file:
                message = f"gives {file.name!r} again, which line {held.row.line} gives already"
                remedy = "Keep the file in one of the two rows."
                faults.append(_fault(sheet, row, message, remedy))
            elif held is None or is_one_file:
                found[row.sample, real] = _Found(row, is_one_file, file)
    ignored -= {one.file for one in found.values()}
    return found.values(), dict(sorted(Counter(_suffix(file) for file in ignored).items()))


def _fault(sheet: SampleSheet, row: SheetRow, message: str, remedy: str) -> Fault:
    text = f"{row.micrographs!r} {message}"
    return Fault(sheet.path, "column micrographs", text, remedy, row.line)


def _first_of_each_kind(faults: Iterable[Fault]) -> list[Fault]:
    """Return one fault of each kind a row, since a folder may repeat it for every file."""
    first: dict[tuple[int | None, str], Fault] = {}
    for fault in faults:
        first.setdefault((fault.line, fault.remedy), fault)
    return list(first.values())


def _is_utf8(file: Path) -> bool:
    try:
        str(file).encode()
    except UnicodeEncodeError:
        return False
    return True


def _without_repetition(files: Iterable[Path]) -> dict[str, Path]:
    """Return the real path of each file with its first path: a row may hold links to its files."""
    first: dict[str, Path] = {}
    for file in sorted(files, key=str):
        first.setdefault(os.path.realpath(file), file)
    return first


def _list_files(row: SheetRow, folder: Path) -> _Listing:
    target = folder / row.micrographs
    try:
        if target.is_file():
            return _Listing([target])
        if target.is_dir():
            return _list_folder(target)
        if target.is_symlink():
            return _Listing(problem="is a link to something that does not exist")
        if glob.has_magic(row.micrographs):
            return _list_matches(row.micrographs, folder)
    except OSError as error:
        return _Listing(problem=f"cannot be read ({error.strerror})")
    return _Listing(problem="does not exist")


def _list_folder(folder: Path) -> _Listing:
    """List what lies below a folder, through links but no circle of links, hidden things not."""
    errors: list[OSError] = []
    everything: list[Path] = []
    seen: set[str] = set()
    for parent, folders, files in os.walk(folder, onerror=errors.append, followlinks=True):
        real = os.path.realpath(parent)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        everything.extend(Path(parent, name) for name in files if not name.startswith("."))
    if errors:
        return _Listing(
            problem=f"cannot be searched: {errors[0].filename!r}: {errors[0].strerror}"
            + (f" (and {len(errors) - 1} more folders)" if len(errors) > 1 else ""),
            remedy="Give read permission, or begin the folder's name with a dot to leave it out.",
        )
    pictures = [file for file in everything if _suffix(file) in PICTURE_SUFFIXES]
    read = PICTURE_SUFFIXES.union(SIDECAR_SUFFIXES)
    ignored = [file for file in everything if _suffix(file) not in read]
    if not pictures:
        others = ", ".join(sorted({_suffix(file) for file in ignored} - {""}))
        return _Listing(
            problem=f"is a folder without pictures ({' '.join(sorted(PICTURE_SUFFIXES))})"
            + (f"; there is {others} only" if others else "")
        )
    return _Listing(pictures, ignored)


def _list_matches(pattern: str, folder: Path) -> _Listing:
    # Path.glob refuses absolute patterns, and `folder` may hold brackets itself.
    matches = glob.glob(pattern, root_dir=folder, recursive=True)  # noqa: PTH207
    files = [file for match in matches if (file := folder / match).is_file() or _is_broken(file)]
    pictures = [file for file in files if _suffix(file) not in SIDECAR_SUFFIXES]
    return _Listing(pictures, problem="" if pictures else "matches no file")


def _is_broken(file: Path) -> bool:
    return file.is_symlink() and not file.exists()


def _suffix(file: Path) -> str:
    return file.suffix.lower()


def _path_of(found: _Found, folder: Path) -> PurePosixPath:
    if Path(found.row.micrographs).is_absolute():
        return PurePosixPath(found.file.as_posix())
    return PurePosixPath(Path(os.path.relpath(found.file, folder)).as_posix())


def _picture(found: _Found, path: PurePosixPath, name: str) -> Picture:
    # A file that vanished since it was listed, or a link to nothing, stays a picture, so that
    # it is told as failed: 0 bytes of the year 1970 are no version of it.
    raw = _source(found.file) or SourceFile(_from_here(found.file), 0, 0)
    return Picture(
        sample=found.row.sample,
        path=str(path),
        name=name,
        raw=raw,
        sidecars=tuple(first_sidecars(found.file, _source)),
        fields=found.row.fields,
    )


def _source(file: Path) -> SourceFile | None:
    """Return a file with its size and time, or None where there is none (any more)."""
    try:
        status = file.stat()
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return SourceFile(_from_here(file), status.st_size, status.st_mtime_ns)


def _from_here(file: Path) -> str:
    """Return a path that still holds when the folder that snakemake runs in is moved."""
    here = Path.cwd()
    file = file.absolute()
    return str(file.relative_to(here) if file.is_relative_to(here) else file)
