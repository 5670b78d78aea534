"""A simulated firm whose last quarters are played: its history is drawn, its future answers whoever is asked.

What the firm lives through does not depend on whom it asks, so every strategy meets the same events, and the same luck:
an account asked for a level in a quarter answers by the same draw whatever the strategy.

Asks tire a client, as in every simulated world. Here they can also burn the relationship, for a year: one ask more in
365 days than the client's own patience (4 to 9, which nobody is told), or one at a moment that does harm, such as an
open escalation, an unsure renewal or a recent no. `burning` switches that off.
"""

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pandas as pd

from advocate_score.ladder import LEVEL_NUMBERS
from advocate_score.schema import TABLES
from advocate_score.simulate.accounts import (
    Clients,
    Contacts,
    Setting,
    accounts_table,
    contacts_table,
    draw_clients,
    draw_contacts,
)
from advocate_score.simulate.asks import (
    asks_table,
    assets_table,
    delivery_chance,
    draw_answers,
    draw_favours,
    draw_ladder_asks,
    in_order,
    permissions_table,
)
from advocate_score.simulate.crm import draw_records
from advocate_score.simulate.events import (
    Opportunities,
    cases_table,
    draw_contracts,
    draw_opportunities,
    opportunities_table,
)
from advocate_score.simulate.ground_truth import Readiness, draw_readiness, remaining_fatigue
from advocate_score.simulate.logging_policy import Choices, draw_choices, logging_policy
from advocate_score.simulate.world import Bools, Clock, Floats, Ints, Streams, World

QUARTER_DAYS = 91
_YEAR = 365.0
_LEAST_PATIENCE, _SPREAD_OF_PATIENCE = 4, 6
_BURNT = 0.05
"""What is left of a probability where the relationship is burnt."""
_SPAN = 1e6
"""Wider than any history in days: account · _SPAN + day sorts by account, then day."""
_LEVELS = len(LEVEL_NUMBERS)


@dataclass(frozen=True)
class Stage:
    """tables: all canonical ones but `asks`, of the whole time · past: the asks made before the first quarter."""

    setting: Setting
    clients: Clients
    contacts: Contacts
    opportunities: Opportunities
    readiness: Readiness
    tables: dict[str, pd.DataFrame]
    past: pd.DataFrame
    quarters: int
    burning: bool

    def day(self, quarter: int) -> float:
        """On the clock, when the quarter begins."""
        return float(self.setting.clock.days - (self.quarters - quarter) * QUARTER_DAYS)

    def begins(self, quarter: int) -> datetime:
        stamp: pd.Timestamp = self.setting.clock.stamps(np.array([self.day(quarter)])).iloc[0]
        return stamp.to_pydatetime()

    def chances(self, quarter: int, asks: pd.DataFrame) -> Floats:
        """True P(yes) of every account at every level (n, 5), at the quarter's beginning, after those `asks`."""
        n, day = self.clients.count, self.day(quarter)
        half_life = self.setting.world.fatigue_half_life_days
        ladder = asks[asks["level"] > 0]
        fatigue = remaining_fatigue(ladder["account"].to_numpy(), ladder["day"].to_numpy(), n, day, half_life)
        account, level = np.repeat(np.arange(n), _LEVELS), np.tile(LEVEL_NUMBERS, n)
        days = np.full(len(account), day)
        period = self.setting.clock.period(days)
        chance = self.readiness.probability(account, level, days, period, fatigue[account]).reshape(n, _LEVELS)
        return chance * np.where(self.burnt(quarter, asks), _BURNT, 1.0)[:, None]

    def burnt(self, quarter: int, asks: pd.DataFrame) -> Bools:
        """Whose relationship those `asks` have burnt (n,); `harmful` says which of them do at once."""
        n = self.clients.count
        if not self.burning:
            return np.zeros(n, dtype=bool)
        patience = self.setting.streams.of("patience").integers(0, _SPREAD_OF_PATIENCE, n) + _LEAST_PATIENCE
        ladder = asks[asks["level"] > 0]
        account, day = ladder["account"].to_numpy(), ladder["day"].to_numpy()
        keys = np.sort(account * _SPAN + day)
        in_year = np.searchsorted(keys, account * _SPAN + day, "right")
        in_year -= np.searchsorted(keys, account * _SPAN + day - _YEAR, "right")
        too_much = (in_year > patience[account]) | ladder["harmful"].to_numpy(dtype=bool)
        lasting = (day >= self.day(0)) & (day > self.day(quarter) - _YEAR)
        return np.bincount(account[too_much & lasting], minlength=n) > 0

    def deliveries(self, quarter: int) -> Floats:
        """True P(delivered | yes) (n, 5)."""
        period = int(self.setting.clock.period(np.array([self.day(quarter)]))[0])
        replies = self.clients.latent("responsiveness")[:, period]
        return np.stack([delivery_chance(np.full(len(replies), level), replies) for level in LEVEL_NUMBERS], axis=1)

    def active(self, quarter: int) -> Bools:
        return (self.clients.created < self.day(quarter)) & (self.clients.ended > self.day(quarter))

    def answered(self, quarter: int, account: Ints, level: Ints, harmful: Bools, asks: pd.DataFrame) -> pd.DataFrame:
        """The asks of the quarter, each with its answer; several of one account tire it one after the other."""
        day = self.day(quarter) + 1.0 + pd.Series(account).groupby(account).cumcount().to_numpy() / 24
        so_far = asks
        made: list[pd.DataFrame] = []
        for turn in np.unique(day):
            now = day == turn
            chance = self.chances(quarter, so_far)[account[now], level[now] - 1]
            rows = _asks(account[now], level[now], day[now], chance).assign(harmful=harmful[now])
            so_far = pd.concat([so_far, rows])
            made.append(rows)
        return self._with_answers(quarter, pd.concat(made, ignore_index=True)) if made else _asks(*[np.empty(0)] * 4)

    def _with_answers(self, quarter: int, asks: pd.DataFrame) -> pd.DataFrame:
        """By the luck of every account × level, drawn for all alike."""
        n = self.clients.count
        place = asks["account"].to_numpy() * _LEVELS + asks["level"].to_numpy() - 1
        every = _asks(np.repeat(np.arange(n), _LEVELS), np.tile(LEVEL_NUMBERS, n), self.day(quarter) + 1.0, 0.0)
        every.loc[place, ["day", "chance"]] = asks[["day", "chance"]].to_numpy()
        every.loc[place, "harmful"] = asks["harmful"].to_numpy()
        luck = self.setting.streams.of(f"answers of quarter {quarter}")
        return draw_answers(self.setting, self.clients, every, luck).loc[place].reset_index(drop=True)

    def asks_table(self, parts: list[pd.DataFrame]) -> pd.DataFrame:
        """The canonical table of what was asked so far; each part keeps its contacts whatever comes after it."""
        tables = []
        for number, part in enumerate(parts):
            setting = replace(self.setting, streams=Streams(self.setting.streams.seed * 1_000 + number))
            known = part if "ask_id" in part else part.assign(ask_id=[f"Q{number}-{row}" for row in range(len(part))])
            tables.append(asks_table(setting, self.clients, self.contacts, self.opportunities, known))
        return pd.concat(tables, ignore_index=True)[list(TABLES["asks"].column_names)]


def _asks(account: Ints, level: Ints, day: Floats | float, chance: Floats | float) -> pd.DataFrame:
    columns = {"account": account.astype(np.int64), "level": level.astype(np.int64), "day": day, "chance": chance}
    return pd.DataFrame({**columns, "propensity": np.nan, "exploration": False, "opportunity": -1, "harmful": False})


def drawn_stage(world: World, quarters: int, burning: bool = True) -> Stage:
    """`world.years` of it in all, the last `quarters` of them to be played."""
    setting = Setting(world, Clock(world.data_cut, world.years), Streams(world.seed))
    clients, renewals = draw_contracts(setting, draw_clients(setting))
    contacts = draw_contacts(setting, clients)
    records = draw_records(setting, clients, contacts)
    readiness, opportunities = draw_readiness(setting, clients), draw_opportunities(setting)
    policy = logging_policy(setting, clients, [made.events for made in records.values()])
    choices = _before(draw_choices(setting, policy), setting.clock.days - quarters * QUARTER_DAYS)
    ladder_asks = draw_ladder_asks(setting, clients, readiness, choices, opportunities)
    past = in_order([ladder_asks, draw_favours(setting, clients)]).assign(harmful=False)
    tables = {
        "accounts": accounts_table(setting, clients),
        "contacts": contacts_table(setting, clients, contacts),
        "renewals": renewals,
        **{name: made.frame for name, made in records.items()},
        "permissions": permissions_table(setting, clients, contacts, readiness),
        "cases": cases_table(setting, clients),
        "opportunities": opportunities_table(setting, opportunities, np.empty(0, dtype=np.int64)),
        "assets": assets_table(setting, clients, opportunities, past),
    }
    tables = {name: frame[list(TABLES[name].column_names)] for name, frame in tables.items()}
    return Stage(setting, clients, contacts, opportunities, readiness, tables, past, quarters, burning)


def _before(choices: Choices, day: float) -> Choices:
    early = choices.day < day
    kept = {name: getattr(choices, name)[early] for name in choices.__dataclass_fields__}
    return Choices(**kept)
