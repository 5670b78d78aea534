"""Tables of any size, drawn by hashing the numbers of their rows: the same on every run, and made in seconds."""

from collections.abc import Mapping
from pathlib import Path

import duckdb

KINDS = "['meeting', 'call', 'email', 'qbr', 'event', 'praise', 'webinar', 'executive_meeting']"
_FIRST_DAY, _SECONDS = "TIMESTAMP '2023-01-01'", 94_600_000


def write_tables(folder: Path, statements: Mapping[str, str], ending: str = "parquet") -> None:
    """Each table's rows to `<folder>/<table>.<ending>`, Parquet or CSV."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(config={"temp_directory": str(folder / "spill"), "memory_limit": "2GB"}) as database:
        for table, sql in statements.items():
            database.execute(f"COPY ({sql}) TO '{folder / table}.{ending}'")


def accounts_sql(accounts: int) -> str:
    return f"""
        SELECT 'A' || i AS account_id, 'Client ' || i AS account_name, 'industry ' || {_draw(51, 12)} AS industry,
               'segment ' || {_draw(52, 3)} AS segment, 'region ' || {_draw(53, 6)} AS region,
               'owner ' || {_draw(54, max(1, accounts // 60))} AS owner, 'en' AS language,
               'active' AS status, {_FIRST_DAY} - INTERVAL 1 DAY * {_draw(55, 900)} AS created_at
        FROM range({accounts}) AS numbers(i)"""


def interactions_sql(events: int, accounts: int) -> str:
    """Rows with every column of interactions."""
    happened = f"{_FIRST_DAY} + INTERVAL 1 SECOND * {_draw(2, _SECONDS)}"
    return f"""
        SELECT 'I' || i AS interaction_id, 'A' || {_draw(1, accounts)} AS account_id,
               'C' || {_draw(3, 3 * accounts)} AS contact_id, {happened} AS occurred_at,
               {happened} + INTERVAL 1 HOUR * {_draw(4, 96)} AS recorded_at,
               ({KINDS})[1 + {_draw(5, 8)}] AS kind, {_draw(6, 4)} = 0 AS required, {_draw(7, 6)} = 0 AS executive,
               CASE WHEN {_draw(8, 3)} = 0 THEN 'client' ELSE 'us' END AS initiated_by,
               {_draw(9, 200)} / 100e0 - 1 AS sentiment, CAST({_draw(10, 90)} AS DOUBLE) AS duration_minutes,
               'T' || {_draw(11, 20)} AS topic, 'U' || {_draw(12, 50)} AS counterpart
        FROM range({events}) AS numbers(i)"""


def _draw(salt: int, below: int | str) -> str:
    return f"CAST(hash(i * 31 + {salt}) % {below} AS INTEGER)"
