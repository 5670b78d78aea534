"""How each aggregate is made from the rows of a unit, and what it is where there is nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from advocate_score.declaration import Aggregate, Signal
from advocate_score.engine.sql import quote_identifier, quote_literal
from advocate_score.signals.grouping import Grouping, among, half_lookback, lookback, passing

Rows = Literal["passing", "among", "later"]

_ORDER = "(_happened, _recorded, _key)"


@dataclass(frozen=True)
class Unit:
    """The rows of a unit, as one signal looks at them."""

    signal: Signal
    grouping: Grouping

    def over(self, function: str, rows: Rows = "passing", known: str = "") -> str:
        """`function` over the rows that pass, are those to compare with, or pass in the later half."""
        condition = among(self.signal) if rows == "among" else passing(self.signal)
        hours = half_lookback(self.signal) if rows == "later" else lookback(self.signal)
        matches = " AND ".join(filter(None, (self.grouping.matches(condition, hours), known)))
        return f"{function} FILTER (WHERE {matches})" if matches else function

    def count(self, rows: Rows = "passing") -> str:
        return f"CAST({self.over('COUNT(*)', rows)} AS DOUBLE)"

    def total(self) -> str:
        """Of exact decimals, so that it does not depend on the order of adding."""
        return f"CAST({self.over(f'SUM({self.grouping.exact(self._column)})')} AS DOUBLE)"

    def known(self) -> str:
        return f"CAST({self.over(f'COUNT({self._value})')} AS DOUBLE)"

    def extreme(self, function: Literal["MIN", "MAX"]) -> str:
        return self.over(f"{function}({self._value})")

    def last(self) -> str:
        return self.over(f"MAX_BY({self._value}, {_ORDER})", known=f"{self._value} IS NOT NULL")

    @property
    def _column(self) -> str:
        return self.signal.column or ""

    @property
    def _value(self) -> str:
        return self.grouping.value(self._column)


def combined(signal: Signal, grouping: Grouping) -> str:
    """The signal of a unit; a recency or a tenure is still the instant that it counts from."""
    return _COMBINED[signal.aggregate](Unit(signal, grouping))


def described(signal: Signal, query: str) -> str:
    """The signal of a spine row `s`, out of `query`, which has no row for a unit without known rows."""
    value, nothing = f"{query}.{quote_identifier(signal.name)}", _of_nothing(signal)
    if signal.aggregate in ("recency", "tenure"):
        value = f"days_between({value}, s.as_of)"
    elif not signal.is_category:
        value = f"CAST({value} AS DOUBLE)"
    if nothing is not None:
        value = f"CASE WHEN {query}._unit IS NULL THEN {quote_literal(nothing)} ELSE {value} END"
    return value if signal.fill is None else f"COALESCE({value}, {quote_literal(signal.fill)})"


def _of_nothing(signal: Signal) -> float | None:
    if signal.aggregate == "rate":
        return signal.prior
    return 0.0 if signal.aggregate in ("count", "sum", "distinct", "trend") else None


def _sum(unit: Unit) -> str:
    return f"CASE WHEN {unit.count()} = 0e0 THEN 0e0 ELSE {unit.total()} END"


def _rate(unit: Unit) -> str:
    prior, strength = unit.signal.prior or 0.0, unit.signal.prior_strength or 0.0
    yes = f"{unit.count()} + {quote_literal(prior * strength)}"
    return f"({yes}) / ({unit.count('among')} + {quote_literal(strength)})"


_COMBINED: dict[Aggregate, Callable[[Unit], str]] = {
    "count": lambda unit: unit.count(),
    "sum": _sum,
    "mean": lambda unit: f"{unit.total()} / NULLIF({unit.known()}, 0e0)",
    "min": lambda unit: unit.extreme("MIN"),
    "max": lambda unit: unit.extreme("MAX"),
    "last": lambda unit: unit.last(),
    "recency": lambda unit: unit.over("MAX(_happened)"),
    "tenure": lambda unit: unit.over("MIN(_happened)"),
    "share": lambda unit: f"{unit.count()} / NULLIF({unit.count('among')}, 0e0)",
    "rate": _rate,
    "trend": lambda unit: f"2e0 * {unit.count('later')} - {unit.count()}",
}
