"""Unites the asks that `record` keeps with the asks of the export, which is never written to.

A row of the export and a
recorded row with the same `ask_id` become one row: account, level, times and answer come from the later of the two, and
gaps in its other columns are filled from the other row, so that a propensity known only to the plan is not lost.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from advocate_score.engine.base import Engine, quote_identifier as name
from advocate_score.schema import ASKS
from advocate_score.tables import deduplication, staging
from advocate_score.tables.quality_report import RowCounts

RECORDED = "recorded_asks"
"""Key of the recorded asks in the counts and digests."""

_SCHEMA = staging.schema_of(ASKS, ())
EXPORTED_ASKS, KEPT_ASKS = "exported_asks", "kept_asks"
"""Views of the asks before they are united; they exist only if there are recorded asks."""

_SURVIVORS = "kept_survivors"
_OF_THE_LATER = (
    *("account_id", "level", "asked_at", "response"),
    *("responded_at", "completed_at", "quality", "recorded_at"),
)


def unite(
    engine: Engine, rows: Sequence[Mapping[str, Any]], survivors: Mapping[str, str], exported: Path, folder: Path
) -> RowCounts:
    """Registers the view `asks`, made of the export's asks and the recorded ones, and returns the latter's counts.

    Recorded asks of merged accounts go to the survivor. Asks of unknown accounts are left out and counted as
    quarantined, but stay recorded. Asks that the export has too count as deduplicated.

    Parameters
    ----------
    engine : gets the views; KNOWN_ACCOUNTS must be registered.
    rows : the recorded asks.
    survivors : merged account → surviving account.
    exported : the settled asks of the export.
    folder : where the recorded and the united asks are written.
    """
    recorded, file = pa.Table.from_pylist([dict(row) for row in rows], _SCHEMA), folder / "recorded_asks.parquet"
    pq.write_table(recorded, file)
    engine.register_parquet(EXPORTED_ASKS, exported)
    engine.register_parquet(KEPT_ASKS, file)
    engine.register_frame(_SURVIVORS, _survivor_accounts(recorded, survivors))
    columns = pq.read_schema(exported).names
    united = folder / "asks_united.parquet"
    engine.write_parquet(_united_sql(columns), united)
    engine.register_parquet(ASKS.name, united)
    known = int(engine.frame(f"SELECT COUNT(*) AS n FROM {_known_asks_sql()}")["n"].iloc[0])
    in_both = f"{EXPORTED_ASKS} a JOIN {_known_asks_sql()} ON a.ask_id = r.ask_id"
    both = int(engine.frame(f"SELECT COUNT(*) AS n FROM {in_both}")["n"].iloc[0])
    return RowCounts(recorded.num_rows, known - both, both, recorded.num_rows - known)


def _survivor_accounts(recorded: pa.Table, survivors: Mapping[str, str]) -> pd.DataFrame:
    """kept_id → account_id, for each account of the recorded asks."""
    accounts = sorted(set(recorded.column("account_id").to_pylist()))
    current_ids = [survivors.get(account, account) for account in accounts]
    return pd.DataFrame({"kept_id": accounts, "account_id": current_ids}, dtype="str")


def _known_asks_sql() -> str:
    """Subquery `r`: the recorded asks of known accounts, under the survivors' ids."""
    columns = ", ".join(f"k.{name(column)}" for column in ASKS.column_names if column != "account_id")
    return (
        f"(SELECT s.account_id, {columns} FROM {KEPT_ASKS} k JOIN {_SURVIVORS} s ON k.account_id = s.kept_id "
        f"JOIN {deduplication.KNOWN_ACCOUNTS} n ON s.account_id = n.account_id) r"
    )


def _united_sql(columns: Iterable[str]) -> str:
    """Query that unites both: `a` is the export's row, `r` the recorded one; either may be missing."""
    recorded_is_later = (
        f"(a.ask_id IS NULL OR (r.ask_id IS NOT NULL AND (a.response IS NULL OR r.response IS NOT NULL) "
        f"AND {_latest('r')} >= {_latest('a')}))"
    )
    cells = ", ".join(_cell(column, recorded_is_later) for column in columns)
    united = f"{EXPORTED_ASKS} a FULL OUTER JOIN {_known_asks_sql()} ON a.ask_id = r.ask_id"
    return f"SELECT {cells} FROM {united} ORDER BY ask_id"


def _latest(row: str) -> str:
    """SQL for the latest time in a row."""
    times = ("asked_at", "responded_at", "recorded_at", "completed_at")
    return f"GREATEST({', '.join(f'{row}.{time}' for time in times)})"


def _cell(column: str, recorded_is_later: str) -> str:
    recorded, exported = f"r.{name(column)}", f"a.{name(column)}"
    if column not in ASKS.column_names:
        return f"{exported} AS {name(column)}"
    if column in _OF_THE_LATER:
        return f"CASE WHEN {recorded_is_later} THEN {recorded} ELSE {exported} END AS {name(column)}"
    first, second = (
        f"CASE WHEN {recorded_is_later} THEN {recorded} ELSE {exported} END",
        f"COALESCE({recorded}, {exported})",
    )
    return f"COALESCE({first}, {second}) AS {name(column)}"
