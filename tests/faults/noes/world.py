"""Made-up firms as rows of text: contented clients who stay listed, and clients who said no in one known way each."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

Row = dict[str, str]
Tables = dict[str, list[Row]]

AS_OF = datetime(2026, 1, 1)
LEVELS = (1, 2, 3, 4, 5)
EVERY_LEVEL = frozenset(LEVELS)
BROKEN = "!"
"""A key that no table has: how the file is to be broken at this row."""

COLUMNS: dict[str, tuple[str, ...]] = {
    "accounts": (
        *("account_id", "account_name", "industry", "segment", "region", "owner", "status", "created_at"),
        *("merged_into", "deleted", "relation"),
    ),
    "contacts": (
        *("contact_id", "account_id", "contact_name", "title", "seniority", "sponsor", "created_at", "objected_at"),
        "deleted",
    ),
    "permissions": (
        *("permission_id", "account_id", "contact_id", "channel", "status", "valid_from", "valid_to", "deleted"),
    ),
    "cases": ("case_id", "account_id", "opened_at", "closed_at", "severity", "deleted"),
    "renewals": (
        *("renewal_id", "account_id", "occurred_at", "recorded_at", "kind", "amount", "currency", "due_at", "deleted"),
    ),
    "asks": (
        *("ask_id", "account_id", "contact_id", "level", "asked_at", "response", "responded_at", "quality"),
        *("recorded_at", "deleted"),
    ),
    "interactions": ("interaction_id", "account_id", "contact_id", "occurred_at", "kind", "sentiment", "deleted"),
}
INDUSTRIES = ("retail", "energy", "health", "banking")
SEGMENTS = ("large", "mid", "small")
_LEAST = 45
"""Rows for each damaged one: some damages set two or three rows aside, and over 5 % of a table refuse the night."""
_PADDED = ("contacts", "permissions", "cases", "renewals", "asks")


def ago(days: float) -> str:
    """An instant so many days before the as-of midnight, or after it where negative."""
    return (AS_OF - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Planted:
    """A no, and the row that says it.

    account: must not be offered at `levels` · contact: must not be suggested anywhere, where one is named · row: of
    `table`, the one that a damage is done to.
    """

    table: str
    row: Row
    account: str
    levels: frozenset[int] = EVERY_LEVEL
    contact: str = ""


@dataclass(frozen=True)
class Struck:
    """Who must be left in peace for a kind of damage."""

    kind: str
    account: str
    levels: frozenset[int] = EVERY_LEVEL
    contact: str = ""


@dataclass
class World:
    """layout: the kind of export that it will be written as, on which the form of its ids depends."""

    layout: str
    chance: random.Random
    tables: Tables = field(default_factory=lambda: {name: [] for name in COLUMNS})
    struck: list[Struck] = field(default_factory=list)
    contented: list[str] = field(default_factory=list)
    damaged: Counter[str] = field(default_factory=Counter)
    contact_of: dict[str, str] = field(default_factory=dict)
    made: int = 0

    def add(self, table: str, **cells: str) -> Row:
        """A row, its other cells empty."""
        key = COLUMNS[table][0]
        row = {**dict.fromkeys(COLUMNS[table], ""), key: self.new_id(table), **cells}
        self.tables[table].append(row)
        return row

    def new_id(self, table: str, form: str = "") -> str:
        self.made += 1
        return identity(table, self.made, form or _FORM_OF_LAYOUT.get(self.layout, "plain"))

    def account(self, form: str = "", contacts: int = 1, contact_form: str = "") -> str:
        """A client that any model would ask: many and good contacts of late."""
        account = self.new_id("accounts", form)
        number = self.made
        self.add(
            "accounts",
            account_id=account,
            account_name=f"Firma {number}",
            industry=INDUSTRIES[number % 4],
            segment=SEGMENTS[number % 3],
            region=("Norte", "Sur")[number % 2],
            owner=("Ana P", "Luis Q")[number % 2],
            status="active",
            created_at=ago(1500),
            relation="client",
        )
        for _ in range(contacts):
            self.contact(account, contact_form or form)
        for days in (3, 10, 24):
            self.add("interactions", account_id=account, occurred_at=ago(days), kind="meeting", sentiment="0.9")
        return account

    def contact(self, account: str, form: str = "", **cells: str) -> Row:
        contact = self.new_id("contacts", form)
        self.contact_of.setdefault(account, contact)
        told = {"contact_id": contact, "account_id": account, "contact_name": f"Persona {self.made}"}
        told |= {"title": "Directora", "seniority": "director", "sponsor": "yes", "created_at": ago(900)}
        return self.add("contacts", **(told | cells))

    def person_at(self, account: str) -> Row:
        """The row of the account's first contact."""
        return next(row for row in self.tables["contacts"] if row["contact_id"] == self.contact_of[account])

    def contented_accounts(self, number: int) -> None:
        """Clients who said nothing but yes."""
        for _ in range(number):
            account = self.account(contacts=2)
            self.contented.append(account)
            for table in _PADDED[1:]:
                self.harmless(table, account)

    def harmless(self, table: str, account: str) -> None:
        """One more row that speaks against nothing."""
        contact = self.contact_of[account]
        asked, answered = ago(800 + self.made % 90), ago(795 + self.made % 90)
        response = ("accepted", "no_reply")[self.made % 2]
        of_table: dict[str, Row] = {
            "permissions": {"channel": "any", "status": "granted", "valid_from": ago(600)},
            "cases": {"opened_at": ago(400), "closed_at": ago(390), "severity": str(self.made % 4 + 1)},
            "renewals": {"occurred_at": ago(500), "kind": "renewal", "amount": "1000", "currency": "EUR"},
            "asks": {
                "contact_id": contact,
                "level": str(self.made % 5 + 1),
                "asked_at": asked,
                "quality": "0.5",
                "response": response,
                "responded_at": answered if response == "accepted" else "",
            },
        }
        if table == "contacts":
            self.contact(account)
        elif table == "accounts":
            self.contented_accounts(1)
        else:
            self.add(table, account_id=account, **of_table[table])

    def pad(self) -> None:
        """Sound rows until the damaged ones are a small share of every table; then every table is shuffled."""
        for table in ("accounts", *_PADDED):
            while len(self.tables[table]) < _LEAST * self.damaged[table]:
                self.harmless(table, self.chance.choice(self.contented))
        for rows in self.tables.values():
            self.chance.shuffle(rows)


_FORM_OF_LAYOUT = {"salesforce": "salesforce", "hubspot": "number"}
_PREFIX = {"accounts": "001", "contacts": "003", "cases": "500", "renewals": "006", "asks": "00v"}
_LETTER = {"accounts": "AC", "contacts": "Pe", "permissions": "W", "cases": "Q", "renewals": "R", "asks": "K"}


def identity(table: str, number: int, form: str) -> str:
    """An id as some CRM would make it: `plain`, `number`, `accent` or `salesforce` (18 characters, checked)."""
    if form == "number":
        return str(7_000_000 + number)
    if form == "accent":
        return f"{_LETTER.get(table, 'I')}-Peñón-{number:05}"
    if form == "salesforce":
        return checked(f"{_PREFIX.get(table, '00U')}5g{number:08}Kz")
    return f"{_LETTER.get(table, 'I')}{number:05}x"


_CHECKS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def checked(short: str) -> str:
    """15 characters with the three that Salesforce adds, which tell upper from lower case."""
    assert len(short) == 15
    parts: Sequence[str] = (short[:5], short[5:10], short[10:])
    return short + "".join(_CHECKS[sum(char.isupper() << place for place, char in enumerate(part))] for part in parts)
