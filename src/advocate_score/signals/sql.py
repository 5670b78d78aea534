"""Declared signals → one SQL statement that DuckDB and Spark both run as it is.

Each event table is read once: windows and conditions are evaluated once a row, and every signal is an aggregate over
the rows that have them. Different values are counted apart, in a query a column, so that they can be spilled to disk.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from advocate_score.declaration import Signal
from advocate_score.engine.sql import quote_identifier
from advocate_score.signals.aggregates import combined, described
from advocate_score.signals.as_of import SPINE, Cut, known_attributes
from advocate_score.signals.conditions import all_hold
from advocate_score.signals.grouping import Grouping, lookback, passing


def signals_sql(signals: Sequence[Signal], cut: Cut, keys: Sequence[str]) -> str:
    """A SELECT of columns `keys` of the spine and of every signal under its name, in the order of the spine."""
    parts = list(queries(signals))
    places = {signal.name: f"q{number}" for number, part in enumerate(parts) for signal in part}
    shown = [f"s.{quote_identifier(key)}" for key in keys]
    shown += [f"{described(signal, places[signal.name])} AS {quote_identifier(signal.name)}" for signal in signals]
    joins = " ".join(f"LEFT JOIN ({_query(part, cut)}) AS q{i} ON q{i}._unit = s._unit" for i, part in enumerate(parts))
    return f"SELECT {', '.join(shown)} FROM {SPINE} AS s {joins} ORDER BY s._position"


def queries(signals: Sequence[Signal]) -> Iterator[tuple[Signal, ...]]:
    """The signals in parts that one reading of a table answers."""
    for _, same in groupby(sorted(signals, key=_source), key=_source):
        yield tuple(same)


def _query(part: Sequence[Signal], cut: Cut) -> str:
    """One row a unit."""
    _, kind, _ = _source(part[0])
    return _WRITERS[kind](part, cut)


def _source(signal: Signal) -> tuple[str, str, str]:
    """Signals with equal sources share a query."""
    if signal.aggregate == "distinct":
        return signal.table, "distinct", signal.column or ""
    return signal.table, "attribute" if signal.aggregate == "value" else "grouped", ""


def _grouped(signals: Sequence[Signal], cut: Cut) -> str:
    grouping = Grouping.of(signals)
    rows = grouping.rows(cut, ["_happened", "_recorded", "_key", *grouping.values()])
    shown = [f"{combined(signal, grouping)} AS {quote_identifier(signal.name)}" for signal in signals]
    return f"SELECT _unit, {', '.join(shown)} FROM ({rows}) GROUP BY _unit"


def _distinct(signals: Sequence[Signal], cut: Cut) -> str:
    """Each value of a unit once, with a flag for each signal that does not count all of them."""
    grouping = Grouping.of(signals)
    rows = grouping.rows(cut, [f"{quote_identifier(column)} AS _value" for column in grouping.columns])
    matches = {quote_identifier(one.name): grouping.matches(passing(one), lookback(one)) for one in signals}
    flags = [f"MAX(CASE WHEN {met} THEN 1 ELSE 0 END) AS {name}" for name, met in matches.items() if met]
    values = ", ".join(["_unit", "_value", *flags])
    each = f"SELECT {values} FROM ({rows}) WHERE _value IS NOT NULL GROUP BY _unit, _value"
    shown = [f"{f'SUM({name})' if met else 'COUNT(*)'} AS {name}" for name, met in matches.items()]
    return f"SELECT _unit, {', '.join(shown)} FROM ({each}) GROUP BY _unit"


def _attribute(signals: Sequence[Signal], cut: Cut) -> str:
    columns = frozenset().union(*(signal.columns_used for signal in signals))
    shown = [f"{_own(signal)} AS {quote_identifier(signal.name)}" for signal in signals]
    return f"SELECT _unit, {', '.join(shown)} FROM ({known_attributes(columns, cut)})"


def _own(signal: Signal) -> str:
    own, condition = quote_identifier(signal.column or ""), all_hold(signal.table, signal.where)
    return f"CASE WHEN {condition} THEN {own} END" if condition else own


_WRITERS: dict[str, Callable[[Sequence[Signal], Cut], str]] = {
    "grouped": _grouped,
    "distinct": _distinct,
    "attribute": _attribute,
}
