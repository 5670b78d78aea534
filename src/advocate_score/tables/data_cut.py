"""Up to when the export knows things."""

from collections.abc import Callable, Iterable
from datetime import datetime

import pandas as pd

from advocate_score.canonical import ASKS, Table
from advocate_score.engine.protocol import Engine
from advocate_score.engine.sql import quote_identifier as name


def find_data_cut(engine: Engine, tables: Iterable[Table], view: Callable[[Table], str]) -> datetime | None:
    """The latest `recorded_at` of all tables of events; where a table hardly records it, its latest event.

    An event that says when it was recorded cannot move the cut by a slip in `occurred_at`.
    """
    cuts = [_cut(engine, table, view(table)) for table in tables if table.happened]
    return max((cut for cut in cuts if cut is not None), default=None)


def _cut(engine: Engine, table: Table, view: str) -> datetime | None:
    happened = str(table.happened)
    if table.name == ASKS.name:
        # An ask is known at once; what is recorded later is its answer, which many asks never get.
        return _latest([_maximum(engine, view, happened), _known(engine, view, "recorded_at", "responded_at")])
    if table.recorded is None:
        return _latest([_maximum(engine, view, happened)])
    return _latest([_known(engine, view, table.recorded, happened)])


def _maximum(engine: Engine, view: str, time: str) -> pd.Timestamp:
    latest: pd.Timestamp = engine.frame(f"SELECT MAX({name(time)}) AS latest FROM {view}")["latest"].iloc[0]
    return latest


def _known(engine: Engine, view: str, recorded: str, happened: str) -> pd.Timestamp:
    """The latest record, or event, depending on whether most events say when they were recorded."""
    recorded, happened = name(recorded), name(happened)
    row = engine.frame(
        f"SELECT COUNT({happened}) AS n, COUNT({recorded}) AS said, MAX({recorded}) AS recorded, "
        f"MAX(COALESCE({recorded}, {happened})) AS known FROM {view}"
    ).iloc[0]
    latest: pd.Timestamp = row["recorded"] if 2 * row["said"] >= row["n"] else row["known"]
    return latest


def _latest(instants: list[pd.Timestamp]) -> datetime | None:
    known = [instant.to_pydatetime() for instant in instants if not pd.isna(instant)]
    return max(known, default=None)
