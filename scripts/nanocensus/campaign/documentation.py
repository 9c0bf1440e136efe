"""config/README.md, written from the schemas so that it cannot disagree with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from nanocensus.campaign.configuration import CONFIGURATION_SCHEMA, load_schema
from nanocensus.campaign.sheet import SHEET_SCHEMA

_HEAD = """\
# Configuration and sample sheet

*Written from `config/schemas/` by `python scripts/document_configuration.py`; edit the schemas.*

The smallest configuration of your own has two keys:

```yaml
campaign: my-campaign
samples: samples.tsv
```

Mistakes in it and in the sheet are told all at once, with file, line and remedy, before any
job starts. A key that is not listed here is refused.

## Keys
"""
_SHEET = """
## Sample sheet

Tab-separated (comma and semicolon are accepted), UTF-8, one header line. Lines that begin
with `#` are passed over.
"""
_SHEET_END = """
Any further column is yours: it is carried into `samples.csv`, so it bears no name of a column
of `samples.csv`, and rows of one sample say the same in it or nothing. Columns that begin with
`true_` (such as `true_d50_n_nm`) hold known values, of rendered or reference samples; the report
shows them beside the measured ones.
"""


def configuration_readme() -> str:
    """Return the text of config/README.md."""
    keys = list(_rows_of_keys(load_schema(CONFIGURATION_SCHEMA), ""))
    sheet = load_schema(SHEET_SCHEMA)
    columns = [
        (
            f"`{column}`" + (" (required)" if column in sheet["required"] else ""),
            _type_of(rule),
            rule["description"],
        )
        for column, rule in sheet["properties"].items()
    ]
    return "".join(
        [
            _HEAD,
            _table(("key", "values", "default", "meaning"), keys),
            _SHEET,
            _table(("column", "values", "meaning"), columns),
            _SHEET_END,
        ]
    )


def _rows_of_keys(schema: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, ...]]:
    required = schema.get("required", ())
    for key, rule in schema["properties"].items():
        name = f"{prefix}{key}"
        if rule.get("properties"):
            yield f"**`{name}`**", "", "", rule["description"]
            yield from _rows_of_keys(rule, f"{name}.")
        elif rule.get("type") != "object":
            default = "(required)" if key in required else f"`{_yaml(rule['default'])}`"
            yield f"`{name}`", _type_of(rule), default, rule["description"]


def _type_of(rule: Mapping[str, Any]) -> str:
    if "enum" in rule:
        return ", ".join(f"`{value}`" for value in rule["enum"] if value != "")
    if "anyOf" in rule:
        return " or ".join(_type_of(option) for option in rule["anyOf"])
    if "const" in rule:
        return f"`{rule['const']}`"
    if rule["type"] == "array":
        return f"list of {_type_of(rule['items'])}"
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    limits = [f"{sign} {rule[name]}" for name, sign in signs.items() if name in rule]
    return " ".join([{"string": "text"}.get(rule["type"], rule["type"]), *limits])


def _yaml(value: object) -> str:
    return yaml.safe_dump(value, default_flow_style=True).replace("...", "").strip()


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    cells = [[cell.replace("|", "\\|") for cell in line] for line in lines]
    return "\n" + "\n".join("| " + " | ".join(line) + " |" for line in cells) + "\n"
