"""What databases of each kind call the types of columns, and how they take many rows at once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa

from advocate_score.engine.sql import quote_identifier

_VIEW = "delivered"
_FILES = {pa.string(): "TEXT", pa.int64(): "BIGINT", pa.float64(): "DOUBLE", pa.bool_(): "BOOLEAN"}
_DATES = {pa.date32(): "DATE", pa.timestamp("us"): "TIMESTAMP"}
_IN_SCHEMA = (
    "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = "
)


@dataclass(frozen=True)
class Dialect:
    """types: of a column → as SQL has it · mark: where a value is bound · columns: SQL that lists those of a table ·
    begin: SQL that starts a transaction which writes · indexed: whether an index finds rows faster than the columns
    themselves · load: puts rows into a table: connection, table, rows."""

    types: Mapping[pa.DataType, str]
    mark: str
    columns: str
    begin: str
    indexed: bool
    load: Callable[[Any, str, pa.Table], None]


def dialect_of(address: str) -> Dialect:
    return _DIALECTS[urlsplit(address).scheme]


def _load_sqlite(connection: Any, table: str, rows: pa.Table) -> None:
    marks = ", ".join("?" * rows.num_columns)
    connection.executemany(f"INSERT INTO {table} ({_names(rows)}) VALUES ({marks})", map(_as_stored, _tuples(rows)))


def _as_stored(row: Sequence[Any]) -> list[Any]:
    """SQLite has no dates and no instants: they are text that its functions understand."""
    return [_iso(cell) if isinstance(cell, date) else cell for cell in row]


def _iso(day: date) -> str:
    return day.isoformat(sep=" ") if isinstance(day, datetime) else day.isoformat()


def _load_duckdb(connection: Any, table: str, rows: pa.Table) -> None:
    connection.register(_VIEW, rows)
    connection.execute(f"INSERT INTO {table} ({_names(rows)}) SELECT {_names(rows)} FROM {_VIEW}")
    connection.unregister(_VIEW)


def _load_postgresql(connection: Any, table: str, rows: pa.Table) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({_names(rows)}) FROM STDIN") as copy:
        for row in _tuples(rows):
            copy.write_row(row)


def _names(rows: pa.Table) -> str:
    return ", ".join(map(quote_identifier, rows.column_names))


def _tuples(rows: pa.Table) -> Iterator[tuple[Any, ...]]:
    for batch in rows.to_batches(max_chunksize=20_000):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


_DIALECTS: Mapping[str, Dialect] = {
    "sqlite": Dialect(
        types=_FILES | _DATES,
        mark="?",
        columns="SELECT name FROM pragma_table_info(?)",
        begin="BEGIN IMMEDIATE",
        indexed=True,
        load=_load_sqlite,
    ),
    "duckdb": Dialect(
        types=_FILES | _DATES,
        mark="?",
        columns=f"{_IN_SCHEMA} ?",
        begin="BEGIN",
        indexed=False,
        load=_load_duckdb,
    ),
    "postgresql": Dialect(
        types=_FILES | _DATES | {pa.float64(): "DOUBLE PRECISION", pa.timestamp("us"): "TIMESTAMPTZ"},
        mark="%s",
        columns=f"{_IN_SCHEMA} %s",
        begin="BEGIN",
        indexed=True,
        load=_load_postgresql,
    ),
}
