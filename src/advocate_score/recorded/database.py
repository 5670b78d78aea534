"""Connects to the database of the recorded asks: an SQLite file of its own, or any that `[programme] database` names.

Writers take turns, and each transaction is kept whole or not at all. Messages never quote the database, which may
repeat a cell or the address.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from advocate_score.config import Settings
from advocate_score.config.settings import with_secrets
from advocate_score.errors import AdvocateScoreError, Fault, InputError, LockedError, MissingExtraError
from advocate_score.files import FILE_MODES

FILE = "asks.db"
SETTING = "[programme] database"
_PATIENCE = 30
"""Seconds to wait for a connection or another writer."""
_WRITERS_LOCK = 7_261_534
"""Key of the advisory lock that PostgreSQL's writers take in turn."""


@dataclass(frozen=True)
class Location:
    """`file`: the SQLite file, None for a server. `address`: of the server. `mode`: of a new file."""

    file: Path | None
    address: str = ""
    mode: int = 0o600

    @property
    def label(self) -> str:
        return str(self.file) if self.file else SETTING


def location_of(settings: Settings) -> Location:
    """Where the recorded asks are kept."""
    address, mode = settings.programme.database, FILE_MODES[settings.outputs.mode]
    if address is None:
        return Location(settings.path(settings.programme.recorded) / FILE, mode=mode)
    if urlsplit(address).scheme == "sqlite":
        return Location(settings.folder / unquote(urlsplit(address).path.removeprefix("/")), mode=mode)
    return Location(None, address)


class Connection:
    """An open database. Statements have `?` instead of values."""

    def __init__(self, driver: Any, *, is_server: bool) -> None:
        self._driver, self.is_server = driver, is_server

    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        cursor = self._driver.execute(sql.replace("?", "%s") if self.is_server else sql, tuple(values))
        return list(cursor.fetchall()) if cursor.description else []

    def has_table(self, name: str) -> bool:
        sql = "SELECT 1 WHERE to_regclass(?) IS NOT NULL"
        if not self.is_server:
            sql = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
        return bool(self.execute(sql, [name]))

    def begin(self) -> None:
        """Begins a transaction in which no one else writes."""
        self.execute("BEGIN" if self.is_server else "BEGIN IMMEDIATE")
        if self.is_server:
            self.execute("SELECT pg_advisory_xact_lock(?)", [_WRITERS_LOCK])


@contextmanager
def reading(location: Location) -> Iterator[Connection | None]:
    """The database as it is at one instant; None if nobody has made it yet."""
    if location.file and not location.file.exists():
        yield None
        return
    with _translate_errors(location), _connect(location) as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if connection.is_server else "BEGIN")
        yield connection


@contextmanager
def writing(location: Location) -> Iterator[Connection]:
    """One transaction of the database, which is made if there is none; closing the connection rolls back what was not
    committed."""
    with _translate_errors(location):
        if location.file:
            _make_file(location.file, location.mode)
        with _connect(location) as connection:
            connection.begin()
            yield connection
            connection.execute("COMMIT")


def vacuum(location: Location, tables: Sequence[str]) -> None:
    """Frees the room of what was deleted, so that no file holds it any longer."""
    with _translate_errors(location), _connect(location) as connection:
        for statement in [f"VACUUM FULL {name}" for name in tables] if connection.is_server else ["VACUUM"]:
            connection.execute(statement)


@contextmanager
def _connect(location: Location) -> Iterator[Connection]:
    driver = _open_file(location.file) if location.file else _open_server(location.address)
    with closing(driver):
        yield Connection(driver, is_server=location.file is None)


def _make_file(file: Path, mode: int) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode))
    with suppress(PermissionError):  # another user's file keeps its mode
        file.chmod(mode)


def _open_file(file: Path) -> sqlite3.Connection:
    """Deleted content is overwritten in the file, and no copy of any goes to another one."""
    uri = f"{file.resolve().as_uri()}?mode=rw"
    connection = sqlite3.connect(uri, uri=True, timeout=_PATIENCE, isolation_level=None)
    for pragma in ("secure_delete = ON", "temp_store = MEMORY", "trusted_schema = OFF", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _open_server(address: str) -> Any:
    try:
        import psycopg
        from psycopg.conninfo import conninfo_to_dict
    except ImportError as error:
        raise MissingExtraError(f"{SETTING}: PostgreSQL", "postgres") from error
    full = with_secrets(address, SETTING)
    own = conninfo_to_dict(full).get("options") or ""
    options = f"{own} -c timezone=UTC -c lock_timeout={_PATIENCE}s"
    return psycopg.connect(full, connect_timeout=_PATIENCE, options=options, autocommit=True)


@contextmanager
def _translate_errors(location: Location) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise _of_operation(location, error) from None
    except sqlite3.DatabaseError:
        raise damaged_error(location.label) from None
    except OSError as error:
        raise _write_error(os.strerror(error.errno or 0)) from error
    except Exception as error:
        if type(error).__module__.partition(".")[0] != "psycopg":
            raise
        if type(error).__name__ == "LockNotAvailable":
            raise _locked_error(location) from None
        fix = "see that it is reached, and that this user may make and write tables there"
        raise InputError([Fault(location.label, f"the database refused: {type(error).__name__}.", fix)]) from None


def _of_operation(location: Location, error: sqlite3.OperationalError) -> AdvocateScoreError:
    name = error.sqlite_errorname
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return _locked_error(location)
    if name.startswith(("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_NOMEM")):
        return _write_error("the disk is full or failed")
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return InputError([Fault(location.label, "cannot be opened for writing.", "let this user write there")])
    return damaged_error(location.label)


def _locked_error(location: Location) -> LockedError:
    return LockedError(f"another run is writing to {location.label}. Fix: wait until it has ended")


def _write_error(reason: str) -> AdvocateScoreError:
    return AdvocateScoreError(f"the answers could not be kept: {reason}. What was kept before is unchanged; run again")


def damaged_error(label: str) -> InputError:
    problem = "is damaged, or not a file of this program."
    return InputError([Fault(label, problem, "restore it from a backup, or move it away")])
