"""Connections to databases, by the addresses that the configuration gives, to read or to write what was published; a
query's result as text in batches, whose row 1 is the first of the result."""

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
"""Seconds."""
_NO_DOWNLOADS: dict[str, str | bool | int | float | list[str]] = {"autoinstall_known_extensions": False}


@contextmanager
def reading(address: str, folder: Path, label: str) -> Iterator[Any]:
    """A cursor of DB-API; InputError where the database cannot be reached, or fails meanwhile.

    A file's address is relative to `folder`. Messages say nothing of the address, and of the database's own words only
    those about the text of a query, since others may hold a cell.
    """
    open_cursor = _CURSORS[urlsplit(address).scheme]
    fix = "run the query in the database's own client"
    with _translate_database_errors(label, fix), open_cursor(with_secrets(address, label), folder, label) as cursor:
        yield cursor


@contextmanager
def writing(address: str, folder: Path, label: str) -> Iterator[Any]:
    """A connection on which each statement counts by itself, unless it stands between BEGIN and COMMIT; what was not
    committed is undone when it closes. A file that is not there is made, for its user alone.

    InputError as from `reading`.
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
        # Its words, and the cause with them, may hold a cell or the address.
        raise InputError([Fault(label, f"the database refused: {_words(error)}.", fix)]) from None


def _file(address: str, folder: Path, label: str) -> Path:
    """`sqlite:///tables.db` stands beside the configuration, `sqlite:////data/tables.db` where it says."""
    path = _path(address, folder)
    if not path.is_file():
        raise InputError([Fault(label, f"there is no database file {path.name}.", "mend the address in database")])
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
    """A cursor of the server's, so that not all rows come at once; one state of the database, times in UTC."""
    with _connect_postgresql(address, label) as connection:
        from psycopg import IsolationLevel

        connection.read_only = True
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        with connection.cursor(name="advocate_score") as cursor:
            yield cursor


def _connect_postgresql(address: str, label: str) -> Any:
    """Nobody is waited for long: neither the server, nor another who holds a table. What the address itself sets, such
    as a search path, holds as well."""
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
    """What is deleted is overwritten in the file."""
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
    """What it says of the query where that is what is wrong, otherwise the kind of fault alone."""
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
"""Of objects, which take more room than cells of a file do."""


def read_query(source: Source) -> RawTable:
    """The columns are asked for apart, so that their names can be judged before any row is read."""
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
    """The rows of one query, of which a digest is taken while they are read."""

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
    """As a file would have it: nothing is rounded, and an unknown value is none."""
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
