"""Translates declared signals into one SQL statement that both DuckDB and Spark run unchanged.

Each event table is read once: windows and conditions are evaluated once per row, and every signal is an aggregate over
the rows that meet them. Distinct values are counted in a separate query for each column, so that they can be spilled to
disk.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from advocate_score.engine.base import quote_identifier, quote_literal
from advocate_score.signal_spec import Aggregate, Bounds, Condition, Scalar, Signal
from advocate_score.signals.catalogue import column_type
from advocate_score.signals.point_in_time import SPINE, PointInTime, known_attributes, known_rows, since

TRUE_WORDS = ("true", "yes", "sí", "si", "1")
LARGEST = "1e14"
"""Numbers this large count as unknown, since they do not fit into an exact decimal sum."""


def all_hold(table: str, conditions: Mapping[str, Condition]) -> str:
    """A boolean expression that all conditions hold; empty without conditions. An unknown value fails every condition
    except `present = false`."""
    return " AND ".join(_holds(table, column, conditions[column]) for column in sorted(conditions))


def number_of(table: str, column: str, expression: str) -> str:
    """`expression`, the content of `column`, as a DOUBLE; NULL if it is not a number or is too large."""
    match column_type(table, column):
        case "number" | "integer":
            number = f"CAST({expression} AS DOUBLE)"
        case "flag":
            return f"CASE WHEN {expression} THEN 1e0 WHEN NOT {expression} THEN 0e0 END"
        case _:
            number = f"number_in({expression})"
    return f"CASE WHEN ABS({number}) < {LARGEST} THEN {number} END"


def _holds(table: str, column: str, condition: Condition) -> str:
    own = quote_identifier(column)
    if isinstance(condition, Bounds):
        return _within(number_of(table, column, own), own, condition)
    return _is_one_of(table, column, own, condition)


def _within(number: str, own: str, bounds: Bounds) -> str:
    parts = []
    if bounds.present is not None:
        parts.append(f"{own} IS {'NOT ' if bounds.present else ''}NULL")
    if bounds.min is not None:
        parts.append(f"{number} >= {quote_literal(bounds.min)}")
    if bounds.max is not None:
        parts.append(f"{number} <= {quote_literal(bounds.max)}")
    return " AND ".join(parts)


def _is_one_of(table: str, column: str, own: str, values: Sequence[Scalar]) -> str:
    if column_type(table, column) is not None:
        return f"{own} IN ({_literals(values)})"
    words = [value for value in values if isinstance(value, str)]
    flags = [value for value in values if isinstance(value, bool)]
    numbers = [float(value) for value in values if not isinstance(value, str | bool)]
    parts = [f"{own} IN ({_literals(words)})"] if words else []
    parts += [f"{number_of(table, column, own)} IN ({_literals(numbers)})"] if numbers else []
    parts += [f"(LOWER({own}) IN ({_literals(TRUE_WORDS)})) = {quote_literal(flag)}" for flag in flags]
    return f"({' OR '.join(parts)})"


def _literals(values: Sequence[Scalar]) -> str:
    return ", ".join(map(quote_literal, values))


def matching_rows(signal: Signal) -> str:
    """The condition that a signal's rows meet: `among` and `where`."""
    return " AND ".join(filter(None, (denominator_rows(signal), all_hold(signal.table, signal.where))))


def denominator_rows(signal: Signal) -> str:
    return all_hold(signal.table, signal.among)


def lookback(signal: Signal) -> int | None:
    """The lookback in hours, so that half of it is a whole number."""
    return None if signal.lookback_days is None else 24 * signal.lookback_days


def half_lookback(signal: Signal) -> int:
    return 12 * (signal.lookback_days or 0)


def _windows(signal: Signal) -> tuple[int, ...]:
    full = lookback(signal)
    if full is None:
        return ()
    return (full, half_lookback(signal)) if signal.kind.halves_lookback else (full,)


@dataclass(frozen=True)
class Grouping:
    """What signals of one table, read together, need of its rows.

    conditions: evaluated once per row · windows: shorter windows to flag, in hours · columns: measured columns ·
    columns_read: every column that is read · lookback_days: the longest window, outside which no row is read; None for
    no limit.
    """

    table: str
    conditions: tuple[str, ...]
    windows: tuple[int, ...]
    columns: tuple[str, ...]
    columns_read: frozenset[str]
    lookback_days: int | None

    @classmethod
    def of(cls, signals: Sequence[Signal]) -> "Grouping":
        lookbacks = [signal.lookback_days for signal in signals]
        longest = None if None in lookbacks else max(filter(None, lookbacks))
        return cls(
            table=signals[0].table,
            conditions=tuple(_unique(condition for signal in signals for condition in _conditions(signal))),
            windows=tuple(sorted({hours for signal in signals for hours in _windows(signal)} - {24 * (longest or 0)})),
            columns=tuple(_unique(signal.column for signal in signals if signal.column)),
            columns_read=frozenset().union(*(signal.columns_used for signal in signals)),
            lookback_days=longest,
        )

    def rows(self, cut: PointInTime, columns: Sequence[str]) -> str:
        """A SELECT of the known rows: `_unit`, a flag for each condition and each window, and `columns`."""
        known = known_rows(self.table, self.columns_read, cut, self.lookback_days)
        met = [f"{condition} AS {self._met(condition)}" for condition in self.conditions]
        flags = [f"_happened >= {since('_as_of', hours)} AS {self._in_window(hours)}" for hours in self.windows]
        return f"SELECT {', '.join(['_unit', *met, *flags, *columns])} FROM ({known})"

    def values(self) -> Iterator[str]:
        """SQL for a number and an exact decimal of each column that a signal measures."""
        for column in self.columns:
            number = number_of(self.table, column, quote_identifier(column))
            yield f"{number} AS {self.value(column)}"
            yield f"CAST({number} AS DECIMAL(18, 4)) AS {self.exact(column)}"

    def value(self, column: str) -> str:
        return f"_v{self.columns.index(column)}"

    def exact(self, column: str) -> str:
        return f"_d{self.columns.index(column)}"

    def matches(self, condition: str, hours: int | None) -> str:
        """SQL for whether a row meets the condition and lies in the window; empty if all rows do."""
        met = self._met(condition) if condition else ""
        within = self._in_window(hours) if hours in self.windows else ""
        return " AND ".join(filter(None, (met, within)))

    def _met(self, condition: str) -> str:
        return f"_c{self.conditions.index(condition)}"

    def _in_window(self, hours: int) -> str:
        return f"_w{self.windows.index(hours)}"


def _conditions(signal: Signal) -> Iterator[str]:
    if signal.kind.is_proportion:
        yield from filter(None, [denominator_rows(signal)])
    yield from filter(None, [matching_rows(signal)])


def _unique(names: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys(names)


Rows = Literal["passing", "among", "later"]

_ORDER = "(_happened, _recorded, _key)"


@dataclass(frozen=True)
class Unit:
    """SQL aggregates of one signal over the rows of a unit."""

    signal: Signal
    grouping: Grouping

    def over(self, function: str, rows: Rows = "passing", known: str = "") -> str:
        """`function` over some rows: `passing` meets `among` and `where`, `among` meets `among` alone, and `later` is
        `passing` in the later half of the lookback."""
        condition = denominator_rows(self.signal) if rows == "among" else matching_rows(self.signal)
        hours = half_lookback(self.signal) if rows == "later" else lookback(self.signal)
        matches = " AND ".join(filter(None, (self.grouping.matches(condition, hours), known)))
        return f"{function} FILTER (WHERE {matches})" if matches else function

    def count(self, rows: Rows = "passing") -> str:
        return f"CAST({self.over('COUNT(*)', rows)} AS DOUBLE)"

    def total(self) -> str:
        """The sum, of exact decimals, so that it does not depend on the order of rows."""
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


def aggregate_sql(signal: Signal, grouping: Grouping) -> str:
    """SQL for the signal of a unit. For an aggregate in days this is the instant to count from, not yet days."""
    return _COMBINED[signal.aggregate](Unit(signal, grouping))


def with_defaults_sql(signal: Signal, query: str) -> str:
    """SQL for the signal of a spine row `s`, taken from `query`, with the default for a unit that has no known rows."""
    value, default = f"{query}.{quote_identifier(signal.name)}", signal.value_of_nothing
    if signal.kind.in_days:
        value = f"days_between({value}, s.as_of)"
    elif not signal.is_category:
        value = f"CAST({value} AS DOUBLE)"
    if default is not None:
        value = f"CASE WHEN {query}._unit IS NULL THEN {quote_literal(default)} ELSE {value} END"
    return value if signal.fill is None else f"COALESCE({value}, {quote_literal(signal.fill)})"


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


def signals_sql(signals: Sequence[Signal], cut: PointInTime, keys: Sequence[str]) -> str:
    """A SELECT of the spine's columns `keys` and of every signal under its name, in the order of the spine."""
    parts = list(queries(signals))
    part_names = {signal.name: f"q{number}" for number, part in enumerate(parts) for signal in part}
    selected = [f"s.{quote_identifier(key)}" for key in keys]
    selected += [
        f"{with_defaults_sql(signal, part_names[signal.name])} AS {quote_identifier(signal.name)}" for signal in signals
    ]
    joins = " ".join(f"LEFT JOIN ({_query(part, cut)}) AS q{i} ON q{i}._unit = s._unit" for i, part in enumerate(parts))
    return f"SELECT {', '.join(selected)} FROM {SPINE} AS s {joins} ORDER BY s._position"


def queries(signals: Sequence[Signal]) -> Iterator[tuple[Signal, ...]]:
    """The signals in groups that can be computed in one pass over a table."""
    for _, same in groupby(sorted(signals, key=_source), key=_source):
        yield tuple(same)


def _query(part: Sequence[Signal], cut: PointInTime) -> str:
    """SQL for the signals of one group, one row for each unit."""
    _, kind, _ = _source(part[0])
    return _WRITERS[kind](part, cut)


def _source(signal: Signal) -> tuple[str, str, str]:
    """The grouping key of a signal: table, kind of query, column. Signals with equal keys share a query."""
    if signal.aggregate == "distinct":
        return signal.table, "distinct", signal.column or ""
    return signal.table, "attribute" if signal.aggregate == "value" else "grouped", ""


def _group_sql(signals: Sequence[Signal], cut: PointInTime) -> str:
    grouping = Grouping.of(signals)
    rows = grouping.rows(cut, ["_happened", "_recorded", "_key", *grouping.values()])
    selected = [f"{aggregate_sql(signal, grouping)} AS {quote_identifier(signal.name)}" for signal in signals]
    return f"SELECT _unit, {', '.join(selected)} FROM ({rows}) GROUP BY _unit"


def _distinct(signals: Sequence[Signal], cut: PointInTime) -> str:
    """SQL for counts of distinct values: each value of a unit once, with a flag for each signal that counts only some
    of them."""
    grouping = Grouping.of(signals)
    rows = grouping.rows(cut, [f"{quote_identifier(column)} AS _value" for column in grouping.columns])
    matches = {
        quote_identifier(signal.name): grouping.matches(matching_rows(signal), lookback(signal)) for signal in signals
    }
    flags = [f"MAX(CASE WHEN {met} THEN 1 ELSE 0 END) AS {name}" for name, met in matches.items() if met]
    values = ", ".join(["_unit", "_value", *flags])
    each = f"SELECT {values} FROM ({rows}) WHERE _value IS NOT NULL GROUP BY _unit, _value"
    selected = [f"{f'SUM({name})' if met else 'COUNT(*)'} AS {name}" for name, met in matches.items()]
    return f"SELECT _unit, {', '.join(selected)} FROM ({each}) GROUP BY _unit"


def _attribute(signals: Sequence[Signal], cut: PointInTime) -> str:
    columns = frozenset().union(*(signal.columns_used for signal in signals))
    selected = [f"{_own(signal)} AS {quote_identifier(signal.name)}" for signal in signals]
    return f"SELECT _unit, {', '.join(selected)} FROM ({known_attributes(columns, cut)})"


def _own(signal: Signal) -> str:
    own, condition = quote_identifier(signal.column or ""), all_hold(signal.table, signal.where)
    return f"CASE WHEN {condition} THEN {own} END" if condition else own


_WRITERS: dict[str, Callable[[Sequence[Signal], PointInTime], str]] = {
    "grouped": _group_sql,
    "distinct": _distinct,
    "attribute": _attribute,
}
