"""The tables of a database in which the nights stand: one a list, with the night in front, and one of the nights."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

import pyarrow as pa

from advocate_score.delivery.dialects import Dialect
from advocate_score.engine.sql import quote_identifier as quoted
from advocate_score.errors import Fault, InputError
from advocate_score.publication.read_back import LISTS

NIGHT, NIGHTS = "night", "nights"
_ACCOUNT = "account_id"


class NightTables:
    """Writes through an open connection of `sources.connection.writing`, each night in a transaction of its own.

    Tables that are not there are made when a night first has them; columns that they lack are added.
    """

    def __init__(self, connection: Any, dialect: Dialect, prefix: str, place: str) -> None:
        self._connection = connection
        self._dialect = dialect
        self._prefix = prefix
        self._place = place

    def nights(self) -> dict[str, str]:
        """Each night that stands in the tables → the digest of the manifest that it was written from."""
        if not self._columns(NIGHTS):
            return {}
        rows = self._execute(f"SELECT night, manifest FROM {self._table(NIGHTS)}").fetchall()
        return {str(night): str(digest) for night, digest in rows}

    def replace(self, night: str, rows: Mapping[str, pa.Table]) -> None:
        """Puts `rows`, by the name of the list, and of `NIGHTS` the one row, in the place of what was the night's."""
        with self._transaction():
            self._clear(night)
            for name, own in rows.items():
                dated = own.add_column(0, NIGHT, pa.array([date.fromisoformat(night)] * len(own), pa.date32()))
                self._make_room(name, dated.schema)
                self._dialect.load(self._connection, self._table(name), dated)

    def remove(self, night: str) -> None:
        with self._transaction():
            self._clear(night)

    def forget(self, account_ids: Collection[str]) -> int:
        """Takes the accounts out of every night; gives how many rows that were."""
        wanted = sorted(account_ids)
        taken = 0
        with self._transaction():
            for name in LISTS:
                if _ACCOUNT in self._columns(name):
                    marks = ", ".join([self._dialect.mark] * len(wanted))
                    condition = f"FROM {self._table(name)} WHERE {quoted(_ACCOUNT)} IN ({marks})"
                    taken += self._execute(f"SELECT COUNT(*) {condition}", *wanted).fetchone()[0]
                    self._execute(f"DELETE {condition}", *wanted)
        return taken

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """What is not committed is undone when the connection closes, as it does after any fault."""
        self._execute(self._dialect.begin)
        yield
        self._execute("COMMIT")

    def _clear(self, night: str) -> None:
        for name in (*LISTS, NIGHTS):
            if self._columns(name):
                condition = f"{quoted(NIGHT)} = {self._dialect.mark}"
                self._execute(f"DELETE FROM {self._table(name)} WHERE {condition}", night)

    def _make_room(self, name: str, schema: pa.Schema) -> None:
        there, table = self._columns(name), self._table(name)
        columns = {field.name: f"{quoted(field.name)} {self._dialect.types[field.type]}" for field in schema}
        if not there:
            key = f", PRIMARY KEY ({quoted(NIGHT)})" if name == NIGHTS else ""
            self._execute(f"CREATE TABLE {table} ({', '.join(columns.values())}{key})")
            if self._dialect.indexed and not key:
                index = quoted(f"{self._prefix}{name}_{NIGHT}")
                self._execute(f"CREATE INDEX {index} ON {table} ({quoted(NIGHT)})")
        else:
            for column in (words for own, words in columns.items() if own not in there):
                self._execute(f"ALTER TABLE {table} ADD COLUMN {column}")

    def _columns(self, name: str) -> set[str]:
        """Empty where there is no such table; InputError where it is another's."""
        table = f"{self._prefix}{name}"
        columns = {str(column) for (column,) in self._execute(self._dialect.columns, table).fetchall()}
        if columns and NIGHT not in columns:
            fix = "give these tables another [delivery] prefix"
            raise InputError([Fault(self._place, f"a table {table} stands there that is not of this program.", fix)])
        return columns

    def _table(self, name: str) -> str:
        return quoted(f"{self._prefix}{name}")

    def _execute(self, sql: str, *values: object) -> Any:
        return self._connection.execute(sql, values) if values else self._connection.execute(sql)
