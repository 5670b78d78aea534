"""Selects what was known at an as-of instant. No other module cuts events by time.

A row is known at an as-of instant if it happened and was recorded strictly before it. A column that is filled later
than its row is unknown until its own time. A lookback applies to when a row happened: [as_of − lookback, as_of).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from advocate_score.engine.base import quote_identifier, quote_literal
from advocate_score.schema import TABLES, Table

SPINE, SPINE_UNITS = "spine", "spine_units"
"""Views of the spine's rows, and of its distinct (account, as-of) pairs."""

ANSWERS = ("accepted", "declined", "not_now")


@dataclass(frozen=True)
class PointInTime:
    """The as-of instants: one `instant` for every account, or, if that is None, the as-of of each row of `spine_units`.

    With one instant, each account is its own unit and no join is needed. Otherwise, rows that are outside every window
    from `earliest` to `latest` are dropped before the join.
    """

    instant: datetime | None
    maturity_days: int
    earliest: datetime | None = None
    latest: datetime | None = None

    @property
    def as_of(self) -> str:
        return "s.as_of" if self.instant is None else quote_literal(self.instant)

    @property
    def unit(self) -> str:
        return "s._unit" if self.instant is None else "e.account_id"

    def rows_of(self, table: str) -> str:
        rows = f"{quote_identifier(table)} AS e"
        return f"{rows} JOIN {SPINE_UNITS} AS s ON s.account_id = e.account_id" if self.instant is None else rows


def known_rows(table: str, columns: Iterable[str], cut: PointInTime, lookback_days: int | None) -> str:
    """SQL for the known rows of an event table, with the values that were known.

    Parameters
    ----------
    table : an event table.
    columns : the columns to select.
    cut : the as-of instants.
    lookback_days : length of the window before the as-of, in days; None for no limit.

    Returns
    -------
    a SELECT of `_unit`, `_as_of`, `_happened`, `_recorded`, `_key`, and each of `columns` under its own name.
    """
    declared = TABLES[table]
    happened, recorded = _event(declared.happened or ""), _recorded_at(declared)
    selected = {"_unit": cut.unit, "_as_of": cut.as_of, "_happened": happened, "_recorded": recorded}
    selected |= {"_key": _event(declared.key)}
    selected |= {quote_identifier(name): column_as_of(table, name, cut) for name in sorted(columns)}
    known = [f"{happened} < {cut.as_of}", f"{recorded} < {cut.as_of}"]
    if lookback_days is not None:
        known.append(f"{happened} >= {since(cut.as_of, 24 * lookback_days)}")
    known += _seen_by_any(happened, cut, lookback_days)
    return f"SELECT {_shown_columns(selected)} FROM {cut.rows_of(table)} WHERE {' AND '.join(known)}"


def _seen_by_any(happened: str, cut: PointInTime, lookback_days: int | None) -> Iterator[str]:
    """Conditions that follow from those on each as-of but involve only the event, so they apply before the join."""
    if cut.latest is not None:
        yield f"{happened} < {quote_literal(cut.latest)}"
    if cut.earliest is not None and lookback_days is not None:
        yield f"{happened} >= {since(quote_literal(cut.earliest), 24 * lookback_days)}"


def since(as_of: str, hours: int) -> str:
    """SQL for the first instant of a window of `hours` that ends at `as_of`."""
    return f"{as_of} - INTERVAL '{hours}' HOUR"


def known_attributes(columns: Iterable[str], cut: PointInTime) -> str:
    """A SELECT of the accounts' own columns by `_unit`; `created_at` becomes the account's age in days."""
    age = _once("e.created_at", f"days_between(e.created_at, {cut.as_of})", cut)
    selected = {"_unit": cut.unit}
    selected |= {quote_identifier(name): age if name == "created_at" else _event(name) for name in sorted(columns)}
    return f"SELECT {_shown_columns(selected)} FROM {cut.rows_of('accounts')}"


def column_as_of(table: str, column: str, cut: PointInTime) -> str:
    """SQL for the value of an event's column that was known, for a row that is known itself."""
    later = _FILLED_LATER.get(table, {})
    return later[column](cut) if column in later else _event(column)


def _shown_columns(selected: Mapping[str, str]) -> str:
    return ", ".join(f"{expression} AS {name}" for name, expression in selected.items())


def _event(column: str) -> str:
    return f"e.{quote_identifier(column)}"


def _recorded_at(table: Table) -> str:
    happened = _event(table.happened or "")
    return f"COALESCE({_event(table.recorded)}, {happened})" if table.recorded else happened


def _once(known: str, value: str, cut: PointInTime) -> str:
    return f"CASE WHEN {known} < {cut.as_of} THEN {value} END"


def _maturity(cut: PointInTime) -> str:
    return f"e.asked_at + INTERVAL '{cut.maturity_days}' DAY"


def _is_answered(cut: PointInTime) -> str:
    """SQL for whether an ask has a known answer. An answer counts once it was given and recorded; without either time,
    it counts from the end of the maturity window."""
    known = f"COALESCE(GREATEST(e.responded_at, e.recorded_at), {_maturity(cut)})"
    return f"(e.response IN ({', '.join(map(quote_literal, ANSWERS))}) AND {known} < {cut.as_of})"


def _is_silent(cut: PointInTime) -> str:
    return f"{_maturity(cut)} < {cut.as_of}"


def _answer(column: str) -> Callable[[PointInTime], str]:
    return lambda cut: f"CASE WHEN {_is_answered(cut)} THEN {column} END"


def _delivery(value: str) -> Callable[[PointInTime], str]:
    recorded = "COALESCE(e.recorded_at, e.completed_at)"
    return lambda cut: _once(f"e.completed_at < {cut.as_of} AND {recorded}", value, cut)


def _closing(value: str) -> Callable[[PointInTime], str]:
    return lambda cut: _once("e.closed_at", value, cut)


_FILLED_LATER: dict[str, dict[str, Callable[[PointInTime], str]]] = {
    "contacts": {"objected_at": lambda cut: _once("e.objected_at", "e.objected_at", cut)},
    "asks": {
        "response": lambda cut: (
            f"CASE WHEN {_is_answered(cut)} THEN e.response WHEN {_is_silent(cut)} THEN 'no_reply' END"
        ),
        "answered": lambda cut: f"CASE WHEN {_is_answered(cut)} THEN TRUE WHEN {_is_silent(cut)} THEN FALSE END",
        "responded_at": _answer("e.responded_at"),
        "recorded_at": _answer("e.recorded_at"),
        "response_days": _answer("days_between(e.asked_at, e.responded_at)"),
        "completed_at": _delivery("e.completed_at"),
        "quality": _delivery("e.quality"),
        "completed": _delivery("TRUE"),
        "completion_days": _delivery("days_between(e.asked_at, e.completed_at)"),
    },
    "cases": {
        "closed_at": _closing("e.closed_at"),
        "open": lambda cut: f"(e.closed_at IS NULL OR e.closed_at >= {cut.as_of})",
        "resolution_days": _closing("days_between(e.opened_at, e.closed_at)"),
    },
}
