"""The configuration: read, completed with the schema's defaults, every mistake told at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from nanocensus.campaign.faults import Fault, nearest
from nanocensus.campaign.names import fault_of_name
from nanocensus.paths import SCHEMAS

CONFIGURATION_SCHEMA = SCHEMAS / "config.schema.yaml"


class Sources:
    """Where each key of a configuration was written: a file and its line, or the command line.

    Parameters
    ----------
    files : sequence of Path
        The configuration's files, the strongest last.
    start : Path
        Where relative paths from the command line start.
    command_line : mapping
        What the command line sets; it is stronger than all files.
    """

    def __init__(
        self, files: Sequence[Path], start: Path, command_line: Mapping[str, Any] | None = None
    ) -> None:
        self.start = start
        self._trees = [(file, yaml.compose(file.read_text(encoding="utf-8"))) for file in files]
        self._command_line = command_line or {}

    def _is_on_command_line(self, key: Sequence[str | int]) -> bool:
        given: Any = self._command_line
        for part in key:
            if not isinstance(given, Mapping):
                # A list or value is given as a whole.
                return True
            if part not in given:
                return False
            given = given[part]
        return not isinstance(given, Mapping)

    def _find(self, key: Sequence[str | int]) -> tuple[Path, int] | None:
        for file, tree in reversed(self._trees):
            line = _line_of(tree, key)
            if line is not None:
                return file, line
        return None

    def path(self, key: Sequence[str | int], value: str) -> Path:
        """Return the absolute path that a key's value means, relative to where it was written."""
        found = None if self._is_on_command_line(key) else self._find(key)
        return ((found[0].resolve().parent if found else self.start) / value).resolve()

    def fault(self, key: Sequence[str | int], message: str, remedy: str) -> Fault:
        """Return a fault that names file and line of a key, or of its nearest parent."""
        file, line = None, None
        if not self._is_on_command_line(key):
            for length in range(len(key), -1, -1):
                if found := self._find(key[:length]):
                    file, line = found
                    break
        return Fault(file, ".".join(map(str, key)), message, remedy, line)


@dataclass(frozen=True)
class Configuration:
    """A configuration with every key present.

    Attributes
    ----------
    values : dict
        All keys of the schema, with defaults where the user gave none.
    sources : Sources
        Where each key was written.
    """

    values: dict[str, Any]
    sources: Sources = field(repr=False, compare=False)

    @property
    def campaign(self) -> str:
        """The campaign's name."""
        return str(self.values["campaign"])

    @property
    def sheet(self) -> Path:
        """The sample sheet, absolute."""
        return self.sources.path(("samples",), self.values["samples"])

    @property
    def results(self) -> Path:
        """The campaign's own results folder, `<results>/<campaign>`.

        It is relative where the configuration says so, so that signs in the names of the
        folders above it do not reach Snakemake's patterns.
        """
        return self.sources.start / self.values["results"] / self.campaign

    def subset(self, keys: Sequence[str]) -> dict[str, Any]:
        """Return the top-level keys named, as a new dictionary."""
        return {key: deepcopy(self.values[key]) for key in keys}


def load_schema(path: Path) -> dict[str, Any]:
    """Return a JSON schema (draft 2020-12) written as YAML."""
    schema: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return schema


def read_configuration(
    given: Mapping[str, Any], sources: Sources, faults: list[Fault]
) -> Configuration:
    """Compare a merged configuration with the schema and complete it.

    Parameters
    ----------
    given : mapping
        The values as merged from all files and the command line.
    sources : Sources
        Where they were written.
    faults : list of Fault
        Every fault found is added to it.

    Returns
    -------
    Configuration
        Where there are faults: what could be read of it, with defaults for refused values; a
        required key that is missing or refused stays away.
    """
    schema = load_schema(CONFIGURATION_SCHEMA)
    kept = deepcopy(_with_truth_values(given, schema))
    violations = sorted(
        jsonschema.Draft202012Validator(schema).iter_errors(kept),
        key=lambda violation: [str(part) for part in violation.absolute_path],
    )
    # A missing key violates once for each key that is missing beside it.
    told = dict.fromkeys(
        fault for violation in violations for fault in _faults_of_violation(violation, sources)
    )
    faults.extend(told)
    for violation in violations:
        if violation.validator not in ("additionalProperties", "required"):
            _remove(kept, list(violation.absolute_path))
    campaign = kept.get("campaign")
    if isinstance(campaign, str) and (wrong := fault_of_name(campaign)):
        faults.append(sources.fault(("campaign",), f"campaign {campaign!r} {wrong[0]}", wrong[1]))
    return Configuration(with_defaults(kept, schema), sources)


def _remove(given: dict[str, Any], key: Sequence[str | int]) -> None:
    """Remove a refused value; of a list, the whole list."""
    section: Any = given
    for part in key[:-1]:
        if isinstance(section.get(part), list):
            del section[part]
            return
        if part not in section:
            return
        section = section[part]
    if key:
        section.pop(key[-1], None)


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


def _line_of(node: yaml.Node | None, key_path: Sequence[str | int]) -> int | None:
    if node is None:
        return None
    line = int(node.start_mark.line) + 1
    for part in key_path:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == str(part):
                    line, node = int(key.start_mark.line) + 1, value
                    break
            else:
                return None
        elif isinstance(node, yaml.SequenceNode) and part in range(len(node.value)):
            node = node.value[int(part)]
            line = int(node.start_mark.line) + 1
        else:
            return None
    return line


def _faults_of_violation(
    violation: jsonschema.ValidationError, sources: Sources
) -> Iterator[Fault]:
    key = list(violation.absolute_path)
    if violation.validator == "additionalProperties":
        known = violation.schema["properties"]
        for unknown in sorted(set(violation.instance) - set(known), key=str):
            yield sources.fault(
                [*key, unknown], f"unknown key {unknown!r}", nearest(str(unknown), known)
            )
    elif violation.validator == "required":
        missing = [name for name in violation.validator_value if name not in violation.instance]
        yield sources.fault(
            key,
            f"{', '.join(map(repr, missing))} missing",
            "The smallest configuration names `campaign` and `samples` (the sample sheet).",
        )
    else:
        yield sources.fault(key, f"{violation.instance!r} is refused", _remedy_of(violation))


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
    if rule == "contains":
        return f"It must name {limit['const']!r}: these always count."
    return f"{violation.message}."
