"""A programme on paper: a handful of accounts whose figures can be worked out by hand."""

from datetime import datetime

import pandas as pd

from advocate_score.config import Programme
from advocate_score.ladder import LEVELS
from advocate_score.programme.inputs import Records

AS_OF = datetime(2026, 1, 1)
_TIMES = {
    *("asked_at", "responded_at", "recorded_at", "completed_at", "published_at", "occurred_at", "answered_at"),
    *("as_of", "opened_at", "closed_at"),
}
_COLUMNS = {
    "accounts": ("account_id", "industry"),
    "asks": (
        *("ask_id", "account_id", "level", "asked_at", "response"),
        *("responded_at", "recorded_at", "completed_at", "opportunity_id"),
    ),
    "answers": ("account_id", "level", "asked_at", "outcome", "completed"),
    "readings": ("account_id", "level", "as_of", "eligible", "ready"),
    "assets": ("asset_id", "account_id", "level", "published_at", "opportunity_ids"),
    "renewals": ("account_id", "occurred_at", "kind", "amount"),
    "referrals": ("account_id", "occurred_at"),
    "surveys": ("account_id", "contact_id", "answered_at", "nps"),
    "opportunities": ("opportunity_id", "industry", "value", "opened_at", "closed_at", "won"),
}


def frame(table: str, *rows: tuple[object, ...]) -> pd.DataFrame:
    made = pd.DataFrame(list(rows), columns=list(_COLUMNS[table]))
    kinds = {name: "datetime64[us]" for name in made.columns if name in _TIMES}
    flags = {name: "bool" for name in ("eligible", "ready") if name in made.columns}
    numbers = {name: "float64" for name in ("completed", "amount", "value", "nps") if name in made.columns}
    texts = {name: "str" for name in made.columns if name.endswith("_id") or name == "opportunity_ids"}
    return made.astype(kinds | flags | numbers | texts)


def records(settings: Programme | None = None, **tables: pd.DataFrame) -> Records:
    whole = {name: frame(name) for name in _COLUMNS} | tables
    return Records(as_of=AS_OF, settings=settings or Programme(), levels=LEVELS, **whole)


def day(month: int, number: int = 1) -> datetime:
    return datetime(2025, month, number)
