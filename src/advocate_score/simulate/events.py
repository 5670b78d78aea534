"""Events in time: how often, when, and when the firm came to know."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from advocate_score.simulate.arrays import Floats, Ints
from advocate_score.simulate.clients import Clients
from advocate_score.simulate.clock import PERIOD_DAYS, Clock
from advocate_score.simulate.streams import Rng

_USUAL_LAG_DAYS = 0.4
_LATE_SHARE, _LATE_DAYS = 0.02, 21
_UNRECORDED_SHARE = 0.005


@dataclass(frozen=True)
class Events:
    """Rows known by the data cut, oldest first: account index, day, day it was recorded (NaN: not noted).

    `source` is the place of each among the moments it was drawn from.
    """

    account: Ints
    day: Floats
    recorded: Floats
    source: Ints

    @property
    def count(self) -> int:
        return len(self.account)

    @property
    def known(self) -> Floats:
        """The day from which the firm knew."""
        return np.where(np.isnan(self.recorded), self.day, self.recorded)

    def columns(self, clients: Clients, clock: Clock, happened: str = "occurred_at") -> dict[str, pd.Series]:
        """The columns that every event table begins with."""
        return {
            "account_id": clients.ids.iloc[self.account].reset_index(drop=True),
            happened: clock.stamps(self.day),
            "recorded_at": clock.stamps(self.recorded),
        }


@dataclass(frozen=True)
class Records:
    """A table together with the events behind its rows."""

    events: Events
    frame: pd.DataFrame


def rates(clients: Clients, mean: float, loads: dict[str, float]) -> Floats:
    """Expected events a period, (n, periods): `mean` for the average client, leaning on the latents."""
    log_rate = np.full(clients.latents.shape[1:], -sum(load**2 for load in loads.values()) / 2)
    for name, load in loads.items():
        log_rate += load * clients.latent(name)
    expected: Floats = mean * np.exp(log_rate) * clients.active
    return expected


def moments(expected: Floats, clock: Clock, rng: Rng) -> tuple[Ints, Floats]:
    """Account and day of Poisson events at these rates a period, at working hours."""
    counts = rng.poisson(expected).ravel()
    cells = np.repeat(np.arange(counts.size), counts)
    account, period = np.divmod(cells, clock.periods)
    return account, clock.working_time((period + rng.random(len(cells))) * PERIOD_DAYS, rng)


def noted(account: Ints, day: Floats, clock: Clock, rng: Rng) -> Events:
    """Adds when each was recorded, leaves out what the firm did not know by the data cut, and sorts by time."""
    recorded = day + lag(len(day), rng)
    unnoted = rng.random(len(day)) < _UNRECORDED_SHARE
    known = np.flatnonzero(clock.known(np.where(unnoted, day, recorded)))
    order = known[np.argsort(day[known], kind="stable")]
    return Events(account[order], day[order], np.where(unnoted, np.nan, recorded)[order], order)


def draw_events(expected: Floats, clock: Clock, rng: Rng) -> Events:
    return noted(*moments(expected, clock, rng), clock, rng)


def lag(count: int, rng: Rng) -> Floats:
    """Days until something is written down: mostly the same day, now and then weeks."""
    late = rng.random(count) < _LATE_SHARE
    return np.where(late, rng.exponential(_LATE_DAYS, count), rng.exponential(_USUAL_LAG_DAYS, count))
