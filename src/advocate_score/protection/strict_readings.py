"""Reads the rows that were set aside strictly: each may hold a "no".

A row whose protecting cells can be read joins the facts of its table. Any other row that may be a "no" makes its
account rest as unreadable. A row that is clearly not a "no", such as a granted consent, has no effect.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from advocate_score.ladder import LEVELS, Levels
from advocate_score.protection.matching import Accounts, Contacts, Match
from advocate_score.schema import TABLES
from advocate_score.tables.deduplication import EXCLUSIONS
from advocate_score.tables.parsing import OTHER, REFUSED
from advocate_score.tables.quarantine import CODE, FAILED, SetAside, row_label
from advocate_score.tables.staging import ROW

Cells = dict[str, Any]

OF_IDENTITY = frozenset(EXCLUSIONS)
"""Codes of rows that are well-formed and were excluded as a whole, such as duplicates."""
REFUSALS = ("declined", "not_now", OTHER)
_DENIALS = ("denied", OTHER)
_UNSURE_OR_LOST = ("pending", "non_renewal", OTHER)
_TIMES_OF_ASKS = ("asked_at", "responded_at", "recorded_at", "completed_at")


@dataclass(frozen=True)
class Unreadable:
    """A row that may be a "no" of `account_id` and cannot be read.

    key: the row's id, '' if unknown · digest: of the row's cells; a release no longer applies once they change.
    """

    account_id: str
    table: str
    key: str
    row: int
    reason: str
    digest: str = ""

    @property
    def source(self) -> str:
        return f"{self.table} {row_label(self.row)}: {self.reason}"


@dataclass(frozen=True)
class Unmatched:
    """A row that says "no" for an account id that no account has; `scope` is the digest of that id."""

    table: str
    key: str
    row: int
    scope: str


@dataclass
class Readings:
    """What was read from the rows that were set aside.

    facts: table → rows that join its facts · unreadable: rows that may be a "no" and cannot be read · unmatched: rows
    that say "no" for an unknown account · refusers: contacts who refused in such a row · not_clients: number of rows
    that say "no" for an account that is not a client · lenient: number of rows that say "no" and whose account was
    found by another spelling of its id.
    """

    facts: dict[str, list[Cells]] = field(default_factory=lambda: {name: [] for name in TABLES})
    unreadable: list[Unreadable] = field(default_factory=list)
    unmatched: list[Unmatched] = field(default_factory=list)
    refusers: set[str] = field(default_factory=set)
    not_clients: int = 0
    lenient: int = 0


@dataclass(frozen=True)
class Strictness:
    """What the readings depend on.

    resting_severity: the mildest severity of a case that makes an account rest · as_of: of the run ·
    levels: those of the ladder.
    """

    accounts: Accounts
    contacts: Contacts
    resting_severity: int
    as_of: datetime
    levels: Levels = LEVELS


@dataclass(frozen=True)
class _Row:
    """One row that was set aside; `match` says how its account was found."""

    cells: Cells
    match: Match
    strictness: Strictness

    def __getitem__(self, column: str) -> Any:
        return self.cells[column]

    @property
    def is_well_formed(self) -> bool:
        return self.cells[CODE] in OF_IDENTITY and not self.failed

    @property
    def failed(self) -> frozenset[str]:
        return frozenset(self.cells[FAILED].split())


class _Reader(NamedTuple):
    """How the rows of a table are read.

    facts: the facts that a row yields · says_no: whether such a fact is a "no" · may_say_no: whether a row that yields
    no fact may still be a "no".
    """

    facts: Callable[[_Row], Iterator[Cells]]
    says_no: Callable[[Cells], bool]
    may_say_no: Callable[[_Row], bool]


def read_set_aside(set_aside: Mapping[str, SetAside], strictness: Strictness) -> Readings:
    """Reads every row that was set aside, of every table that protects."""
    readings = Readings()
    for table, aside in set_aside.items():
        for rows in aside.rows:
            for cells in rows.to_pylist():
                _add(readings, table, cells, strictness)
        for line in aside.broken:
            accounts = strictness.accounts.among(line.cells) | _accounts_of_contacts(line.cells, strictness.contacts)
            digest = digest_of(sorted(line.cells))
            readings.unreadable.extend(
                Unreadable(account, table, "", line.row, line.code, digest) for account in sorted(accounts)
            )
    return readings


def _accounts_of_contacts(cells: Iterable[str], contacts: Contacts) -> frozenset[str]:
    return frozenset[str]().union(*map(contacts.accounts, cells))


def _add(readings: Readings, table: str, cells: Cells, strictness: Strictness) -> None:
    match, accounts = strictness.accounts.find(cells["account_id"])
    if match is not Match.EXACT and "contact_id" in cells:
        accounts = tuple(sorted({*accounts, *strictness.contacts.accounts(cells["contact_id"])}))
    row, reader = _Row(cells, match, strictness), _READERS[table]
    facts = list(reader.facts(row))
    may_say_no = not facts and not row.is_well_formed and reader.may_say_no(row)
    says_no = any(map(reader.says_no, facts))
    if cells.get(REFUSED):
        readings.refusers.update(strictness.contacts.find(cells["contact_id"]) or [cells["contact_id"]])
    if not accounts:
        _add_without_account(readings, table, row, says_no or may_say_no)
        return
    readings.lenient += match is Match.LENIENT and (says_no or may_say_no)
    readings.facts[table].extend(fact | {"account_id": account} for fact in facts for account in accounts)
    if may_say_no or (says_no and table in _OF_PEOPLE and not row.is_well_formed):
        readings.unreadable.extend(_unreadable(table, row, account) for account in accounts)


_OF_PEOPLE = ("contacts", "permissions")
"""Tables about people. A damaged row may be about another person than it names, so the account rests in addition."""


def _add_without_account(readings: Readings, table: str, row: _Row, is_a_no: bool) -> None:
    if not is_a_no:
        return
    if row.match is Match.UNMATCHED:
        readings.unmatched.append(Unmatched(table, _key(table, row), row[ROW], digest_of([row["account_id"]])))
    else:
        readings.not_clients += 1


def _unreadable(table: str, row: _Row, account: str) -> Unreadable:
    columns = " ".join(sorted(row.failed))
    reason = f"{row[CODE]} ({columns})" if columns else row[CODE]
    digest = digest_of([row.cells.get(name) for name in (*TABLES[table].column_names, CODE, FAILED)])
    return Unreadable(account, table, _key(table, row), row[ROW], reason, digest)


def digest_of(cells: Iterable[object]) -> str:
    """A digest that identifies a row without revealing its cells."""
    return hashlib.sha256("\0".join(map(str, cells)).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _key(table: str, row: _Row) -> str:
    return str(row[TABLES[table].key] or "")


def _no_facts(_: _Row) -> Iterator[Cells]:
    yield from ()


def _contacts(row: _Row) -> Iterator[Cells]:
    """The contact, even if this row does not refuse, since another row of the person may."""
    yield row.cells | {"objected": bool(row[REFUSED])}


def _denials(row: _Row) -> Iterator[Cells]:
    """The denial. A damaged one that has not ended denies every use without end, since other cells may be wrong too."""
    is_denial = row["status"] in _DENIALS
    if row.is_well_formed:
        counts = is_denial or (row.match is Match.EXACT and row[CODE] != "deleted")
        yield from [row.cells] if counts else []
    elif is_denial and not _has_ended(row):
        yield row.cells | {"status": "denied", "channel": "any", "valid_from": None, "valid_to": None}


def _has_ended(row: _Row) -> bool:
    return "valid_to" not in row.failed and row["valid_to"] is not None and row["valid_to"] <= row.strictness.as_of


def _open_cases(row: _Row) -> Iterator[Cells]:
    """The case, unless it was deleted. A severity that cannot be read counts as the worst."""
    if row.is_well_formed:
        yield from [row.cells] if row[CODE] != "deleted" else []
    elif row.failed == {"severity"}:
        yield row.cells | {"severity": 1}


def _may_be_open(row: _Row) -> bool:
    is_open = "closed_at" in row.failed or row["closed_at"] is None or row["closed_at"] >= row.strictness.as_of
    is_readable = row["severity"] is not None and "severity" not in row.failed
    is_severe = bool(row["severity"] <= row.strictness.resting_severity) if is_readable else "severity" in row.failed
    return is_open and is_severe


def _renewals(row: _Row) -> Iterator[Cells]:
    """The renewal, unless it was deleted. If its account was not matched exactly, it counts only if it protects."""
    protects = row["kind"] in _UNSURE_OR_LOST
    if row.is_well_formed:
        yield from [row.cells] if row[CODE] != "deleted" and (protects or row.match is Match.EXACT) else []
    elif protects and row["occurred_at"] is not None:
        yield row.cells | {"recorded_at": None if "recorded_at" in row.failed else row["recorded_at"]}


def _asks(row: _Row) -> Iterator[Cells]:
    """The ask. A damaged one counts as made on its latest readable date. A refusal with an unreadable level refuses
    every level."""
    dates = [row[name] for name in _TIMES_OF_ASKS if row[name] is not None]
    if row.is_well_formed:
        yield row.cells
    elif dates and row["level"] != 0:
        numbers = row.strictness.levels.numbers
        possible = numbers if row["response"] in REFUSALS else numbers[:1]
        for level in [row["level"]] if row["level"] in numbers else possible:
            yield row.cells | {"asked_at": max(dates), "level": level}


def _may_not_be_a_client(row: _Row) -> bool:
    return bool(row["deleted"]) or "deleted" in row.failed or row["status"] not in (None, "active")


_READERS: Mapping[str, _Reader] = {
    "accounts": _Reader(_no_facts, lambda _: False, _may_not_be_a_client),
    "contacts": _Reader(_contacts, lambda cells: bool(cells[REFUSED]), lambda _: False),
    "permissions": _Reader(_denials, lambda cells: cells["status"] in _DENIALS, lambda row: "status" in row.failed),
    "cases": _Reader(_open_cases, lambda cells: cells["closed_at"] is None, _may_be_open),
    "renewals": _Reader(
        _renewals,
        lambda cells: cells["kind"] in _UNSURE_OR_LOST,
        lambda row: row["kind"] not in ("renewal", "expansion", "contraction"),
    ),
    "asks": _Reader(_asks, lambda cells: cells["response"] in REFUSALS, lambda row: row["level"] != 0),
}
