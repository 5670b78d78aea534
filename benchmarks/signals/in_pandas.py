"""The same signals in pandas: the known rows of a table once, then a filter and a group-by for each signal."""

from collections.abc import Callable, Mapping
from functools import reduce
from operator import and_
from pathlib import Path

import pandas as pd
from benchmarks.signals.in_duckdb import EVENT_TABLES, SIGNALS
from benchmarks.signals.inputs import AS_OF, MATURITY_DAYS

from advocate_score.schema import TABLES
from advocate_score.signal_spec import Bounds, Condition, Signal
from advocate_score.signals.point_in_time import ANSWERS

NOW, DAY = pd.Timestamp(AS_OF), pd.Timedelta(days=1)


def with_pandas(tables: Path) -> Callable[[], pd.DataFrame]:
    return lambda: _signals(tables)


def _signals(tables: Path) -> pd.DataFrame:
    accounts = pd.read_parquet(tables / "accounts.parquet").set_index("account_id").sort_index()
    accounts["created_at"] = ((NOW - accounts["created_at"]) / DAY).where(accounts["created_at"] < NOW)
    made = {one.name: accounts[one.column or ""] for one in SIGNALS if one.table == "accounts"}
    for table in EVENT_TABLES:
        signals = [signal for signal in SIGNALS if signal.table == table]
        rows = _known(table, tables, signals)
        for one in signals:
            made[one.name] = _made(one, rows).reindex(accounts.index, fill_value=_of_nothing(one))
    return pd.DataFrame({one.name: made[one.name] for one in SIGNALS}).reset_index(drop=True)


def _known(table: str, tables: Path, signals: list[Signal]) -> pd.DataFrame:
    declared = TABLES[table]
    own = [declared.key, "account_id", declared.happened, *filter(None, [declared.recorded])]
    needed = own + [name for one in signals for name in sorted(one.columns_used)]
    later = {"asks": ["responded_at", "completed_at", "recorded_at", "response"], "cases": ["closed_at"]}.get(table, [])
    columns = [name for name in dict.fromkeys(needed + later) if name in declared.column_names]
    rows = pd.read_parquet(tables / f"{table}.parquet", columns=columns)
    rows["_happened"] = rows[declared.happened]
    rows["_recorded"] = rows[declared.recorded].fillna(rows["_happened"]) if declared.recorded else rows["_happened"]
    rows = rows[(rows["_happened"] < NOW) & (rows["_recorded"] < NOW)].rename(columns={declared.key: "_key"})
    return _DERIVED[table](rows) if table in _DERIVED else rows


def _made(one: Signal, rows: pd.DataFrame) -> pd.Series:
    among = _chosen(rows, [*_near(one, rows, 1), *_holding(rows, one.among)])
    own = _chosen(among, _holding(among, one.where))
    groups = own.groupby("account_id")
    match one.aggregate:
        case "count":
            made = groups.size()
        case "sum":
            made = groups[one.column].sum(min_count=1)
        case "mean" | "max" | "min":
            made = getattr(groups[one.column], one.aggregate)()
        case "last":
            made = own.sort_values(["_happened", "_recorded", "_key"]).groupby("account_id")[one.column].last()
        case "distinct":
            made = groups[one.column].nunique()
        case "recency":
            made = (NOW - groups["_happened"].max()) / DAY
        case "tenure":
            made = (NOW - groups["_happened"].min()) / DAY
        case "trend":
            later = _chosen(own, _near(one, own, 0.5)).groupby("account_id").size()
            made = (2 * later).sub(groups.size(), fill_value=0)
        case _:
            every = among.groupby("account_id").size()
            yes, strength = groups.size().reindex(every.index, fill_value=0), one.prior_strength or 0
            made = (yes + (one.prior or 0) * strength) / (every + strength)  # a share has no strength
    return made


def _chosen(rows: pd.DataFrame, conditions: list[pd.Series]) -> pd.DataFrame:
    return rows[reduce(and_, conditions)] if conditions else rows


def _near(one: Signal, rows: pd.DataFrame, part: float) -> list[pd.Series]:
    return [] if one.lookback_days is None else [rows["_happened"] >= NOW - one.lookback_days * part * DAY]


def _holding(rows: pd.DataFrame, conditions: Mapping[str, Condition]) -> list[pd.Series]:
    found = []
    for name, condition in conditions.items():
        column = rows[name]
        if not isinstance(condition, Bounds):
            found.append(column.isin(list(condition)))
            continue
        found += [column.notna() == condition.present] if condition.present is not None else []
        found += [column >= condition.min] if condition.min is not None else []
        found += [column <= condition.max] if condition.max is not None else []
    return found


def _of_nothing(one: Signal) -> float | None:
    if one.aggregate == "rate":
        return one.prior
    return 0.0 if one.aggregate in ("count", "sum", "distinct", "trend") else None


def _asks(rows: pd.DataFrame) -> pd.DataFrame:
    mature = rows["asked_at"] + pd.Timedelta(days=MATURITY_DAYS)
    answered_at = rows[["responded_at", "recorded_at"]].max(axis=1).fillna(mature)
    answered = rows["response"].isin(ANSWERS) & (answered_at < NOW)
    silent, delivered_at = ~answered & (mature < NOW), rows["completed_at"]
    delivered = (delivered_at < NOW) & (rows["recorded_at"].fillna(delivered_at) < NOW)
    return rows.assign(
        response=rows["response"].where(answered).mask(silent, "no_reply"),
        answered=answered.astype("boolean").where(answered | silent),
        response_days=((rows["responded_at"] - rows["asked_at"]) / DAY).where(answered),
        completed=delivered.astype("boolean").where(delivered),
        completion_days=((delivered_at - rows["asked_at"]) / DAY).where(delivered),
        quality=rows["quality"].where(delivered),
    )


def _cases(rows: pd.DataFrame) -> pd.DataFrame:
    closed = rows["closed_at"]
    days = ((closed - rows["opened_at"]) / DAY).where(closed < NOW)
    return rows.assign(open=closed.isna() | (closed >= NOW), resolution_days=days)


_DERIVED = {"asks": _asks, "cases": _cases}
