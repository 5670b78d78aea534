"""Signals for a spine: one row each, in the spine's order."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from advocate_score.engine.base import Engine
from advocate_score.signal_spec import Signal
from advocate_score.signals.point_in_time import SPINE, SPINE_UNITS, PointInTime
from advocate_score.signals.sql import queries, signals_sql

_MEANS_NOTHING_TO_A_MODEL = {"family", "unit", "direction", "actionable", "static", "concept", "en", "es"}


def signal_frame(engine: Engine, spine: pd.DataFrame, signals: Sequence[Signal], maturity_days: int) -> pd.DataFrame:
    """The signals of `spine` (account_id, as_of; naive UTC), with its rows, its order and its index.

    Columns are exactly the names of `signals`: float64, NaN where unknown, or text for a category. `engine` has every
    table that they read as a view of its name, with all canonical columns. Two rows of the spine may be equal.
    """
    if not signals or spine.empty:
        return _empty(signals, spine.index)
    cut = _register(engine, spine, maturity_days)
    columns: dict[str, pd.Series] = {}
    for part in queries(signals):
        computed = _computed(engine, part, cut)
        columns |= {signal.name: computed[signal.name] for signal in part}
    frame = pd.DataFrame({signal.name: columns.pop(signal.name) for signal in signals}, copy=False)
    return frame.set_axis(spine.index)


def _computed(engine: Engine, part: Sequence[Signal], cut: PointInTime) -> pd.DataFrame:
    """One statement at a time: the groups of one table are gone when those of the next are made."""
    frame = engine.frame(signals_sql(part, cut, keys=[]))
    return frame.astype({signal.name: "float64" for signal in part if not signal.is_category})


def write_signals(
    engine: Engine, spine: pd.DataFrame, signals: Sequence[Signal], maturity_days: int, path: Path
) -> None:
    """As `signal_frame`, after the spine's own columns, straight to a Parquet file: for spines larger than memory."""
    cut = _register(engine, spine, maturity_days)
    engine.write_parquet(signals_sql(signals, cut, keys=list(spine.columns)), path)


def schema_hash(signals: Sequence[Signal]) -> str:
    """sha256 of what a model relies on: names in their order, types, and how each value is computed."""
    schema = [signal.model_dump(mode="json", exclude=_MEANS_NOTHING_TO_A_MODEL) for signal in signals]
    types = ["category" if signal.is_category else "number" for signal in signals]
    text = json.dumps([schema, types], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _register(engine: Engine, spine: pd.DataFrame, maturity_days: int) -> PointInTime:
    """Makes the spine known to the engine. With a single as-of an account is its own unit and no event is joined."""
    pairs = spine[["account_id", "as_of"]].astype({"as_of": "datetime64[us]"})
    instants = pairs["as_of"].unique()
    single = len(instants) == 1
    unit = pairs["account_id"] if single else pairs.groupby(["account_id", "as_of"], sort=False).ngroup()
    engine.register_frame(SPINE, spine.assign(as_of=pairs["as_of"], _unit=unit, _position=range(len(spine))))
    engine.register_frame(SPINE_UNITS, pairs.assign(_unit=unit).drop_duplicates("_unit"))
    earliest, latest = pairs["as_of"].min().to_pydatetime(), pairs["as_of"].max().to_pydatetime()
    return PointInTime(earliest, maturity_days) if single else PointInTime(None, maturity_days, earliest, latest)


def _empty(signals: Sequence[Signal], index: pd.Index) -> pd.DataFrame:
    columns = {signal.name: pd.Series(dtype="str" if signal.is_category else "float64") for signal in signals}
    return pd.DataFrame(columns).set_axis(index) if columns else pd.DataFrame(index=index)
