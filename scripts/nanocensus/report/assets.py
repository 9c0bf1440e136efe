"""Sheets and scripts that all pages of a report share, as files beside them.

Pages are opened from a disk by double click. Browsers load no ES modules from there, so the
table library, which itables ships as one, is turned into a plain script.
"""

from __future__ import annotations

import re
import shutil
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from pathlib import Path

from nanocensus.report import palette

_EXPORTS = re.compile(r"export\{([^{}]*)\};?")


class AssetError(RuntimeError):
    """A library does not ship its files as the report expects them."""


def write_assets(folder: Path, shapes: list[str]) -> None:
    """Write the shared files into `folder` (report/assets), which is made."""
    folder.mkdir(parents=True)
    own = resources.files("nanocensus.report") / "static"
    for name in ("report.css", "report.js"):
        _copy(own / name, folder / name)
    (folder / "colours.css").write_text(colour_sheet(shapes), encoding="utf-8")
    _copy(resources.files("plotly") / "package_data" / "plotly.min.js", folder / "plotly.min.js")
    tables = resources.files("itables") / "html"
    _copy(tables / "dt_bundle.css", folder / "datatables.css")
    module = (tables / "dt_bundle.js").read_text(encoding="utf-8")
    (folder / "datatables.js").write_text(plain_script(module), encoding="utf-8")


def colour_sheet(shapes: list[str]) -> str:
    """Return the sheet that gives the legend's swatches the colours of the outlines."""
    lines = ["/* Colours of the shape classes, out of palette.py. */"]
    for place, shape in enumerate(shapes):
        colour = palette.shape_colour(shape, shapes)
        lines.append(f".swatch.shape-{place} {{ background: {colour}; }}")
    return "\n".join(lines) + "\n"


def plain_script(module: str) -> str:
    """Turn an ES module without imports into a script that sets `window.DataTable`.

    Examples
    --------
    >>> print(plain_script("var a=1;export{a as default,a as b};"))
    (() => {
    "use strict";
    var a=1;window.DataTable = a;
    })();
    """
    found = list(_EXPORTS.finditer(module))
    if len(found) != 1:
        raise AssetError(
            f"the table library of itables {_version('itables')} holds {len(found)} export "
            "statements where 1 is expected; install the version that pyproject.toml names"
        )
    names = [part.split(" as ") for part in found[0][1].split(",")]
    default = next(own.strip() for own, exported in names if exported.strip() == "default")
    exported = f"window.DataTable = {default};"
    body = module[: found[0].start()] + exported + module[found[0].end() :]
    return f'(() => {{\n"use strict";\n{body}\n}})();'


def _version(package: str) -> str:
    return metadata.version(package)


def _copy(source: Traversable, target: Path) -> None:
    with resources.as_file(source) as path:
        shutil.copyfile(path, target)
