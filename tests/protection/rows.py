"""Rows as the protecting path gets them: those that were set aside, and frames as the engine gives them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pandas as pd
import pyarrow as pa

from advocate_score.policy.inputs import Facts
from advocate_score.protection.matching import Accounts, Contacts
from advocate_score.protection.protecting_facts import unreadable_frame
from advocate_score.protection.strict_readings import Readings, Strictness, Unreadable, read_set_aside
from advocate_score.schema import TABLES
from advocate_score.tables.erasure import Tombstones
from advocate_score.tables.parsing import REFUSED
from advocate_score.tables.quarantine import BrokenLine, SetAside
from advocate_score.tables.staging import ROW

NOW = datetime(2025, 12, 1)
_ARROW = {
    "time": pa.timestamp("us"),
    "number": pa.float64(),
    "integer": pa.int64(),
    "flag": pa.bool_(),
}
_PANDAS = {"time": "datetime64[us]", "number": "float64", "integer": "float64", "flag": "object"}


def accounts_of(*clients: str, merged: dict[str, str | None] | None = None, left_out: Iterable[str] = ()) -> Accounts:
    return Accounts(pd.Series(sorted(clients), dtype="str"), merged or {}, frozenset(left_out), Tombstones())


def contacts_of(account_of: dict[str, str]) -> Contacts:
    """contact → its account."""
    return Contacts(pd.Series([*account_of], dtype="str"), pd.Series([*account_of.values()], dtype="str"))


def strictness(
    *clients: str, contacts: dict[str, str] | None = None, severity: int = 2, left_out: Iterable[str] = ()
) -> Strictness:
    found = accounts_of(*(clients or ("a", "b")), left_out=left_out)
    return Strictness(found, contacts_of(contacts or {}), severity, NOW)


def arrow(table: str, *rows: dict[str, Any]) -> pa.Table:
    """Staged rows: every column of the table and the row number, 2 for the first."""
    fields = [pa.field(column.name, _ARROW.get(column.type, pa.string())) for column in TABLES[table].columns]
    fields += [pa.field(REFUSED, pa.bool_())] if table == "contacts" else []
    numbered = [{ROW: number} | row for number, row in enumerate(rows, 2)]
    return pa.Table.from_pylist(numbered, pa.schema([*fields, pa.field(ROW, pa.int64())]))


def aside(table: str, code: str, failed: str = "", **cells: Any) -> dict[str, SetAside]:
    """One row of a table, of account `a` where nothing else is said."""
    found = SetAside()
    rows = arrow(table, {"account_id": "a"} | cells)
    found.add(rows, code, pa.array([failed]))
    return {table: found}


def read(table: str, code: str, failed: str = "", how: Strictness | None = None, **cells: Any) -> Readings:
    return read_set_aside(aside(table, code, failed, **cells), how or strictness())


def read_broken(table: str, how: Strictness, *cells: str) -> Readings:
    return read_set_aside({table: SetAside(broken=[BrokenLine(7, "broken_row", frozenset(cells))])}, how)


def frame(table: str, *rows: dict[str, Any], numbered: bool = True) -> pd.DataFrame:
    """As the engine gives a table that protects: `numbered`, with its row numbers, 2 for the first."""
    columns = TABLES[table].columns
    names = [column.name for column in columns] + ([REFUSED] if table == "contacts" else [])
    whole = pd.DataFrame([{"account_id": "a"} | row for row in rows], columns=names)
    kinds = {column.name: _PANDAS.get(column.type, "str") for column in columns}
    whole = whole.astype(kinds | ({REFUSED: "object"} if table == "contacts" else {}))
    return whole.assign(**{ROW: range(2, len(rows) + 2)}).astype({ROW: "int64"}) if numbered else whole


def facts_of(*, unreadable: Iterable[Unreadable] = (), live: bool = True, **tables: list[dict[str, Any]]) -> Facts:
    """`facts_of(permissions=[…])`; the one account `a` where none is named."""
    tables.setdefault("accounts", [{"status": "active"}])
    names = ("accounts", "contacts", "permissions", "asks", "cases", "renewals")
    frames = {name: frame(name, *tables.get(name, [])) for name in names}
    objected = frames["contacts"].assign(objected=frames["contacts"][REFUSED].eq(True))
    return Facts(**frames | {"contacts": objected}, unreadable=unreadable_frame(unreadable), live=live)
