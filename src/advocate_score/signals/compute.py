"""Computes signals for a spine of (account, as-of) rows: one row for each, in the spine's order."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from advocate_score.engine.base import Engine
from advocate_score.signal_spec import WORDING, Signal
from advocate_score.signals.point_in_time import SPINE, SPINE_UNITS, PointInTime
from advocate_score.signals.sql import queries, signals_sql

_MEANS_NOTHING_TO_A_MODEL = {"family", "unit", "direction", "actionable", "static", "concept", *WORDING}


def signal_frame(engine: Engine, spine: pd.DataFrame, signals: Sequence[Signal], maturity_days: int) -> pd.DataFrame:
    """The signals of `spine`, one row for each of its rows, in its order and with its index.

    Parameters
    ----------
    engine : has every table that the signals read as a view of its name, with all canonical columns.
    spine : account_id, as_of (naive UTC); rows may be equal.
    signals : the signals to compute.
    maturity_days : the maturity window of an ask, in days.

    Returns
    -------
    frame whose columns are exactly the names of `signals`: float64 with NaN for unknown, or text for a category.
    """
    if not signals or spine.empty:
        return _empty(signals, spine.index)
    cut = _register(engine, spine, maturity_days)
    columns: dict[str, pd.Series] = {}
    for part in queries(signals):
        computed = _compute_part(engine, part, cut)
        columns |= {signal.name: computed[signal.name] for signal in part}
    frame = pd.DataFrame({signal.name: columns.pop(signal.name) for signal in signals}, copy=False)
    return frame.set_axis(spine.index)


def _compute_part(engine: Engine, part: Sequence[Signal], cut: PointInTime) -> pd.DataFrame:
    """The signals of one statement. Running one at a time frees one table's groups before the next one's are made."""
    frame = engine.frame(signals_sql(part, cut, keys=[]))
    return frame.astype({signal.name: "float64" for signal in part if not signal.is_category})


def write_signals(
    engine: Engine, spine: pd.DataFrame, signals: Sequence[Signal], maturity_days: int, path: Path
) -> None:
    """Writes the spine's columns and its signals straight to a Parquet file, for results larger than memory.

    Parameters
    ----------
    engine, spine, signals, maturity_days : as in `signal_frame`.
    path : the Parquet file to write.
    """
    cut = _register(engine, spine, maturity_days)
    engine.write_parquet(signals_sql(signals, cut, keys=list(spine.columns)), path)


def schema_hash(signals: Sequence[Signal]) -> str:
    """sha256 of what a model relies on: the names of signals in order, their types, and how each value is computed."""
    schema = [signal.model_dump(mode="json", exclude=_MEANS_NOTHING_TO_A_MODEL) for signal in signals]
    types = ["category" if signal.is_category else "number" for signal in signals]
    text = json.dumps([schema, types], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _register(engine: Engine, spine: pd.DataFrame, maturity_days: int) -> PointInTime:
    """Registers the spine with the engine. With a single as-of, each account is its own unit and no join is needed."""
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
