"""Declared signals → one SQL statement that DuckDB and Spark both run as it is.

Each event table is read once: its known rows are grouped by unit, window and conditions met, and every signal is put
together from those groups. Different values do not add up over groups, so `distinct` has a query a column.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from advocate_score.declaration import Signal
from advocate_score.engine.sql import quote_identifier
from advocate_score.signals.aggregates import combined, described, measures
from advocate_score.signals.as_of import SPINE, Cut, known_attributes
from advocate_score.signals.conditions import all_hold
from advocate_score.signals.grouping import Grouping, batches, lookback, passing


def signals_sql(signals: Sequence[Signal], cut: Cut, keys: Sequence[str]) -> str:
    """A SELECT of columns `keys` of the spine and of every signal under its name, in the order of the spine."""
    queries = list(_queries(signals, cut))
    places = {signal.name: f"q{number}" for number, (batch, _) in enumerate(queries) for signal in batch}
    shown = [f"s.{quote_identifier(key)}" for key in keys]
    shown += [f"{described(signal, places[signal.name])} AS {quote_identifier(signal.name)}" for signal in signals]
    joins = " ".join(f"LEFT JOIN ({sql}) AS q{i} ON q{i}._unit = s._unit" for i, (_, sql) in enumerate(queries))
    return f"SELECT {', '.join(shown)} FROM {SPINE} AS s {joins} ORDER BY s._position"


def _queries(signals: Sequence[Signal], cut: Cut) -> Iterator[tuple[tuple[Signal, ...], str]]:
    """Queries with one row a unit, each with the signals that it answers."""
    for (_, kind, _), same in groupby(sorted(signals, key=_source), key=_source):
        for batch in batches(same):
            yield batch, _WRITERS[kind](batch, cut)


def _source(signal: Signal) -> tuple[str, str, str]:
    """Signals with equal sources share a query."""
    if signal.aggregate == "distinct":
        return signal.table, "distinct", signal.column or ""
    return signal.table, "attribute" if signal.aggregate == "value" else "grouped", ""


def _grouped(signals: Sequence[Signal], cut: Cut) -> str:
    grouping = Grouping.of(signals)
    values = [f"{grouping.number(column)} AS _v{i}" for i, column in enumerate(grouping.columns)]
    rows = grouping.rows(cut, ["_happened", "_recorded", "_key", *values])
    kept = ["COUNT(*) AS _n", "MIN(_happened) AS _first", "MAX(_happened) AS _latest"]
    kept += dict.fromkeys(measure for signal in signals for measure in measures(signal, grouping))
    groups = f"SELECT _unit, _bucket, _mask, {', '.join(kept)} FROM ({rows}) GROUP BY _unit, _bucket, _mask"
    shown = [f"{combined(signal, grouping)} AS {quote_identifier(signal.name)}" for signal in signals]
    return f"SELECT _unit, {', '.join(shown)} FROM ({groups}) GROUP BY _unit"


def _distinct(signals: Sequence[Signal], cut: Cut) -> str:
    """Each value of a unit once, with a flag a signal, then added up: such groups can be spilled to disk."""
    grouping = Grouping.of(signals)
    rows = grouping.rows(cut, [f"{quote_identifier(column)} AS _value" for column in grouping.columns])
    flags = [f"MAX({_flag(signal, grouping)}) AS {quote_identifier(signal.name)}" for signal in signals]
    values = f"SELECT _unit, _value, {', '.join(flags)} FROM ({rows}) WHERE _value IS NOT NULL GROUP BY _unit, _value"
    shown = [f"SUM({name}) AS {name}" for name in (quote_identifier(signal.name) for signal in signals)]
    return f"SELECT _unit, {', '.join(shown)} FROM ({values}) GROUP BY _unit"


def _flag(signal: Signal, grouping: Grouping) -> str:
    matches = grouping.matches(passing(signal), lookback(signal))
    return f"CASE WHEN {matches} THEN 1 ELSE 0 END" if matches else "1"


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
