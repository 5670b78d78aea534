"""The rows of the report as the page carries them: columns, and every text once.

A page of many accounts says the same things over and over, in two languages. What is packed can be unpacked, so that
a page that stands can lose some of its accounts and be what it would have been without them.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from advocate_score.ladder import LANGUAGES

Row = Mapping[str, Any]
Rows = Mapping[str, Iterable[Row]]


@dataclass(frozen=True)
class Form:
    """Columns of a table: of text that returns in many rows, and of what stands in it as it is: numbers (None where
    missing), and text that hardly ever returns. Missing text is ''."""

    texts: tuple[str, ...]
    plain: tuple[str, ...]


FORMS: Mapping[str, Form] = {
    "accounts": Form(
        (
            *("account_id", "industry", "segment", "region", "owner", "last_asked"),
            *("fact_en", "fact_es", "moment_en", "moment_es"),
        ),
        ("account_name", "fact", "asks"),
    ),
    "candidates": Form(
        (
            *("account_id", "permission"),
            *(f"reason_{place}_{language}" for place in (1, 2, 3) for language in LANGUAGES),
        ),
        ("level", "rank", "readiness", "low", "high", "planned", "contact"),
    ),
    "moves": Form(("account_id", "account_name", "kind", "why", "rule"), ("level", "before", "now")),
    "pools": Form(
        ("pool", "account_id", "account_name", "industry", "segment", "region", "service_line"), ("rank", "readiness")
    ),
    "plan": Form(("account_id",), ("level",)),
    "gaps": Form(
        ("pool", "attribute", "value"),
        ("open_opportunities", "clients", "ready", "ready_and_free", "in_pool", "expected"),
    ),
}

SHARES = frozenset({"readiness", "low", "high", "before", "now"})
"""Plain columns that hold thousandths."""


def packed(tables: Rows) -> dict[str, Any]:
    """`texts`, in the order of their first use, and each table of `FORMS` as its `places`, columns that name a text by
    its place among them, and its `plain` columns."""
    places: dict[str, int] = {}
    columns = {name: _columns(list(tables[name]), form, places) for name, form in FORMS.items()}
    return {"texts": list(places), **columns}


def unpacked(pack: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The rows of each table, as they were packed."""
    return {name: _rows(pack[name], form, pack["texts"]) for name, form in FORMS.items()}


def script_json(content: Any) -> str:
    """JSON that ends no element of the page and starts none; the same text for the same content."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _columns(rows: list[Row], form: Form, places: dict[str, int]) -> dict[str, dict[str, list[Any]]]:
    return {
        "places": {name: [places.setdefault(row[name], len(places)) for row in rows] for name in form.texts},
        "plain": {name: [row[name] for row in rows] for name in form.plain},
    }


def _rows(columns: Mapping[str, Mapping[str, list[Any]]], form: Form, texts: list[str]) -> list[dict[str, Any]]:
    told = {name: [texts[place] for place in columns["places"][name]] for name in form.texts}
    told |= {name: columns["plain"][name] for name in form.plain}
    return [dict(zip(told, values, strict=True)) for values in zip(*told.values(), strict=True)]
