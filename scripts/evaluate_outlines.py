"""Measure how far refined outlines of rendered particles lie from the exact ones.

python scripts/evaluate_outlines.py --output runs/evaluation/outlines.tsv

With --uncertainty resources/outlines/edge_uncertainty.json it writes what the package states as the
edge's part of a diameter's uncertainty.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from nanocensus.training.outline_bias import MODES, OutlineCase, error_classes, outline_errors

_DIAMETERS_PX = (10, 20, 40, 80, 160, 200)
# Fewer where a field has many particles: 50 at 10 px, one or two at 200 px.
_FIELDS = {10: 1, 20: 2, 40: 4}
_MORE_FIELDS = 6
# Wanted of every kind.
_BIAS_PX, _SD_PX = 0.3, 0.5
# Edge profiles beside those with which the models were made.
_OTHERS = {
    "se": (("other rim", (("rim", 1.0),)), ("no shadow", (("shadow", 0.0),))),
    "stem": (("core and shell", (("interior", "core_shell"),)), ("faint", (("contrast", 0.25),))),
    "tem": (("strong absorption", (("contrast", 0.9),)), ("fringe", (("fringe", 0.5),))),
}


def main(arguments: Sequence[str]) -> None:
    """Print and write one row per kind of particles."""
    given = _parsed(arguments)
    rows = []
    for name, case in _cases(given.diameters):
        fields = min(given.most_fields, _FIELDS.get(int(case.ecd_px), _MORE_FIELDS))
        rows.append(_row(name, case, fields, given.seed, not given.unknown_modality))
        print(*rows[-1].values(), sep="\t", flush=True)
    given.output.parent.mkdir(parents=True, exist_ok=True)
    table = pd.DataFrame(rows)
    table.to_csv(given.output, sep="\t", index=False)
    met = (table["bias_px"].abs() < _BIAS_PX) & (table["sd_px"] < _SD_PX)
    print(table.assign(met=met).pivot_table("met", "mode", "ecd_px", "sum", margins=True))
    if given.uncertainty:
        held = {
            "command": shlex.join(["python", "scripts/evaluate_outlines.py", *arguments]),
            "seed": given.seed,
            "most_fields": given.most_fields,
            **error_classes(table),
        }
        given.uncertainty.parent.mkdir(parents=True, exist_ok=True)
        given.uncertainty.write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--output", type=Path, required=True, help="table, tab-separated")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--most-fields", type=int, default=_MORE_FIELDS, help="fields of one kind, at most"
    )
    parser.add_argument("--diameters", type=int, nargs="+", default=_DIAMETERS_PX, metavar="PX")
    parser.add_argument("--unknown-modality", action="store_true")
    parser.add_argument("--uncertainty", type=Path, help="write errors by modality and size here")
    given = parser.parse_args(arguments)
    if given.uncertainty and given.unknown_modality:
        parser.error("uncertainties are those of known modalities")
    return given


def _row(
    name: str, case: OutlineCase, fields: int, seed: int, modality_known: bool
) -> dict[str, object]:
    """Return what is measured of one kind; errors after, but for `rms_px`, of kept masks too."""
    errors = pd.concat(
        outline_errors(case, seed=seed + n, modality_known=modality_known) for n in range(fields)
    ).dropna()
    refined = errors.loc[errors["refined"].astype(bool), "after_px"]
    return {
        "mode": case.mode,
        "shape": case.shape,
        "arrangement": case.arrangement,
        "profile": name,
        "blur_px": case.blur_px,
        "ecd_px": case.ecd_px,
        "particles": len(errors),
        "refined": len(refined),
        "before_px": round(errors["before_px"].mean(), 2),
        "bias_px": round(errors["after_px"].mean(), 2),
        "sd_px": round(errors["after_px"].std(), 2),
        "rms_px": round(float((refined**2).mean() ** 0.5), 3),
    }


def _cases(diameters_px: Sequence[int]) -> Iterator[tuple[str, OutlineCase]]:
    for mode in MODES:
        for shape in ("sphere", "cube"):
            for ecd_px in diameters_px:
                plain = OutlineCase(mode, shape, ecd_px)
                yield "usual", plain
                yield "usual", replace(plain, blur_px=2.0)
                yield "usual", replace(plain, arrangement="touching")
                for name, changes in _OTHERS[mode]:
                    yield name, replace(plain, changes=changes)


if __name__ == "__main__":
    main(sys.argv[1:])
