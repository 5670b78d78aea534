"""Every table that the shipped signals read, of any size, drawn by hashing the numbers of their rows."""

from datetime import datetime
from pathlib import Path

import pyarrow.parquet as pq
from benchmarks.hashed import KINDS, write_tables

from advocate_score.schema import TABLES, Column, Table

AS_OF = datetime(2026, 1, 1)
MATURITY_DAYS = 45
SHARES = {
    "interactions": 0.75,
    "contacts": 0.05,
    "surveys": 0.04,
    "cases": 0.04,
    "asks": 0.03,
    "outcomes": 0.025,
    "renewals": 0.025,
    "referrals": 0.015,
    "mentions": 0.015,
    "assets": 0.01,
}
"""Of all events: most of what a firm writes down are contacts."""

_PEOPLE_AN_ACCOUNT, _WORDS = 3, 20
_THREE_YEARS = 94_600_000


def made(folder: Path, events: int, accounts: int) -> Path:
    """The folder of the tables of this size, written where they are not there yet."""
    tables = folder / f"{events}x{accounts}"
    if not all((tables / f"{name}.parquet").exists() for name in ("accounts", *SHARES)):
        rows = {"accounts": accounts} | {name: max(1, round(events * share)) for name, share in SHARES.items()}
        write_tables(tables, {name: _rows_sql(TABLES[name], count, accounts) for name, count in rows.items()})
    return tables


def rows_of(tables: Path) -> int:
    return sum(pq.read_metadata(tables / f"{name}.parquet").num_rows for name in SHARES)


def _rows_sql(table: Table, rows: int, accounts: int) -> str:
    """Three years of rows in no order; a tenth of what may be missing is."""
    seed = 1_000 * list(TABLES).index(table.name)
    cells = [f"{_cell(table, column, seed + 10 * n)} AS {column.name}" for n, column in enumerate(table.columns)]
    drawn = f"{_draw(seed + 991, accounts)} AS account, {_draw(seed + 992, _THREE_YEARS)} AS second"
    return f"SELECT {', '.join(cells)} FROM (SELECT i, {drawn} FROM range({rows}) AS numbers(i))"


def _cell(table: Table, column: Column, seed: int) -> str:
    happened = "TIMESTAMP '2023-01-01' + INTERVAL 1 SECOND * second"
    if column.name == "account_id":
        return f"'A' || {'i' if table.name == 'accounts' else 'account'}"
    if column.name == table.key:
        return f"'{table.name[:2]}' || i"
    if column.name == table.happened:
        return happened
    if column.name == "contact_id":
        return f"'P' || (account * {_PEOPLE_AN_ACCOUNT} + {_draw(seed, _PEOPLE_AN_ACCOUNT)})"
    hours = 96 if column.name == table.recorded else 1_500
    value = f"{happened} + INTERVAL 1 HOUR * {_draw(seed, hours)}" if column.type == "time" else _value(column, seed)
    return value if column.required else f"CASE WHEN {_draw(seed + 1, 10)} > 0 THEN {value} END"


def _value(column: Column, seed: int) -> str:
    low = column.minimum or 0
    high = low + 900 if column.maximum is None else column.maximum
    match column.type:
        case "choice":
            return f"({list(column.choices)})[1 + {_draw(seed, len(column.choices))}]"
        case "flag":
            return f"{_draw(seed, 4)} = 0"
        case "integer":
            return f"CAST({int(low)} + {_draw(seed, int(high - low) + 1)} AS BIGINT)"
        case "number":
            return f"{low}e0 + {_draw(seed, int(100 * (high - low)))} / 100e0"
        case _:
            return f"({KINDS})[1 + {_draw(seed, 8)}]" if column.name == "kind" else f"'W' || {_draw(seed, _WORDS)}"


def _draw(salt: int, below: int) -> str:
    return f"CAST(hash(i * 31 + {salt}) % {below} AS INTEGER)"
