"""Signals read off the contract in plain Python: loops over dict rows, no SQL, no frames.

Of the package it knows the declaration of a signal alone. Written from the documented grammar, to be compared with
what the engine computes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from advocate_score.signal_spec import Signal

Row = dict[str, Any]

HAPPENED = {
    "contacts": "created_at",
    "renewals": "occurred_at",
    "outcomes": "occurred_at",
    "interactions": "occurred_at",
    "referrals": "occurred_at",
    "asks": "asked_at",
    "surveys": "answered_at",
    "mentions": "occurred_at",
    "cases": "opened_at",
    "assets": "published_at",
}
RECORDED_BESIDE = ("renewals", "outcomes", "interactions", "referrals", "surveys", "mentions")
DAY = timedelta(days=1)


def known(table: str, row: Row, as_of: datetime, maturity_days: int) -> Row | None:
    """The row as it was known at `as_of`, or None; `_at` and `_order` are added."""
    happened = row[HAPPENED[table]]
    recorded = (row.get("recorded_at") if table in RECORDED_BESIDE else None) or happened
    if happened is None or not (happened < as_of and recorded < as_of):
        return None
    seen = dict(row)
    if table == "asks":
        _see_ask(seen, as_of, timedelta(days=maturity_days))
    if table == "cases":
        _see_case(seen, as_of)
    if table == "contacts" and seen["objected_at"] is not None and seen["objected_at"] >= as_of:
        seen["objected_at"] = None
    key = next(iter(row.values()))
    return seen | {"_at": happened, "_order": (happened, recorded, key)}


def _see_ask(ask: Row, as_of: datetime, window: timedelta) -> None:
    asked, over = ask["asked_at"], ask["asked_at"] + window
    times = [ask[name] for name in ("responded_at", "recorded_at") if ask[name] is not None]
    known_from = max(times) if times else over
    given, recorded, completed = ask["response"], ask["recorded_at"], ask["completed_at"]
    answered = given in ("accepted", "declined", "not_now") and known_from < as_of
    if answered:
        ask["answered"] = True
        responded = ask["responded_at"]
        ask["response_days"] = None if responded is None else (responded - asked) / DAY
    else:
        silent = over < as_of
        ask |= {"response": "no_reply" if silent else None, "answered": False if silent else None}
        ask |= {"responded_at": None, "recorded_at": None, "response_days": None}
    if completed is not None and completed < as_of and (recorded is None or recorded < as_of):
        ask |= {"completed": True, "completion_days": (completed - asked) / DAY}
    else:
        ask |= {"completed": None, "completion_days": None, "completed_at": None, "quality": None}


def _see_case(case: Row, as_of: datetime) -> None:
    closed = case["closed_at"]
    if closed is not None and closed >= as_of:
        closed = None
    case |= {"closed_at": closed, "open": closed is None}
    case["resolution_days"] = None if closed is None else (closed - case["opened_at"]) / DAY


def passes(row: Row, conditions: dict[str, object]) -> bool:
    return all(_holds(row.get(column), condition) for column, condition in conditions.items())


def _holds(value: object, condition: object) -> bool:
    if isinstance(condition, tuple):
        return value is not None and any(_same(value, wanted) for wanted in condition)
    if condition.present is not None and (value is not None) != condition.present:
        return False
    if condition.min is None and condition.max is None:
        return True
    number = as_number(value)
    if number is None:
        return False
    return (condition.min is None or number >= condition.min) and (condition.max is None or number <= condition.max)


def _same(value: object, wanted: object) -> bool:
    if isinstance(value, str) and isinstance(wanted, bool):
        return (value.lower() in ("true", "yes", "sí", "si", "1")) == wanted
    if isinstance(value, str) and not isinstance(wanted, str):
        return as_number(value) == wanted
    return value == wanted


def as_number(value: object) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if abs(number) < 1e14 else None


@dataclass(frozen=True)
class Seen:
    """What a signal looks at: `base` rows pass `among`, `rows` pass `where` too."""

    signal: Signal
    rows: list[Row]
    base: list[Row]
    as_of: datetime

    @property
    def numbers(self) -> list[float]:
        """The column's known numbers, oldest first."""
        ordered = sorted(self.rows, key=lambda row: row["_order"])
        numbers = [as_number(row.get(self.signal.column)) for row in ordered]
        return [number for number in numbers if number is not None]

    @property
    def ages(self) -> list[float]:
        return [(self.as_of - row["_at"]) / DAY for row in self.rows]


def describe(rows: list[Row], account: Row, signal: Signal, as_of: datetime, maturity_days: int) -> float | str | None:
    """The value of one signal for one account, whose rows of the signal's table are given."""
    if signal.aggregate == "value":
        value = _attribute(account, signal, as_of)
    else:
        value = AGGREGATES[signal.aggregate](_see(rows, signal, as_of, maturity_days))
    return signal.fill if value is None else value


def _attribute(account: Row, signal: Signal, as_of: datetime) -> float | str | None:
    born = account["created_at"]
    seen = account | {"created_at": (as_of - born) / DAY if born is not None and born < as_of else None}
    return seen[signal.column] if passes(seen, signal.where) else None


def _see(rows: list[Row], signal: Signal, as_of: datetime, maturity_days: int) -> Seen:
    seen = [known(signal.table, row, as_of, maturity_days) for row in rows]
    seen = [row for row in seen if row is not None]
    if signal.lookback_days is not None:
        seen = [row for row in seen if row["_at"] >= as_of - signal.lookback_days * DAY]
    base = [row for row in seen if passes(row, signal.among)]
    return Seen(signal, [row for row in base if passes(row, signal.where)], base, as_of)


def _exact(numbers: list[float]) -> float:
    return float(sum(Decimal(repr(one)).quantize(Decimal("0.0001"), ROUND_HALF_UP) for one in numbers))


def _trend(seen: Seen) -> float:
    half = seen.as_of - seen.signal.lookback_days / 2 * DAY
    return float(sum(1 if row["_at"] >= half else -1 for row in seen.rows))


def _rate(seen: Seen) -> float:
    prior, strength = seen.signal.prior, seen.signal.prior_strength
    return (len(seen.rows) + prior * strength) / (len(seen.base) + strength)


AGGREGATES: dict[str, Callable[[Seen], float | None]] = {
    "count": lambda seen: float(len(seen.rows)),
    "sum": lambda seen: _exact(seen.numbers) if seen.numbers or not seen.rows else None,
    "mean": lambda seen: _exact(seen.numbers) / len(seen.numbers) if seen.numbers else None,
    "min": lambda seen: min(seen.numbers, default=None),
    "max": lambda seen: max(seen.numbers, default=None),
    "last": lambda seen: next(reversed(seen.numbers), None),
    "distinct": lambda seen: float(len({row.get(seen.signal.column) for row in seen.rows} - {None})),
    "recency": lambda seen: min(seen.ages, default=None),
    "tenure": lambda seen: max(seen.ages, default=None),
    "share": lambda seen: len(seen.rows) / len(seen.base) if seen.base else None,
    "rate": _rate,
    "trend": _trend,
}
