"""The reference of the configuration, from its sections: keys, allowed values, defaults, and what is said of them in
the docstrings, in the starter file and in `reference/meanings.toml`."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from advocate_score.config import Settings

STARTER = Path(__file__).parents[1] / "pipelines" / "starter.toml"
MEANINGS = Path(__file__).parent / "reference" / "meanings.toml"
SCHEMA = Settings.model_json_schema()
DEFAULTS = Settings(folder=Path()).model_dump(mode="json")
REPEATED = {"TableSource": "<table>", "Moment": "<kind>"}
"""Sections of which several are alike: told once."""
LISTED = ("Signal", "Part", "OwnLevel")
"""Sections that may be written several times."""

HEAD = """# Configuration

One TOML file, `advocate.toml` by default. Every setting has the default below, so an empty file is a whole
configuration. Paths are relative to the file. Any setting can be given on the command line instead:
`--set section.key=value`. The file is checked whole: every fault is told with its place, what is allowed, and the
nearest name. `advocate-score init` writes a file with comments to start from.
"""
KINDS = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true, false"}
LIMITS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
CONDITIONS = "columns, each with a value, a list of values, or `{ min, max, present }`"


def configuration_page() -> str:
    meanings = _meanings()
    parts = [HEAD]
    for path, section in _sections(SCHEMA["properties"], ()):
        rows = [_row(path, key, told, section, meanings) for key, told in section["properties"].items()]
        table = [row for row in rows if row]
        words = [section["description"], ""] if "description" in section else []
        head = ["| key | allowed | default | meaning |", "|---|---|---|---|"]
        title = f"[[{'.'.join(path)}]]" if section["title"] in LISTED else f"[{'.'.join(path)}]"
        parts += [f"## `{title}`", "", *words, *head, *table, ""] if table else []
    return "\n".join(parts).rstrip() + "\n"


def undescribed() -> list[str]:
    """Keys that nobody has said a word about: neither a docstring nor the files."""
    meanings = _meanings()
    return [
        ".".join((*path, key))
        for path, section in _sections(SCHEMA["properties"], ())
        for key, told in section["properties"].items()
        if "properties" not in _named(told.get("items", told))
        and ".".join((*path, key)) not in meanings
        and f"`{key}`" not in section.get("description", "")
    ]


def _meanings() -> dict[str, str]:
    """`section.key` → words: the starter's comment, or what stands in the file of meanings."""
    found: dict[str, str] = {}
    section = ""
    for line in STARTER.read_text(encoding="utf-8").splitlines():
        if head := re.match(r"#? ?\[+([\w.]+)\]+", line):
            section = head[1]
        elif told := re.match(r"#? ?(\w+) = .*?\S  +# (.+)", line):
            found[f"{section}.{told[1]}"] = told[2]
    own = tomllib.loads(MEANINGS.read_text(encoding="utf-8"))
    return found | {f"{place}.{key}": words for place, keys in own.items() for key, words in keys.items()}


def _sections(properties: dict[str, Any], above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Every section with its path, those inside it after it."""
    told = set()
    for name, one in properties.items():
        section = _named(one.get("items", one))
        if "properties" not in section or section["title"] in told:
            continue
        path = (*above, REPEATED.get(section["title"], name))
        told |= {section["title"]} & REPEATED.keys()
        yield path, section
        yield from _sections(section["properties"], path)


def _named(told: dict[str, Any]) -> dict[str, Any]:
    reference = told.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = SCHEMA["$defs"][reference] if reference else told
    return found


def _row(path: tuple[str, ...], key: str, told: dict[str, Any], section: dict[str, Any], words: dict[str, str]) -> str:
    """Empty for what is a section of its own."""
    inner = _named(told)
    if "properties" in _named(told.get("items", told)) and inner.get("title") != "Moment":
        return ""
    allowed = CONDITIONS if section["title"] == "Signal" and key in ("where", "among") else _allowed(told)
    default = "*required*" if key in section.get("required", ()) else _default(path, key, told)
    return f"| `{key}` | {allowed} | {default} | {words.get('.'.join((*path, key)), '')} |"


def _default(path: tuple[str, ...], key: str, told: dict[str, Any]) -> str:
    """As it is in a whole configuration, where a section may have its own for what is inside."""
    if set(path) & set(REPEATED.values()) or path in (("signals",), ("ladder", "levels")):
        value = told.get("default")
        return "" if "<kind>" in path else _code(value)
    value = DEFAULTS
    for part in (*path, key):
        value = value[part]
    return _code(value)


def _code(value: object) -> str:
    if isinstance(value, float):
        return f"`{value:g}`"
    if isinstance(value, dict) and value:
        return f"`{{ {', '.join(f'{name} = {json.dumps(one)}' for name, one in value.items())} }}`"
    return "" if value is None else f"`{json.dumps(value, ensure_ascii=False)}`"


def _allowed(told: dict[str, Any]) -> str:
    told = _named(told)
    if choices := told.get("anyOf", told.get("oneOf")):
        ways = [_allowed(one) for one in choices if one.get("type") != "null"]
        return ", ".join(dict.fromkeys(ways))
    if "enum" in told:
        return ", ".join(f"`{json.dumps(one)}`" for one in told["enum"])
    if "properties" in told:
        return f"`{{ {', '.join(told['properties'])} }}`"
    if told["type"] == "array":
        return f"list of {_allowed(told['items'])}"
    if told["type"] == "object":
        return f"names, each with {_allowed(told['additionalProperties'])}"
    limits = ", ".join(f"{mark} {told[name]}" for name, mark in LIMITS.items() if name in told)
    kind = "path" if told.get("format") == "path" else KINDS[told["type"]]
    return f"{kind} {limits}".strip()
