"""The data sheet: which labelled pictures there are and which specimen each one shows."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nanocensus.campaign import replacing

from .labels import KINDS
from .splits import AUTO, SPLITS, SplitShares, split_of

COLUMNS = ("picture", "labels", "specimen", "split", "kind", "modality")


class DataSheetError(ValueError):
    """The data sheet cannot be used; the message names every faulty line."""


@dataclass(frozen=True)
class LabelledPicture:
    """One row of a data sheet.

    Attributes
    ----------
    picture, labels : Path
        A grey picture and its labels (instance labels or a binary mask) of equal shape.
    specimen : str
        What the picture was taken of. Pictures of one specimen look alike, so all of them
        stand on the same side of a split.
    split : str
        train, validation or test.
    kind : {"auto", "labels", "binary"}
        What the labels are; see `number_instances`.
    modality : str
        The microscope's mode in the user's word, or empty; scores are also given for each.
    """

    picture: Path
    labels: Path
    specimen: str
    split: str
    kind: str = "auto"
    modality: str = ""

    @property
    def name(self) -> str:
        """Return the picture's stem."""
        return self.picture.stem


def read_data_sheet(
    path: Path, *, seed: int, shares: SplitShares | None = None
) -> tuple[LabelledPicture, ...]:
    """Read a data sheet and settle the split of every row.

    Parameters
    ----------
    path : Path
        TSV with the columns picture, labels, specimen, split, kind, modality. Paths are relative
        to the sheet; `split` is train, validation, test, or auto (also when empty or absent);
        `kind` says whether `labels` are instance labels or a binary mask, and may be absent
        (auto), as may `modality`.
    seed : int
        Seed of the automatic split.
    shares : SplitShares, optional
        Shares of validation and test among the specimens that are split automatically.

    Returns
    -------
    tuple of LabelledPicture
        In the order of the sheet. An automatic row follows the split that another row of its
        specimen names, else the specimen's own draw.

    Raises
    ------
    DataSheetError
        If a column, a file or a specimen is missing, a split is unknown, a picture stands
        twice, or one specimen is put into two splits.
    """
    rows, faults = _read_rows(path)
    faults += _faults_of_rows(rows, path)
    named: dict[str, set[str]] = {}
    for row in rows:
        if row["split"] != AUTO:
            named.setdefault(row["specimen"], set()).add(row["split"])
    faults += [
        f"specimen {specimen!r} is put into {' and '.join(sorted(splits))}: "
        "pictures of one specimen must stay together"
        for specimen, splits in named.items()
        if len(splits) > 1
    ]
    if faults:
        raise DataSheetError(f"{path} cannot be used:\n" + "\n".join(f"  - {f}" for f in faults))
    shares = shares or SplitShares()
    return tuple(
        LabelledPicture(
            path.parent / row["picture"],
            path.parent / row["labels"],
            row["specimen"],
            next(iter(named.get(row["specimen"], ())), None)
            or split_of(row["specimen"], seed=seed, shares=shares),
            row["kind"],
            row["modality"],
        )
        for row in rows
    )


def _read_rows(path: Path) -> tuple[list[dict[str, str]], list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream, delimiter="\t")
        missing = [c for c in COLUMNS[:3] if c not in (reader.fieldnames or ())]
        if missing:
            return [], [f"column {c!r} is missing (the sheet is tab-separated)" for c in missing]
        rows = [{c: (row.get(c) or "").strip() for c in COLUMNS} for row in reader]
    for row in rows:
        row["split"] = row["split"] or AUTO
        row["kind"] = row["kind"] or "auto"
    return rows, [] if rows else ["it has no rows"]


def _faults_of_rows(rows: Iterable[dict[str, str]], path: Path) -> list[str]:
    faults, first_line = [], dict[str, int]()
    for line, row in enumerate(rows, start=2):
        for column in ("picture", "labels"):
            if not row[column] or not (path.parent / row[column]).is_file():
                faults.append(f"line {line}: {column} {row[column]!r} is no file")
        if not row["specimen"]:
            faults.append(f"line {line}: specimen is empty; name what the picture was taken of")
        if row["split"] not in (*SPLITS, AUTO):
            faults.append(f"line {line}: split {row['split']!r} is none of {(*SPLITS, AUTO)}")
        if row["kind"] not in KINDS:
            faults.append(f"line {line}: kind {row['kind']!r} is none of {KINDS}")
        before = first_line.setdefault(row["picture"], line)
        if before != line:
            faults.append(f"line {line}: picture {row['picture']!r} stands in line {before} too")
    return faults


def of_split(pictures: Iterable[LabelledPicture], split: str) -> tuple[LabelledPicture, ...]:
    """Return the rows of one split, in order."""
    if split not in SPLITS:
        raise ValueError(f"split {split!r} is none of {SPLITS}")
    return tuple(picture for picture in pictures if picture.split == split)


def write_data_sheet(path: Path, rows: Sequence[LabelledPicture], *, automatic: bool) -> None:
    """Write a data sheet with paths relative to it where they lie beside or under it.

    Parameters
    ----------
    path : Path
        The sheet to write.
    rows : sequence of LabelledPicture
    automatic : bool
        Write `auto` instead of the rows' splits.
    """
    folder = path.resolve().parent
    columns = COLUMNS if any(row.modality for row in rows) else COLUMNS[:-1]
    with replacing(path) as unfinished, unfinished.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter="\t", lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            files = [row.picture.resolve(), row.labels.resolve()]
            shown = [f.relative_to(folder) if f.is_relative_to(folder) else f for f in files]
            split = AUTO if automatic else row.split
            cells = [*(s.as_posix() for s in shown), row.specimen, split, row.kind, row.modality]
            writer.writerow(cells[: len(columns)])


def emps_rows(folder: Path, *, seed: int) -> tuple[LabelledPicture, ...]:
    """Return the rows of the EMPS set; the specimen is the paper (its DOI).

    Parameters
    ----------
    folder : Path
        Holds metadata.csv (columns id and doi), images/ID.png and labels/ID.png.
    seed : int
        Seed of the automatic split.

    References
    ----------
    B. Yildirim, J. M. Cole, J. Chem. Inf. Model. 2021, 61(3), 1136-1149,
    https://doi.org/10.1021/acs.jcim.0c01455
    """
    with (folder / "metadata.csv").open(encoding="utf-8", newline="") as stream:
        rows = sorted(csv.DictReader(stream), key=lambda row: row["id"])
    return tuple(
        LabelledPicture(
            folder / "images" / f"{row['id']}.png",
            folder / "labels" / f"{row['id']}.png",
            row["doi"],
            split_of(row["doi"], seed=seed),
            "labels",
        )
        for row in rows
    )
