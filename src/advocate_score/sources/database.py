"""Connects to the databases that the configuration names, to read tables or to write publications, and reads the result
of a query as text, in batches. Row 1 is the first row of the result."""

import hashlib
import json
import math
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import duckdb
import numpy as np
import pyarrow as pa

from advocate_score.config.settings import with_secrets
from advocate_score.errors import AdvocateScoreError, Fault, InputError, MissingExtraError
from advocate_score.sources.base import RawChunk, RawTable, rows_at_once
from advocate_score.sources.discover import Source

_ABOUT_THE_QUERY = ("no such ", "near ", "ambiguous ", "attempt to write")
_PATIENCE = 30
"""Seconds to wait for a connection or a lock."""
_NO_DOWNLOADS: dict[str, str | bool | int | float | list[str]] = {"autoinstall_known_extensions": False}


@contextmanager
def reading(address: str, folder: Path, label: str) -> Iterator[Any]:
    """A DB-API cursor for reading. Raises InputError if the database cannot be reached or fails.

    The address of a database file is relative to `folder`. Messages do not contain the address. They quote the database
    only if it complains about the text of the query, since its other messages may contain a cell.
    """
    open_cursor = _CURSORS[urlsplit(address).scheme]
    fix = "run the query in the database's own client"
    with _translate_database_errors(label, fix), open_cursor(with_secrets(address, label), folder, label) as cursor:
        yield cursor


@contextmanager
def writing(address: str, folder: Path, label: str) -> Iterator[Any]:
    """A connection for writing. Each statement is committed on its own, unless it is between BEGIN and COMMIT; what was
    not committed is rolled back on closing. A missing database file is created, accessible to its user only.

    Raises InputError as `reading` does.
    """
    open_connection = _CONNECTIONS[urlsplit(address).scheme]
    fix = "see that it is reached, and that this user may make and write tables there"
    with (
        _translate_database_errors(label, fix),
        open_connection(with_secrets(address, label), folder, label) as connection,
    ):
        yield connection


@contextmanager
def _translate_database_errors(label: str, fix: str) -> Iterator[None]:
    try:
        yield
    except (AdvocateScoreError, MemoryError):
        raise
    except Exception as error:
        if not _is_of_database(error):
            raise
        # The message of the database, and so the cause, may contain a cell or the address.
        raise InputError([Fault(label, f"the database refused: {_words(error)}.", fix)]) from None


def _file(address: str, folder: Path, label: str) -> Path:
    """The database file: `sqlite:///tables.db` is relative to `folder`, `sqlite:////data/tables.db` is absolute."""
    path = _path(address, folder)
    if not path.is_file():
        raise InputError([Fault(label, f"there is no database file {path.name}.", "correct the address in database")])
    return path


def _path(address: str, folder: Path) -> Path:
    return folder / unquote(urlsplit(address).path.removeprefix("/"))


@contextmanager
def _sqlite(address: str, folder: Path, label: str) -> Iterator[Any]:
    file = _file(address, folder, label).resolve().as_uri()
    with closing(sqlite3.connect(f"{file}?mode=ro", uri=True)) as connection, closing(connection.cursor()) as cursor:
        yield cursor


@contextmanager
def _duckdb(address: str, folder: Path, label: str) -> Iterator[Any]:
    with duckdb.connect(_file(address, folder, label), read_only=True, config=_NO_DOWNLOADS) as connection:
        yield connection.cursor()


@contextmanager
def _postgresql(address: str, _: Path, label: str) -> Iterator[Any]:
    """A server-side cursor, which does not send all rows at once, on one snapshot of the database; times are UTC."""
    with _connect_postgresql(address, label) as connection:
        from psycopg import IsolationLevel

        connection.read_only = True
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        with connection.cursor(name="advocate_score") as cursor:
            yield cursor


def _connect_postgresql(address: str, label: str) -> Any:
    """Connects with a timeout for the server and for locked tables. Options in the address, such as a search path, are
    kept."""
    try:
        import psycopg
        from psycopg.conninfo import conninfo_to_dict
    except ImportError as error:
        raise MissingExtraError(f"{label}: PostgreSQL", "postgres") from error
    own = conninfo_to_dict(address).get("options") or ""
    options = f"{own} -c timezone=UTC -c lock_timeout={_PATIENCE}s"
    return psycopg.connect(address, connect_timeout=_PATIENCE, options=options)


@contextmanager
def _writing_sqlite(address: str, folder: Path, _: str) -> Iterator[Any]:
    """Connects to SQLite for writing. Deleted content is overwritten in the file."""
    with (
        _private_file(_path(address, folder)) as path,
        closing(sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)) as connection,
    ):
        connection.execute("PRAGMA secure_delete = ON")
        yield connection


@contextmanager
def _writing_duckdb(address: str, folder: Path, _: str) -> Iterator[Any]:
    with _private_file(_path(address, folder)) as path, duckdb.connect(path, config=_NO_DOWNLOADS) as connection:
        yield connection


@contextmanager
def _private_file(path: Path) -> Iterator[Path]:
    is_new = not path.exists()
    try:
        yield path
    finally:
        if is_new and path.exists():
            path.chmod(0o600)


@contextmanager
def _writing_postgresql(address: str, _: Path, label: str) -> Iterator[Any]:
    with _connect_postgresql(address, label) as connection:
        connection.autocommit = True
        yield connection


_CURSORS: Mapping[str, Callable[[str, Path, str], Any]] = {
    "sqlite": _sqlite,
    "duckdb": _duckdb,
    "postgresql": _postgresql,
}
_CONNECTIONS: Mapping[str, Callable[[str, Path, str], Any]] = {
    "sqlite": _writing_sqlite,
    "duckdb": _writing_duckdb,
    "postgresql": _writing_postgresql,
}


def _is_of_database(error: Exception) -> bool:
    return isinstance(error, sqlite3.Error | duckdb.Error) or type(error).__module__.startswith("psycopg")


def _words(error: Exception) -> str:
    """The error's message if it is about the query, otherwise only the kind of error."""
    text = str(error).splitlines()[0] if str(error) else ""
    state = getattr(error, "sqlstate", None)
    if isinstance(error, sqlite3.Error):
        is_of_query = text.startswith(_ABOUT_THE_QUERY)
    elif isinstance(error, duckdb.Error):
        is_of_query = isinstance(error, duckdb.CatalogException | duckdb.BinderException | duckdb.ParserException)
    else:
        is_of_query = str(state).startswith("42")
    return text.rstrip(".") if is_of_query else f"{type(error).__name__}{f' {state}' if state else ''}"


_MOST_ROWS_AT_ONCE = 20_000
"""Limit of rows fetched at once, since Python objects take more memory than the cells of a file."""


def read_query(source: Source) -> RawTable:
    """A query as a raw table. The column names are queried separately, so that they can be checked before any row is
    read."""
    query = source.query.strip().rstrip(";")
    with _cursor(source) as cursor:
        cursor.execute(f"SELECT * FROM (\n{query}\n) AS asked LIMIT 0")
        header = _names(cursor)
    rows = _Rows(source, query, header)
    return RawTable(header, rows.chunks, digest=rows.digest)


def _cursor(source: Source) -> Any:
    return reading(source.database, source.path, source.label)


def _names(cursor: Any) -> tuple[str, ...]:
    return tuple(str(column[0]) for column in cursor.description)


class _Rows:
    """The rows of one query, with a digest that is computed while they are read."""

    def __init__(self, source: Source, query: str, header: tuple[str, ...]) -> None:
        self._source = source
        self._query = query
        self._header = header
        self._digest = hashlib.sha256(_line(header))

    def chunks(self) -> Iterator[RawChunk]:
        first = 1
        with _cursor(self._source) as cursor:
            cursor.execute(self._query)
            while batch := cursor.fetchmany(min(_MOST_ROWS_AT_ONCE, rows_at_once(len(self._header)))):
                if _names(cursor) != self._header:
                    fault = Fault(self._source.label, "its columns changed while it was read.", "run again")
                    raise InputError([fault])
                yield self._chunk(first, batch)
                first += len(batch)

    def digest(self) -> str:
        return self._digest.hexdigest()

    def _chunk(self, first: int, batch: list[tuple[Any, ...]]) -> RawChunk:
        decimal = self._source.dialect.decimal
        rows = [[_text(value, decimal) for value in row] for row in batch]
        self._digest.update(b"".join(map(_line, rows)))
        columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
        cells = pa.Table.from_arrays(columns, names=list(self._header))
        return RawChunk(np.arange(first, first + len(batch)), cells)


def _line(cells: Any) -> bytes:
    return json.dumps(list(cells)).encode() + b"\n"


def _text(value: object, decimal: str) -> str | None:
    """A value as a file would contain it, without rounding; None if it is unknown."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float | Decimal):
        return _number(value, decimal)
    return _other(value)


def _number(value: float | Decimal, decimal: str) -> str | None:
    if math.isnan(value):
        return None
    return (f"{value:f}" if isinstance(value, Decimal) else repr(value)).replace(".", decimal)


def _other(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case datetime() | date() | time():
            return value.isoformat()
        case bytes() | bytearray() | memoryview():
            return bytes(value).hex()
        case list() | tuple() | dict():
            return json.dumps(value, default=str, ensure_ascii=False)
    return str(value)
