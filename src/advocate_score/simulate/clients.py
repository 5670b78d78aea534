"""Who the clients are: firmographics, latents and the time they are with the firm."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from advocate_score.simulate import vocabulary as v
from advocate_score.simulate.arrays import Bools, Floats, Ints, chosen, numbered, words
from advocate_score.simulate.clock import PERIOD_DAYS, Clock
from advocate_score.simulate.latents import INDEX, draw_latents
from advocate_score.simulate.names import company_names, owner_of_each
from advocate_score.simulate.streams import Rng, Streams
from advocate_score.simulate.world import World

_LONGEST_STANDING_DAYS = 8 * 365


@dataclass(frozen=True)
class Setting:
    """The world to be made, its clock, its sources of chance."""

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
        """One latent, (n, periods)."""
        values: Floats = self.latents[INDEX[name]]
        return values

    @property
    def active(self) -> Bools:
        """Whole periods as a client, (n, periods)."""
        starts = np.arange(self.latents.shape[2]) * PERIOD_DAYS
        running: Bools = (starts >= self.created[:, None]) & (starts + PERIOD_DAYS <= self.ended[:, None])
        return running


def draw_clients(setting: Setting) -> Clients:
    """Clients at the start: who leaves is known only once the contracts are drawn."""
    world, clock = setting.world, setting.clock
    rng = setting.streams.of("clients")
    industry = chosen(rng, v.INDUSTRY_SHARES, world.accounts)
    return Clients(
        ids=_ids(world, rng),
        spanish=rng.random(world.accounts) < 0.55,
        industry=industry,
        segment=chosen(rng, v.SEGMENT_SHARES, world.accounts),
        created=_created(world.accounts, clock, rng),
        ended=np.full(world.accounts, np.inf),
        latents=draw_latents(world.accounts, clock.periods, setting.streams.of("latents")),
        goodwill=setting.streams.of("goodwill").standard_normal(world.accounts),
    )


def _ids(world: World, rng: Rng) -> pd.Series:
    """`A0000042`; with mess a few are bare numbers with leading zeros, from an older system."""
    numbers = np.arange(1, world.accounts + 1)
    old = rng.random(world.accounts) < (0.03 if world.mess else 0)
    return numbered("A", numbers).mask(pd.Series(old), numbered("", numbers))


def _created(count: int, clock: Clock, rng: Rng) -> Floats:
    """Seven in ten were clients before the history begins; nobody joins in the last two months."""
    before = -(rng.random(count) ** 1.5) * _LONGEST_STANDING_DAYS - 1
    during = rng.random(count) * (clock.days - 2 * PERIOD_DAYS)
    return np.where(rng.random(count) < 0.7, before, during)


def accounts_table(setting: Setting, clients: Clients) -> pd.DataFrame:
    rng = setting.streams.of("accounts")
    n = clients.count
    region = np.where(clients.spanish, chosen(rng, v.REGION_SHARES_SPANISH, n), chosen(rng, v.REGION_SHARES_OTHER, n))
    return pd.DataFrame(
        {
            "account_id": clients.ids,
            "account_name": company_names(clients.industry, clients.spanish, rng),
            "industry": words(v.INDUSTRIES, clients.industry),
            "segment": words(v.SEGMENTS, clients.segment),
            "region": words(v.REGIONS, region),
            "service_line": words(v.SERVICE_LINES, chosen(rng, v.SERVICE_LINE_SHARES, n)),
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
