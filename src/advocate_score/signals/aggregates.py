"""How each aggregate is put together from the groups of a unit, and what it is where there is nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from advocate_score.declaration import Aggregate, Signal
from advocate_score.engine.sql import quote_identifier, quote_literal
from advocate_score.signals.grouping import Grouping, among, half_lookback, lookback, passing

_ORDER = "(_happened, _recorded, _key)"
_MEASURES = {
    "sum": "SUM(CAST({value} AS DECIMAL(18, 4)))",
    "known": "COUNT({value})",
    "min": "MIN({value})",
    "max": "MAX({value})",
    "last": f"MAX_BY({{value}}, {_ORDER}) FILTER (WHERE {{value}} IS NOT NULL)",
    "order": f"MAX({_ORDER}) FILTER (WHERE {{value}} IS NOT NULL)",
}
"""What a group keeps of a column. Sums are exact decimals: they do not depend on the order of adding."""

_MEASURED_FOR: dict[Aggregate, tuple[str, ...]] = {
    "sum": ("sum",),
    "mean": ("sum", "known"),
    "min": ("min",),
    "max": ("max",),
    "last": ("last", "order"),
}


@dataclass(frozen=True)
class Groups:
    """The groups of a unit, as one signal looks at them."""

    signal: Signal
    grouping: Grouping

    def over(self, function: str, rows: Literal["passing", "among", "later"] = "passing") -> str:
        """`function` over the groups whose rows pass, are those to compare with, or pass in the later half."""
        condition = among(self.signal) if rows == "among" else passing(self.signal)
        hours = half_lookback(self.signal) if rows == "later" else lookback(self.signal)
        matches = self.grouping.matches(condition, hours)
        return f"{function} FILTER (WHERE {matches})" if matches else function

    def count(self, rows: Literal["passing", "among", "later"] = "passing") -> str:
        return f"CAST(COALESCE({self.over('SUM(_n)', rows)}, 0) AS DOUBLE)"

    def measured(self, function: str, *measures: str) -> str:
        i = self.grouping.columns.index(self.signal.column or "")
        return self.over(f"{function}({', '.join(f'_{measure}{i}' for measure in measures)})")


def measures(signal: Signal, grouping: Grouping) -> Iterator[str]:
    """The columns of a group that the signal is made from, beside `_n`, `_first` and `_latest`."""
    for name in _MEASURED_FOR.get(signal.aggregate, ()):
        i = grouping.columns.index(signal.column or "")
        yield f"{_MEASURES[name].format(value=f'_v{i}')} AS _{name}{i}"


def combined(signal: Signal, grouping: Grouping) -> str:
    """The signal of a unit; a recency or a tenure is still the instant that it counts from."""
    return _COMBINED[signal.aggregate](Groups(signal, grouping))


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


def _sum(groups: Groups) -> str:
    return f"CASE WHEN {groups.count()} = 0e0 THEN 0e0 ELSE CAST({groups.measured('SUM', 'sum')} AS DOUBLE) END"


def _mean(groups: Groups) -> str:
    known = f"CAST({groups.measured('SUM', 'known')} AS DOUBLE)"
    return f"CAST({groups.measured('SUM', 'sum')} AS DOUBLE) / NULLIF({known}, 0e0)"


def _rate(groups: Groups) -> str:
    prior, strength = groups.signal.prior or 0.0, groups.signal.prior_strength or 0.0
    yes = f"{groups.count()} + {quote_literal(prior * strength)}"
    return f"({yes}) / ({groups.count('among')} + {quote_literal(strength)})"


_COMBINED: dict[Aggregate, Callable[[Groups], str]] = {
    "count": lambda groups: groups.count(),
    "sum": _sum,
    "mean": _mean,
    "min": lambda groups: groups.measured("MIN", "min"),
    "max": lambda groups: groups.measured("MAX", "max"),
    "last": lambda groups: groups.measured("MAX_BY", "last", "order"),
    "recency": lambda groups: groups.over("MAX(_latest)"),
    "tenure": lambda groups: groups.over("MIN(_first)"),
    "share": lambda groups: f"{groups.count()} / NULLIF({groups.count('among')}, 0e0)",
    "rate": _rate,
    "trend": lambda groups: f"2e0 * {groups.count('later')} - {groups.count()}",
}
