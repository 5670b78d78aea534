"""Connections to databases: by the address that the configuration gives, opened to read and for nothing else."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import duckdb

from advocate_score.config.database import with_secrets
from advocate_score.errors import AdvocateScoreError, Fault, InputError, MissingExtraError

_ABOUT_THE_QUERY = ("no such ", "near ", "ambiguous ", "attempt to write")


@contextmanager
def reading(address: str, folder: Path, place: str) -> Iterator[Any]:
    """A cursor of DB-API; InputError where the database cannot be reached, or fails meanwhile.

    A file's address is relative to `folder`. Messages say nothing of the address, and of the database's own words only
    those about the text of a query, since others may hold a cell.
    """
    open_cursor = _CURSORS[urlsplit(address).scheme]
    try:
        with open_cursor(with_secrets(address, place), folder, place) as cursor:
            yield cursor
    except (AdvocateScoreError, MemoryError):
        raise
    except Exception as error:
        if not _is_of_database(error):
            raise
        fix = "run the query in the database's own client"
        # Its words, and the cause with them, may hold a cell or the address.
        raise InputError([Fault(place, f"the database refused: {_words(error)}.", fix)]) from None


def _file(address: str, folder: Path, place: str) -> Path:
    """`sqlite:///tables.db` stands beside the configuration, `sqlite:////data/tables.db` where it says."""
    path = folder / unquote(urlsplit(address).path.removeprefix("/"))
    if not path.is_file():
        raise InputError([Fault(place, f"there is no database file {path.name}.", "mend the address in database")])
    return path


@contextmanager
def _sqlite(address: str, folder: Path, place: str) -> Iterator[Any]:
    file = _file(address, folder, place).resolve().as_uri()
    with closing(sqlite3.connect(f"{file}?mode=ro", uri=True)) as connection, closing(connection.cursor()) as cursor:
        yield cursor


@contextmanager
def _duckdb(address: str, folder: Path, place: str) -> Iterator[Any]:
    """Nothing is downloaded for it."""
    options: dict[str, str | bool | int | float | list[str]] = {"autoinstall_known_extensions": False}
    with duckdb.connect(_file(address, folder, place), read_only=True, config=options) as connection:
        yield connection.cursor()


@contextmanager
def _postgresql(address: str, _: Path, place: str) -> Iterator[Any]:
    """A cursor of the server's, so that not all rows come at once; one state of the database, times in UTC."""
    try:
        import psycopg
    except ImportError as error:
        raise MissingExtraError(f"{place}: PostgreSQL", "postgres") from error
    with psycopg.connect(address, connect_timeout=30, options="-c timezone=UTC") as connection:
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with connection.cursor(name="advocate_score") as cursor:
            yield cursor


_CURSORS: Mapping[str, Callable[[str, Path, str], Any]] = {
    "sqlite": _sqlite,
    "duckdb": _duckdb,
    "postgresql": _postgresql,
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
