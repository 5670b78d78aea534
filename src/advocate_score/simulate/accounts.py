"""Draws the clients, their latent traits over time, and their contacts. Events depend loosely on the latents; readiness
is computed from them.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from advocate_score.simulate import names as v
from advocate_score.simulate.names import SENIORITIES, company_names, owner_of_each, people, titles
from advocate_score.simulate.world import (
    PERIOD_DAYS,
    Bools,
    Clock,
    Floats,
    Ints,
    Rng,
    Streams,
    World,
    chosen_by_row,
    draw_codes,
    flags,
    ids,
    numbered_ids,
    words,
)

LATENTS = ("satisfaction", "results", "emotion", "depth", "executive", "responsiveness")
INDEX = {name: index for index, name in enumerate(LATENTS)}

_SHARED = np.array([0.45, 0.5, 0.5, 0.5, 0.4, 0.35])
"""Loading on one common factor: good relationships are good in several ways; responsiveness depends least on it."""
_MOVING = np.array([0.4, 0.35, 0.25, 0.2, 0.25, 0.1])
"""The share of the variance that changes from period to period."""
_MEMORY = 0.9


def draw_latents(accounts: int, periods: int, rng: Rng) -> Floats:
    """Return standard normal latents, (6, accounts, periods)."""
    common = rng.standard_normal(accounts)
    own = rng.standard_normal((len(LATENTS), accounts))
    constant = _SHARED[:, None] * common + np.sqrt(1 - _SHARED[:, None] ** 2) * own
    walk = _walk(accounts, periods, rng)
    persistence, change = np.sqrt(1 - _MOVING), np.sqrt(_MOVING)
    walk *= change[:, None, None]
    walk += (persistence[:, None] * constant)[:, :, None]
    return walk


def _walk(accounts: int, periods: int, rng: Rng) -> Floats:
    """Return a unit-variance autoregression over the periods."""
    steps = rng.standard_normal((len(LATENTS), accounts, periods))
    for period in range(1, periods):
        steps[:, :, period] *= np.sqrt(1 - _MEMORY**2)
        steps[:, :, period] += _MEMORY * steps[:, :, period - 1]
    return steps


_LONGEST_STANDING_DAYS = 8 * 365


@dataclass(frozen=True)
class Setting:
    """The world to simulate, its clock and its random streams."""

    world: World
    clock: Clock
    streams: Streams


@dataclass(frozen=True)
class Clients:
    """Arrays over the n accounts. `created` and `ended` are days on the clock (ended: inf while a client)."""

    ids: pd.Series
    spanish: Bools
    industry: Ints
    segment: Ints
    created: Floats
    ended: Floats
    latents: Floats
    goodwill: Floats

    @property
    def count(self) -> int:
        return len(self.ids)

    def latent(self, name: str) -> Floats:
        """Return one latent, (n, periods)."""
        values: Floats = self.latents[INDEX[name]]
        return values

    @property
    def active(self) -> Bools:
        """Whether each whole period was spent as a client, (n, periods)."""
        starts = np.arange(self.latents.shape[2]) * PERIOD_DAYS
        running: Bools = (starts >= self.created[:, None]) & (starts + PERIOD_DAYS <= self.ended[:, None])
        return running


def draw_clients(setting: Setting) -> Clients:
    """Draw the clients at the start; `ended` is set when the contracts are drawn."""
    world, clock = setting.world, setting.clock
    rng = setting.streams.of("clients")
    industry = draw_codes(rng, v.INDUSTRY_SHARES, world.accounts)
    return Clients(
        ids=_ids(world, rng),
        spanish=rng.random(world.accounts) < 0.55,
        industry=industry,
        segment=draw_codes(rng, v.SEGMENT_SHARES, world.accounts),
        created=_account_created(world.accounts, clock, rng),
        ended=np.full(world.accounts, np.inf),
        latents=draw_latents(world.accounts, clock.periods, setting.streams.of("latents")),
        goodwill=setting.streams.of("goodwill").standard_normal(world.accounts),
    )


def _ids(world: World, rng: Rng) -> pd.Series:
    """Return ids such as `A0000042`; with mess a few are bare numbers with leading zeros, as from an older system."""
    numbers = np.arange(1, world.accounts + 1)
    old = rng.random(world.accounts) < (0.03 if world.mess else 0)
    return numbered_ids("A", numbers).mask(pd.Series(old), numbered_ids("", numbers))


def _account_created(count: int, clock: Clock, rng: Rng) -> Floats:
    """Draw the days of joining: seven in ten before the history begins, none in the last two months."""
    before = -(rng.random(count) ** 1.5) * _LONGEST_STANDING_DAYS - 1
    during = rng.random(count) * (clock.days - 2 * PERIOD_DAYS)
    return np.where(rng.random(count) < 0.7, before, during)


def accounts_table(setting: Setting, clients: Clients) -> pd.DataFrame:
    rng = setting.streams.of("accounts")
    n = clients.count
    region = np.where(
        clients.spanish, draw_codes(rng, v.REGION_SHARES_SPANISH, n), draw_codes(rng, v.REGION_SHARES_OTHER, n)
    )
    rng.random(n)  # keeps later draws as they were
    return pd.DataFrame(
        {
            "account_id": clients.ids,
            "account_name": company_names(clients.industry, clients.segment, region, rng),
            "industry": words(v.INDUSTRIES, clients.industry),
            "segment": words(v.SEGMENTS, clients.segment),
            "region": words(v.REGIONS, region),
            "service_line": words(v.SERVICE_LINES, draw_codes(rng, v.SERVICE_LINE_SHARES, n)),
            "owner": owner_of_each(n, rng),
            "language": words(("en", "es"), clients.spanish.astype(np.int64)),
            "status": words(("active", "at_risk", "churned", "deleted"), _status(clients, rng)),
            "created_at": setting.clock.stamps(clients.created),
            "merged_into": words((None,), np.zeros(n, dtype=np.int64)),
        }
    )


def _status(clients: Clients, rng: Rng) -> Ints:
    unhappy = clients.latent("satisfaction")[:, -1] + 0.6 * rng.standard_normal(clients.count) < -1.7
    deleted = rng.random(clients.count) < 0.01
    return np.where(deleted, 3, np.where(np.isfinite(clients.ended), 2, unhappy.astype(np.int64)))


_SPAN = 1e6
"""Wider than any history in days: account · _SPAN + day sorts by account, then day."""
_SENIORITY_SHARES = np.array([0.07, 0.1, 0.2, 0.35, 0.28])
_OBJECTION_SHARE = 0.012


@dataclass(frozen=True)
class Contacts:
    """All contacts, sorted by account and then by the day they were met. `first` is each account's first row."""

    account: Ints
    created: Floats
    seniority: Ints
    first: Ints
    first_executive: Ints
    """The row of each account's first executive; −1 if there is none."""

    def present(self, account: Ints, day: Floats, rng: Rng) -> Ints:
        """Return the row of a contact met by that day, early ones more often; −1 if none was met yet."""
        keys = self.account * _SPAN + self.created
        met = np.searchsorted(keys, account * _SPAN + day, side="right") - self.first[account]
        row = self.first[account] + np.floor(rng.random(len(account)) ** 1.4 * met).astype(np.int64)
        return np.where(met > 0, row, -1)

    def is_executive(self, rows: Ints) -> Bools:
        return (rows >= 0) & (self.seniority[rows] <= 1)

    def present_below_executives(self, account: Ints, day: Floats, rng: Rng) -> Ints:
        """Return as `present`; −1 if it would be an executive."""
        row = self.present(account, day, rng)
        return np.where(self.is_executive(row), -1, row)

    def executive(self, account: Ints, day: Floats) -> Ints:
        """Return the row of the account's executive if met by that day, else −1."""
        row = self.first_executive[account]
        return np.where((row >= 0) & (self.created[row] <= day), row, -1)

    def ids(self, rows: Ints) -> pd.Series:
        """Return the contacts' ids; unknown if the row is −1."""
        known = pd.concat([ids("C", len(self.account)), pd.Series([None], dtype="str")], ignore_index=True)
        return known.iloc[rows].reset_index(drop=True)


def draw_contacts(setting: Setting, clients: Clients) -> Contacts:
    rng = setting.streams.of("contacts")
    average = clients.latents.mean(axis=2)
    depth, executive = average[3], average[4]
    counts = 1 + rng.poisson(np.exp(0.9 + 0.35 * depth))
    account = np.repeat(np.arange(clients.count), counts)
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    created = _contact_created(account, first, clients.created, setting.clock.days, rng)
    shares = _SENIORITY_SHARES * np.exp(0.7 * executive[account, None] * np.array([1, 0.7, 0.2, 0, 0]))
    seniority = chosen_by_row(rng, shares)
    return Contacts(account, created, seniority, first, _first_executive(account, seniority, clients.count))


def _contact_created(account: Ints, first: Ints, joined: Floats, days: int, rng: Rng) -> Floats:
    """Draw the days of meeting: the first contact with the contract, half of the others soon after."""
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
    names = people(spanish, rng)
    count = len(contacts.account)
    senior = np.zeros(count, dtype=bool)
    senior[contacts.first_executive[contacts.first_executive >= 0]] = True
    return pd.DataFrame(
        {
            "contact_id": ids("C", count),
            "account_id": clients.ids.iloc[contacts.account].reset_index(drop=True),
            "contact_name": names,
            "title": titles(names, spanish, contacts.seniority, rng),
            "seniority": words(SENIORITIES, contacts.seniority),
            "sponsor": flags(senior & (rng.random(count) < 0.6), rng.random(count) < 0.9),
            "created_at": setting.clock.stamps(contacts.created),
            "objected_at": setting.clock.stamps(_objection_days(contacts.created, setting.clock.days, rng)),
        }
    )


def _objection_days(created: Floats, days: int, rng: Rng) -> Floats:
    objects: Bools = rng.random(len(created)) < _OBJECTION_SHARE
    when = np.maximum(created, 0) + rng.random(len(created)) * (days - 1 - np.maximum(created, 0))
    return np.where(objects, when, np.nan)
