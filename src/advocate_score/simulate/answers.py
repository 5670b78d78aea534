"""What became of the asks: the answer, when it came, when the firm noted it, and whether the client delivered."""

import numpy as np
import pandas as pd

from advocate_score.simulate.arrays import Bools, Floats, Ints, sigmoid
from advocate_score.simulate.clients import Clients, Setting
from advocate_score.simulate.events import lag
from advocate_score.simulate.latents import INDEX
from advocate_score.simulate.streams import Rng

RESPONSES = (None, "accepted", "declined", "not_now", "no_reply")
OPEN, ACCEPTED, _DECLINED, _NOT_NOW, NO_REPLY = range(5)
_DECLINED_SHARE = 0.55
"""Of the answers that are not yes; the rest are `not now`."""
_MEDIAN_DELAY_DAYS = 5.0
_LATE_DAYS = 20.0
_COMPLETION_DAYS = np.array([1.0, 9, 55, 12, 70, 40])
"""Median time from the yes to the delivery, by level; approvals of a case study take months."""
_COMPLETION_LOG_ODDS = np.array([3.0, 2.0, 0.9, 1.8, 1.3, 1.5])


def draw_answers(setting: Setting, clients: Clients, asks: pd.DataFrame, rng: Rng) -> pd.DataFrame:
    """Answers to asks with `account, level, day, chance`, where chance is P(yes within the maturity window).

    Returns
    -------
    the asks with `response` (code), `responded`, `recorded`, `completed` (days; NaN where there is none yet).
    What is not known by the data cut is not told: such an ask is open.
    """
    account, level, day = (asks[name].to_numpy() for name in ("account", "level", "day"))
    replies = clients.latents[INDEX["responsiveness"], account, setting.clock.period(day)]
    yes = rng.random(len(day)) < asks["chance"].to_numpy()
    response = _responses(setting, yes, replies, rng)
    responded = day + _delays(setting, yes, response, replies, rng)
    noted = np.where(response == NO_REPLY, day + setting.world.maturity_days, responded) + lag(len(day), rng)
    response = np.where(setting.clock.known(noted), response, OPEN)
    completed = _completed(response == ACCEPTED, level, responded, replies, rng)
    return asks.assign(
        response=response,
        responded=np.where((response != OPEN) & (response != NO_REPLY), responded, np.nan),
        recorded=np.where(response != OPEN, noted, np.nan),
        completed=np.where(setting.clock.known(completed), completed, np.nan),
    )


def _responses(setting: Setting, yes: Bools, replies: Floats, rng: Rng) -> Ints:
    """The slower a client answers otherwise, the likelier it does not answer at all."""
    share = np.clip(setting.world.no_reply, 0.001, 0.999)
    silent = rng.random(len(yes)) < sigmoid(np.log(share / (1 - share)) - 0.5 * replies)
    refusal = np.where(rng.random(len(yes)) < _DECLINED_SHARE, _DECLINED, _NOT_NOW)
    late = rng.random(len(yes)) < setting.world.late_yes
    otherwise = np.where(late, ACCEPTED, np.where(silent & (setting.world.no_reply > 0), NO_REPLY, refusal))
    return np.where(yes, ACCEPTED, otherwise)


def _delays(setting: Setting, yes: Bools, response: Ints, replies: Floats, rng: Rng) -> Floats:
    """Days to the answer: a yes in time within the window, a late yes after it, a refusal whenever it comes."""
    window = setting.world.maturity_days
    usual = _MEDIAN_DELAY_DAYS * np.exp(-0.4 * replies + 0.9 * rng.standard_normal(len(yes)))
    in_window = np.where(usual < window, usual, window * (0.1 + 0.89 * rng.random(len(yes))))
    after = window + 0.1 + rng.exponential(_LATE_DAYS, len(yes))
    return np.where(yes, in_window, np.where(response == ACCEPTED, after, usual))


def delivery_chance(level: Ints, replies: Floats) -> Floats:
    """P(delivered | yes)."""
    return sigmoid(_COMPLETION_LOG_ODDS[level] + 0.4 * replies)


def _completed(accepted: Bools, level: Ints, responded: Floats, replies: Floats, rng: Rng) -> Floats:
    delivers = rng.random(len(level)) < delivery_chance(level, replies)
    took = _COMPLETION_DAYS[level] * np.exp(0.6 * rng.standard_normal(len(level)) - 0.2 * replies)
    return np.where(accepted & delivers, responded + took, np.nan)
