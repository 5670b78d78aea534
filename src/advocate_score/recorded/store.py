"""The asks that people record, in a database, with a history of who changed what and when."""

import getpass
import hashlib
import io
import json
import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from advocate_score.config import Settings
from advocate_score.errors import Fault, InputError
from advocate_score.files import FILE_MODES, replace_file, sync_folder
from advocate_score.recorded import database
from advocate_score.recorded.database import Connection, Location, damaged_error
from advocate_score.schema import ASKS

Row = dict[str, Any]
_ASKS, _CHANGES, _SCHEMA = "recorded_asks", "recorded_changes", "recorded_schema"
_VERSION = 1
_NAMES = ASKS.column_names
_SQL_TYPES = {"integer": "BIGINT", "number": "DOUBLE PRECISION", "flag": "INTEGER"}
"""Column type → that of the database; text for all others, times among them."""


@dataclass(frozen=True)
class Change:
    """One change of one ask, in the order of `number`.

    changed_at: naive UTC, ISO 8601 · changed_by: the user · what: `recorded`, `changed`, `undone`, `restored` or
    `migrated` · before, after: the ask as JSON, empty where there was none.
    """

    number: int
    changed_at: str
    changed_by: str
    what: str
    ask_id: str
    before: str
    after: str

    @property
    def content(self) -> tuple[str, ...]:
        """What tells it from other changes, in whatever database it is."""
        return (self.changed_at, self.changed_by, self.what, self.ask_id, self.before, self.after)

    @property
    def accounts(self) -> set[str]:
        """The accounts that the ask was made of."""
        return {json.loads(state)["account_id"] for state in (self.before, self.after) if state}


class RecordedAsks:
    """The recorded asks and their history, at one instant."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def rows(self) -> dict[str, Row]:
        """ask_id → the ask, with all columns of the asks table, sorted by ask_id."""
        rows = self._connection.execute(f"SELECT {', '.join(_NAMES)} FROM {_ASKS}")
        return {row["ask_id"]: row for row in map(_decode, sorted(rows))}

    def history(self) -> list[Change]:
        names = ", ".join(Change.__dataclass_fields__)
        return [Change(*row) for row in self._connection.execute(f"SELECT {names} FROM {_CHANGES} ORDER BY number")]


class Store(RecordedAsks):
    """The recorded asks while a transaction is open that may change them. `now`: when it does, naive UTC."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        super().__init__(connection)
        self._now = now

    def keep(self, rows: Iterable[Row], what: str) -> None:
        """Writes asks, new ones and changed ones, and notes the change of each."""
        before = self.rows()
        for row in rows:
            self._write_ask(row)
            self._note(what, row["ask_id"], before.get(row["ask_id"]), row)

    def take_back(self, ask_ids: Iterable[str], what: str) -> None:
        """Removes asks; their history stays."""
        before = self.rows()
        for ask_id in ask_ids:
            self._delete_ask(ask_id)
            self._note(what, ask_id, before[ask_id], None)

    def copy(self, rows: Iterable[Row], changes: Iterable[Change]) -> None:
        """Writes the asks and the history of another store into this one, which is empty."""
        for row in rows:
            self._write_ask(row)
        for change in changes:
            self._insert_change(change.content)

    def add_history(self, changes: Iterable[Change]) -> None:
        """Adds changes that another database noted, each once."""
        known = {change.content for change in self.history()}
        for change in changes:
            if change.content not in known:
                self._insert_change(change.content)

    def erase(self, is_erased: Callable[[str], bool]) -> int:
        """Removes the accounts' asks and their history; returns how many asks there were."""
        asks = {ask_id for ask_id, row in self.rows().items() if is_erased(row["account_id"])}
        changes = [change for change in self.history() if any(map(is_erased, change.accounts))]
        for ask_id in asks:
            self._delete_ask(ask_id)
        for change in changes:
            self._connection.execute(f"DELETE FROM {_CHANGES} WHERE number = ?", [change.number])
        return len(asks | {change.ask_id for change in changes})

    def _write_ask(self, row: Row) -> None:
        self._delete_ask(row["ask_id"])
        marks = ", ".join("?" * len(_NAMES))
        values = [_encode(row.get(name)) for name in _NAMES]
        self._connection.execute(f"INSERT INTO {_ASKS} ({', '.join(_NAMES)}) VALUES ({marks})", values)

    def _delete_ask(self, ask_id: str) -> None:
        self._connection.execute(f"DELETE FROM {_ASKS} WHERE ask_id = ?", [ask_id])

    def _note(self, what: str, ask_id: str, before: Row | None, after: Row | None) -> None:
        now = self._now.isoformat(timespec="microseconds")
        self._insert_change((now, user_name(), what, ask_id, _as_json(before), _as_json(after)))

    def _insert_change(self, content: tuple[str, ...]) -> None:
        names = [name for name in Change.__dataclass_fields__ if name != "number"]
        number = f"(SELECT COALESCE(MAX(number), 0) + 1 FROM {_CHANGES})"
        sql = f"INSERT INTO {_CHANGES} (number, {', '.join(names)}) VALUES ({number}, {', '.join('?' * len(names))})"
        self._connection.execute(sql, content)


def read_recorded(settings: Settings) -> list[Row] | None:
    """Every recorded ask, sorted by ask_id; None if nobody has recorded any yet.

    Raises InputError if the database is damaged or cannot be reached.
    """
    with reading(settings) as store:
        return list(store.rows().values()) if store else None


def read_history(settings: Settings) -> list[Change]:
    """Every change, oldest first."""
    with reading(settings) as store:
        return store.history() if store else []


@contextmanager
def reading(settings: Settings) -> Iterator[RecordedAsks | None]:
    """The store as it is at one instant; None if there is none."""
    _migrate_if_needed(settings)
    with reading_at(database.location_of(settings)) as store:
        yield store


@contextmanager
def reading_at(location: Location) -> Iterator[RecordedAsks | None]:
    """The store at `location` as it is at one instant; None if there is none."""
    with database.reading(location) as connection:
        if connection is None or not connection.has_table(_SCHEMA):
            yield None
            return
        _refuse_newer(connection, location)
        yield RecordedAsks(connection)


@contextmanager
def changing(settings: Settings, now: datetime) -> Iterator[Store]:
    """The store in one transaction, made if there is none. `now`: naive UTC, when the changes are made."""
    _migrate_if_needed(settings)
    with changing_at(database.location_of(settings), now) as store:
        yield store


@contextmanager
def changing_at(location: Location, now: datetime) -> Iterator[Store]:
    """The store at `location` in one transaction."""
    with database.writing(location) as connection:
        _make_tables(connection)
        _refuse_newer(connection, location)
        yield Store(connection, now)


def erase_accounts(settings: Settings, is_erased: Callable[[str], bool], now: datetime) -> int:
    """Removes what is recorded of accounts, their history and the copy of the old file; returns the number of asks."""
    is_held = holds_account(settings, is_erased)
    _erase_from_old_copy(settings, is_erased)
    if not is_held:
        return 0
    with changing(settings, now) as store:
        asks = store.erase(is_erased)
    database.vacuum(database.location_of(settings), (_ASKS, _CHANGES))
    return asks


def holds_account(settings: Settings, is_erased: Callable[[str], bool]) -> bool:
    """Whether an ask or its history is of such an account."""
    with reading(settings) as store:
        if store is None:
            return False
        accounts = {row["account_id"] for row in store.rows().values()}
        return any(map(is_erased, accounts.union(*(change.accounts for change in store.history()))))


def digest_of_rows(rows: Iterable[Row]) -> str:
    """sha256 of the asks, whatever database they are in."""
    lines = [json.dumps([_encode(row.get(name)) for name in _NAMES]) for row in rows]
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def user_name() -> str:
    """The user who runs this."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def as_record(change: Change) -> dict[str, Any]:
    """The change as values of JSON."""
    states = {name: json.loads(state) if (state := getattr(change, name)) else None for name in ("before", "after")}
    return asdict(change) | states


def _migrate_if_needed(settings: Settings) -> None:
    """Takes over the asks that an earlier release kept in a file. A run that was killed after it had kept them finds
    them kept."""
    if not _has_old_file(settings):
        return
    now = datetime.now(UTC).replace(tzinfo=None)
    with changing_at(database.location_of(settings), now) as store:
        known = store.rows()
        store.keep([row for row in _read_old_file(settings) or [] if row["ask_id"] not in known], "migrated")
    _set_old_file_aside(settings)


def _make_tables(connection: Connection) -> None:
    if connection.has_table(_SCHEMA):
        return
    columns = [f"{column.name} {_SQL_TYPES.get(column.type, 'TEXT')}" for column in ASKS.columns]
    columns[0] += " PRIMARY KEY"
    connection.execute(f"CREATE TABLE {_ASKS} ({', '.join(columns)})")
    texts = ", ".join(f"{name} TEXT NOT NULL" for name in Change.__dataclass_fields__ if name != "number")
    connection.execute(f"CREATE TABLE {_CHANGES} (number BIGINT PRIMARY KEY, {texts})")
    connection.execute(f"CREATE TABLE {_SCHEMA} (version INTEGER NOT NULL)")
    connection.execute(f"INSERT INTO {_SCHEMA} VALUES (?)", [_VERSION])


def _refuse_newer(connection: Connection, location: Location) -> None:
    version = max(row[0] for row in connection.execute(f"SELECT version FROM {_SCHEMA}"))
    if version > _VERSION:
        raise InputError([Fault(location.label, "was made by a newer release.", "upgrade advocate-score")])


def _encode(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    if isinstance(value, bool):
        return int(value)
    return None if isinstance(value, float) and math.isnan(value) else value


def _decode(values: tuple[Any, ...]) -> Row:
    return {column.name: _value(value, column.type) for column, value in zip(ASKS.columns, values, strict=True)}


def _value(value: Any, kind: str) -> Any:
    if value is None:
        return None
    match kind:
        case "time":
            return datetime.fromisoformat(value)
        case "flag":
            return bool(value)
        case "number":
            return float(value)
        case _:
            return value


def _as_json(row: Mapping[str, Any] | None) -> str:
    known = {name: _encode(value) for name, value in (row or {}).items() if value is not None}
    return json.dumps(known, sort_keys=True, ensure_ascii=False) if row else ""


_OLD_FILE, _OLD_COPY = "asks.parquet", "asks.migrated.parquet"
"""The file in which earlier releases kept the recorded asks: read once, then kept beside the database as the copy."""


def _has_old_file(settings: Settings) -> bool:
    return (_old_folder(settings) / _OLD_FILE).exists()


def _read_old_file(settings: Settings) -> list[dict[str, Any]] | None:
    """Every ask in the file; None if there is no file. Raises InputError if it is damaged."""
    file = _old_folder(settings) / _OLD_FILE
    if not file.exists():
        return None
    return [dict.fromkeys(ASKS.column_names) | row for row in _read_old_table(file).to_pylist()]


def _set_old_file_aside(settings: Settings) -> None:
    """Gives the file, whose asks are in the database by now, the name of the copy."""
    folder = _old_folder(settings)
    with suppress(FileNotFoundError):  # another run was faster
        os.replace(folder / _OLD_FILE, folder / _OLD_COPY)  # noqa: PTH105
    sync_folder(folder)


def _erase_from_old_copy(settings: Settings, is_erased: Callable[[str], bool]) -> None:
    """Removes accounts from the copy."""
    file = _old_folder(settings) / _OLD_COPY
    if not file.exists():
        return
    table = _read_old_table(file)
    staying = [not is_erased(account) for account in table.column("account_id").to_pylist()]
    if not all(staying):
        buffer = io.BytesIO()
        pq.write_table(table.filter(pa.array(staying)), buffer, compression="zstd")
        replace_file(file, buffer.getvalue(), FILE_MODES[settings.outputs.mode])


def _old_folder(settings: Settings) -> Path:
    return settings.path(settings.programme.recorded)


def _read_old_table(file: Path) -> pa.Table:
    try:
        table = pq.read_table(file)
    except (OSError, pa.ArrowException) as error:
        raise damaged_error(str(file)) from error
    if not {"ask_id", "account_id", "level", "asked_at"} <= set(table.column_names):
        raise damaged_error(str(file))
    return table
