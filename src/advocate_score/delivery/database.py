"""Mirror the lists of the publications in use to a database: one table per list, keyed by the date in column `night`,
and one table of the publications."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa

from advocate_score.config import Settings
from advocate_score.delivery.sync import SyncResult, plan_sync
from advocate_score.engine.base import quote_identifier
from advocate_score.errors import Fault, InputError
from advocate_score.files import digest_of_file
from advocate_score.publication.history import LISTS_READ_BACK, Publication, read_back
from advocate_score.publication.store import MANIFEST, read_manifest
from advocate_score.sources.database import writing

_VIEW = "delivered"
_FILES = {pa.string(): "TEXT", pa.int64(): "BIGINT", pa.float64(): "DOUBLE", pa.bool_(): "BOOLEAN"}
_DATES = {pa.date32(): "DATE", pa.timestamp("us"): "TIMESTAMP"}
_IN_SCHEMA = (
    "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = "
)


@dataclass(frozen=True)
class Dialect:
    """types: type of a column → its SQL type · mark: placeholder of a bound value · columns: SQL that lists the columns
    of a table · begin: SQL that starts a write transaction · indexed: whether an index finds rows faster than the
    columns themselves · load: inserts rows into a table: connection, table, rows."""

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
    """The row with dates and instants as text, because SQLite has no types for them."""
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


NIGHT_COLUMN, NIGHTS_TABLE = "night", "nights"
_ACCOUNT = "account_id"


class PublicationTables:
    """Write publications through an open connection of `sources.database.writing`, each date in a transaction of its
    own.

    Missing tables are created when a publication first needs them; missing columns are added.
    """

    def __init__(self, connection: Any, dialect: Dialect, prefix: str, setting: str) -> None:
        self._connection = connection
        self._dialect = dialect
        self._prefix = prefix
        self._setting = setting

    def digests(self) -> dict[str, str]:
        """Date of each publication in the tables → the digest of its manifest."""
        if not self._columns(NIGHTS_TABLE):
            return {}
        rows = self._execute(f"SELECT night, manifest FROM {self._table(NIGHTS_TABLE)}").fetchall()
        return {str(day): str(digest) for day, digest in rows}

    def replace(self, day: str, rows: Mapping[str, pa.Table]) -> None:
        """Replace the rows of the day by `rows`: list → table, and under `NIGHTS_TABLE` the one row of the
        publication."""
        with self._transaction():
            self._clear(day)
            for name, table_rows in rows.items():
                dated = table_rows.add_column(
                    0, NIGHT_COLUMN, pa.array([date.fromisoformat(day)] * len(table_rows), pa.date32())
                )
                self._ensure_columns(name, dated.schema)
                self._dialect.load(self._connection, self._table(name), dated)

    def remove(self, day: str) -> None:
        with self._transaction():
            self._clear(day)

    def forget(self, account_ids: Collection[str]) -> int:
        """Delete the accounts from every publication; return the number of rows deleted."""
        ids = sorted(account_ids)
        removed = 0
        with self._transaction():
            for name in LISTS_READ_BACK:
                if _ACCOUNT in self._columns(name):
                    marks = ", ".join([self._dialect.mark] * len(ids))
                    condition = f"FROM {self._table(name)} WHERE {quote_identifier(_ACCOUNT)} IN ({marks})"
                    removed += self._execute(f"SELECT COUNT(*) {condition}", *ids).fetchone()[0]
                    self._execute(f"DELETE {condition}", *ids)
        return removed

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Run the body in a transaction. After an error nothing is committed, and closing the connection undoes it."""
        self._execute(self._dialect.begin)
        yield
        self._execute("COMMIT")

    def _clear(self, day: str) -> None:
        for name in (*LISTS_READ_BACK, NIGHTS_TABLE):
            if self._columns(name):
                condition = f"{quote_identifier(NIGHT_COLUMN)} = {self._dialect.mark}"
                self._execute(f"DELETE FROM {self._table(name)} WHERE {condition}", day)

    def _ensure_columns(self, name: str, schema: pa.Schema) -> None:
        existing, table = self._columns(name), self._table(name)
        columns = {field.name: f"{quote_identifier(field.name)} {self._dialect.types[field.type]}" for field in schema}
        if not existing:
            key = f", PRIMARY KEY ({quote_identifier(NIGHT_COLUMN)})" if name == NIGHTS_TABLE else ""
            self._execute(f"CREATE TABLE {table} ({', '.join(columns.values())}{key})")
            if self._dialect.indexed and not key:
                index = quote_identifier(f"{self._prefix}{name}_{NIGHT_COLUMN}")
                self._execute(f"CREATE INDEX {index} ON {table} ({quote_identifier(NIGHT_COLUMN)})")
        else:
            for column in (words for field_name, words in columns.items() if field_name not in existing):
                self._execute(f"ALTER TABLE {table} ADD COLUMN {column}")

    def _columns(self, name: str) -> set[str]:
        """Names of the table's columns; empty if it does not exist, InputError if another program made it."""
        table = f"{self._prefix}{name}"
        columns = {str(column) for (column,) in self._execute(self._dialect.columns, table).fetchall()}
        if columns and NIGHT_COLUMN not in columns:
            fix = "give these tables another [delivery] prefix"
            raise InputError(
                [Fault(self._setting, f"table {table} exists and was not created by advocate-score.", fix)]
            )
        return columns

    def _table(self, name: str) -> str:
        return quote_identifier(f"{self._prefix}{name}")

    def _execute(self, sql: str, *values: object) -> Any:
        return self._connection.execute(sql, values) if values else self._connection.execute(sql)


SETTING = "[delivery] database"


def mirror(settings: Settings, address: str, target: Path, erased: Collection[str] = ()) -> SyncResult:
    """Make the tables at `address` agree with the publications in `target`, whose lock the run holds.

    Parameters
    ----------
    settings : folder of the project and prefix of the tables. address : of the database.
    target : the publications folder. erased : accounts of which no row may remain, whatever the files contain.

    Raises
    ------
    InputError
        if the database cannot be reached, or reports an error.
    """
    with writing(address, settings.folder, SETTING) as connection:
        tables = PublicationTables(connection, dialect_of(address), settings.delivery.prefix, SETTING)
        forgotten = tables.forget(erased) if erased else 0
        plan = plan_sync(target, tables.digests())
        for day in plan.obsolete:
            tables.remove(day)
        for day in plan.due:
            tables.replace(day, _rows(target / day))
    return SyncResult(plan.due, plan.obsolete, plan.left, forgotten)


def _rows(folder: Path) -> dict[str, pa.Table]:
    """The lists of a publication, and its row in the table of publications."""
    publication = Publication(folder, read_manifest(folder))
    identity = {"run_id": publication.manifest["run_id"], "manifest": digest_of_file(folder / MANIFEST)}
    identity |= dict(zip(("model_name", "model_version"), publication.served, strict=True))
    as_of = pa.array([publication.as_of], pa.timestamp("us"))
    row = pa.table({"as_of": as_of, **{name: [text] for name, text in identity.items()}})
    return {**read_back(publication), NIGHTS_TABLE: row}
