"""Finds the account of a row that may be a "no", even if its id was merged or is spelled differently. In doubt the
account is protected."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

import pandas as pd

from advocate_score.tables.erasure import Tombstones
from advocate_score.tables.identifiers import lenient_form


class Match(Enum):
    """How the accounts of an id were found, or why there are none."""

    EXACT = "exact"
    LENIENT = "lenient"
    NOT_A_CLIENT = "not_a_client"
    """`where` leaves the account out, or it was erased, so there is no client to protect."""
    UNMATCHED = "unmatched"


@dataclass(frozen=True)
class Accounts:
    """The accounts in use, and what happened to others.

    ids: of the accounts in use · merged: account → the id in which its merges end, None for a cycle · left_out: ids of
    the accounts table that are not in use · erased: the tombstones of erased accounts.
    """

    ids: "pd.Series[str]"
    merged: Mapping[str, str | None]
    left_out: frozenset[str]
    erased: Tombstones

    @cached_property
    def clients(self) -> frozenset[str]:
        return frozenset(self.ids.to_numpy(dtype=object).tolist())

    def find(self, account_id: str | None) -> tuple[Match, tuple[str, ...]]:
        """How the id was matched, and its accounts: one, or every account whose id differs only in spelling."""
        if not account_id:
            return Match.NOT_A_CLIENT, ()
        if account_id in self.clients:
            return Match.EXACT, (account_id,)
        if survivor := self._survivor(account_id):
            return Match.EXACT, (survivor,)
        if account_id in self.left_out or account_id in self.erased:
            return Match.NOT_A_CLIENT, ()
        form = lenient_form(account_id)
        if matches := self._by_form.get(form):
            return Match.LENIENT, tuple(sorted(matches))
        return (Match.NOT_A_CLIENT if form in self._left_out_forms else Match.UNMATCHED), ()

    def among(self, texts: Iterable[str]) -> frozenset[str]:
        """The clients whose ids are among some pieces of text, in any spelling."""
        return frozenset(account for text in texts for account in self.find(text)[1])

    def _survivor(self, account_id: str) -> str | None:
        """The client in which the merges of an account end, matched by spelling if no id is equal; None if there is no
        such client."""
        end = self.merged.get(account_id)
        if end is None or end in self.clients:
            return end
        return min(self._forms_of_clients.get(lenient_form(end), ()), default=None)

    @cached_property
    def _forms_of_clients(self) -> Mapping[str, frozenset[str]]:
        return ids_by_form(self.clients)

    @cached_property
    def _by_form(self) -> Mapping[str, frozenset[str]]:
        """Lenient form → clients, including the forms of merged accounts, which map to their survivors."""
        accounts: dict[str, frozenset[str]] = dict(self._forms_of_clients)
        for account in self.merged:
            if survivor := self._survivor(account):
                form = lenient_form(account)
                accounts[form] = accounts.get(form, frozenset()) | {survivor}
        return accounts

    @cached_property
    def _left_out_forms(self) -> frozenset[str]:
        return frozenset(map(lenient_form, self.left_out))


@dataclass(frozen=True)
class Contacts:
    """ids: of the contacts in use · account_ids: the account of each · ids_not_in_use: ids of contacts in rows that are
    not in use."""

    ids: "pd.Series[str]"
    account_ids: "pd.Series[str]"
    ids_not_in_use: frozenset[str] = frozenset()

    @cached_property
    def accounts_of(self) -> Mapping[str, tuple[str, ...]]:
        """Contact → the accounts that have it."""
        columns = (column.to_numpy(dtype=object).tolist() for column in (self.ids, self.account_ids))
        accounts: dict[str, tuple[str, ...]] = {}
        for contact, account in zip(*columns, strict=True):
            accounts[contact] = (*accounts.get(contact, ()), account)
        return accounts

    def find(self, contact_id: str | None) -> tuple[str, ...]:
        """The contact of this id, or the contacts whose ids differ only in spelling; empty if there is none."""
        if not contact_id:
            return ()
        if contact_id in self.accounts_of:
            return (contact_id,)
        return tuple(sorted(self._by_form.get(lenient_form(contact_id), ())))

    def accounts(self, contact_id: str | None) -> frozenset[str]:
        return frozenset(account for contact in self.find(contact_id) for account in self.accounts_of[contact])

    def knows(self, contact_id: str) -> bool:
        """Whether any row of contacts, in use or not, has this id in any spelling."""
        return bool(self.find(contact_id)) or lenient_form(contact_id) in self._forms_not_in_use

    @cached_property
    def _by_form(self) -> Mapping[str, frozenset[str]]:
        return ids_by_form(self.accounts_of)

    @cached_property
    def _forms_not_in_use(self) -> frozenset[str]:
        return frozenset(map(lenient_form, self.ids_not_in_use))


def ids_by_form(ids: Iterable[str]) -> Mapping[str, frozenset[str]]:
    """Lenient form → the ids that share it."""
    by_form: dict[str, set[str]] = defaultdict(set)
    for identifier in ids:
        by_form[lenient_form(identifier)].add(identifier)
    return {form: frozenset(same) for form, same in by_form.items() if form}
