"""What a stage's result depends on, as one hash: code, settings, bundles, libraries.

Snakemake does not see a change in a module that a script imports, and re-runs a rule when
only a script's time stamp changed. So each stage's code is hashed here as syntax trees,
without comments, docstrings and layout, through every import of this project that the
script reaches, lazy ones included.
"""

from __future__ import annotations

import ast
import hashlib
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

PACKAGE = "nanocensus"
_WITH_DOCSTRING = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def modules_reached(script: Path) -> tuple[Path, ...]:
    """Return the script and all project modules it imports, directly or not, sorted.

    A name taken from a package is followed through the package's stub (`__init__.pyi`)
    to the module that defines it: packages import lazily, so their other modules do not
    take part.
    """
    root = script.resolve().parent
    reached: set[Path] = set()
    waiting = [script.resolve()]
    while waiting:
        module = waiting.pop()
        if module in reached:
            continue
        reached.add(module)
        waiting.extend(_imports_of(module, root))
    return tuple(sorted(reached))


def code_digest(script: Path) -> str:
    """Return one SHA-256 over the syntax trees of all modules that a script reaches."""
    root = script.resolve().parent
    digest = hashlib.sha256()
    for module in modules_reached(script):
        digest.update(f"{module.relative_to(root)}:{_tree_digest(_text(module))}\n".encode())
    return digest.hexdigest()


def library_versions(libraries: Iterable[str]) -> dict[str, str]:
    """Return the installed versions, without local tags such as `+cpu`, and Python's own."""
    versions = {name: metadata.version(name).split("+")[0] for name in sorted(libraries)}
    return {"python": f"{sys.version_info.major}.{sys.version_info.minor}", **versions}


# Stages share most of their modules: what is known of a source text is kept. By its text, not
# its path, because a file may change.
@cache
def _tree(source: str) -> ast.Module:
    return ast.parse(source)


@cache
def _tree_digest(source: str) -> str:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, _WITH_DOCSTRING) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


def _imports_of(module: Path, root: Path) -> Iterator[Path]:
    for node in _import_nodes(_text(module)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == PACKAGE:
                    yield from _resolve(alias.name, root)
        else:
            base = _absolute_name(node, module, root)
            if base.split(".")[0] == PACKAGE:
                for alias in node.names:
                    yield from _resolve_name(base, alias.name, root)


@cache
def _import_nodes(source: str) -> tuple[ast.Import | ast.ImportFrom, ...]:
    nodes = _runtime_nodes(_tree(source))
    return tuple(node for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom)))


def _text(module: Path) -> str:
    return module.read_text(encoding="utf-8")


def _runtime_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield all nodes but those under `if TYPE_CHECKING:`, which never run."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        yield node
        yield from _runtime_nodes(node)


def _absolute_name(node: ast.ImportFrom, module: Path, root: Path) -> str:
    if not node.level:
        return node.module or ""
    package = module.parent.relative_to(root).parts
    package = package[: len(package) - (node.level - 1)]
    return ".".join([*package, *([node.module] if node.module else [])])


def _resolve_name(base: str, name: str, root: Path) -> Iterator[Path]:
    """Yield the modules that `from base import name` runs."""
    folder = root.joinpath(*base.split("."))
    if folder.with_suffix(".py").is_file():
        yield folder.with_suffix(".py")
        return
    if (folder / f"{name}.py").is_file():
        yield folder / f"{name}.py"
        return
    stub = folder / "__init__.pyi"
    if stub.is_file():
        for node in ast.walk(_tree(_text(stub))):
            if isinstance(node, ast.ImportFrom) and any(
                name == (alias.asname or alias.name) for alias in node.names
            ):
                yield from _resolve_name(_absolute_name(node, stub, root), name, root)
                return
    yield from _resolve(base, root)


def _resolve(name: str, root: Path) -> Iterator[Path]:
    folder = root.joinpath(*name.split("."))
    for candidate in (folder.with_suffix(".py"), folder / "__init__.py"):
        if candidate.is_file():
            yield candidate
            return
