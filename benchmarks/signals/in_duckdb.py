"""What DuckDB is asked: the least of all, our signals, and the same signals as anybody would write them by hand."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
from benchmarks.signals.inputs import AS_OF, MATURITY_DAYS

from advocate_score.engine.duckdb_engine import DuckdbEngine
from advocate_score.schema import TABLES
from advocate_score.signal_spec import Signal
from advocate_score.signals.catalogue import shipped_catalogue
from advocate_score.signals.compute import signal_frame, write_signals
from advocate_score.signals.point_in_time import PointInTime, known_attributes, known_rows
from advocate_score.signals.sql import all_hold, matching_rows, number_of

SIGNALS = shipped_catalogue().signals
EVENT_TABLES = sorted({signal.table for signal in SIGNALS} - {"accounts"})


def opened(tables: Path, memory_limit: str = "2GB") -> DuckdbEngine:
    engine = DuckdbEngine(tables / "spill", memory_limit)
    for file in tables.glob("*.parquet"):
        engine.register_parquet(file.stem, file)
    return engine


def bare(tables: Path) -> Callable[[], object]:
    """One pass over each table: its rows and the latest of them, an account."""
    engine = opened(tables)
    latest = {name: f"SELECT account_id, COUNT(*), MAX({TABLES[name].happened}) FROM {name}" for name in EVENT_TABLES}
    return lambda: [engine.frame(f"{sql} GROUP BY account_id") for sql in latest.values()]


def ours(tables: Path, as_ofs: int = 1, memory_limit: str = "2GB") -> Callable[[], pd.DataFrame]:
    engine = opened(tables, memory_limit)
    spine = _spine(engine, [AS_OF - timedelta(days=91 * n) for n in range(as_ofs)])
    return lambda: signal_frame(engine, spine, SIGNALS, MATURITY_DAYS)


def written(tables: Path, memory_limit: str = "2GB") -> Callable[[], None]:
    """As `ours`, straight to a file, as `features` does."""
    engine = opened(tables, memory_limit)
    spine, path = _spine(engine, [AS_OF]), tables / "spill" / "signals.parquet"
    return lambda: write_signals(engine, spine, SIGNALS, MATURITY_DAYS, path)


def by_hand(tables: Path) -> Callable[[], pd.DataFrame]:
    """One SELECT a table, in it one aggregate with its own FILTER for each thing that a signal needs."""
    engine, cut = opened(tables), PointInTime(AS_OF, MATURITY_DAYS)
    selects = [_select([one for one in SIGNALS if one.table == table], cut) for table in ("accounts", *EVENT_TABLES)]
    joins = " ".join(f"LEFT JOIN ({sql}) AS q{n} ON q{n}._unit = a.account_id" for n, sql in enumerate(selects))
    names = ", ".join(_of_nothing(signal) for signal in SIGNALS)
    return lambda: engine.frame(f"SELECT {names} FROM accounts AS a {joins} ORDER BY a.account_id")


def _spine(engine: DuckdbEngine, as_ofs: Sequence[datetime]) -> pd.DataFrame:
    accounts = engine.frame("SELECT account_id FROM accounts ORDER BY account_id")
    return pd.concat([accounts.assign(as_of=pd.Timestamp(as_of)) for as_of in as_ofs], ignore_index=True)


def _select(signals: Sequence[Signal], cut: PointInTime) -> str:
    columns = frozenset().union(*(signal.columns_used for signal in signals))
    if signals[0].table == "accounts":
        shown = ", ".join(f"{one.column} AS {one.name}" for one in signals)
        return f"SELECT _unit, {shown} FROM ({known_attributes(columns, cut)})"
    shown = ", ".join(f"{_written_out(signal)} AS {signal.name}" for signal in signals)
    return f"SELECT _unit, {shown} FROM ({known_rows(signals[0].table, columns, cut, None)}) GROUP BY _unit"


def _written_out(one: Signal) -> str:
    own = _filter(one, matching_rows(one), one.lookback_days)
    value = number_of(one.table, one.column, f'"{one.column}"') if one.column else ""
    among = f"COUNT(*) {_filter(one, all_hold(one.table, one.among), one.lookback_days)}"
    match one.aggregate:
        case "count":
            made = f"COUNT(*) {own}"
        case "sum":
            made = f"CASE WHEN COUNT(*) {own} = 0 THEN 0 ELSE SUM({value}) {own} END"
        case "mean" | "min" | "max":
            made = f"{'AVG' if one.aggregate == 'mean' else one.aggregate}({value}) {own}"
        case "last":
            made = f"MAX_BY({value}, (_happened, _recorded, _key)) {_filter(one, f'{value} IS NOT NULL', None)}"
        case "distinct":
            made = f"COUNT(DISTINCT {one.column}) {own}"
        case "recency":
            made = f"days_between(MAX(_happened) {own}, MAX(_as_of))"
        case "tenure":
            made = f"days_between(MIN(_happened) {own}, MAX(_as_of))"
        case "trend":
            made = f"2 * COUNT(*) {_filter(one, matching_rows(one), (one.lookback_days or 0) / 2)} - COUNT(*) {own}"
        case "share":
            made = f"COUNT(*) {own} / NULLIF({among}, 0)"
        case _:
            made = f"(COUNT(*) {own} + {one.prior} * {one.prior_strength}) / ({among} + {one.prior_strength})"
    return made


def _filter(one: Signal, condition: str, days: float | None) -> str:
    if one.aggregate == "last":
        condition = " AND ".join(filter(None, (condition, matching_rows(one))))
    near = f"_happened >= _as_of - INTERVAL '{days * 24:.0f}' HOUR" if days is not None else ""
    whole = " AND ".join(_parts(condition, near))
    return f"FILTER (WHERE {whole})" if whole else ""


def _parts(*conditions: str) -> Iterator[str]:
    yield from (f"({condition})" for condition in conditions if condition)


def _of_nothing(one: Signal) -> str:
    query = f"q{('accounts', *EVENT_TABLES).index(one.table)}"
    nothing = {"count": "0", "sum": "0", "distinct": "0", "trend": "0", "rate": str(one.prior)}.get(one.aggregate)
    value = f"{query}.{one.name}"
    return f"CASE WHEN {query}._unit IS NULL THEN {nothing} ELSE {value} END AS {one.name}" if nothing else value
