"""The configuration: read, completed with the schema's defaults, every mistake told at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from nanocensus.campaign.faults import CampaignError, Fault, nearest
from nanocensus.campaign.names import fault_of_name
from nanocensus.paths import SCHEMAS

CONFIGURATION_SCHEMA = SCHEMAS / "config.schema.yaml"


@dataclass(frozen=True)
class Configuration:
    """A checked configuration: every key present.

    Attributes
    ----------
    values : dict
        All keys of the schema, with defaults where the user gave none.
    sheet : Path
        The sample sheet, absolute.
    results : Path
        The campaign's own results folder, `<results>/<campaign>`; relative where the
        configuration says so, so that signs in the names of the folders above it do not
        reach Snakemake's patterns.
    """

    values: dict[str, Any]
    sheet: Path
    results: Path

    @property
    def campaign(self) -> str:
        """The campaign's name."""
        return str(self.values["campaign"])

    def subset(self, keys: Sequence[str]) -> dict[str, Any]:
        """Return the top-level keys named, as a new dictionary."""
        return {key: deepcopy(self.values[key]) for key in keys}


def load_schema(path: Path) -> dict[str, Any]:
    """Return a JSON schema (draft 2020-12) written as YAML."""
    schema: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return schema


def check_configuration(
    given: Mapping[str, Any], files: Sequence[Path], *, folder: Path
) -> Configuration:
    """Check a merged configuration against the schema and complete it.

    Parameters
    ----------
    given : mapping
        The values as merged from all files and the command line.
    files : sequence of Path
        The files that they came from, the strongest last; used to tell line numbers
        and to resolve `samples`.
    folder : Path
        Where relative paths from the command line, and `results`, start.

    Raises
    ------
    CampaignError
        With every fault found.
    """
    schema = load_schema(CONFIGURATION_SCHEMA)
    given = _with_truth_values(given, schema)
    source = _Sources(files)
    faults = [
        _fault_of_violation(violation, source)
        for violation in sorted(
            jsonschema.Draft202012Validator(schema).iter_errors(dict(given)),
            key=lambda violation: [str(part) for part in violation.absolute_path],
        )
    ]
    campaign = given.get("campaign")
    if isinstance(campaign, str) and (wrong := fault_of_name(campaign)):
        faults.append(source.fault(("campaign",), f"campaign {campaign!r} {wrong[0]}", wrong[1]))
    if faults:
        raise CampaignError(faults)
    values = with_defaults(given, schema)
    sheet_folder = source.folder_of(("samples",)) or folder
    return Configuration(
        values=values,
        sheet=(sheet_folder / values["samples"]).resolve(),
        results=folder / values["results"] / values["campaign"],
    )


def with_defaults(given: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with the schema's `default` for each key that is absent."""
    complete: dict[str, Any] = {}
    for key, rule in schema["properties"].items():
        if rule.get("type") == "object" and "properties" in rule:
            complete[key] = with_defaults(given.get(key) or {}, rule)
        elif key in given:
            complete[key] = deepcopy(given[key])
        elif "default" in rule:
            complete[key] = deepcopy(rule["default"])
    return complete


def _with_truth_values(given: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Take `true` and `false` as YAML does; Snakemake's `--config strict=true` gives text."""
    words = {"true": True, "false": False}
    return {
        key: words.get(value, value)
        if isinstance(value, str) and schema["properties"].get(key, {}).get("type") == "boolean"
        else value
        for key, value in given.items()
    }


class _Sources:
    """The configuration's files, to find where a key was written."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._trees = [(file, yaml.compose(file.read_text(encoding="utf-8"))) for file in files]

    def _find(self, path: Sequence[str | int]) -> tuple[Path, int] | None:
        for file, tree in reversed(self._trees):
            line = _line_of(tree, path)
            if line is not None:
                return file, line
        return None

    def folder_of(self, path: Sequence[str | int]) -> Path | None:
        """Return the folder of the file that sets a key."""
        found = self._find(path)
        return found[0].resolve().parent if found else None

    def fault(self, path: Sequence[str | int], message: str, remedy: str) -> Fault:
        """Return a fault that names file and line of a key, or of its nearest parent."""
        for length in range(len(path), -1, -1):
            found = self._find(path[:length])
            if found:
                break
        file, line = found if found else (None, None)
        return Fault(file, ".".join(map(str, path)), message, remedy, line)


def _line_of(node: yaml.Node | None, path: Sequence[str | int]) -> int | None:
    if node is None:
        return None
    line = int(node.start_mark.line) + 1
    for part in path:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == str(part):
                    line, node = int(key.start_mark.line) + 1, value
                    break
            else:
                return None
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part]
            line = int(node.start_mark.line) + 1
        else:
            return None
    return line


def _fault_of_violation(violation: jsonschema.ValidationError, source: _Sources) -> Fault:
    path = list(violation.absolute_path)
    if violation.validator == "additionalProperties":
        known = violation.schema["properties"]
        unknown = sorted(set(violation.instance) - set(known))
        return source.fault(
            [*path, unknown[0]],
            f"unknown key{'s' if len(unknown) > 1 else ''} {', '.join(map(repr, unknown))}",
            " ".join(nearest(key, known) for key in unknown),
        )
    if violation.validator == "required":
        missing = [key for key in violation.validator_value if key not in violation.instance]
        return source.fault(
            path,
            f"{', '.join(map(repr, missing))} missing",
            "The smallest configuration names `campaign` and `samples` (the sample sheet).",
        )
    return source.fault(path, f"{violation.instance!r} is refused", _remedy_of(violation))


def _remedy_of(violation: jsonschema.ValidationError) -> str:
    rule, limit = violation.validator, violation.validator_value
    if rule == "enum":
        if isinstance(violation.instance, str):
            return nearest(violation.instance, map(str, limit)) + f" Allowed: {limit}."
        return f"Allowed: {limit}."
    if rule == "type":
        return f"It must be of type {limit}."
    if rule in ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"):
        words = {
            "minimum": "at least",
            "exclusiveMinimum": "above",
            "maximum": "at most",
            "exclusiveMaximum": "below",
        }
        return f"It must be {words[rule]} {limit}."
    if rule == "pattern":
        return f"It must match {limit}."
    return f"{violation.message}."
