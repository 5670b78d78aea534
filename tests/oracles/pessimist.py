"""Did anybody say anything like a no? Read off the raw rows in plain Python, and in doubt: yes.

Written from the paper alone (the rules of protection), to be compared with whom the program invites. What it knows of
the program is the names of the canonical tables and the days for which a no holds. It never asks whether a row is
sound: a row that cannot be read is a no of every account and contact that it names.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from oracles.raw_exports import Raw, RawRow
from oracles.spelling import Spellings, key

LEVELS = frozenset({1, 2, 3, 4, 5})
COOLDOWN, DECLINE_REST, NOT_NOW_REST, LOST_REST, PENDING_REST, YEAR = 90, 365, 120, 180, 120, 365
MOST_ASKS_A_YEAR = 4
_NOBODY_LEFT = "contacts: nobody left"
_EMPTY = ("", "null", "#n/a", "none")
_PLAIN_NO = (*_EMPTY, "false", "no", "0", "n", "f")
_NO_REFUSAL = ("", "accepted", "no_reply")
_OF_CHANNEL = {"marketing": frozenset({1, 2}), "website": frozenset({1}), "social": frozenset[int]()}
_OF_CHANNEL |= {"sales": frozenset({3}), "events": frozenset({4})}


@dataclass(frozen=True)
class No:
    """One reason to leave somebody in peace, and the row that gives it.

    account, contact: as the row spells them; one of the two may be empty · levels: the asks that it speaks of.
    """

    why: str
    table: str
    row: int
    account: str = ""
    contact: str = ""
    levels: frozenset[int] = LEVELS


@dataclass
class Peace:
    """accounts: by `key`, level → reasons, as `table: why` · contacts: by `key`, those who are not to be suggested."""

    accounts: dict[str, dict[int, set[str]]] = field(default_factory=dict)
    contacts: dict[str, set[str]] = field(default_factory=dict)

    def rest(self, account: str, no: No) -> None:
        for level in no.levels:
            self.accounts.setdefault(key(account), {}).setdefault(level, set()).add(f"{no.table}: {no.why}")

    def pairs(self) -> set[tuple[str, int]]:
        """Account (by key) and level that somebody said no to."""
        return {(account, level) for account, levels in self.accounts.items() for level in levels}

    def said_pairs(self) -> set[tuple[str, int]]:
        """Those of which a row speaks: not only that nobody is left there to write to."""
        told = ((account, level, why) for account, levels in self.accounts.items() for level, why in levels.items())
        return {(account, level) for account, level, why in told if why != {_NOBODY_LEFT}}

    def knows(self, account: str, levels: Iterable[int], contact: str = "") -> bool:
        """Whether the account rests at all these levels, and the contact, if any, is not to be suggested."""
        rests = all(level in self.accounts.get(key(account), {}) for level in levels)
        return rests and (not contact or key(contact) in self.contacts)


def peace(raw: Raw, as_of: datetime) -> Peace:
    """Whom the raw rows ask to leave alone on the night of `as_of`."""
    found = Peace()
    accounts = Spellings(row["account_id"] for row in raw["accounts"] if row["account_id"])
    contacts = Spellings(row["contact_id"] for row in raw["contacts"] if row["contact_id"])
    survivor = _survivors(raw["accounts"], accounts)
    for no in noes(raw, as_of):
        for account in accounts.of(no.account):
            if not no.contact:
                found.rest(account, no)
                found.rest(survivor(account), no)
        for contact in contacts.of(no.contact) or {no.contact} - {""}:
            found.contacts.setdefault(key(contact), set()).add(f"{no.table}: {no.why}")
    _with_nobody_left(raw, accounts, survivor, found)
    return found


def noes(raw: Raw, as_of: datetime) -> Iterator[No]:
    """Every no that a row says, before it is known whose spelling is whose."""
    for table, said in _SAID.items():
        for row in raw[table]:
            if row.broken:
                yield from _broken(table, row, raw)
            else:
                yield from said(row, as_of)
    yield from _denials(raw["permissions"], as_of)
    yield from _losses(raw["renewals"], as_of)
    yield from _often_asked(raw["asks"], as_of)


def _broken(table: str, row: RawRow, raw: Raw) -> Iterator[No]:
    """Every account and contact that the line names, in any spelling; a line of contacts may name a new one."""
    pieces = [piece for piece in re.split(r"[\s,;\"'\[\]{}\0\ufffd]+|: ", row.text) if piece]
    if table == "contacts":
        yield from (No("cannot be read", table, row.number, contact=piece) for piece in pieces)
    for name, other in (("accounts", "account_id"), ("contacts", "contact_id")):
        known = Spellings(one[other] for one in raw[name] if one[other])
        for found in {one for piece in pieces for one in known.of(piece)}:
            yield No("cannot be read", table, row.number, **{other.removesuffix("_id"): found})


def _account(row: RawRow, as_of: datetime) -> Iterator[No]:
    account = row["account_id"]
    if row["status"].lower() not in (*_EMPTY, "active"):
        yield No(f"status {row['status']}", "accounts", row.number, account)
    if _flagged(row["deleted"]):
        yield No("deleted", "accounts", row.number, account)


def _contact(row: RawRow, as_of: datetime) -> Iterator[No]:
    for column in ("objected_at", "deleted"):
        if _flagged(row[column]):
            yield No(column, "contacts", row.number, contact=row["contact_id"])


def _case(row: RawRow, as_of: datetime) -> Iterator[No]:
    opened, closed = _instant(row["opened_at"]), _instant(row["closed_at"])
    ended = closed is not None and (opened is None or closed >= opened)
    if not ended and row["severity"] not in ("3", "4") and not _flagged(row["deleted"]):
        yield No(f"open, severity {row['severity']}", "cases", row.number, row["account_id"])


def _pending(row: RawRow, as_of: datetime) -> Iterator[No]:
    """From some months before it is due; at once where that cannot be told."""
    due = _instant(row["due_at"])
    near = due is None or due - timedelta(days=PENDING_REST) <= as_of
    if row["kind"] == "pending" and near and not _flagged(row["deleted"]):
        yield No("pending", "renewals", row.number, row["account_id"])


def _ask(row: RawRow, as_of: datetime) -> Iterator[No]:
    """That it was made, for the cooldown, and every answer but a yes, for its level."""
    times = [_instant(row[name]) for name in ("asked_at", "responded_at", "recorded_at")]
    told = [time for time in times if time is not None]
    asked, latest = times[0] or min(told, default=None), max(told, default=None)
    level, answer = row["level"], row["response"].lower()
    if level == "0":
        return
    told_level = frozenset({int(level)}) if level in ("1", "2", "3", "4", "5") else LEVELS
    if asked is None or asked + timedelta(days=COOLDOWN) > as_of:
        yield No("asked lately", "asks", row.number, row["account_id"])
    rest = NOT_NOW_REST if answer == "not_now" else DECLINE_REST
    if answer not in _NO_REFUSAL and (latest is None or latest + timedelta(days=rest) > as_of):
        yield No(f"answered {answer}", "asks", row.number, row["account_id"], levels=told_level)


def _nothing(row: RawRow, as_of: datetime) -> Iterator[No]:
    yield from ()


_SAID: dict[str, Callable[[RawRow, datetime], Iterator[No]]] = {
    "accounts": _account,
    "contacts": _contact,
    "permissions": _nothing,
    "cases": _case,
    "renewals": _pending,
    "asks": _ask,
}


def _denials(rows: list[RawRow], as_of: datetime) -> Iterator[No]:
    """Every consent that is not plainly given, until its end or a later, explicit grant of the same."""
    granted = [row for row in rows if row["status"].lower() == "granted" and not _flagged(row["deleted"])]
    for row in rows:
        ends, starts = _instant(row["valid_to"]), _instant(row["valid_from"])
        harmless = row["status"].lower() in (*_EMPTY, "granted", "needs_approval")
        if row.broken or harmless or (ends is not None and ends <= as_of):
            continue
        if not any(_releases(grant, row, starts, as_of) for grant in granted):
            levels = _OF_CHANNEL.get(row["channel"].lower(), LEVELS)
            yield No(
                f"consent {row['status']}", "permissions", row.number, row["account_id"], row["contact_id"], levels
            )


def _releases(grant: RawRow, denial: RawRow, denied: datetime | None, as_of: datetime) -> bool:
    since, until = _instant(grant["valid_from"]), _instant(grant["valid_to"])
    if since is None or denied is None or not denied < since <= as_of or (until is not None and until <= as_of):
        return False
    same = all(key(grant[name]) == key(denial[name]) for name in ("account_id", "contact_id"))
    return same and grant["channel"].lower() == denial["channel"].lower()


def _losses(rows: list[RawRow], as_of: datetime) -> Iterator[No]:
    """A contract that was not renewed, for half a year or until a later renewal; an unknown word is one."""
    good = [row for row in rows if row["kind"] in ("renewal", "expansion")]
    for row in rows:
        lost = _instant(row["occurred_at"])
        old = lost is not None and lost + timedelta(days=LOST_REST) <= as_of
        if row.broken or row["kind"] in ("renewal", "expansion", "contraction", "pending") or old:
            continue
        later = [_instant(one["occurred_at"]) for one in good if key(one["account_id"]) == key(row["account_id"])]
        if not any(lost is not None and time is not None and time > lost for time in later):
            yield No(f"contract {row['kind']}", "renewals", row.number, row["account_id"])


def _often_asked(rows: list[RawRow], as_of: datetime) -> Iterator[No]:
    """As many asks in a year as a client may have."""
    lately: dict[str, list[RawRow]] = {}
    for row in rows:
        asked = _instant(row["asked_at"])
        if row["level"] != "0" and (asked is None or asked + timedelta(days=YEAR) > as_of):
            lately.setdefault(key(row["account_id"]), []).append(row)
    for asks in lately.values():
        if len({row["ask_id"] for row in asks}) >= MOST_ASKS_A_YEAR:
            yield No("asked often", "asks", asks[-1].number, asks[-1]["account_id"])


def _survivors(rows: list[RawRow], accounts: Spellings) -> Callable[[str], str]:
    """Where an account has gone, through every merger."""
    into = {row["account_id"]: min(accounts.of(row["merged_into"]), default="") for row in rows if row["merged_into"]}

    def last(account: str) -> str:
        seen = {account}
        while into.get(account) and into[account] not in seen:
            account = into[account]
            seen.add(account)
        return account

    return last


def _people(raw: Raw, accounts: Spellings, survivor: Callable[[str], str]) -> dict[str, set[str]]:
    """Account → the keys of its people: a person who moved belongs to both, and whoever is named by a consent too."""
    people: dict[str, set[str]] = {}
    for row in (*raw["contacts"], *(row for row in raw["permissions"] if row["contact_id"])):
        for account in accounts.of(row["account_id"]):
            for one in (account, survivor(account)):
                people.setdefault(one, set()).add(key(row["contact_id"]))
    return people


def _with_nobody_left(raw: Raw, accounts: Spellings, survivor: Callable[[str], str], found: Peace) -> None:
    """An account all of whose people want to be left alone rests with them; so does the loser of a merger."""
    for account, people in _people(raw, accounts, survivor).items():
        if people <= found.contacts.keys():
            found.rest(account, No("nobody left", "contacts", 0))
    for row in raw["accounts"]:
        if row["merged_into"]:
            found.rest(row["account_id"], No("merged", "accounts", row.number))


def _flagged(text: str) -> bool:
    """Anything but an empty cell, a null token or a plain no."""
    return text.strip().lower() not in _PLAIN_NO


def _instant(text: str) -> datetime | None:
    """None where it is empty, unreadable, or too far away to be meant."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found.replace(tzinfo=None) if 1950 < found.year < 2100 else None
