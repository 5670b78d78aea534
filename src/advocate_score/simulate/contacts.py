"""People at the accounts, and who of them takes part in what."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from advocate_score.simulate.arrays import Bools, Floats, Ints, chosen_by_row, flags, ids, words
from advocate_score.simulate.clients import Clients, Setting
from advocate_score.simulate.names import people, titles
from advocate_score.simulate.streams import Rng
from advocate_score.simulate.vocabulary import SENIORITIES

_SPAN = 1e6
"""Wider than any history in days: account · _SPAN + day sorts by account, then day."""
_SENIORITY_SHARES = np.array([0.07, 0.1, 0.2, 0.35, 0.28])
_OBJECTION_SHARE = 0.012


@dataclass(frozen=True)
class Contacts:
    """Everybody known, by account and then by the day they were met. `first` is each account's first row."""

    account: Ints
    created: Floats
    seniority: Ints
    first: Ints
    first_executive: Ints
    """Row of each account's first executive; −1 where there is none."""

    def present(self, account: Ints, day: Floats, rng: Rng) -> Ints:
        """Row of somebody whom the firm had met by that day, those met first more often; −1 where nobody was."""
        keys = self.account * _SPAN + self.created
        met = np.searchsorted(keys, account * _SPAN + day, side="right") - self.first[account]
        row = self.first[account] + np.floor(rng.random(len(account)) ** 1.4 * met).astype(np.int64)
        return np.where(met > 0, row, -1)

    def executive(self, account: Ints, day: Floats) -> Ints:
        """Row of the account's executive if met by that day, else −1."""
        row = self.first_executive[account]
        return np.where((row >= 0) & (self.created[row] <= day), row, -1)

    def ids(self, rows: Ints) -> pd.Series:
        """The contacts' ids; unknown where the row is −1."""
        known = pd.concat([ids("C", len(self.account)), pd.Series([None], dtype="str")], ignore_index=True)
        return known.iloc[rows].reset_index(drop=True)


def draw_contacts(setting: Setting, clients: Clients) -> Contacts:
    rng = setting.streams.of("contacts")
    lasting = clients.latents.mean(axis=2)
    depth, executive = lasting[3], lasting[4]
    counts = 1 + rng.poisson(np.exp(0.9 + 0.35 * depth))
    account = np.repeat(np.arange(clients.count), counts)
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    created = _created(account, first, clients.created, setting.clock.days, rng)
    shares = _SENIORITY_SHARES * np.exp(0.7 * executive[account, None] * np.array([1, 0.7, 0.2, 0, 0]))
    seniority = chosen_by_row(rng, shares)
    return Contacts(account, created, seniority, first, _first_executive(account, seniority, clients.count))


def _created(account: Ints, first: Ints, joined: Floats, days: int, rng: Rng) -> Floats:
    """The first person is met with the contract; the others follow, half of them soon."""
    start = joined[account]
    share = np.where(rng.random(len(account)) < 0.5, rng.random(len(account)) * 0.2, rng.random(len(account)))
    created = start + share * (days - 1 - start)
    created[first] = joined
    return created[np.lexsort((created, account))]


def _first_executive(account: Ints, seniority: Ints, count: int) -> Ints:
    rows = np.full(count, -1)
    executives = np.flatnonzero(seniority <= 1)[::-1]
    rows[account[executives]] = executives
    return rows


def contacts_table(setting: Setting, clients: Clients, contacts: Contacts) -> pd.DataFrame:
    rng = setting.streams.of("contacts table")
    spanish = clients.spanish[contacts.account]
    count = len(contacts.account)
    senior = np.zeros(count, dtype=bool)
    senior[contacts.first_executive[contacts.first_executive >= 0]] = True
    return pd.DataFrame(
        {
            "contact_id": ids("C", count),
            "account_id": clients.ids.iloc[contacts.account].reset_index(drop=True),
            "contact_name": people(spanish, rng),
            "title": titles(spanish, contacts.seniority, rng),
            "seniority": words(SENIORITIES, contacts.seniority),
            "sponsor": flags(senior & (rng.random(count) < 0.6), rng.random(count) < 0.9),
            "created_at": setting.clock.stamps(contacts.created),
            "objected_at": setting.clock.stamps(_objected(contacts.created, setting.clock.days, rng)),
        }
    )


def _objected(created: Floats, days: int, rng: Rng) -> Floats:
    objects: Bools = rng.random(len(created)) < _OBJECTION_SHARE
    when = np.maximum(created, 0) + rng.random(len(created)) * (days - 1 - np.maximum(created, 0))
    return np.where(objects, when, np.nan)
