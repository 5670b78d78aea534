"""The same signals in Polars, lazily, all of a table in one group-by."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import reduce
from operator import and_
from pathlib import Path

import polars as pl
from benchmarks.signals.in_duckdb import EVENT_TABLES, SIGNALS
from benchmarks.signals.inputs import AS_OF, MATURITY_DAYS

from advocate_score.schema import TABLES
from advocate_score.signal_spec import Bounds, Condition, Signal
from advocate_score.signals.point_in_time import ANSWERS

NOW, MATURITY = pl.lit(AS_OF), timedelta(days=MATURITY_DAYS)


def with_polars(tables: Path) -> Callable[[], pl.DataFrame]:
    return lambda: _signals(tables).collect(engine="streaming")


def _signals(tables: Path) -> pl.LazyFrame:
    accounts = pl.scan_parquet(tables / "accounts.parquet").with_columns(
        account_age=pl.when(pl.col("created_at") < NOW).then(_days("created_at", NOW))
    )
    attributes = (one.name if one.column == "created_at" else one.column or "" for one in _of("accounts"))
    found = accounts.select("account_id", *attributes).sort("account_id")
    for table in EVENT_TABLES:
        made = _known(table, tables).group_by("account_id").agg(_made(one).alias(one.name) for one in _of(table))
        found = found.join(made, on="account_id", how="left", maintain_order="left")
    return found.with_columns(_of_nothing()).select(signal.name for signal in SIGNALS)


def _of(table: str) -> list[Signal]:
    return [signal for signal in SIGNALS if signal.table == table]


def _known(table: str, tables: Path) -> pl.LazyFrame:
    declared = TABLES[table]
    happened = pl.col(declared.happened or "")
    recorded = pl.coalesce(declared.recorded, happened) if declared.recorded else happened
    rows = pl.scan_parquet(tables / f"{table}.parquet").with_columns(_happened=happened, _recorded=recorded)
    rows = rows.filter(pl.col("_happened") < NOW, pl.col("_recorded") < NOW).with_columns(_key=pl.col(declared.key))
    return rows.with_columns(**_DERIVED.get(table, {}))


def _made(signal: Signal) -> pl.Expr:
    among = [*_near(signal, 1), *_holding(signal.among)]
    own = [*among, *_holding(signal.where)]
    column = pl.col(signal.column or "account_id")
    count = _count(own)
    match signal.aggregate:
        case "count":
            made = count
        case "sum":
            made = pl.when(count > 0).then(_total(column, own))
        case "mean" | "max" | "min":
            made = getattr(_filtered(column, own), signal.aggregate)()
        case "last":
            known = [*own, column.is_not_null()]
            order = (_filtered(pl.col(name), known) for name in ("_happened", "_recorded", "_key"))
            made = _filtered(column, known).sort_by(*order).last()
        case "distinct":
            made = _filtered(column, [*own, column.is_not_null()]).n_unique()
        case "recency":
            made = (NOW - _filtered(pl.col("_happened"), own).max()) / timedelta(days=1)
        case "tenure":
            made = (NOW - _filtered(pl.col("_happened"), own).min()) / timedelta(days=1)
        case "trend":
            made = 2 * _count([*_near(signal, 0.5), *_holding(signal.where)]) - count
        case "share":
            made = pl.when(_count(among) > 0).then(count / _count(among))
        case _:
            strength = signal.prior_strength or 0
            made = (count + (signal.prior or 0) * strength) / (_count(among) + strength)
    return made


def _count(conditions: list[pl.Expr]) -> pl.Expr:
    return (reduce(and_, conditions).sum() if conditions else pl.len()).cast(pl.Float64)


def _total(column: pl.Expr, conditions: list[pl.Expr]) -> pl.Expr:
    """Not a number where rows are there and none has a value: null is for no rows."""
    chosen = _filtered(column, conditions)
    return pl.when(chosen.count() > 0).then(chosen.sum()).otherwise(float("nan"))


def _filtered(column: pl.Expr, conditions: list[pl.Expr]) -> pl.Expr:
    return column.filter(reduce(and_, conditions)) if conditions else column


def _near(signal: Signal, part: float) -> Iterator[pl.Expr]:
    if signal.lookback_days is not None:
        yield pl.col("_happened") >= NOW - timedelta(days=signal.lookback_days * part)


def _holding(conditions: Mapping[str, Condition]) -> Iterator[pl.Expr]:
    for name, condition in conditions.items():
        column = pl.col(name)
        if not isinstance(condition, Bounds):
            yield column.is_in(list(condition))
            continue
        if condition.present is not None:
            yield column.is_not_null() if condition.present else column.is_null()
        if condition.min is not None:
            yield column >= condition.min
        if condition.max is not None:
            yield column <= condition.max


def _of_nothing() -> Iterator[pl.Expr]:
    for one in SIGNALS:
        if one.aggregate in ("count", "sum", "distinct", "trend", "rate"):
            yield pl.col(one.name).fill_null(one.prior or 0.0)


def _days(start: str, finish: pl.Expr) -> pl.Expr:
    return (finish - pl.col(start)) / timedelta(days=1)


_ANSWERED_AT = pl.coalesce(pl.max_horizontal("responded_at", "recorded_at"), pl.col("asked_at") + MATURITY)
_IS_ANSWERED = (pl.col("response").is_in(ANSWERS) & (_ANSWERED_AT < NOW)).fill_null(value=False)
_IS_SILENT = pl.col("asked_at") + MATURITY < NOW
_IS_DELIVERED = (pl.col("completed_at") < NOW) & (pl.coalesce("recorded_at", "completed_at") < NOW)
_DERIVED: dict[str, dict[str, pl.Expr]] = {
    "asks": {
        "response": pl.when(_IS_ANSWERED).then(pl.col("response")).when(_IS_SILENT).then(pl.lit("no_reply")),
        "answered": pl.when(_IS_ANSWERED).then(pl.lit(True)).when(_IS_SILENT).then(pl.lit(False)),
        "response_days": pl.when(_IS_ANSWERED).then(_days("asked_at", pl.col("responded_at"))),
        "completed": pl.when(_IS_DELIVERED).then(pl.lit(True)),
        "completion_days": pl.when(_IS_DELIVERED).then(_days("asked_at", pl.col("completed_at"))),
        "quality": pl.when(_IS_DELIVERED).then(pl.col("quality")),
    },
    "cases": {
        "open": pl.col("closed_at").is_null() | (pl.col("closed_at") >= NOW),
        "resolution_days": pl.when(pl.col("closed_at") < NOW).then(_days("opened_at", pl.col("closed_at"))),
    },
}
