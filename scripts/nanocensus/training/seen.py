"""What a model has seen in training: written into its card, asked for before it is tested."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nanocensus.bundles import read_bundle
from nanocensus.campaign import sha256_of_file

from .plan import TrainingPlan
from .sheet import LabelledPicture, of_split

SPECIMENS = "specimens"
"""Key of a card; see `specimens_of_plan`."""
_DIGITS = 16  # of a picture file's SHA-256: enough to tell files apart, and a card stays readable
_NAMED = 5  # specimens in a message


@dataclass(frozen=True)
class Seen:
    """What a bundle, and the bundles that it started from, were trained and validated on.

    Attributes
    ----------
    specimens : frozenset of str
    pictures : frozenset of str
        The first digits of each picture file's SHA-256.
    known : bool
        False where the card of one of these bundles does not tell.
    """

    specimens: frozenset[str] = frozenset()
    pictures: frozenset[str] = frozenset()
    known: bool = True


def specimens_of_plan(plan: TrainingPlan) -> dict[str, Any]:
    """Return what a card says of the labelled (not rendered) pictures that its model has seen.

    Returns
    -------
    dict
        run (of folds or a learning curve, else absent); train, validation: names of specimens,
        sorted; picture_sha256: the first 16 digits for each picture file of both, sorted;
        start_from (absent without one): name, version, weights_sha256 of the bundle and, as
        `specimens`, what its own card says here, None if nothing.
    """
    drawn = [row for part in plan.parts if not part.rendered for row in part.pictures]
    rows = {split: of_split(drawn, split) for split in ("train", "validation")}
    told: dict[str, Any] = {"run": plan.run} if plan.run else {}
    told |= {split: sorted({row.specimen for row in found}) for split, found in rows.items()}
    files = {row.picture for found in rows.values() for row in found}
    told["picture_sha256"] = sorted({_digest(path) for path in files})
    if plan.start_from is not None:
        card = read_bundle(plan.start_from).card
        told["start_from"] = {key: card[key] for key in ("name", "version", "weights_sha256")}
        told["start_from"][SPECIMENS] = card.get(SPECIMENS)
    return told


def specimens_with(card: Mapping[str, Any], plan: TrainingPlan) -> dict[str, Any]:
    """Return `specimens_of_plan` and what a card already says: nothing seen is forgotten.

    What the bundle started from stays as the card has it.
    """
    told = specimens_of_plan(plan)
    before = card.get(SPECIMENS)
    if before is None:
        return told
    both = {
        key: sorted({*before[key], *told[key]}) for key in ("train", "validation", "picture_sha256")
    }
    return {**told, **{k: before[k] for k in ("run", "start_from") if k in before}, **both}


def seen_by(card: Mapping[str, Any]) -> Seen:
    """Return what a card says that its model, and those that it started from, have seen."""
    told = card.get(SPECIMENS)
    if told is None:
        return Seen(known=False)
    before = seen_by(told["start_from"]) if "start_from" in told else Seen()
    return Seen(
        before.specimens.union(told["train"], told["validation"]),
        before.pictures.union(told["picture_sha256"]),
        before.known,
    )


def seen_specimens(seen: Seen, rows: Iterable[LabelledPicture]) -> list[str]:
    """Return those specimens, sorted, that were seen: by their name, or as one of the files.

    Files count because one picture may stand under two names; names count because a picture may
    have been cropped or saved anew.
    """
    return sorted(
        {
            row.specimen
            for row in rows
            if row.specimen in seen.specimens or _digest(row.picture) in seen.pictures
        }
    )


def refuse_seen(bundle: Path, rows: Iterable[LabelledPicture], remedy: str) -> None:
    """Refuse a test on pictures whose specimens stand in the bundle's card.

    Parameters
    ----------
    bundle : Path
    rows : iterable of LabelledPicture
    remedy : str
        What to do, as a clause that ends the message.

    Raises
    ------
    SeenError
        Naming the first of them, and what to do.
    """
    found = seen_specimens(seen_by(read_bundle(bundle).card), rows)
    if found:
        named = ", ".join(repr(name) for name in found[:_NAMED])
        more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
        raise SeenError(
            f"{bundle / 'card.yaml'}, specimens: by their names or picture files, {len(found)} "
            f"specimens of the test were seen in training or validation ({named}{more}), so their "
            f"scores would be no test: {remedy}. Other specimens of the same name need another "
            "`specimen` in a data sheet"
        )


def told_of_seen(seen: Seen, rows: Sequence[LabelledPicture]) -> str:
    """Say in a line, for summary and page, how many of the rows' specimens were seen."""
    found = seen_specimens(seen, rows)
    if not seen.known and not found:
        return "not known which specimens were seen in training: the card does not tell"
    number = len({row.specimen for row in rows})
    line = f"{len(found) or 'none'} of {number} specimens seen in training or validation"
    return line if seen.known else f"{line}, as far as the card tells"


class SeenError(ValueError):
    """A test of specimens that the model was trained or validated on."""


def _digest(path: Path) -> str:
    return sha256_of_file(path)[:_DIGITS]
