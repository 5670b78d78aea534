"""Keeps the asks that `record` writes and unites them with the asks of the export.

Recorded asks are stored in a typed file of their own, because exports are never written to. A row of the export and a
recorded row with the same `ask_id` become one row: account, level, times and answer come from the later of the two, and
gaps in its other columns are filled from the other row, so that a propensity known only to the plan is not lost.
"""

import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from advocate_score.config import Settings
from advocate_score.engine.base import Engine
from advocate_score.engine.base import quote_identifier as name
from advocate_score.errors import Fault, InputError
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


def recorded_file(settings: Settings) -> Path:
    return settings.path(settings.programme.recorded) / "asks.parquet"


def read_recorded(file: Path) -> list[dict[str, Any]]:
    """Every recorded ask, with all columns of the asks table; an empty list if there is no file."""
    return _table(file).to_pylist() if file.exists() else []


def recorded_bytes(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """The content of the file of recorded asks; the same rows give the same bytes."""
    table = pa.Table.from_pylist(sorted(rows, key=lambda row: str(row["ask_id"])), _SCHEMA)
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def unite(engine: Engine, file: Path, survivors: Mapping[str, str], exported: Path, folder: Path) -> RowCounts:
    """Registers the view `asks`, made of the export's asks and the recorded ones, and returns the latter's counts.

    Recorded asks of merged accounts go to the survivor. Asks of unknown accounts are left out and counted as
    quarantined, but stay in the file. Asks that the export has too count as deduplicated.

    Parameters
    ----------
    engine : gets the views; KNOWN_ACCOUNTS must be registered.
    file : the recorded asks.
    survivors : merged account → surviving account.
    exported : the settled asks of the export.
    folder : where the united file is written.
    """
    recorded = _table(file)
    engine.register_parquet(EXPORTED_ASKS, exported)
    engine.register_parquet(KEPT_ASKS, file)
    engine.register_frame(_SURVIVORS, _survivor_accounts(recorded, survivors))
    columns = pq.read_schema(exported).names
    united = folder / "asks_united.parquet"
    engine.write_parquet(_united_sql(columns), united)
    engine.register_parquet(ASKS.name, united)
    known = int(engine.frame(f"SELECT COUNT(*) AS n FROM {_known()}")["n"].iloc[0])
    both = int(
        engine.frame(f"SELECT COUNT(*) AS n FROM {EXPORTED_ASKS} a JOIN {_known()} ON a.ask_id = r.ask_id")["n"].iloc[0]
    )
    return RowCounts(recorded.num_rows, known - both, both, recorded.num_rows - known)


def _table(file: Path) -> pa.Table:
    try:
        return pq.read_table(file, schema=_SCHEMA)
    except (OSError, pa.ArrowException) as error:
        problem = "is damaged, or no file of this program's."
        raise InputError([Fault(str(file), problem, "restore it from a backup, or move it away")]) from error


def _survivor_accounts(recorded: pa.Table, survivors: Mapping[str, str]) -> pd.DataFrame:
    """kept_id → account_id, for each account of the recorded asks."""
    accounts = sorted(set(recorded.column("account_id").to_pylist()))
    current_ids = [survivors.get(account, account) for account in accounts]
    return pd.DataFrame({"kept_id": accounts, "account_id": current_ids}, dtype="str")


def _known() -> str:
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
    return f"SELECT {cells} FROM {EXPORTED_ASKS} a FULL OUTER JOIN {_known()} ON a.ask_id = r.ask_id ORDER BY ask_id"


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
